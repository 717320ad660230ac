//! Bugs that are planted are found, and nothing is found where none is.
//!
//! One test alone: a bug is in the whole process while it is planted.
#![allow(clippy::unwrap_used)]

mod cases;
#[path = "../common/mod.rs"]
mod common;
mod draws;
mod judge;
mod markets;
mod page;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use onetape_core::planted::{Bug, plant};

use judge::{Found, Sound, judge};
use page::{Line, compare};

/// Seeds within which every bug must be found, and in which nothing may be found without one.
const SEEDS: u64 = 1_000;

/// Seeds that are run without a bug: `PLANTED_SEEDS`, where it asks for more.
fn sound_seeds() -> u64 {
    let asked = std::env::var("PLANTED_SEEDS").ok();
    let asked = asked.and_then(|text| text.parse().ok());
    asked.unwrap_or(SEEDS).max(SEEDS)
}

/// Every seed, on all cores.
fn judge_all() -> Vec<(u64, Result<Sound, Found>)> {
    let (next, seeds) = (AtomicU64::new(0), sound_seeds());
    let work = || {
        let mut mine = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return mine;
            }
            mine.push((seed, judge(seed)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let judged = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        judged.collect()
    })
}

/// Nothing is found without a bug, and the seeds do something.
fn judge_right_code() {
    let judged = judge_all();
    let mut wrong: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for (seed, judged) in &judged {
        if let Err((by, what)) = judged {
            wrong.entry(by).or_default().push((*seed, what));
        }
    }
    for (by, seeds) in &wrong {
        println!(
            "{by}: {} seeds, such as {:#?}",
            seeds.len(),
            &seeds[..seeds.len().min(4)]
        );
    }
    assert!(
        wrong.is_empty(),
        "something is found where nothing is planted"
    );
    let sound = judged.iter().filter_map(|(_, judged)| judged.as_ref().ok());
    let (orders, injected) = sound.fold((0, 0), |(orders, injected), sound| {
        (orders + sound.orders, injected + sound.injected)
    });
    assert!(
        orders > 10_000 && injected > 5_000,
        "{orders} orders, {injected} faults"
    );
}

/// The first seed that finds a bug, and who found it.
fn hunt(bug: Bug) -> Option<Line> {
    for seed in 0..SEEDS {
        // Anew for each: a bug may keep something between calls.
        plant(Some(bug));
        if let Err((by, what)) = judge(seed) {
            println!("{}: seed {seed}, {by}: {what}", bug.name());
            return Some(Line {
                name: bug.name(),
                what: bug.what(),
                by,
                seeds: seed + 1,
            });
        }
    }
    None
}

#[test]
fn every_planted_bug_is_found_and_nothing_without_one() {
    plant(None);
    judge_right_code();
    // A bug may break an assertion; that it does is told by the table.
    std::panic::set_hook(Box::new(|_| {}));
    let found: Vec<(Bug, Option<Line>)> = Bug::ALL.iter().map(|bug| (*bug, hunt(*bug))).collect();
    plant(None);
    let _ = std::panic::take_hook();
    let missed: Vec<&str> = found
        .iter()
        .filter(|(_, line)| line.is_none())
        .map(|(bug, _)| bug.name())
        .collect();
    assert!(
        missed.is_empty(),
        "not found within {SEEDS} seeds: {missed:?}"
    );
    let lines: Vec<Line> = found.into_iter().filter_map(|(_, line)| line).collect();
    compare(&lines);
}

/// The search that shows the default program to have none finds every bug in this one.
#[test]
fn this_program_has_the_mark_of_every_bug() {
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    for bug in Bug::ALL {
        let mark = bug.mark().as_bytes();
        let found = program.windows(mark.len()).any(|part| part == mark);
        assert!(found, "{}", bug.mark());
    }
}
