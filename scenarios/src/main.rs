//! The `onetape` command with the strategies that come with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    onetape::main_with(&onetape::builtin())
}
