//! Reports become core's events, fills first, and say what is still missing.

use onetape_core::instrument::InstrumentKind;
use onetape_core::names::Names;
use onetape_core::order::OrderId;

use super::*;
use crate::rules::{Limits, Rules, TradeStatus};

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn directory() -> Directory {
    let mut names = Names::default();
    let rules = Rules {
        symbol: "BTCUSDT".to_string(),
        base: "BTC".to_string(),
        quote: "USDT".to_string(),
        settle: "USDT".to_string(),
        kind: InstrumentKind::Spot,
        status: TradeStatus::Trading,
        tick: money("0.01"),
        lot: money("0.001"),
        contract: money("1"),
        contract_value: money("1"),
        min_qty: money("0.001"),
        max_qty: None,
        min_notional: money("5"),
        limits: Limits::default(),
        unknown: Vec::new(),
    };
    let instrument = rules.instrument("binance-spot", &mut names).unwrap();
    let venue = instrument.venue;
    names.instruments.push(instrument);
    names.asset_id("BNB");
    Directory::new(&names, venue)
}

fn report(state: ReportState, fee: &str) -> OrderReport {
    let client = ClientId::Ours(OrderId { epoch: 1, n: 2 });
    let trade = TradeReport {
        client: client.clone(),
        venue_id: "7".to_string(),
        instrument: InstrumentId(0),
        trade_id: 9,
        side: Some(Side::Buy),
        price: Price::new(5_000_000),
        qty: Qty::new(20),
        fee: Some(Charge {
            asset: fee.to_string(),
            amount: money("0.00002"),
        }),
        maker: Some(true),
        at: Ts::UNKNOWN,
    };
    let mut report = OrderReport::new(InstrumentId(0), client, "7".to_string(), state);
    report.trades.push(trade);
    report
}

fn events(report: &OrderReport) -> (Vec<OrderEventKind>, Missing, Counts) {
    let (mut out, mut counts) = (Vec::new(), Counts::default());
    let missing = report.events(&directory(), &|_| None, &mut counts, &mut out);
    (out, missing.unwrap(), counts)
}

#[test]
fn fees_are_worth_what_was_paid_for_them() {
    for (asset, value, unknown) in [("BTC", "1", 0), ("USDT", "0.00002", 0), ("BNB", "0", 1)] {
        let (out, missing, counts) = events(&report(ReportState::Filled, asset));
        let [OrderEventKind::Filled(fill)] = out.as_slice() else {
            panic!("{out:?}")
        };
        assert_eq!(fill.fee.value, money(value), "{asset}");
        assert_eq!(fill.fee.amount, money("0.00002"));
        assert_eq!(
            (counts.of(Unused::FeeWorth), missing.trades),
            (unknown, false)
        );
    }
    let unknown = report(ReportState::Filled, "XYZ");
    let told = unknown.events(
        &directory(),
        &|_| None,
        &mut Counts::default(),
        &mut Vec::new(),
    );
    assert!(
        matches!(told, Err(WireError::Asset(_))),
        "a fill is never booked half"
    );
}

#[test]
fn a_report_says_what_it_does_not_tell() {
    let mut ended = report(ReportState::Cancelled, "USDT");
    ended.filled = Some(Qty::new(50));
    let (out, missing, _) = events(&ended);
    assert!(matches!(
        out.as_slice(),
        [OrderEventKind::Filled(_), OrderEventKind::Cancelled]
    ));
    assert!(missing.trades);
    ended.trades.clear();
    ended.filled = None;
    ended.state = ReportState::Filled;
    let (out, missing, _) = events(&ended);
    assert!(out.is_empty() && missing.trades);
    ended.state = ReportState::Unclear;
    assert!(events(&ended).1.order);
}

#[test]
fn texts_are_numbers_that_stay() {
    assert_eq!(trade_number("28457"), 28_457);
    assert_eq!(
        trade_number("505979017439002624X1"),
        trade_number("505979017439002624X1")
    );
    assert_ne!(
        trade_number("505979017439002624X1"),
        trade_number("505979017439002624X2")
    );
}
