//! Two sides brought to a total on a synthetic market: it completes, the money adds up, and the run is proved.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use onetape_core::command::{Command, LegRole};
use rust_decimal::Decimal;

use super::common::{Done, decimal, decisions_of, example, onetape, run};

/// The command of the example's first lines.
const MARKET: &str = "data synth --preset market --duration 20m --opportunities 9 --rate 0.3 --seed 3 --catalog synth";

/// A directory with the example's market, of which the first minutes do; made once.
fn market() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("slices");
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        run(
            &dir,
            &MARKET
                .replace("20m", "3m")
                .replace("--opportunities 9", "--opportunities 1"),
        )
        .ok();
        dir
    };
    MADE.get_or_init(make)
}

/// A command on the example.
fn on_example(command: &str, flags: &[&str]) -> Done {
    let file = example("synth_delta_neutral");
    let words: Vec<&str> = command.split(' ').collect();
    let rest = [&file, "--catalog", "synth"];
    onetape(market(), &[&words[..], &rest, flags].concat())
}

#[test]
fn the_example_says_how_its_market_is_made() {
    let text = std::fs::read_to_string(example("synth_delta_neutral")).unwrap();
    assert!(text.contains(&format!("onetape {MARKET}\n")), "{text}");
}

/// ST7 and EX10: both sides end at the total, by slices no larger than asked for, and corrections of what one side lags.
#[test]
fn both_sides_reach_the_total_and_the_run_is_proved() {
    let dir = market();
    on_example("backtest", &["--out", "run"]).ok();
    run(dir, "replay run --verify").ok();
    let report = run(dir, "report run --json").ok().json();
    assert_eq!(report["ledger_residual"], "0");
    let open = report["open"].as_array().unwrap();
    let held: Vec<Decimal> = open.iter().map(|it| decimal(&it["qty"])).collect();
    let half = Decimal::new(5, 1);
    assert_eq!(held, [half, -half], "{report:#}");
    let decisions = decisions_of(&dir.join("run"));
    assert_eq!(decisions.last().unwrap().reason.as_str(), "completed");
    let slice = onetape_core::num::Money::parse("0.02").unwrap().decimal();
    let mut roles = [0, 0];
    for command in decisions.iter().flat_map(|it| &it.commands) {
        if let Command::Place(place) = command {
            let decimals = if place.tag.leg == 0 { 5 } else { 3 };
            let qty = Decimal::new(place.qty.mantissa(), decimals);
            let corrects = place.tag.role == LegRole::Repair;
            roles[usize::from(corrects)] += 1;
            assert!(corrects || qty <= slice, "{place:?}");
        }
    }
    assert!(roles[0] > 20 && roles[1] > 3, "{roles:?}");
}

/// RC3: given fills of 0.30 and 0.25 are corrected by 0.05 first, and it ends balanced.
#[test]
fn given_fills_are_gone_on_from() {
    let dir = market();
    let given = ["--set", "filled.buy=0.30", "--set", "filled.sell=0.25"];
    on_example("backtest", &[&["--out", "given"][..], &given].concat()).ok();
    let decisions = decisions_of(&dir.join("given"));
    let mut places = decisions.iter().flat_map(|it| &it.commands);
    let first = places.find_map(|command| match command {
        Command::Place(place) => Some(place),
        _ => None,
    });
    let first = first.unwrap();
    assert_eq!((first.tag.role, first.tag.leg), (LegRole::Repair, 1));
    assert_eq!(Decimal::new(first.qty.mantissa(), 3), Decimal::new(5, 2));
    let report = run(dir, "report given --json").ok().json();
    let open = report["open"].as_array().unwrap();
    let held: Vec<Decimal> = open.iter().map(|it| decimal(&it["qty"])).collect();
    assert_eq!(
        held,
        [Decimal::new(2, 1), Decimal::new(-25, 2)],
        "balanced with what was given"
    );
}

/// M and the break-even card: what is wrong is said with the parameter that is meant.
#[test]
fn its_card_and_its_refusals() {
    let card = on_example("config check", &[]).ok().out;
    assert!(card.contains("cost  round trip         16\n"), "{card}");
    let bad = |flag, code, says: &str| {
        let done = on_example("backtest", &["--journal", "none", "--set", flag]);
        done.refused(code, &[says]);
    };
    bad(
        "passive_ticks.sell=-2",
        2,
        "set `aggressive_ticks.sell` to n instead",
    );
    bad(
        "aggressive_ticks.buy=3",
        1,
        "`passive_ticks.buy` and `aggressive_ticks.buy` exclude each other",
    );
    bad("order_quantity.sell=0.0205", 1, "round it to lots");
}
