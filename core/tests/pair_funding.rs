//! What funding makes of a pair: which entries it keeps out or lets in, and which exits wait for a settlement.

mod common;

use common::{Rig, instrument, names};
use onetape_core::event::{Body, FundingRate};
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::spot_futures::SPEC;
use onetape_core::time::Ts;

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// One unit of spot against the perpetual, entered from 30 bps, without fees.
fn rig(params: &[(&'static str, &'static str)]) -> Rig {
    let base = [("quantity", "1"), ("min_entry_edge_bps", "30")];
    let legs = [
        instrument(0, InstrumentKind::Spot),
        instrument(1, InstrumentKind::Linear),
    ];
    let names = names(&legs, &["BTC", "USDT"]);
    let given = [&base[..], params].concat();
    Rig::new(&SPEC, names, &["0", "0"], RiskLimits::default(), &given)
}

/// What the perpetual will settle, and when.
fn rate(rig: &mut Rig, rate: &str, at_ms: i64) {
    rig.step(Body::Funding(FundingRate {
        instrument: InstrumentId(1),
        rate: Money::parse(rate).unwrap(),
        settles_at: Ts::from_nanos(at_ms * 1_000_000),
    }));
}

/// Spot is offered at 1,000.0 and the future bid at 1,004.0: 40 bps, where a tick is one.
fn forty_bps(rig: &mut Rig) {
    rig.quote(0, (9_999, 90), (10_000, 90));
    rig.quote(1, (10_040, 90), (10_041, 90));
}

/// Spot is bid at what the future is offered at: closing earns 0 bps.
fn met(rig: &mut Rig) {
    rig.quote(1, (10_019, 90), (10_020, 90));
    rig.quote(0, (10_020, 90), (10_021, 90));
}

#[test]
fn st1_what_funding_costs_keeps_out_an_entry_that_the_gross_edge_allows() {
    // 2 bps are paid in an hour and then at every interval: what is left of 40 has to be 35.
    for (horizon, interval, paid, enters) in [
        ("24h", "8h", 6, false),
        ("24h", "12h", 4, true),
        ("16h", "8h", 2, true),
        ("30m", "8h", 0, true),
    ] {
        let mut rig = rig(&[
            ("min_net_edge_bps", "35"),
            ("exit.edge_bps", "0"),
            ("funding.horizon", horizon),
            ("funding.interval", interval),
        ]);
        rate(&mut rig, "-0.0002", HOUR_MS);
        forty_bps(&mut rig);
        let reason = if enters {
            "enter_long_spot"
        } else {
            "net_edge_below_entry"
        };
        assert_eq!(
            (rig.reason(), rig.sent.len()),
            (reason, if enters { 2 } else { 0 }),
            "{horizon} by {interval}: {paid} bps"
        );
    }
}

#[test]
fn st1_what_funding_brings_lets_in_an_entry_that_prices_alone_do_not_pay_for() {
    // Without funding 40 bps are not 45; three settlements make 46 of 2 bps each, and 43 of 1.
    for (received, enters) in [
        (None, false),
        (Some("0.0001"), false),
        (Some("0.0002"), true),
    ] {
        let mut rig = rig(&[
            ("min_net_edge_bps", "45"),
            ("exit.edge_bps", "0"),
            ("funding.horizon", "24h"),
        ]);
        if let Some(received) = received {
            rate(&mut rig, received, HOUR_MS);
        }
        forty_bps(&mut rig);
        let reason = if enters {
            "enter_long_spot"
        } else {
            "net_edge_below_entry"
        };
        assert_eq!(rig.reason(), reason, "{received:?}");
    }
}

#[test]
fn st1_a_rate_that_turns_lets_in_what_it_kept_out() {
    let mut rig = rig(&[
        ("min_net_edge_bps", "35"),
        ("exit.edge_bps", "0"),
        ("funding.horizon", "24h"),
    ]);
    rate(&mut rig, "-0.0002", HOUR_MS);
    forty_bps(&mut rig);
    assert_eq!(rig.reason(), "net_edge_below_entry");
    // The books stand as they are: it is the rate that decides, with the next event of the market.
    rate(&mut rig, "0.0002", HOUR_MS);
    rig.quote(1, (10_040, 90), (10_041, 90));
    assert_eq!(rig.reason(), "enter_long_spot");
}

/// A position that is long spot, with a settlement in ten minutes.
fn held(settles: &str) -> Rig {
    let mut rig = rig(&[("exit.edge_bps", "0"), ("exit.funding_wait", "5m")]);
    rate(&mut rig, settles, 10 * MINUTE_MS);
    forty_bps(&mut rig);
    rig.fill_all();
    assert_eq!(
        (rig.reason(), rig.held(0), rig.held(1)),
        ("holding", 10, -10)
    );
    rig
}

#[test]
fn st1_an_exit_waits_for_a_settlement_that_pays_and_goes_after_it() {
    let mut rig = held("0.0001");
    rig.at_ms(6 * MINUTE_MS);
    met(&mut rig);
    assert_eq!((rig.reason(), rig.sent.len()), ("holding", 0));
    rig.at_ms(10 * MINUTE_MS - 1);
    met(&mut rig);
    assert_eq!((rig.reason(), rig.sent.len()), ("holding", 0));
    rig.at_ms(10 * MINUTE_MS);
    met(&mut rig);
    assert_eq!(rig.reason(), "exit_edge");
    rig.fill_all();
    assert_eq!((rig.reason(), rig.held(0), rig.held(1)), ("closed", 0, 0));
}

#[test]
fn st1_an_exit_does_not_wait_for_a_settlement_that_is_far_or_costs() {
    for (settles, minute) in [("0.0001", 4), ("-0.0001", 6)] {
        let mut rig = held(settles);
        rig.at_ms(minute * MINUTE_MS);
        met(&mut rig);
        assert_eq!(rig.reason(), "exit_edge", "{settles} at {minute}");
    }
}
