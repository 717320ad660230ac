//! Strategies that no program should have, each in a program and a process of its own, live at local exchanges: one that
//! panics with keys in its words, and one that asks for all that limits forbid.
//!
//! There is one binary with strategies of one's own here: this. Started with [`AS_PROGRAM`] it is the command line over
//! them; otherwise it runs its tests, of which each starts it again.

// Of what the tests of the command line share, these need a part.
#[cfg(target_os = "linux")]
#[allow(dead_code, unused_imports)]
#[path = "../cli/common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
#[path = "../cli/operate/leaks.rs"]
mod leaks;
#[cfg(target_os = "linux")]
mod strategies;
#[cfg(target_os = "linux")]
mod tests;

/// Set where the program is wanted, and not its tests.
#[cfg(target_os = "linux")]
const AS_PROGRAM: &str = "ONETAPE_HOSTILE_PROGRAM";

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    if std::env::var_os(AS_PROGRAM).is_some() {
        let mut registry = onetape::builtin();
        registry.extend([strategies::panicking::SPEC, strategies::attacker::SPEC]);
        return onetape::main_with(&registry);
    }
    run_tests()
}

/// Runs those whose names have what is asked for in them, as other binaries of tests do.
#[cfg(target_os = "linux")]
fn run_tests() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|it| it == "--list") {
        tests::ALL
            .iter()
            .for_each(|(name, _)| println!("{name}: test"));
        return std::process::ExitCode::SUCCESS;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|it| !it.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| name.contains(*it));
    let mut failed = 0;
    for (name, test) in tests::ALL.iter().filter(|(name, _)| is_wanted(name)) {
        let passed = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        failed += u8::from(!passed);
    }
    std::process::ExitCode::from(failed)
}
