//! What is printed and written, and what is refused.

use std::fs;

use serde_json::Value;

use super::super::common::carry_set;
use super::{GRID, walk, windows};

#[test]
fn threads_change_nothing_and_files_hold_what_is_printed() {
    let Some(dir) = carry_set() else {
        return;
    };
    let one = walk(dir, &[&GRID[..], &["--threads", "1", "--json"]].concat())
        .ok()
        .out;
    let out = dir.join("walked");
    let folder = out.display().to_string();
    let four = ["--threads", "4", "--json", "--out", &folder];
    assert_eq!(walk(dir, &[&GRID[..], &four].concat()).ok().out, one);
    assert_eq!(
        fs::read_to_string(out.join("walk_forward.json")).unwrap(),
        one
    );
    let table = fs::read_to_string(out.join("walk_forward.csv")).unwrap();
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(
        (lines.len(), &lines[0][6..8]),
        (13, &["rates", "exit_bps"][..])
    );
    let walked: Value = serde_json::from_str(&one).unwrap();
    let column = lines[0]
        .iter()
        .position(|name| *name == "out_of_sample_net");
    for (line, window) in lines[1..].iter().zip(windows(&walked)) {
        assert_eq!(line.len(), lines[0].len());
        assert_eq!(line[column.unwrap()], window["out_of_sample"]["net"]);
    }
    let text = walk(dir, &GRID).ok().out;
    for part in [
        "12 windows of 180 days train (rolling)",
        "out of sample over in sample, a day: ",
        "rates=",
        "closed at what their marks would bring, without fees",
        "The last 7 days of the data",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_is_no_walk_is_bad_usage() {
    let Some(dir) = carry_set() else {
        return;
    };
    for (flags, says) in [
        (
            &["--grid", "ratess=1"][..],
            &["--set ratess=1", "did you mean `rates`"][..],
        ),
        (&["--grid", "rates=0,9"], &["rates", "1 to 270"]),
        (
            &["--grid", "rates=9", "--grid", "rates=3"],
            &["--grid", "given twice"],
        ),
        (
            &["--grid", "rates=9", "--step", "10d"],
            &["tests would overlap"],
        ),
        (
            &[
                "--grid",
                "rates=9",
                "--set",
                "data.from=2024-03-01T00:00:00Z",
            ],
            &["no window fits"],
        ),
    ] {
        walk(dir, flags).refused(2, says);
    }
    walk(dir, &["--grid", "rates"]).exits(2);
    walk(dir, &[]).exits(2);
    // Found when a strategy is set up: the run that fails is named.
    let done = walk(dir, &["--grid", "exit_bps=500"]);
    done.refused(
        1,
        &["the train of window 1 with exit_bps=500", "lower exit_bps"],
    );
}
