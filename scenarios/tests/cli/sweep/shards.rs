//! A sweep in shards is the sweep in one.

use std::fs;
use std::path::Path;

use onetape::sweep::{Part, Plan, Shard, part_place};

use super::super::common::{Done, command, copy_tree, run, small, synth, tree};
use super::{planned, table, whole};

fn shard(dir: &Path, plan: &str, shard: &str) -> Done {
    run(
        dir,
        &format!("sweep run --plan {plan}/plan.json --shard {shard}"),
    )
}

fn merge(dir: &Path, plan: &str) -> Done {
    run(dir, &format!("sweep merge --plan {plan}/plan.json"))
}

#[test]
fn threads_shards_and_limits_leave_the_same_bytes() {
    let dir = small();
    let path = dir.path();
    let one = whole(path, "one", "--threads 1");
    assert_eq!(whole(path, "two", "--threads 2"), one);
    // A sweep that is there is not run again.
    let timings = fs::read(path.join("two/timings.json")).unwrap();
    assert_eq!(whole(path, "two", "--threads 1"), one);
    assert_eq!(fs::read(path.join("two/timings.json")).unwrap(), timings);

    planned(path, "three");
    for number in ["2/3", "0/3", "1/3"] {
        shard(path, "three", number).ok();
    }
    let page = |out: &str| fs::read(path.join(out).join("report.html")).unwrap();
    merge(path, "three").ok();
    assert_eq!(table(path, "three"), one);
    assert_eq!(page("three"), page("one"));
    let before = tree(&path.join("three"));
    let again = shard(path, "three", "1/3").ok();
    assert!(again.out.contains("is there already"), "{}", again.out);
    merge(path, "three").ok();
    assert_eq!(tree(&path.join("three")), before);
    // Two ways of dividing the points may stand beside each other.
    shard(path, "three", "0/2").ok();
    merge(path, "three").ok();
    assert_eq!(table(path, "three"), one);
}

#[test]
fn memory_is_measured_and_the_rows_are_the_same() {
    let dir = small();
    let path = dir.path();
    let one = whole(path, "one", "");
    assert_eq!(whole(path, "wide", "--threads 4 --mem-limit 4GiB"), one);
    let line = format!(
        "sweep scenario.toml {} --out tight --threads 4 --mem-limit 1MiB",
        super::POINTS
    );
    let tight = run(path, &line).exits(0);
    assert!(
        tight.err.contains("points run one at a time"),
        "{}",
        tight.err
    );
    assert_eq!(table(path, "tight"), one);
}

#[test]
fn schedulers_tell_the_shard() {
    let dir = small();
    let path = dir.path();
    let one = whole(path, "one", "");
    planned(path, "four");
    let variables = [
        ("JOB_COMPLETION_INDEX", "0"),
        ("SLURM_ARRAY_TASK_ID", "1"),
        ("HQ_TASK_ID", "2"),
        ("AWS_BATCH_JOB_ARRAY_INDEX", "3"),
    ];
    for (name, index) in variables {
        let output = command(path)
            .args(["sweep", "run", "--plan", "four/plan.json"])
            .args(["--shard-from-env", "--shards", "4"])
            .env(name, index)
            .output();
        Done::of(&output.unwrap()).ok();
    }
    merge(path, "four").ok();
    assert_eq!(table(path, "four"), one);
}

#[test]
fn gaps_and_contradictions_are_told() {
    let dir = small();
    let path = dir.path();
    let one = whole(path, "one", "");
    planned(path, "some");
    merge(path, "some").refused(75, &["42 of 42 points are missing: 0-41"]);
    shard(path, "some", "0/2").ok();
    merge(path, "some").refused(75, &["21 of 42 points are missing", "run the shards"]);
    let status = run(path, "sweep status --plan some/plan.json --json")
        .ok()
        .json();
    assert_eq!(
        (&status["done"], &status["points"]),
        (&21.into(), &42.into())
    );
    assert_eq!(status["parts"], serde_json::json!(["0/2"]));
    shard(path, "some", "1/2").ok();
    merge(path, "some").ok();
    assert_eq!(table(path, "some"), one);

    // A part whose rows are sound, and say something else.
    let plan = Plan::read(&path.join("some/plan.json")).unwrap();
    let half = Shard { index: 1, count: 2 };
    let mut part = Part::read(&part_place(&path.join("some"), half), &plan.axes).unwrap();
    let first = part
        .rows
        .iter_mut()
        .find(|row| row.error.is_none())
        .unwrap();
    first.decisions_hash = Some("0".repeat(32));
    let index = first.index;
    part.shard = Shard { index: 0, count: 9 };
    let strange = part_place(&path.join("some"), part.shard);
    part.write(&strange, &plan.axes).unwrap();
    let said = format!("point {index}: part 0/9 has decisions 0000");
    merge(path, "some").refused(42, &["1 points came out differently", &said]);
    fs::remove_file(strange).unwrap();

    // A part that is damaged is no part; its shard makes it again.
    let place = part_place(&path.join("some"), half);
    let whole = fs::read(&place).unwrap();
    for at in [whole.len() / 3, whole.len() - 20] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(&place, damaged).unwrap();
        merge(path, "some").refused(75, &["21 of 42 points are missing", "part-1-of-2.parquet"]);
        shard(path, "some", "1/2").ok();
        assert_eq!(fs::read(&place).unwrap(), whole);
    }
}

#[test]
fn a_plan_holds_to_its_data_and_can_be_moved() {
    let dir = small();
    let path = dir.path();
    let one = whole(path, "one", "");
    fs::create_dir(path.join("box")).unwrap();
    copy_tree(&path.join("catalog"), &path.join("box/catalog"));
    run(
        path,
        &format!(
            "sweep plan scenario.toml {} --catalog box/catalog --out box",
            super::POINTS
        ),
    )
    .ok();
    fs::rename(path.join("box"), path.join("moved")).unwrap();
    shard(path, "moved", "0/1").ok();
    merge(path, "moved").ok();
    assert_eq!(table(path, "moved"), one);

    planned(path, "held");
    synth(path, "other", "--seed 9");
    run(
        path,
        "sweep run --plan held/plan.json --shard 0/2 --catalog other",
    )
    .refused(
        42,
        &["the plan was made for content", "make the plan again"],
    );
    let text = fs::read_to_string(path.join("held/plan.json")).unwrap();
    let changed = text.replacen("[\"30\",\"-2\"]", "[\"31\",\"-2\"]", 1);
    assert_ne!(changed, text);
    fs::write(path.join("held/plan.json"), changed).unwrap();
    shard(path, "held", "0/2").refused(42, &["was changed since it was made"]);
    fs::write(path.join("held/plan.json"), "{}").unwrap();
    shard(path, "held", "0/2").refused(42, &["is not a plan of a sweep"]);
    shard(path, "nowhere", "0/2").refused(42, &["no plan can be read here"]);
    run(
        path,
        "sweep plan scenario.toml --grid exit.edge_bps=1,2 --out moved",
    )
    .refused(2, &["another sweep is there", "--out"]);
}

#[test]
fn progress_can_be_lines_of_json() {
    let dir = small();
    let path = dir.path();
    planned(path, "shown");
    let line = "sweep run --plan shown/plan.json --shard 0/1 --together 2 --progress json";
    let told = run(path, line).exits(0).err;
    let lines = told
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let counts: Vec<(u64, u64)> = lines
        .map(|line| {
            (
                line["done"].as_u64().unwrap(),
                line["points"].as_u64().unwrap(),
            )
        })
        .collect();
    let points = counts.first().unwrap().1;
    assert!(points > 2);
    assert!(counts.iter().all(|(_, all)| *all == points), "{told}");
    assert!(counts.is_sorted(), "{told}");
    assert_eq!(counts.last(), Some(&(points, points)), "{told}");
}
