//! The README's first screen gives the two commands, and the checks run what it says.

use onetape_tests::files;

/// Lines of a first screen.
const SCREEN: usize = 40;
const DEMO: &str = "cargo run --release -- demo";
const TESTS: &str = "cargo test --workspace";

/// The command on a line of text: without a prompt, or between backticks.
fn has_command(text: &str, command: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim().trim_start_matches("$ ");
        let of_block = line.split("  #").next().unwrap_or(line).trim_end();
        of_block == command || line.contains(&format!("`{command}`"))
    })
}

#[test]
fn the_first_screen_has_both_commands() {
    let readme = files::read("README.md");
    let screen: Vec<&str> = readme.lines().take(SCREEN).collect();
    let screen = screen.join("\n");
    for command in [DEMO, TESTS] {
        assert!(
            has_command(&screen, command),
            "the first {SCREEN} lines of README.md do not give `{command}`"
        );
    }
}

#[test]
fn the_checks_run_the_command_of_the_readme() {
    let checks = files::read(".ci/run");
    let line = checks.lines().find(|line| line.contains("cargo test"));
    let same = format!("{TESTS} --locked");
    assert!(
        line.is_some_and(|line| {
            let more = line.trim().strip_prefix(&same);
            more.is_some_and(|more| more.is_empty() || more.starts_with(" --features "))
        }),
        ".ci/run does not run `{same}`, with more features at most: {line:?}"
    );
}

/// What the tests run in other tools is what people are told to run.
#[test]
fn the_query_over_scales_is_the_one_that_is_tested() {
    let readme = files::read("README.md");
    let tested = files::read("data/tests/readback/queries.py");
    assert!(
        readme.contains(&format!("```python\n{tested}```")),
        "README.md does not show data/tests/readback/queries.py as it is"
    );
}

/// Files that commands name are there.
#[test]
fn files_that_are_named_exist() {
    let readme = files::read("README.md");
    let named = readme
        .split(|c: char| c.is_whitespace() || "`()[]".contains(c))
        .filter(|word| {
            ["scenarios/", "data/", "core/docs", "tests/peers/"]
                .iter()
                .any(|of| word.starts_with(of))
        })
        .map(|word| word.trim_end_matches([',', '.', ':', ';']));
    let missing: Vec<&str> = named
        .filter(|word| !files::root().join(word).exists())
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "of the README");
}

#[test]
fn commands_are_told_from_prose() {
    assert!(has_command("x\n    $ cargo run --release -- demo\n", DEMO));
    assert!(has_command("run `cargo run --release -- demo`, then", DEMO));
    assert!(has_command(
        "cargo run --release -- demo     # makes a tape",
        DEMO
    ));
    assert!(!has_command("cargo run --release -- demonstrate", DEMO));
    assert!(!has_command("cargo run -- demo", DEMO));
}
