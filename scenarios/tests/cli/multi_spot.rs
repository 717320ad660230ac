//! Several spot venues over a synthetic market: each entry is where it costs least, the venues' results add up, and the
//! run is proved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use onetape_core::command::Command;
use onetape_core::decision::Value as Number;
use onetape_core::instrument::Side;
use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{decimal, decisions_of, example, onetape, run};

/// The command of the example's first lines.
const MARKET: &str = "data synth --preset market --duration 20m --opportunities 9 --rate 0.3 --seed 3 --catalog synth";

/// A directory with the example's market, made once.
fn market() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("multi_spot");
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        run(&dir, MARKET).ok();
        dir
    };
    MADE.get_or_init(make)
}

fn file() -> String {
    example("synth_multi_spot")
}

/// The command line with the example and its market.
fn with_example(words: &[&str]) -> Vec<String> {
    let file = file();
    let (command, flags) = words.split_at(1);
    let all = [command, &[&file, "--catalog", "synth"], flags].concat();
    all.into_iter().map(Into::into).collect()
}

#[test]
fn the_example_says_how_its_market_is_made() {
    let text = std::fs::read_to_string(file()).unwrap();
    assert!(text.contains(&format!("onetape {MARKET}\n")), "{text}");
}

#[test]
fn entries_are_on_several_venues_and_the_run_is_proved() {
    let dir = market();
    onetape(dir, &with_example(&["backtest", "--out", "run"])).ok();
    run(dir, "replay run --verify").ok();
    let report = run(dir, "report run --json").ok().json();
    assert_eq!(report["ledger_residual"], "0");
    let trips = report["round_trips"].as_array().unwrap();
    assert!(trips.len() >= 5, "{trips:#?}");
    let mut venues = BTreeSet::new();
    for trip in trips {
        let (spot, futures) = (&trip["legs"][0], &trip["legs"][1]);
        let name = spot["instrument"].as_str().unwrap();
        assert!(name.starts_with("synth-spot"), "{trip}");
        assert_eq!(futures["instrument"], "synth-perp:BTCUSDT");
        assert_eq!(
            decimal(&futures["entry"]["qty"]),
            -decimal(&spot["entry"]["qty"]),
            "{trip}"
        );
        venues.insert(name.to_string());
    }
    assert!(venues.len() > 1, "every entry was on {venues:?}");
    let by_venue = report["by_venue"].as_object().unwrap();
    let parts: Decimal = by_venue.values().map(|it| decimal(&it["net"])).sum();
    assert_eq!(parts, decimal(&report["pnl"]["net"]));
}

/// What stands in the journal of an entry: the spot leg that was bought has the largest edge of all.
#[test]
fn every_entry_is_the_best_of_its_moment() {
    let dir = market();
    onetape(dir, &with_example(&["backtest", "--out", "entries"])).ok();
    let decisions = decisions_of(&dir.join("entries"));
    let entries = decisions
        .iter()
        .filter(|it| it.reason.as_str() == "enter_long_spot");
    let mut seen = 0;
    for entry in entries {
        let edges: Vec<f64> = (1..=3)
            .filter_map(|leg| {
                let name = format!("spot_{leg}_entry_net_bps");
                let number = entry.numbers.iter().find(|it| it.name.as_str() == name)?;
                match number.value {
                    Number::Signal(edge) => Some(edge),
                    Number::Exact(_) => None,
                }
            })
            .collect();
        assert_eq!(edges.len(), 3, "{entry:?}");
        let spot = entry.numbers.iter().find(|it| it.name.as_str() == "spot");
        let Some(Number::Exact(spot)) = spot.map(|it| it.value) else {
            panic!("no leg in {entry:?}");
        };
        let bought = edges[spot.to_string().parse::<usize>().unwrap() - 1];
        assert!(edges.iter().all(|edge| *edge <= bought) && bought >= 4.0);
        let [Command::Place(first), Command::Place(second)] = entry.commands.as_slice() else {
            panic!("{:?}", entry.commands);
        };
        assert_eq!((first.side, second.side), (Side::Buy, Side::Sell));
        seen += 1;
    }
    assert!(seen >= 5, "{seen} entries");
}

/// The signals of these points depend on their fees, so that those of other fees must not be shared.
#[test]
fn points_of_other_fees_are_the_same_runs_alone() {
    let dir = market();
    let grid = [
        "--grid",
        "venue.synth-spot.fees.taker_bps=0.5,3.5",
        "--grid",
        "min_entry_net_bps=4,9",
        "--out",
        "swept",
        "--json",
    ];
    let swept = onetape(dir, &with_example(&[&["sweep"], &grid[..]].concat()));
    let swept = swept.ok().json();
    let points = swept["best"].as_array().unwrap();
    assert_eq!((points.len(), &swept["failed"]), (4, &Value::from(0)));
    let mut hashes = BTreeSet::new();
    for point in points {
        let set = point["set"].as_object().unwrap().iter();
        let set = set.map(|(key, value)| format!("{key}={}", value.as_str().unwrap()));
        let mut words = vec!["backtest".to_string()];
        words.extend(set.flat_map(|pair| ["--set".to_string(), pair]));
        words.extend(["--journal", "none", "--json"].map(String::from));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let alone = onetape(dir, &with_example(&words)).ok().json();
        assert_eq!(alone["decisions_hash"], point["decisions_hash"], "{point}");
        hashes.insert(alone["decisions_hash"].to_string());
    }
    assert_eq!(hashes.len(), 4, "points that decide alike compare nothing");
}

#[test]
fn its_card_counts_one_of_the_venues() {
    let dir = market();
    let check = |flags: &[&str]| {
        let file = file();
        let words = ["config", "check", &file, "--catalog", "synth"];
        onetape(dir, &[&words[..], flags].concat())
    };
    let card = check(&[]).ok().out;
    for line in [
        "  fees  spot_3 (synth-spot-c), or  2 x 3 = 6\n",
        "  cost  round trip                 9, by the dearest alternative\n",
        "  net   min_entry_net_bps 4 + exit.net_bps -3, both after their fees = 1\n",
    ] {
        assert!(card.contains(line), "{card}");
    }
    check(&["--set", "min_entry_net_bps=2.5"]).refused(
        2,
        &[
            "task.0.exit.net_bps: a round trip cannot pay its costs: entry 2.5 + exit -3, both after their fees = net -0.5 bps",
            "raise `min_entry_net_bps` to at least 3 or `exit.net_bps` to at least -2.5",
        ],
    );
    let json = check(&["--json"]).ok().json();
    let legs = json["tasks"][0]["legs"].as_array().unwrap();
    let alternative: Vec<_> = legs.iter().map(|leg| leg["alternative"] == true).collect();
    assert_eq!(alternative, [true, true, true, false]);
    assert_eq!(json["tasks"][0]["cost_bps"], "9");
}

#[test]
fn its_legs_are_numbered_without_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(file()).unwrap();
    let check = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        std::fs::write(dir.path().join("legs.toml"), text.replace(from, to)).unwrap();
        run(dir.path(), "config check legs.toml")
    };
    check("spot_3 ", "spot_4 ").refused(
        2,
        &[
            "legs.toml:13: ",
            "task.0.spot_4: is given without `spot_3`; number these legs without gaps",
        ],
    );
    let missing = [
        "task.0.spot_2: this leg is missing",
        "spot_2 = { instrument",
    ];
    check("spot_2 ", "spot_3x").refused(2, &missing);
    let twice = ["which leg `spot_1` trades already; name another instrument"];
    check("synth-spot-c:BTCUSDT", "synth-spot:BTCUSDT").refused(2, &twice);
    // Two venues are enough.
    let third = text
        .lines()
        .find(|line| line.starts_with("spot_3"))
        .unwrap();
    let two = check(&format!("{third}\n"), "");
    assert_eq!(two.code, Some(0), "{}", two.err);
    // What is not there is not offered.
    let mode = [
        "task.0.mode",
        "\"moving\", expected one of traditional, spot_switching",
    ];
    check("\nnotional =", "\nmode = \"moving\"\nnotional =").refused(2, &mode);
}

#[test]
fn it_is_described_with_its_alternatives() {
    let dir = tempfile::tempdir().unwrap();
    let text = run(dir.path(), "strategy describe multi_spot").ok().out;
    for line in [
        "  spot_2   spot              One of the spot venues.\n",
        "  spot_3   spot    optional  One more spot venue.\n",
        "  a round trip trades one of spot_1, spot_2, spot_3, spot_4, spot_5, spot_6, spot_7, spot_8\n",
        "with taker fees of 10 bps on each of 2 legs, in and out, a round trip costs 40 bps: min_entry_net_bps and \
         exit.net_bps have paid that already, and must reach 0 together\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let json = run(dir.path(), "strategy describe multi_spot --json")
        .ok()
        .json();
    assert_eq!(json["legs"][2]["required"], false);
    assert_eq!(json["break_even_example"]["cost_bps"], "40");
}
