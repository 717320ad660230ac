//! A scenario on paper: in real time on a market that is played back, by the command and by hand.

use std::cell::Cell;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onetape::run::Prepared;
use onetape::run::live::PaperSide;
use onetape::scenario::{Options, load};
use onetape_core::engine::Engine;
use onetape_core::event::RunStarted;
use onetape_core::journal::{Durability, Journal, MemoryStore, Mode};
use onetape_core::time::Ts;
use onetape_data::catalog::Catalog;
use onetape_data::tape::Tape;
use onetape_live::control::HaltFlag;
use onetape_live::journal::Latch;
use onetape_live::queue::{Arrival, InboxLimits, channel};
use onetape_live::run::{Guarded, Loop, Tap};
use onetape_live::stamp::{Clock, Stamper};
use onetape_sim::Paper;
use serde_json::Value;

use crate::common::{command, run, small};

/// A clock that the test sets.
#[derive(Clone, Default)]
struct Hand(Rc<Cell<i64>>);

impl Clock for Hand {
    fn now(&mut self) -> Ts {
        Ts::from_nanos(self.0.get())
    }
}

/// Plays the tape of a folder to simulated venues by hand; the hash over the decisions, how many, and fills.
fn by_hand(dir: &Path) -> (u128, u64, usize) {
    let registry = onetape::builtin();
    let cards: Vec<_> = registry.iter().map(|spec| *spec.card).collect();
    let loaded = load(&dir.join("scenario.toml"), &Options::default(), &cards).unwrap();
    let catalog = Catalog::open(&dir.join("catalog")).unwrap();
    let prepared = Prepared::new(&loaded.scenario, &catalog, &registry).unwrap();
    let mut tape = Tape::open(&catalog, &prepared.request).unwrap();
    let names = Arc::clone(&prepared.names);
    let paper = Paper::new(Arc::clone(&names), prepared.sim.clone(), prepared.market()).unwrap();
    let (to, from) = channel(InboxLimits::default());
    let clock = Hand::default();
    let side = PaperSide::new(paper, to.clone());
    let gate = Guarded::new(side, HaltFlag::default(), Latch::default());
    let journal = Journal::new(MemoryStore::default(), [1; 16], Mode::Full);
    let (market, desk) = (prepared.market(), prepared.desk().unwrap());
    let engine = Engine::new(market, desk, journal, Durability::Process);
    let mut live = Loop::new(engine, Stamper::new(clock.clone()), gate, Tap::none());
    let mut started = false;
    while let Some(event) = tape.next_event().unwrap() {
        // What is due before the next row comes before it, at its own time.
        while let Some(at) = live.wakes_at().filter(|at| *at < event.ts) {
            clock.0.set(at.nanos().max(clock.0.get()));
            live.turn().unwrap();
            while let Some(arrival) = from.try_next() {
                live.take(arrival).unwrap();
            }
        }
        clock.0.set(event.ts.nanos());
        if !std::mem::replace(&mut started, true) {
            live.start(RunStarted {
                run_id: [1; 16],
                scenario: String::new(),
                names: (*names).clone(),
                seed: 1,
                epoch: 1,
                tape: Vec::new(),
            })
            .unwrap();
        }
        to.try_send(Arrival::new(event.ts, event.body)).unwrap();
        live.turn().unwrap();
        while let Some(arrival) = from.try_next() {
            live.take(arrival).unwrap();
        }
    }
    let journal = live.engine().journal();
    let fills = live.engine().desk().status(onetape_core::names::TaskId(0));
    let fills = fills.map_or(0, |status| {
        status.holdings.iter().map(|it| it.fills as usize).sum()
    });
    (journal.decisions_hash(), journal.decisions(), fills)
}

#[test]
fn the_same_arrivals_give_the_same_decisions() {
    let dir = small();
    let first = by_hand(dir.path());
    assert!(first.1 > 0 && first.2 >= 4, "{first:?}");
    assert_eq!(first, by_hand(dir.path()));
}

/// Starts a rehearsal in `run`.
fn start(dir: &Path, more: &[&str]) -> Child {
    let mut args = vec!["paper", "scenario.toml", "--rehearse", "--out", "run"];
    args.extend(more);
    let mut command: Command = command(dir);
    let command = command.args(args).stdout(Stdio::null());
    command.stderr(Stdio::null()).spawn().unwrap()
}

/// The status of what runs, as soon as it is as it should be.
fn status(dir: &Path, is: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        if dir.join("run/control.sock").exists() {
            let done = run(dir, "status run --json");
            if done.code == Some(0) {
                let told = done.json();
                if is(&told) {
                    return told;
                }
            }
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it did not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_run_on_paper_is_a_run_like_any_other() {
    let dir = small();
    let dir = dir.path();
    let line = "paper scenario.toml --rehearse --speed 60 --out run --json";
    let told = run(dir, line).exits(0).json();
    assert!(
        told["decisions_hash"]
            .as_str()
            .is_some_and(|hash| hash.len() == 32),
        "{told}"
    );
    let verified = run(dir, "replay run --verify").exits(0);
    assert!(verified.out.contains("decisions"), "{}", verified.out);
    let report = run(dir, "report run --json").exits(0).json();
    assert_eq!(report["decisions_hash"], told["decisions_hash"]);
    run(dir, "journal show run").exits(0);
    let over = run(dir, "status run --json").exits(0).json();
    assert_eq!(over["running"], false);
    assert!(over["total_executions"].as_u64().unwrap() > 0, "{over}");
    // Its folder is taken.
    let taken = run(dir, line).exits(1);
    assert!(taken.err.contains("has a run already"), "{}", taken.err);
    // Nothing runs there any more.
    let done = run(dir, "pause run").exits(1);
    assert!(done.err.contains("no onetape runs in run"), "{}", done.err);
}

#[test]
fn a_running_instance_is_looked_at_paused_and_killed_and_its_journal_holds() {
    let dir = small();
    let dir = dir.path();
    let mut child = start(dir, &[]);
    let told = status(dir, |told| {
        told["loop"]["market_events"].as_u64() > Some(100)
    });
    assert_eq!(
        (&told["mode"], &told["running"]),
        (&"paper".into(), &true.into())
    );
    let parts = told["health"]["components"].as_array().unwrap();
    assert!(
        parts.iter().any(|it| it["name"] == "feed synth-spot"),
        "{told}"
    );
    // A second instance may not have the folder.
    let second = run(dir, "paper scenario.toml --rehearse --out run").exits(1);
    assert!(second.err.contains("run"), "{}", second.err);
    let paused = run(dir, "pause run --json").exits(0).json();
    assert!(paused["seq"].as_u64().is_some(), "{paused}");
    assert_eq!(status(dir, |_| true)["state"], "paused");
    run(dir, "resume run").exits(0);
    assert_eq!(status(dir, |_| true)["state"], "active");
    let done = run(dir, "pause run --task nobody").exits(1);
    assert!(
        done.err.contains("there is no task \"nobody\""),
        "{}",
        done.err
    );
    let none = run(dir, "approve run --balances").exits(1);
    assert!(none.err.contains("nothing waits"), "{}", none.err);
    child.kill().unwrap();
    child.wait().unwrap();
    run(dir, "replay run --verify").exits(0);
    let after = run(dir, "status run --json").exits(0).json();
    assert!(
        after["persistence"]["events"].as_u64() > Some(100),
        "{after}"
    );
    assert_eq!(after["running"], false, "its process was killed");
}

#[test]
fn a_run_that_is_told_to_stop_ends_its_journal() {
    let dir = small();
    let dir = dir.path();
    let mut child = start(dir, &["--duration", "2s"]);
    assert!(child.wait().unwrap().success());
    let shown = run(dir, "journal show run").exits(0);
    assert!(shown.out.contains("run_ended"), "{}", shown.out);
    assert!(shown.out.contains(" quote "), "{}", shown.out);
    run(dir, "replay run --verify").exits(0);
    assert!(dir.join("run/report.html").is_file());
}

#[test]
fn the_environment_goes_over_the_file_and_does_not_switch_safeguards_off() {
    let dir = small();
    let dir = dir.path();
    let paper = |name: &str, value: &str| {
        let mut command = command(dir);
        let args = "paper scenario.toml --rehearse --speed 1000 --out run --json";
        command.args(args.split(' ')).env(name, value);
        crate::common::Done::of(&command.output().unwrap())
    };
    for switch in [
        "ARB_ENABLE_CIRCUIT_BREAKERS",
        "ARB_ENABLE_RISK_CHECKS",
        "ARB_ENABLE_RECOVERY_MODE",
    ] {
        paper(switch, "false").refused(2, &[switch, "would switch off"]);
    }
    paper("ARB_MAX_DAILY_LOSS_USD", "77").exits(0);
    let scenario = std::fs::read_to_string(dir.join("run/scenario.toml")).unwrap();
    assert!(scenario.contains("max_daily_loss = \"77\""), "{scenario}");
}

#[test]
fn the_command_line_goes_over_the_environment_and_the_environment_over_the_file() {
    let dir = small();
    let dir = dir.path();
    // In the file, the environment and on the command line; the last that is there is what holds.
    for (env, set, holds) in [
        (None, "", "100"),
        (Some("77"), "", "77"),
        (Some("77"), "--set risk.max_daily_loss=88", "88"),
    ] {
        let mut command = command(dir);
        let run = format!("run-{holds}");
        let line =
            format!("paper scenario.toml --rehearse --speed 1000 --duration 1s --out {run} {set}");
        command.args(line.split_whitespace());
        if let Some(value) = env {
            command.env("ARB_MAX_DAILY_LOSS_USD", value);
        }
        crate::common::Done::of(&command.output().unwrap()).exits(0);
        let resolved = std::fs::read_to_string(dir.join(run).join("scenario.toml")).unwrap();
        let line = format!("max_daily_loss = \"{holds}\"");
        assert!(resolved.contains(&line), "{line}: {resolved}");
    }
}
