//! Orders, ledger, funding and several assets, by hand.

use onetape_core::command::LegRole::{Entry, Exit};
use onetape_core::event::{OrderEventKind, RejectReason};
use onetape_core::instrument::Side::{Buy, Sell};

use super::run::{BTC, COIN, PERP, Run, SPOT, Tag, USDT, money, tag, usdt};
use crate::report::{Amount, Outcomes};

#[test]
fn every_order_has_one_outcome() {
    let mut run = Run::new();
    let order = |run: &mut Run| run.place("entry_edge", tag(1, 0, Entry), SPOT, Buy, "1");
    let filled = order(&mut run);
    run.news(filled, OrderEventKind::Accepted);
    let fill = run.fill(filled, SPOT, "100.00", "1", usdt("0"));
    // The same execution told twice counts once.
    run.news(filled, OrderEventKind::Filled(Box::new(fill)));
    let part = order(&mut run);
    run.fill(part, SPOT, "100.00", "0.4", usdt("0"));
    run.news(part, OrderEventKind::Expired);
    let expired = order(&mut run);
    run.news(expired, OrderEventKind::Expired);
    let cancelled = order(&mut run);
    run.news(cancelled, OrderEventKind::Cancelled);
    let rejected = order(&mut run);
    run.news(rejected, OrderEventKind::Rejected(RejectReason::Balance));
    let unknown = order(&mut run);
    run.news(unknown, OrderEventKind::Unknown);
    let not_sent = order(&mut run);
    run.news(not_sent, OrderEventKind::NotSent);
    order(&mut run);
    run.refuse("stale_book");
    let stranger = onetape_core::order::OrderId { epoch: 9, n: 9 };
    run.news(stranger, OrderEventKind::Accepted);
    let report = run.end(&[]);
    let expected = Outcomes {
        sent: 8,
        filled: 1,
        partially_filled: 1,
        expired: 1,
        cancelled: 1,
        rejected: 1,
        rejected_by_reason: [("balance", 1)].into(),
        not_sent: 1,
        unknown: 1,
        working: 1,
    };
    assert_eq!(report.outcomes, expected);
    assert_eq!((report.figures.fills, report.strays), (2, 1));
    assert_eq!(report.refusals["stale_book"], 1);
    assert_eq!((report.decisions, report.reasons["entry_edge"]), (9, 9));
}

#[test]
fn funding_is_split_by_signed_quantity() {
    // Trip 1 is short 3, trip 2 is long 1: the account is short 2 and receives 0.2.
    // Shares: 0.2 * 3/2 = 0.3 and 0.2 * -1/2 = -0.1. Spot holds nothing of it. Then both close, and what comes
    // later belongs to nobody.
    let mut run = Run::new();
    run.trade(tag(1, 1, Entry), PERP, Sell, "100.00", "3", usdt("0"));
    let other = Tag {
        task: 1,
        ..tag(2, 1, Entry)
    };
    run.trade(other, PERP, Buy, "100.00", "1", usdt("0"));
    run.funding(PERP, "0.2");
    run.trade(tag(1, 1, Exit), PERP, Buy, "100.00", "3", usdt("0"));
    run.trade(
        Tag {
            role: Exit,
            ..other
        },
        PERP,
        Sell,
        "100.00",
        "1",
        usdt("0"),
    );
    run.funding(PERP, "-0.05");
    let report = run.end(&[]);
    let funding = |name: &str| report.figures.by_task[name].pnl.funding.one();
    assert_eq!(funding("a"), Some(money("0.3")));
    assert_eq!(funding("b"), Some(money("-0.1")));
    assert_eq!(funding(""), Some(money("-0.05")));
    assert_eq!(report.figures.pnl.funding.one(), Some(money("0.15")));
    assert_eq!(report.figures.closed.funding.one(), Some(money("0.2")));
    assert_eq!(
        report.figures.by_venue["perp"].pnl.funding.one(),
        Some(money("0.15"))
    );
}

#[test]
fn the_ledger_is_proven_or_says_what_is_missing() {
    // Spot: 1,000 USDT less 200 less a fee of 0.2; 2 BTC come. Perp: realised -5, fee 0.1, funding 0.04.
    let run = |last: &str| {
        let mut run = Run::new();
        run.balance(0, USDT, "1000");
        run.balance(1, USDT, "500");
        run.trade(tag(1, 0, Entry), SPOT, Buy, "100.00", "2", usdt("0.2"));
        run.trade(tag(1, 1, Entry), PERP, Sell, "101.00", "2", usdt("0.1"));
        run.trade(tag(1, 1, Exit), PERP, Buy, "103.50", "2", usdt("0"));
        run.funding(PERP, "0.04");
        run.balance(0, USDT, "799.8");
        run.balance(0, BTC, "2");
        run.balance(1, USDT, last);
        run.end(&[])
    };
    let proven = run("494.94");
    assert_eq!(proven.figures.ledger_residual, money("0"));
    assert_eq!(proven.ledger.len(), 3);
    let perp = &proven.ledger[2];
    assert_eq!(
        (perp.trades, perp.fees, perp.funding, perp.expected),
        (money("-5"), money("0.1"), money("0.04"), money("494.94"))
    );
    let off = run("494.93");
    assert_eq!(off.figures.ledger_residual, money("0.01"));
    assert_eq!(off.ledger[2].residual, money("-0.01"));
}

#[test]
fn different_assets_are_never_added() {
    // Linear: 1 * (110 - 100) = 10 USDT. Inverse, 10 contracts of 100 USD from 50,000 to 62,500:
    // 1000 * (1/50000 - 1/62500) = 0.004 BTC.
    let mut run = Run::new();
    run.trade(tag(1, 0, Entry), PERP, Buy, "100.00", "1", usdt("0.5"));
    run.trade(
        tag(1, 1, Entry),
        COIN,
        Buy,
        "50000.00",
        "10",
        (BTC, "0.0001", "0.0001"),
    );
    run.trade(tag(1, 0, Exit), PERP, Sell, "110.00", "1", usdt("0.5"));
    run.trade(
        tag(1, 1, Exit),
        COIN,
        Sell,
        "62500.00",
        "10",
        (BTC, "0", "0"),
    );
    let report = run.end(&[]);
    assert_eq!(report.figures.asset, None);
    let net = Amount::Many(Box::new(
        [
            ("BTC".to_string(), money("0.0039")),
            ("USDT".to_string(), money("9")),
        ]
        .into(),
    ));
    assert_eq!(report.figures.pnl.net, net);
    assert_eq!(report.figures.pnl.net.to_string(), "0.0039 BTC, 9 USDT");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["closed"]["net"]["BTC"], "0.0039");
    assert_eq!(json["closed"]["net"]["USDT"], "9");
    // Both legs trade at an average that is their only price.
    let leg = &report.round_trips[0].legs[1];
    assert_eq!(leg.exit.price.unwrap().to_string(), "62500");
}

#[test]
fn the_document_has_its_keys_and_its_decimals_are_text() {
    let mut run = Run::new();
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100.00", "1", usdt("0.1"));
    run.trade(tag(1, 0, Exit), SPOT, Sell, "101.50", "1", usdt("0.1"));
    let json = serde_json::to_value(run.end(&[])).unwrap();
    assert_eq!(json["orders"], 2);
    assert_eq!(json["fills"], 2);
    assert_eq!(json["closed"]["round_trips"], 1);
    assert_eq!(json["closed"]["gross"], "1.5");
    assert_eq!(json["closed"]["fees"], "0.2");
    assert_eq!(json["fees_paid"], "0.2");
    for (key, value) in [
        ("gross", "1.5"),
        ("fees", "0.2"),
        ("funding", "0"),
        ("net", "1.3"),
    ] {
        assert_eq!(json["pnl"][key], value, "{key}");
        assert_eq!(json["by_venue"]["spot"][key], value, "{key}");
        assert_eq!(json["by_task"]["a"][key], value, "{key}");
        assert_eq!(json["by_leg"][0][key], value, "{key}");
        assert_eq!(json["round_trips"][0][key], value, "{key}");
    }
    // Nobody told a balance, so the ledger says what it cannot explain: 1.3 USDT came.
    assert_eq!(json["ledger_residual"], "1.3");
    assert_eq!(json["round_trips"][0]["opened_at"], "1970-01-01T00:00:01Z");
    assert_eq!(json["holding"]["p50_s"], "1");
}

#[test]
fn market_events_change_nothing_and_an_empty_fold_reports_nothing() {
    let empty = crate::Fold::new().finish();
    assert_eq!((empty.figures.orders, empty.run), (0, None));
    let mut with = Run::new();
    let quote = onetape_core::event::Quote {
        instrument: onetape_core::names::InstrumentId(99),
        bid: Default::default(),
        ask: Default::default(),
    };
    with.fold.event(
        onetape_core::event::Seq(5),
        &onetape_core::event::Event {
            ts: onetape_core::time::Ts::from_nanos(5),
            body: onetape_core::event::Body::Quote(quote),
        },
    );
    assert_eq!(with.end(&[]), Run::new().end(&[]));
}
