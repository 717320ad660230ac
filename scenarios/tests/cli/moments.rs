//! A run stopped at a moment, and asked why.

use onetape_core::event::Body;
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;
use onetape_data::catalog::{Catalog, Kind, Series};
use onetape_data::tape::{Tape, TapeLeg, TapeRequest};
use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{decimal, decisions_of, run, small_run};

/// Bid and ask of both legs in force at a moment, read from the tape by other means than a run's.
fn tops_at(root: &std::path::Path, at: Ts) -> [[Decimal; 2]; 2] {
    let catalog = Catalog::open(root).unwrap();
    let leg = |(id, venue): (u16, &str)| TapeLeg {
        instrument: InstrumentId(id),
        series: Series {
            venue: venue.to_string(),
            symbol: "BTCUSDT".to_string(),
        },
        kinds: vec![Kind::Quote],
        venue_time: false,
    };
    let legs: Vec<TapeLeg> = [(0, "synth-spot"), (1, "synth-perp")].map(leg).into();
    let scales = legs.iter().map(|leg| {
        catalog
            .instrument(&leg.series.instrument())
            .unwrap()
            .price_decimals
    });
    let scales: Vec<u32> = scales.map(u32::from).collect();
    let request = TapeRequest {
        legs,
        ..TapeRequest::default()
    };
    let mut tape = Tape::open(&catalog, &request).unwrap();
    let mut tops = [[Decimal::ZERO; 2]; 2];
    while let Some(event) = tape.next_event().unwrap() {
        if event.ts > at {
            break;
        }
        if let Body::Quote(quote) = event.body {
            let leg = quote.instrument.index();
            let price = |mantissa| Decimal::new(mantissa, scales[leg]);
            tops[leg] = [
                price(quote.bid.price.mantissa()),
                price(quote.ask.price.mantissa()),
            ];
        }
    }
    tops
}

fn numbers_are_the_tapes(why: &Value, root: &std::path::Path, at: Ts) {
    let numbers = &why["tasks"][0]["numbers"];
    let [spot, futures] = tops_at(root, at);
    let names = [["spot_bid", "spot_ask"], ["futures_bid", "futures_ask"]];
    for (names, values) in names.iter().zip([spot, futures]) {
        for (name, value) in names.iter().zip(values) {
            assert_eq!(decimal(&numbers[*name]), value, "{name} in {numbers}");
        }
    }
    let bps = |sold: Decimal, bought: Decimal| {
        let edge = (sold - bought) / bought * Decimal::from(10_000);
        edge.to_string().parse::<f64>().unwrap()
    };
    for (name, edge) in [
        ("carry_edge_bps", bps(futures[0], spot[1])),
        ("reverse_edge_bps", bps(spot[0], futures[1])),
    ] {
        let told = numbers[name].as_f64().unwrap();
        assert!((told - edge).abs() < 1e-6, "{name}: {told} is not {edge}");
    }
}

#[test]
fn why_gives_the_reason_in_force_and_its_numbers() {
    let dir = small_run();
    let (root, place) = (dir.path().join("catalog"), dir.path().join("run"));
    let decisions = decisions_of(&place);
    // Between decisions, and at their very stamps.
    let first = decisions[0].ts.nanos();
    let entry = decisions
        .iter()
        .find(|decision| decision.reason.as_str() == "enter_long_spot")
        .unwrap();
    let moments = [
        first + 20_000_000_000,
        entry.ts.nanos() - 1,
        entry.ts.nanos(),
        entry.ts.nanos() + 10_000_000_000,
    ];
    for at in moments {
        let why = run(dir.path(), &format!("journal why run --at {at} --json"))
            .ok()
            .json();
        let in_force = decisions
            .iter()
            .rfind(|decision| decision.ts.nanos() <= at)
            .unwrap();
        assert_eq!(
            why["tasks"][0]["reason"],
            in_force.reason.as_str(),
            "at {at}"
        );
        numbers_are_the_tapes(&why, &root, Ts::from_nanos(at));
    }
    let quiet = run(
        dir.path(),
        &format!("journal why run --at {}", first + 20_000_000_000),
    )
    .ok()
    .out;
    assert!(
        quiet.contains("task spot_futures_BTCUSDT_synth-spot_synth-perp: edge_below_entry"),
        "{quiet}"
    );
    assert!(
        quiet.contains("edge_below_entry: neither direction earns min_entry_edge_bps"),
        "{quiet}"
    );
    assert!(quiet.contains("carry_edge_bps"), "{quiet}");
}

/// The numbers that a decision was made on are those that `why` gives of its moment.
#[test]
fn a_decisions_own_numbers_are_told() {
    let dir = small_run();
    let decisions = decisions_of(&dir.path().join("run"));
    let entry = decisions
        .iter()
        .find(|decision| !decision.commands.is_empty())
        .unwrap();
    assert!(!entry.numbers.is_empty());
    let why = run(
        dir.path(),
        &format!("journal why run --at {} --json", entry.ts.nanos()),
    )
    .ok()
    .json();
    for number in &entry.numbers {
        let told = &why["tasks"][0]["numbers"][number.name.as_str()];
        match number.value {
            onetape_core::decision::Value::Exact(amount) => assert_eq!(told, &amount.to_string()),
            onetape_core::decision::Value::Signal(value) => assert_eq!(told.as_f64(), Some(value)),
        }
    }
}

#[test]
fn until_stops_and_tells_how_things_stand() {
    let dir = small_run();
    let decisions = decisions_of(&dir.path().join("run"));
    let holding = decisions
        .iter()
        .find(|decision| decision.reason.as_str() == "holding")
        .unwrap()
        .ts
        .nanos();
    let until = holding + 1_000_000_000;
    for verify in ["", "--verify"] {
        let text = run(dir.path(), &format!("replay run {verify} --until {until}"))
            .ok()
            .out;
        assert!(
            text.contains("task spot_futures_BTCUSDT_synth-spot_synth-perp: holding"),
            "{text}"
        );
        assert!(
            text.contains("position synth-spot:BTCUSDT ")
                && text.contains("position synth-perp:BTCUSDT -"),
            "{text}"
        );
    }
    let document = run(
        dir.path(),
        &format!("replay run --verify --until {until} --json"),
    )
    .ok()
    .json();
    let made = decisions
        .iter()
        .filter(|decision| decision.ts.nanos() <= until)
        .count();
    assert_eq!(
        (&document["decisions"], &document["compared"]),
        (&made.into(), &made.into())
    );
    assert_eq!(document["tasks"][0]["reason"], "holding");
    assert!(
        document["until"].as_str().unwrap() <= text(until).as_str(),
        "{document}"
    );
    // Before anything, and after everything.
    let none = run(dir.path(), "replay run --until 2020-01-01T00:00:00Z --json")
        .ok()
        .json();
    assert_eq!(none["decisions"], 0);
    let all = run(dir.path(), "replay run --until 2030-01-01T00:00:00Z --json")
        .ok()
        .json();
    assert_eq!(all["decisions"], decisions.len());
    // A change with an end: simulated up to there.
    let half = run(
        dir.path(),
        &format!("replay run --set sim.seed=3 --until {until} --json"),
    )
    .ok()
    .json();
    assert_eq!(half["closed"]["round_trips"], 0);
    assert_eq!(half["fills"], 2);
}

fn text(nanos: i64) -> String {
    format!(
        "{:.9}",
        jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap()
    )
}
