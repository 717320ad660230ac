//! `onetape report --returns`: statistics of returns from a file.

use std::fs;

use super::common::run;

fn report(file: &str, flags: &str) -> super::common::Done {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("returns.csv"), file).unwrap();
    run(dir.path(), &format!("report --returns returns.csv {flags}"))
}

#[test]
fn mo11_returns_of_a_file_have_statistics_that_say_how_they_were_made() {
    let golden = include_str!("../../../tests/statistics/golden.csv");
    let said = report(golden, "--compounding --json").ok().json();
    let sharpe = said["sharpe"]["value"].as_f64().unwrap();
    assert!((sharpe - 3.883_151_521).abs() < 5e-10, "{sharpe}");
    assert_eq!(said["convention"]["bucket"], "daily UTC");
    assert_eq!(said["convention"]["periods_per_year"], 365);
    assert_eq!(said["deflated_sharpe"]["value"], serde_json::Value::Null);
    let text = report(golden, "--trials 100").ok().out;
    assert!(
        text.contains("400 buckets (daily UTC, zero days included)"),
        "{text}"
    );
    assert!(text.contains("Sharpe (1 d) "), "{text}");
    assert!(!text.contains("n/a"), "{text}");
}

#[test]
fn what_cannot_be_worked_out_says_why() {
    let said = report("2024-08-08,0.01\n", "--json").ok().json();
    assert_eq!(said["sharpe"]["why_not"], "fewer than 30 daily buckets");
    assert_eq!(said["drawdown"], serde_json::Value::Null);
}

#[test]
fn a_file_that_is_no_returns_is_refused_with_its_line() {
    for (file, says) in [
        ("day,return\n", "has no returns"),
        (
            "day,return\n2024-08-08;0.01\n",
            "returns.csv:2: is no `day,return`",
        ),
        (
            "2024-08-08,0.01\n2024-08-08,0.02\n",
            "returns.csv:2: the line is not after the day before it",
        ),
        ("2024-08-32,0.01\n", "is no day"),
        ("2024-08-08,one\n", "is no number"),
        ("2024-08-08,nan\n", "is no return"),
        (
            "2024-08-08,0.1\n9999-01-01,0.1\n",
            "returns.csv:2: the line is more than 100000 days",
        ),
    ] {
        report(file, "").refused(1, &[says]);
    }
}
