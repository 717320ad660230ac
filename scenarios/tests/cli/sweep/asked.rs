//! A search over files is the search in one: asked, run in shards, told, and asked again.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::common::{Done, copy_tree, run, small, tree};
use super::table;

const TPE: &str = "scenario.toml --allow-negative-edge --range min_entry_edge_bps=20..60 --range exit.edge_bps=-5..5 \
                   --range direction=long_spot,both --constraint exit.edge_bps<4 --objective net --objective \
                   max_drawdown --search tpe --budget 26 --generation 7";
const HALVING: &str = "scenario.toml --allow-negative-edge --range min_entry_edge_bps=20..60 --range \
                       exit.edge_bps=-5..5 --sobol 18 --search halving";

fn begin(dir: &Path, flags: &str) -> Value {
    run(dir, &format!("sweep ask {flags} --out asked --json"))
        .ok()
        .json()
}

fn ask(dir: &Path) -> Done {
    run(dir, "sweep ask asked")
}

fn tell(dir: &Path) -> Done {
    run(dir, "sweep tell asked")
}

/// Runs a plan in so many shards, and merges it when told to.
fn evaluate(dir: &Path, plan: &str, shards: u32, merged: bool) {
    for shard in 0..shards {
        let line = format!("sweep run --plan {plan} --shard {shard}/{shards} --threads 1");
        run(dir, &line).ok();
    }
    if merged {
        run(dir, &format!("sweep merge --plan {plan}")).ok();
    }
}

fn state(dir: &Path) -> Vec<u8> {
    fs::read(dir.join("asked/search.json")).unwrap()
}

/// Goes on to the end; every second generation is merged, every third in other shards. Plans that are lost are written
/// again, and generations that were told are not needed any more.
fn to_the_end(dir: &Path) -> u32 {
    for generation in 0.. {
        let asked = ask(dir);
        if asked.code == Some(10) {
            assert!(asked.out.contains("the search is over"), "{}", asked.out);
            return generation;
        }
        let plan = asked.ok().out;
        let place = dir.join(plan.trim());
        let asked = fs::read(&place).unwrap();
        if generation % 2 == 1 {
            fs::remove_file(&place).unwrap();
        }
        assert_eq!(ask(dir).ok().out, plan);
        assert_eq!(fs::read(&place).unwrap(), asked);
        evaluate(dir, plan.trim(), 1 + generation % 3, generation % 2 == 0);
        tell(dir).ok();
        let told = state(dir);
        let again = tell(dir).ok();
        assert!(again.out.contains("was told before"), "{}", again.out);
        assert_eq!(state(dir), told);
        if generation > 0 {
            fs::remove_dir_all(place.parent().unwrap()).unwrap();
        }
    }
    unreachable!()
}

fn is_the_search_in_one(flags: &str, generations: u32) {
    let dir = small();
    let path = dir.path();
    begin(path, flags);
    assert_eq!(to_the_end(path), generations);
    let merge = "sweep merge --plan asked/plan.json --top 99 --json";
    let mut merged = run(path, merge).ok().json();
    let line = format!("sweep {flags} --out one --threads 2 --top 99 --json");
    let mut one = run(path, &line).ok().json();
    assert_eq!(table(path, "asked"), table(path, "one"));
    for file in ["plan.json", "parts/part-0-of-1.parquet", "report.html"] {
        let read = |out: &str| fs::read(path.join(out).join(file)).unwrap();
        assert_eq!(read("asked"), read("one"), "{file}");
    }
    for (document, out) in [(&mut merged, "asked"), (&mut one, "one")] {
        assert_eq!(document["results"], format!("{out}/results.parquet"));
        let cost = document["cost"].as_object_mut().unwrap();
        assert!(cost["events"].as_u64().unwrap() > 0);
        for name in ["wall_s", "decode_s", "passed_over", "peak_rss_mib"] {
            cost.remove(name);
        }
        document["results"].take();
    }
    assert_eq!(merged, one);
    // What was asked for is there for a search in one as well.
    let before = tree(&path.join("asked"));
    run(path, &format!("sweep {flags} --out asked")).ok();
    let after = tree(&path.join("asked"));
    assert_eq!(before, after);
    ask(path).exits(10);
    // And the other way round: nothing is asked of a search that is over.
    run(path, "sweep ask one").exits(10);
    let status = run(path, "sweep status --plan asked/plan.json --json");
    let status = status.ok().json();
    assert_eq!(
        (&status["done"], &status["points"]),
        (&one["points"], &one["points"])
    );
}

#[test]
fn an_estimator_over_files_is_the_one_in_one() {
    is_the_search_in_one(TPE, 4);
}

#[test]
fn halving_over_files_is_the_one_in_one() {
    is_the_search_in_one(HALVING, 3);
}

#[test]
fn a_generation_asks_what_its_size_and_its_seed_say() {
    let dir = small();
    let path = dir.path();
    let points = |flags: &str, out: &str| {
        let document = run(path, &format!("sweep ask {flags} --out {out} --json"));
        let document = document.ok().json();
        assert_eq!(document["done"], false);
        assert_eq!(
            (&document["generation"], &document["told"]),
            (&0.into(), &0.into())
        );
        let plan = fs::read_to_string(path.join(document["file"].as_str().unwrap())).unwrap();
        let plan: Value = serde_json::from_str(&plan).unwrap();
        assert_eq!(document["plan"], plan["hash"]);
        let points = plan["points"].as_array().unwrap().clone();
        assert_eq!(document["points"], points.len());
        points
    };
    let seven = points(TPE, "asked");
    assert_eq!(seven.len(), 7);
    // The same questions, fewer at a time.
    let three = points(&TPE.replace("--generation 7", "--generation 3"), "three");
    assert_eq!(three[..], seven[..3]);
    let default = points(&TPE.replace("--generation 7", ""), "four");
    assert_eq!(default[..], seven[..4]);
    assert_ne!(points(&format!("{TPE} --seed 2"), "other"), seven);
    // All flags again are the same search; others are another one.
    begin(path, TPE);
    let other = TPE.replace("--generation 7", "--generation 8");
    run(path, &format!("sweep ask {other} --out asked"))
        .refused(2, &["another sweep is there", "--out"]);
}

#[test]
fn a_search_can_be_moved_between_generations() {
    let dir = small();
    let path = dir.path();
    fs::create_dir(path.join("asked")).unwrap();
    copy_tree(&path.join("catalog"), &path.join("asked/catalog"));
    begin(path, &format!("{TPE} --catalog asked/catalog"));
    evaluate(path, "asked/gen-0/plan.json", 2, false);
    let elsewhere = tempfile::tempdir().unwrap();
    copy_tree(&path.join("asked"), &elsewhere.path().join("asked"));
    drop(dir);
    let path = elsewhere.path();
    tell(path).ok();
    let status = run(path, "sweep status --plan asked/plan.json").ok();
    assert!(status.out.contains("7 of 26 points done"), "{}", status.out);
    assert_eq!(to_the_end(path), 3);
}

/// One generation is run and merged, and the other stands beside it, of a search that differs by its seed.
fn two(dir: &Path) -> [PathBuf; 2] {
    begin(dir, TPE);
    run(dir, &format!("sweep ask {TPE} --seed 2 --out other")).ok();
    for out in ["asked", "other"] {
        evaluate(dir, &format!("{out}/gen-0/plan.json"), 1, true);
    }
    ["asked", "other"].map(|out| dir.join(out).join("gen-0"))
}

#[test]
fn what_is_not_the_generation_is_refused() {
    let dir = small();
    let path = dir.path();
    let [own, other] = two(path);
    let before = state(path);
    let refused = |code, says: &[&str]| {
        tell(path).refused(code, says);
        assert_eq!(state(path), before);
    };
    let merge = own.join("results.parquet");
    let good = fs::read(&merge).unwrap();
    fs::copy(other.join("results.parquet"), &merge).unwrap();
    refused(
        42,
        &["gen-0/results.parquet", "is the merge of plan", "remove it"],
    );
    // Whatever byte is changed: the rows are the same, or they are refused.
    fs::write(&merge, &good).unwrap();
    tell(path).ok();
    let after = state(path);
    let again = || fs::write(path.join("asked/search.json"), &before).unwrap();
    again();
    let mut seen = 0;
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut damaged = good.clone();
        damaged[at] ^= 0x24;
        fs::write(&merge, damaged).unwrap();
        let done = tell(path);
        if done.code == Some(0) {
            assert_eq!(state(path), after, "{at}");
            again();
        } else {
            done.refused(42, &["gen-0/results.parquet", "sweep merge --plan"]);
            assert_eq!(state(path), before, "{at}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen} of 41");

    // Without a merge the parts are read, with its checks.
    fs::remove_file(&merge).unwrap();
    let part = own.join("parts/part-0-of-1.parquet");
    let rows = fs::read(&part).unwrap();
    fs::copy(other.join("parts/part-0-of-1.parquet"), &part).unwrap();
    refused(75, &["7 of 7 points are missing", "is of another plan"]);
    fs::remove_file(&part).unwrap();
    refused(75, &["7 of 7 points are missing: 0-6"]);
    fs::write(&part, rows).unwrap();

    let plan = own.join("plan.json");
    let asked = fs::read(&plan).unwrap();
    fs::copy(other.join("plan.json"), &plan).unwrap();
    refused(42, &["gen-0/plan.json", "is not the plan of generation 0"]);
    ask(path).refused(42, &["gen-0/plan.json", "remove its folder and ask again"]);
    fs::write(&plan, asked).unwrap();
    tell(path).ok();
    assert_ne!(state(path), before);
}

#[test]
fn a_state_that_was_changed_is_refused() {
    let dir = small();
    let path = dir.path();
    two(path);
    let place = path.join("asked/search.json");
    let text = fs::read_to_string(&place).unwrap();
    let changed = text.replacen("\"generations\":0", "\"generations\":1", 1);
    assert_ne!(changed, text);
    fs::write(&place, changed).unwrap();
    tell(path).refused(42, &["asked/search.json", "was changed since"]);
    ask(path).refused(42, &["asked/search.json", "was changed since"]);
    fs::copy(path.join("other/search.json"), &place).unwrap();
    tell(path).refused(42, &["asked/search.json", "is of search"]);
    fs::write(&place, "{}").unwrap();
    tell(path).refused(42, &["is no state of a search"]);
    // Nothing is begun anew over a search that has come further.
    fs::remove_file(&place).unwrap();
    tell(path).refused(2, &["nothing was asked yet", "onetape sweep ask asked"]);
    let plan = fs::read(path.join("asked/gen-0/plan.json")).unwrap();
    ask(path).ok();
    assert_eq!(fs::read(path.join("asked/gen-0/plan.json")).unwrap(), plan);
    assert_eq!(fs::read_to_string(&place).unwrap(), text);
}

#[test]
fn mistakes_name_the_fix() {
    let dir = small();
    let path = dir.path();
    for (line, says) in [
        (
            "ask scenario.toml --range exit.edge_bps=1..2 --out a",
            "which search? Give --search tpe",
        ),
        (
            "ask scenario.toml --range exit.edge_bps=1..2 --search tpe --budget 4",
            "Give its folder with --out",
        ),
        (
            "ask scenario.toml --grid exit.edge_bps=1,2 --search halving --generation 4 --out a",
            "--generation is for --search tpe",
        ),
        (
            "ask scenario.toml --range exit.edge_bps=1..2 --search tpe --budget 4 --generation 0 --out a",
            "give 1 or more",
        ),
        ("ask catalog", "no search was begun here"),
        ("tell nowhere", "no search was begun here"),
    ] {
        run(path, &format!("sweep {line}")).refused(2, &[says]);
    }
    assert!(!path.join("a").exists());
    begin(path, TPE);
    run(path, "sweep ask asked --budget 30").refused(2, &["whose flags were given when it began"]);
    run(path, "sweep run --plan asked/plan.json --shard 0/1")
        .refused(2, &["onetape sweep ask asked"]);
    run(path, "sweep merge --plan asked/plan.json").refused(75, &["has not come to its end"]);
    run(
        path,
        "sweep plan scenario.toml --grid exit.edge_bps=1,2 --out known",
    )
    .ok();
    run(path, "sweep tell known").refused(2, &["no search was begun here"]);
}

/// The loop as the page about sweeps shows it.
#[cfg(unix)]
#[test]
fn the_loop_of_the_page_is_the_search_in_one() {
    let page = include_str!("../../../docs/sweep.md");
    let (_, after) = page.split_once("The whole loop:\n\n```sh\n").unwrap();
    let (text, _) = after.split_once("```").unwrap();
    let mut text = text.to_string();
    for (shown, here) in [
        ("ask FILE", "ask scenario.toml"),
        ("--budget 512 --generation 64", "--budget 20 --generation 8"),
        ("seq 0 15", "seq 0 1"),
        ("-P 16", "-P 2"),
        ("{}/16", "{}/2"),
    ] {
        assert!(text.contains(shown), "{shown:?} is not in: {text}");
        text = text.replace(shown, here);
    }
    let dir = small();
    let path = dir.path();
    let binary = Path::new(env!("CARGO_BIN_EXE_onetape")).parent().unwrap();
    let others = std::env::var("PATH").unwrap();
    let mut shell = std::process::Command::new("sh");
    shell.current_dir(path).args(["-c", &text]);
    shell.env("PATH", format!("{}:{others}", binary.display()));
    let done = Done::of(&shell.output().unwrap()).ok();
    assert!(
        done.out.contains("generation 2 is told: 20 runs so far"),
        "{}",
        done.out
    );
    assert!(done.out.contains("20 points"), "{}", done.out);
    let line = "sweep scenario.toml --range min_entry_edge_bps=20..60 --range exit.edge_bps=-5..5 --search tpe --budget \
                20 --generation 8 --out one";
    run(path, line).ok();
    assert_eq!(table(path, "DIR"), table(path, "one"));
}
