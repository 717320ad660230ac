//! The onetape command line with `my_rule` beside the strategies that come with it.

mod my_rule;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut registry = onetape::builtin();
    registry.push(my_rule::SPEC);
    onetape::main_with(&registry)
}
