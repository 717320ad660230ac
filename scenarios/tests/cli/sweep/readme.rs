//! The sweep that the README shows, line by line, and what its picture shows.

use super::super::common::run;

const README: &str = include_str!("../../../../README.md");

/// The first block of commands below the heading, without remarks.
fn lines() -> Vec<&'static str> {
    let (_, section) = README.split_once("\n## Sweeps\n").unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    let (block, after) = block.split_once("```\n").unwrap();
    assert!(
        after.trim_start().starts_with("!["),
        "the picture is not below"
    );
    let bare = |line: &'static str| line.split("  #").next().unwrap().trim();
    block.lines().map(bare).collect()
}

#[test]
fn its_five_lines_run_and_give_its_picture() {
    let dir = tempfile::tempdir().unwrap();
    let lines = lines();
    assert_eq!(lines.len(), 5, "{lines:?}");
    let mut last = String::new();
    for line in lines {
        let line = line.strip_prefix("onetape ").unwrap();
        last = run(dir.path(), line).ok().out;
    }
    for says in [
        "150 points, 4 failed",
        "net in USDT: ·· 0.0 is the worst, ██ 24.6 is the best",
        " 3 15▒ 15▒ 15▒ 15▒ 15▒ 15▒ 19▓ 25█ 24█ 15▒ 11▒  8░  3·  0·  0·",
    ] {
        assert!(last.contains(says), "{says:?} is not in: {last}");
    }
    let page = std::fs::read_to_string(dir.path().join("runs/sweep/report.html")).unwrap();
    assert_eq!(page.matches("class=\"best\"").count(), 1);
    assert_eq!(page.matches("class=\"none\"").count(), 4);
    assert!(page.contains(">24.6</text>"));
}
