//! A sweep in a store is the sweep in a folder.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::common::{Done, tree};
use super::{POINTS, World};

#[test]
fn a_sweep_in_a_store_is_the_sweep_in_a_folder() {
    let Some(mut world) = World::new() else {
        return;
    };
    let here = world.here();
    world.plan("sweep", POINTS);
    let merge = "sweep merge --plan s3://bucket/sweep/plan.json";
    world
        .run(merge)
        .refused(75, &["14 of 14 points are missing"]);

    let first = world.shard("sweep", "0/2").ok();
    assert!(
        first
            .out
            .contains("s3://bucket/sweep/parts/part-0-of-2.parquet"),
        "{}",
        first.out
    );
    let part = world.server.bytes("sweep/parts/part-0-of-2.parquet");
    let copies = tree(&world.path().join("cache"));
    let plan: serde_json::Value =
        serde_json::from_slice(&world.server.bytes("sweep/plan.json")).unwrap();
    let planned = plan["files"].as_array().unwrap().len();
    assert_eq!(copies.len(), planned + 1, "{:?}", copies.keys());
    let again = world.shard("sweep", "0/2").ok();
    assert!(again.out.contains("is there already"), "{}", again.out);
    assert_eq!(world.server.bytes("sweep/parts/part-0-of-2.parquet"), part);

    let status = "sweep status --plan s3://bucket/sweep/plan.json --json";
    let told = world.run(status).ok().json();
    assert_eq!((&told["done"], &told["points"]), (&7.into(), &14.into()));
    assert_eq!(told["parts"], serde_json::json!(["0/2"]));
    world
        .run(merge)
        .refused(75, &["7 of 14 points are missing"]);

    world.shard("sweep", "1/2").ok();
    world.run(merge).ok();
    assert_eq!(world.server.bytes("sweep/results.parquet"), here);
    let page = world.server.bytes("sweep/report.html");
    assert_eq!(
        page,
        fs::read(world.path().join("here/report.html")).unwrap()
    );
    assert_eq!(
        world.server.keys("sweep/"),
        [
            "parts/part-0-of-2.parquet",
            "parts/part-0-of-2.timings.json",
            "parts/part-1-of-2.parquet",
            "parts/part-1-of-2.timings.json",
            "plan.json",
            "report.html",
            "results.parquet",
            "timings.json",
        ]
        .map(|name| format!("sweep/{name}"))
    );
    // Brought once, by whichever command was the first.
    assert_eq!(tree(&world.path().join("cache")), copies);
}

#[test]
fn all_of_a_sweep_in_one_command_and_what_lies_where() {
    let Some(mut world) = World::new() else {
        return;
    };
    let here = world.here();
    let text = fs::read_to_string(world.path().join("scenario.toml")).unwrap();
    let remote = text.replace("\"catalog\"", "\"s3://bucket/catalog\"");
    assert_ne!(remote, text);
    fs::write(world.path().join("remote.toml"), remote).unwrap();
    // A catalogue in the store and results here, and the other way round.
    world
        .run(&format!("sweep remote.toml {POINTS} --out mixed"))
        .ok();
    assert_eq!(
        fs::read(world.path().join("mixed/results.parquet")).unwrap(),
        here
    );
    let line = format!("sweep scenario.toml {POINTS} --out s3://bucket/mixed");
    world.run(&line).ok();
    assert_eq!(world.server.bytes("mixed/results.parquet"), here);
    world
        .run("sweep plan scenario.toml --grid exit.edge_bps=1,2 --out s3://bucket/mixed")
        .refused(2, &["another sweep is there", "--out"]);

    // A plan beside its catalogue names it relative to itself, and both can be moved.
    world
        .server
        .upload(&world.path().join("catalog"), "box/catalog");
    let line = format!(
        "sweep plan scenario.toml {POINTS} --catalog s3://bucket/box/catalog --out s3://bucket/box"
    );
    world.run(&line).ok();
    let plan = String::from_utf8(world.server.bytes("box/plan.json")).unwrap();
    world
        .server
        .upload(&world.path().join("catalog"), "moved/catalog");
    world.server.put("moved/plan.json", &plan);
    world.shard("moved", "0/1").ok();
    world
        .run("sweep merge --plan s3://bucket/moved/plan.json")
        .ok();
    assert_eq!(world.server.bytes("moved/results.parquet"), here);
}

#[test]
fn attempts_at_once_and_damage_leave_one_good_part() {
    let Some(mut world) = World::new() else {
        return;
    };
    let here = world.here();
    world.plan("both", POINTS);
    let line = "sweep run --plan s3://bucket/both/plan.json --shard 0/1 --threads 1";
    let start = |cache: &str| {
        let mut command = world.command(cache, line);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // Two of them share a folder of copies, in which there is nothing yet.
    let children = ["one", "one", "two"].map(start);
    for child in children {
        Done::of(&child.wait_with_output().unwrap()).ok();
    }
    let copies = tree(&world.path().join("one"));
    assert_eq!(copies, tree(&world.path().join("two")));
    let is_whole = |(path, _): (&PathBuf, _)| path.extension().is_none_or(|end| end == "parquet");
    assert!(copies.iter().all(is_whole), "{:?}", copies.keys());
    let key = "both/parts/part-0-of-1.parquet";
    let puts = world.server.puts(key);
    assert!(
        puts.iter()
            .all(|(_, condition, _)| condition.as_deref() == Some("*")),
        "{puts:?}"
    );
    let put = puts.iter().filter(|(_, _, status)| *status == 200);
    assert_eq!(put.count(), 1, "{puts:?}");
    let part = world.server.bytes(key);
    world.server.put(key, "damage");
    world
        .run("sweep merge --plan s3://bucket/both/plan.json")
        .refused(75, &["14 of 14 points are missing", "part-0-of-1.parquet"]);
    world.shard("both", "0/1").ok();
    assert_eq!(world.server.bytes(key), part);
    world
        .run("sweep merge --plan s3://bucket/both/plan.json")
        .ok();
    assert_eq!(world.server.bytes("both/results.parquet"), here);
}

/// Waits until there are more objects than these below a prefix.
fn wait_for(world: &mut World, prefix: &str, more_than: usize) {
    let began = Instant::now();
    while world.server.keys(prefix).len() <= more_than {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is kept");
        sleep(Duration::from_millis(20));
    }
}

/// Points that the process said it had done when it was told to stop.
fn stopped(world: &World, child: std::process::Child) -> u64 {
    let id = child.id().to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(told.success());
    let done = Done::of(&child.wait_with_output().unwrap()).exits(75);
    let said = done.err.strip_prefix("stopped after ").unwrap_or_default();
    let said = said
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    said.unwrap_or_else(|| panic!("{}: {}", world.path().display(), done.err))
}

#[cfg(unix)]
#[test]
fn another_machine_goes_on_where_a_shard_was() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.plan("long", "--grid exit.edge_bps=-2..2/20001");
    let line = "sweep run --plan s3://bucket/long/plan.json --shard 0/2 --threads 2";
    let start = |world: &World, machine: &str| {
        let mut command = world.command(machine, line);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let logs = "long/checkpoints/part-0-of-2.";
    // Killed: what it had put into the store is there for the next one.
    let mut killed = start(&world, "one");
    wait_for(&mut world, logs, 0);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left = world.server.keys(logs);
    let count = |world: &mut World| -> u64 {
        let keys = world.server.keys(logs);
        let lines = keys.iter().map(|key| {
            let bytes = world.server.bytes(key);
            bytes.iter().filter(|byte| **byte == b'\n').count() as u64
        });
        lines.sum()
    };
    let kept = count(&mut world);
    let next = start(&world, "two");
    wait_for(&mut world, logs, left.len());
    let before = stopped(&world, next);
    assert!(before > kept && kept > 0, "{before} after {kept}");
    // Told to stop, it puts everything.
    assert_eq!(count(&mut world), before);
    assert!(world.server.keys("long/parts/").is_empty());
}
