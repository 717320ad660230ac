//! A search over a store is the search in one.

use std::fs;

use super::World;
use super::common::{Done, run};

const TPE: &str = "scenario.toml --allow-negative-edge --range min_entry_edge_bps=20..60 --range exit.edge_bps=-5..5 \
                   --search tpe --budget 12 --generation 5";
const HALVING: &str =
    "scenario.toml --allow-negative-edge --range exit.edge_bps=-5..5 --sobol 7 --search halving";

/// Asks, runs two shards of what was asked, merges every second generation, and tells, until the search is over; each
/// step is done twice, as a loop that was interrupted does. Returns the number of generations.
fn to_the_end(world: &mut World, search: &str) -> u64 {
    let place = format!("s3://bucket/{search}");
    for generation in 0.. {
        let ask = |world: &World| world.run(&format!("sweep ask {place} --json"));
        let asked = ask(world);
        if asked.code == Some(10) {
            assert_eq!(asked.json()["file"], format!("{place}/plan.json"));
            return generation;
        }
        let asked = asked.ok().json();
        assert_eq!(asked["generation"], generation);
        let own = format!("{search}/gen-{generation}");
        let plan = format!("s3://bucket/{own}/plan.json");
        assert_eq!(asked["file"], plan.as_str());
        let bytes = world.server.bytes(&format!("{own}/plan.json"));
        assert_eq!(ask(world).ok().json(), asked);
        assert_eq!(world.server.bytes(&format!("{own}/plan.json")), bytes);
        world
            .run(&format!("sweep tell {place}"))
            .refused(75, &["points are missing"]);
        for shard in ["0/2", "1/2"] {
            world.shard(&own, shard).ok();
        }
        if generation % 2 == 0 {
            world.run(&format!("sweep merge --plan {plan}")).ok();
        }
        let tell =
            |world: &World| -> Done { world.run(&format!("sweep tell {place} --json")).ok() };
        assert_eq!(tell(world).json()["before"], false);
        let state = world.server.bytes(&format!("{search}/search.json"));
        assert_eq!(tell(world).json()["before"], true);
        assert_eq!(world.server.bytes(&format!("{search}/search.json")), state);
    }
    unreachable!()
}

/// The catalogue lies beside the search, and the plan of each generation finds it from its own folder.
fn is_the_search_in_one(flags: &str, generations: u64) {
    let Some(mut world) = World::new() else {
        return;
    };
    world
        .server
        .upload(&world.path().join("catalog"), "box/catalog");
    let begin =
        format!("sweep ask {flags} --catalog s3://bucket/box/catalog --out s3://bucket/box");
    world.run(&begin).ok();
    let plan = String::from_utf8(world.server.bytes("box/gen-0/plan.json")).unwrap();
    assert!(plan.contains("\"../catalog\""), "{plan}");
    assert_eq!(to_the_end(&mut world, "box"), generations);
    world
        .run("sweep merge --plan s3://bucket/box/plan.json")
        .ok();

    run(world.path(), &format!("sweep {flags} --out one")).ok();
    let line = format!("sweep {flags} --catalog s3://bucket/catalog --out s3://bucket/one");
    world.run(&line).ok();
    let part = "parts/part-0-of-1.parquet";
    for file in ["results.parquet", "report.html", part] {
        let here = fs::read(world.path().join("one").join(file)).unwrap();
        for out in ["box", "one"] {
            let there = world.server.bytes(&format!("{out}/{file}"));
            assert!(there == here, "{out}/{file}");
        }
    }
    let status = "sweep status --plan s3://bucket/box/plan.json --json";
    let status = world.run(status).ok().json();
    assert_eq!(status["done"], status["points"]);
    // Nothing is asked of a search that is over, and the other way round.
    world.run("sweep ask s3://bucket/one").exits(10);
    let puts = world.server.puts(&format!("box/{part}"));
    assert_eq!(puts.len(), 1, "{puts:?}");
    assert!(world.server.keys("one/checkpoints/").is_empty());
}

#[test]
fn an_estimator_over_a_store_is_the_one_in_one() {
    is_the_search_in_one(TPE, 3);
}

#[test]
fn halving_over_a_store_is_the_one_in_one() {
    is_the_search_in_one(HALVING, 3);
}

#[test]
fn what_is_not_of_the_search_is_refused() {
    let Some(mut world) = World::new() else {
        return;
    };
    let begin = |world: &World, out: &str, more: &str| {
        let catalog = "--catalog s3://bucket/catalog";
        let line = format!("sweep ask {TPE} {more} {catalog} --out s3://bucket/{out}");
        world.run(&line)
    };
    begin(&world, "asked", "").ok();
    begin(&world, "other", "--seed 2").ok();
    begin(&world, "asked", "--seed 2").refused(2, &["another sweep is there", "--out"]);
    let steps = ["ask s3://bucket/asked", "tell s3://bucket/asked"];
    for (name, says) in [
        ("gen-0/plan.json", "is not the plan of generation 0"),
        ("search.json", "is of search"),
    ] {
        let mut text = |out: &str| {
            let bytes = world.server.bytes(&format!("{out}/{name}"));
            String::from_utf8(bytes).unwrap()
        };
        let (good, bad) = (text("asked"), text("other"));
        let place = format!("asked/{name}");
        world.server.put(&place, &bad);
        for step in steps {
            world
                .run(&format!("sweep {step}"))
                .refused(42, &[place.as_str(), says]);
        }
        world.server.put(&place, &good);
    }
    world.server.put("asked/gen-0/results.parquet", "damage");
    world.run("sweep ask s3://bucket/asked").ok();
    world
        .run("sweep tell s3://bucket/asked")
        .refused(42, &["asked/gen-0/results.parquet", "sweep merge --plan"]);
    for (line, says) in [
        ("ask s3://bucket/none", "no search was begun here"),
        ("tell s3://bucket/none", "no search was begun here"),
        (
            "ask s3://bucket/asked --budget 30",
            "whose flags were given when it began",
        ),
    ] {
        world.run(&format!("sweep {line}")).refused(2, &[says]);
    }
}
