//! The examples of the strategies on the saga, over one synthetic market: they trade, the books add up, and the run is
//! proved.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use onetape_core::command::{Command, LegRole};
use onetape_core::event::{Body, OrderEventKind};
use onetape_core::journal::Record;
use onetape_core::time::Span;
use serde_json::Value;

use super::common::{example, onetape, records_of, run};

/// The command of the examples' first lines.
const MARKET: &str = "data synth --preset market --duration 20m --opportunities 9 --rate 0.3 --seed 3 --catalog synth";

/// A directory with the examples' market, made once.
fn market() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("strategies");
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        run(&dir, MARKET).ok();
        dir
    };
    MADE.get_or_init(make)
}

/// Runs an example, proves it, and gives its report.
fn proved(name: &str) -> Value {
    let (dir, file) = (market(), example(name));
    assert!(std::fs::read_to_string(&file).unwrap().contains(MARKET));
    onetape(
        dir,
        &["backtest", &file, "--catalog", "synth", "--out", name],
    )
    .ok();
    onetape(dir, &["replay", name, "--verify"]).ok();
    let report = onetape(dir, &["report", name, "--json"]).ok().json();
    assert_eq!(report["ledger_residual"], "0", "{name}");
    report
}

/// How many decisions of a run have a reason.
fn told(name: &str, reason: &str) -> usize {
    let shown = onetape(market(), &["journal", "show", name]).ok().out;
    shown.lines().filter(|line| line.contains(reason)).count()
}

#[test]
fn money_goes_round_a_triangle_and_the_books_add_up() {
    proved("synth_triangular");
    assert!(told("synth_triangular", "enter_") >= 2);
    assert!(told("synth_triangular", "closed") >= 2);
}

#[test]
fn spot_at_two_venues_is_built_moved_and_left() {
    proved("synth_delta_neutral_3x");
    for reason in ["building", "shifting", "closed"] {
        assert!(told("synth_delta_neutral_3x", reason) >= 1, "{reason}");
    }
}

#[test]
fn the_spot_leg_moves_while_the_future_stands() {
    proved("synth_spot_switching");
    assert!(told("synth_spot_switching", "switching") >= 1);
}

/// From the decision to move until the legs balance again, everything at 20 ms: feeds, orders and answers.
#[test]
fn st3_a_move_is_over_within_a_hundred_milliseconds_of_simulated_time() {
    let (dir, file) = (market(), example("synth_spot_switching"));
    let mut words = ["backtest", &file, "--catalog", "synth", "--out", "moves"]
        .map(String::from)
        .to_vec();
    for venue in ["synth-spot", "synth-spot-b", "synth-spot-c", "synth-perp"] {
        for way in ["feed", "order", "answer"] {
            words.push("--set".into());
            words.push(format!("venue.{venue}.latency.{way}=20ms"));
        }
    }
    onetape(dir, &words).ok();
    let (mut moving, mut fills, mut moves) = (None, 0, 0);
    for (_, record) in records_of(&dir.join("moves")) {
        match record {
            Record::Decision(decision) if decision.reason.as_str() == "switching" => {
                let orders: Vec<_> = decision
                    .commands
                    .iter()
                    .filter_map(|command| match command {
                        Command::Place(place) => Some((place.order, place.tag.role)),
                        _ => None,
                    })
                    .collect();
                assert!(orders.iter().all(|(_, role)| *role == LegRole::Switch));
                moving = Some((decision.ts, orders));
            }
            Record::Decision(decision) => {
                if let Some((began, _)) = moving.take() {
                    assert_eq!(decision.reason.as_str(), "holding");
                    let took = decision.ts.since(began);
                    assert!(took <= Span::from_millis(100), "{took:?}");
                    // To the venues and back: it is not over before.
                    assert!(took >= Span::from_millis(40), "{took:?}");
                    moves += 1;
                }
            }
            Record::Event(event) => {
                if let (Some((_, orders)), Body::Order(news)) = (&moving, &event.body)
                    && matches!(news.kind, OrderEventKind::Filled(_))
                {
                    // Nothing else trades meanwhile: the future stands.
                    let own = orders.iter().any(|(order, _)| *order == news.order);
                    assert!(own, "{news:?}");
                    fills += 1;
                }
            }
            Record::Marks(_) => {}
        }
    }
    assert!(moves >= 2 && fills >= 2 * moves, "{moves} moves, {fills}");
}

#[test]
fn eight_tasks_trade_three_symbols_at_five_venues_on_one_account() {
    proved("synth_mixed");
    let status = onetape(market(), &["status", "synth_mixed", "--json"])
        .ok()
        .json();
    let tasks = status["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 8);
    for task in tasks {
        assert!(task["executions"].as_u64() > Some(0), "{task:#}");
        // Two tasks hold against each other in one future, and each closes its own.
        assert_ne!(task["reason"], "quarantined", "{task:#}");
    }
}
