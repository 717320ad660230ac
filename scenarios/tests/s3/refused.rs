//! A store that is not there, or says no: whether it is worth trying again.

use std::fs;

use super::common::{Done, small};
use super::server::{always, nobody};
use super::{POINTS, World, at_store};

/// The steps of a sweep at an address of a store.
const STEPS: [&str; 7] = [
    "sweep plan scenario.toml --grid exit.edge_bps=-2,0 --out s3://bucket/sweep",
    "sweep run --plan s3://bucket/sweep/plan.json --shard 0/1",
    "sweep status --plan s3://bucket/sweep/plan.json",
    "sweep merge --plan s3://bucket/sweep/plan.json",
    "sweep ask scenario.toml --range exit.edge_bps=1..2 --search tpe --budget 2 --out s3://bucket/sweep",
    "sweep ask s3://bucket/sweep",
    "sweep tell s3://bucket/sweep",
];

/// Runs the steps with a store at an address; each must be refused like this.
fn all_refused(address: &str, code: i32, says: &[&str]) {
    let dir = small();
    std::thread::scope(|scope| {
        for line in STEPS {
            let path = dir.path();
            scope.spawn(move || {
                let mut command = at_store(path, address, "cache");
                command.args(line.split_whitespace());
                Done::of(&command.output().unwrap()).refused(code, says);
            });
        }
    });
}

#[test]
fn a_store_that_is_down_may_come_back() {
    let address = nobody();
    all_refused(
        &address,
        75,
        &[
            "s3://bucket/sweep/plan.json",
            "does not answer as it should",
            "try again",
        ],
    );
}

#[test]
fn a_store_in_trouble_may_recover() {
    let address = always("503 Service Unavailable");
    all_refused(
        &address,
        75,
        &["does not answer as it should (503", "try again"],
    );
}

#[test]
fn a_store_that_says_no_says_it_again() {
    let address = always("403 Forbidden");
    all_refused(
        &address,
        42,
        &["the store forbids it", "AWS_SECRET_ACCESS_KEY"],
    );
    let address = always("400 Bad Request");
    all_refused(&address, 42, &["the store refuses (400", "AWS_REGION"]);
}

#[test]
fn an_endpoint_without_encryption_must_be_meant() {
    let dir = small();
    for line in STEPS {
        let mut command = at_store(dir.path(), "http://127.0.0.1:9", "cache");
        command
            .env_remove("AWS_ALLOW_HTTP")
            .args(line.split_whitespace());
        Done::of(&command.output().unwrap()).refused(2, &["AWS_ENDPOINT", "AWS_ALLOW_HTTP=true"]);
    }
}

#[test]
fn what_is_not_in_the_store_is_named() {
    let Some(mut world) = World::new() else {
        return;
    };
    for line in STEPS {
        let line = line.replace("s3://bucket", "s3://elsewhere");
        world
            .run(&line)
            .refused(42, &["s3://elsewhere/sweep", "has no such bucket"]);
    }
    world
        .run("sweep run --plan s3://bucket/none/plan.json --shard 0/1")
        .refused(
            42,
            &["s3://bucket/none/plan.json: no plan can be read here"],
        );
    world
        .run("sweep plan scenario.toml --grid exit.edge_bps=-2,0 --catalog s3://bucket/none --out sweep")
        .refused(1, &["s3://bucket/none is not a catalogue"]);
    world
        .run("sweep status --plan s3://")
        .refused(2, &["write s3://BUCKET/PATH"]);

    // A file of the catalogue that is another one since, or gone.
    world.plan("held", POINTS);
    let keys = world.server.keys("catalog/");
    let quotes = keys.iter().find(|key| key.contains("/quote/")).unwrap();
    world.server.put(quotes, "another");
    fs::remove_dir_all(world.path().join("cache")).unwrap();
    world
        .shard("held", "0/1")
        .refused(42, &[quotes.as_str(), "was changed or damaged"]);
    let manifest = world.server.bytes("catalog/catalog.json");
    let manifest = String::from_utf8(manifest).unwrap();
    world.server.put("half/catalog.json", &manifest);
    let line = "sweep run --plan s3://bucket/held/plan.json --shard 0/1 --catalog s3://bucket/half";
    world
        .run(line)
        .refused(42, &["the manifest names it and it is not there"]);
    assert!(world.server.keys("held/parts/").is_empty());
}
