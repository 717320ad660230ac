//! Cash and carry over 18 months of real candles and rates: the money adds up, and the funding is what the rows say.

use onetape_core::event::{AccountEvent, Body};
use onetape_core::journal::Record;
use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{carry_rows, carry_set, decimal, example, onetape, records_of, run};

const EIGHT_HOURS_S: i64 = 8 * 3_600;
/// 2023-01-01T00:00:00Z.
const FIRST_S: i64 = 1_672_531_200;

/// What a short of `qty` was paid after `from` and not after `to`, by the rows alone: quantity times the last close times
/// the rate.
fn paid(rows: &[(Decimal, Decimal)], qty: Decimal, from_s: i64, to_s: i64) -> Decimal {
    let held = |at: &usize| {
        let settles = FIRST_S + *at as i64 * EIGHT_HOURS_S;
        from_s < settles && settles <= to_s
    };
    (1..rows.len())
        .filter(held)
        .map(|at| qty * rows[at - 1].1 * rows[at].0)
        .sum()
}

fn seconds(at: &Value) -> Option<i64> {
    let at: jiff::Timestamp = at.as_str()?.parse().unwrap();
    Some(at.as_second())
}

/// A backtest of the example with these flags, as its report in JSON; its folder is `name`.
fn report(name: &str, flags: &[&str]) -> Option<Value> {
    let dir = carry_set()?;
    let file = example("btc_carry");
    let words = ["backtest", &file, "--catalog", "catalog", "--out", name];
    onetape(dir, &[&words[..], flags].concat()).ok();
    Some(run(dir, &format!("report {name} --json")).ok().json())
}

#[test]
fn the_funding_of_a_carry_is_what_the_rows_say() {
    let Some(report) = report("run", &[]) else {
        return;
    };
    assert_eq!(report["ledger_residual"], "0");
    let rows = carry_rows("BTCUSDT");
    assert_eq!(rows.len(), 1_642);
    let trips = report["round_trips"].as_array().unwrap();
    assert!(trips.len() >= 4, "{trips:#?}");
    let mut total = Decimal::ZERO;
    for trip in trips {
        let (spot, futures) = (&trip["legs"][0], &trip["legs"][1]);
        let qty = decimal(&spot["entry"]["qty"]);
        assert_eq!(decimal(&futures["entry"]["qty"]), -qty, "{trip}");
        let opened = seconds(&trip["opened_at"]).unwrap();
        let closed = seconds(&trip["closed_at"]).unwrap_or(i64::MAX);
        let expected = paid(&rows, qty, opened, closed);
        assert_eq!(decimal(&trip["funding"]), expected, "{trip}");
        assert_eq!(decimal(&futures["funding"]), expected, "{trip}");
        assert_eq!(trip["entry_reason"], "enter_long_spot");
        total += expected;
    }
    assert_eq!(decimal(&report["pnl"]["funding"]), total);
    assert!(total > Decimal::from(1_000), "{total}");

    // Gross less fees plus funding, and every fill has paid its taker fee: 10 bps of spot, 5 of the perpetual.
    let part = |of: &str| decimal(&report["pnl"][of]);
    assert_eq!(part("gross") - part("fees") + total, part("net"));
    let volume = |venue: &str| decimal(&report["by_venue"][venue]["volume"]);
    let fees =
        volume("binance-spot") * Decimal::new(10, 4) + volume("binance-usdm") * Decimal::new(5, 4);
    assert_eq!(part("fees").round_dp(6), fees.round_dp(6));
}

#[test]
fn a_short_is_paid_by_positive_rates_and_pays_negative_ones() {
    let (Some(_), Some(dir)) = (report("signs", &["--set", "exit_bps=-1000"]), carry_set()) else {
        return;
    };
    let (mut received, mut paid) = (0, 0);
    for (_, record) in records_of(&dir.join("signs")) {
        let Record::Event(event) = record else {
            continue;
        };
        if let Body::Account(AccountEvent::Funding { amount, rate, .. }) = event.body {
            assert_eq!(
                amount.is_negative(),
                rate.is_negative(),
                "{amount} at {rate}"
            );
            *(if amount.is_negative() {
                &mut paid
            } else {
                &mut received
            }) += 1;
        }
    }
    // Never left, so that every settlement from the fifth day on is booked.
    assert!(received > 1_300 && paid > 100, "{received} and {paid}");
    assert!(received + paid >= 1_620, "{received} and {paid}");
}

#[test]
fn a_carry_replays_to_the_byte() {
    let Some(_) = report("replayed", &["--set", "direction=both"]) else {
        return;
    };
    let dir = carry_set().unwrap();
    run(dir, "replay replayed --verify").ok();
    // It decides by the newest rates, so another number of them is another run.
    run(dir, "replay replayed --set rates=30").ok();
    let why = run(dir, "journal why replayed --at 2023-02-01T00:00:00Z").ok();
    for word in [
        "holding",
        "expected_funding_bps",
        "rates_seen",
        "round_trip_cost_bps",
    ] {
        assert!(why.out.contains(word), "{word}: {}", why.out);
    }
}

#[test]
fn its_card_says_what_is_left_after_costs() {
    let Some(dir) = carry_set() else {
        return;
    };
    let file = example("btc_carry");
    let check = ["config", "check", &file, "--catalog", "catalog"];
    let card = onetape(dir, &check).ok().out;
    let net = "net   min_net_bps 10, expected at entry over horizon after the cost of 30\n";
    assert!(card.contains(net), "{card}");
    let loss = ["--set", "min_net_bps=-1", "--allow-negative-edge"];
    let card = onetape(dir, &[&check[..], &loss].concat()).ok().out;
    assert!(
        card.contains("after the cost of 30  LOSS, allowed"),
        "{card}"
    );
    let described = run(dir, "strategy describe funding_carry").ok().out;
    let example =
        "a round trip costs 40 bps: what is expected must pay that and leave min_net_bps\n";
    assert!(described.ends_with(example), "{described}");
}

#[test]
fn what_the_data_cannot_support_is_refused() {
    let Some(dir) = carry_set() else {
        return;
    };
    let file = example("btc_carry");
    for (flags, says) in [
        (
            &["--set", "data.allow_inferred_instruments=false"][..],
            "inferred",
        ),
        (&["--set", "exit_bps=500"], "lower exit_bps"),
        (
            &["--set", "min_net_bps=-1"],
            "expected to lose 1 bps after all its costs",
        ),
        (
            &["--set", "futures.instrument=binance-usdm:ETHUSDT"],
            "same base asset",
        ),
    ] {
        let words = [
            "backtest",
            &file,
            "--catalog",
            "catalog",
            "--journal",
            "none",
        ];
        let done = onetape(dir, &[&words[..], flags].concat());
        assert!(matches!(done.code, Some(1 | 2)), "{flags:?}: {done:?}");
        assert!(
            done.out.is_empty() && done.err.contains(says),
            "{flags:?}: {done:?}"
        );
    }
}
