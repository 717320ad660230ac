//! What a sweep refuses, with the code and the words for it.

use super::super::common::{run, small};

#[test]
fn bad_flags_name_themselves_and_the_fix() {
    let dir = small();
    let path = dir.path();
    let cases: &[(&str, &[&str])] = &[
        ("", &["nothing is swept", "--grid key=a,b,c"]),
        ("--grid exit.edge=1,2", &["exit.edge", "did you mean"]),
        (
            "--grid exit.edge_bps=1,x",
            &["--grid exit.edge_bps=1,x:", "basis points"],
        ),
        ("--grid exit.edge_bps=1..2", &["lo..hi/steps", "--range"]),
        (
            "--grid exit.edge_bps=1,2 --grid exit.edge_bps=3",
            &["is swept already"],
        ),
        (
            "--range exit.edge_bps=1..2",
            &["add --random N, --sobol N or --search"],
        ),
        (
            "--range exit.edge_bps --sobol 4",
            &["declares no range with two ends"],
        ),
        (
            "--range exit.edge_bps=1..2 --sobol 4 --random 4",
            &["give one of them"],
        ),
        (
            "--grid exit.edge_bps=1,2 --constraint a<b",
            &["is neither swept nor a number"],
        ),
        (
            "--grid exit.edge_bps=1,2 --constraint exit.edge_bps>2",
            &["leave none of the 2 points"],
        ),
        (
            "--grid exit.edge_bps=1,2 --objective sharp",
            &["is no figure of a point", "net, gross"],
        ),
        (
            "--grid exit.edge_bps=1,2 --search tpe",
            &["Give --budget N"],
        ),
        (
            "--grid exit.edge_bps=1,2 --budget 4",
            &["--budget is for --search tpe"],
        ),
        (
            "--grid exit.edge_bps=1,2 --mem-limit lots",
            &["is no size", "512MiB"],
        ),
        (
            "--grid exit.edge_bps=1,2 --heatmap a,b",
            &["names no two parameters"],
        ),
        ("--grid task.7.notional=1,2", &["task", "has 1 entries"]),
        (
            "--grid exit.edge_bps=-9,-8 --set min_entry_edge_bps=20",
            &["a round trip cannot pay its costs"],
        ),
    ];
    for (flags, says) in cases {
        let line = format!("sweep scenario.toml {flags}");
        let done = run(path, &line);
        assert_eq!(done.code, Some(2), "{line}: {}", done.err);
        done.refused(2, says);
    }
    run(path, "sweep nowhere.toml --grid exit.edge_bps=1,2").refused(2, &["nowhere.toml"]);
    run(
        path,
        "sweep scenario.toml --grid exit.edge_bps=1,2 --catalog none",
    )
    .refused(1, &["is not a catalogue"]);
}

#[test]
fn bad_shards_say_which_there_are() {
    let dir = small();
    let path = dir.path();
    run(
        path,
        "sweep plan scenario.toml --grid exit.edge_bps=1,2 --out plan",
    )
    .ok();
    for (flags, says) in [
        ("", "Give --shard i/n"),
        ("--shard 2/2", "i from 0 to n - 1"),
        ("--shard-from-env --shards 2", "JOB_COMPLETION_INDEX"),
        ("--shard 0/2 --mem-limit 3", "is no size"),
    ] {
        run(path, &format!("sweep run --plan plan/plan.json {flags}")).refused(2, &[says]);
    }
    run(
        path,
        "sweep run --plan plan/plan.json --shard 0/2 --catalog none",
    )
    .refused(42, &["is not a catalogue"]);
    run(path, "sweep merge --plan plan/plan.json --objective best").refused(2, &["is no figure"]);
    let search =
        "sweep scenario.toml --range exit.edge_bps=1..2 --search tpe --budget 2 --out found";
    run(path, search).ok();
    run(path, "sweep run --plan found/plan.json --shard 0/1").refused(2, &["has no shards"]);
}

/// Builds without the feature name it, whatever an address is of.
#[cfg(not(feature = "s3"))]
#[test]
fn places_in_a_store_need_a_build_with_the_feature() {
    let dir = small();
    let path = dir.path();
    let grid = "--grid exit.edge_bps=-2,0";
    for line in [
        format!("sweep scenario.toml {grid} --out s3://bucket/sweep"),
        format!("sweep scenario.toml {grid} --catalog s3://bucket/catalog --out here"),
        format!("sweep plan scenario.toml {grid} --out s3://bucket/sweep"),
        "sweep run --plan s3://bucket/sweep/plan.json --shard 0/1".into(),
        "sweep status --plan s3://bucket/sweep/plan.json".into(),
        "sweep merge --plan s3://bucket/sweep/plan.json".into(),
        "sweep ask s3://bucket/sweep".into(),
        "sweep tell s3://bucket/sweep".into(),
    ] {
        let says = [
            "s3://bucket/",
            "cargo build --release -p onetape --features s3",
        ];
        run(path, &line).refused(2, &says);
    }
    let line = format!("sweep plan scenario.toml {grid} --out gs://bucket/sweep");
    run(path, &line).refused(2, &["gs://bucket/sweep", "s3://BUCKET/PATH"]);
    // A folder of that name was not made.
    let names = std::fs::read_dir(path).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, ["catalog", "scenario.toml"]);
}
