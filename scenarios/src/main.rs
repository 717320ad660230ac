//! The `onetape` command with the strategies that come with it.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Faster than the system's where threads share work, as where a journal is decoded, folded and told at once.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    onetape::main_with(&onetape::builtin())
}
