//! No program of ours starts another: nothing that a stranger wrote can become part of a command line.

use onetape_tests::assert_none;
use onetape_tests::code::{code, has_word};
use onetape_tests::files::{self, Source};

/// What starts a program, as code says it.
const STARTS: [&str; 8] = [
    "process::Command",
    "Command::new",
    "CommandExt",
    "posix_spawn",
    "execv",
    "execve",
    "execvp",
    "fork",
];

/// Who may, and why.
const MAY: [(&str, &str); 1] = [(
    "scenarios/build.rs",
    "asks git for the commit when onetape is built; nothing of it is in what is built but the answer",
)];

/// Tests start programs: the one that they test, and its peers.
fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
}

/// Lines that start a program, or take in what does.
fn starts(file: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in code(&file.text).lines().enumerate() {
        // `use std::process::{Command, …}`, in one line as it is formatted when it is short, or in many.
        let takes_in = has_word(line, "process::{") && has_word(line, "Command");
        if takes_in || STARTS.iter().any(|word| has_word(line, word)) {
            found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
        }
    }
    found
}

#[test]
fn s13_no_program_starts_another_and_none_a_shell() {
    let mut found = Vec::new();
    for file in files::rust().iter().filter(|file| !is_test(&file.path)) {
        let lines = starts(file);
        match MAY.iter().find(|(path, _)| *path == file.path) {
            Some((path, why)) => assert!(
                !lines.is_empty(),
                "{path} no longer {why}: drop the exception"
            ),
            None => found.extend(lines),
        }
    }
    assert_none("programs that are started", &found);
}

#[test]
fn a_program_that_is_started_is_found() {
    let of = |text: &str| {
        let file = Source {
            path: "a.rs".to_string(),
            text: text.to_string(),
        };
        starts(&file).len()
    };
    for text in [
        "let done = std::process::Command::new(\"sh\").arg(\"-c\");",
        "use std::process::{Child, Command};",
        "use tokio::process::Command as Start;",
        "use std::os::unix::process::CommandExt as _;",
        "Command::new(name)",
        "let pid = fork();",
    ] {
        assert_eq!(of(text), 1, "{text}");
    }
    for text in [
        "use std::process::ExitCode;",
        "std::process::exit(1)",
        "enum Command { Place }",
        "// Command::new(\"sh\")",
        "let forks = 3;",
        "\"std::process::Command\"",
    ] {
        assert_eq!(of(text), 0, "{text}");
    }
}
