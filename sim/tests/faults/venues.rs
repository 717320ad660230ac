//! Faults that come over venues by time.

use super::*;
use common::{intent, money, names, take};
use onetape_core::command::TimeInForce;
use onetape_core::event::FundingRate;
use onetape_core::market::{Market, TopFeed, TopState};

/// From a moment in milliseconds, for so long.
fn at(kind: FaultKind, venue: u16, from: i64, length: i64) -> Scheduled {
    Scheduled {
        at: Ts::from_nanos(from * MS),
        duration: Some(Span::from_millis(length)),
        ..scheduled(kind, venue)
    }
}

#[test]
fn on_a_feed_that_is_down_nothing_is_placed_until_the_first_quote_after_it() {
    // The script tries at the quotes of 200, 300 and 400: the feed is down from 150 to 350.
    let acts = [3, 5, 7].map(|n| (n, take(SPOT, Side::Buy, 100)));
    let plan = plan(with(at(FaultKind::FeedDown, 0, 150, 200)));
    let ran = run(&plan, &tape(600), Box::new(Script::new(acts)));
    let known = [
        "150 ! feed_down begins",
        "350 ! feed_down ends",
        "410 0 accepted",
        "410 0 filled 100",
    ];
    assert_eq!(story(&ran), known);
    let refused = ran.decisions.iter().flat_map(|made| &made.refusals);
    let reasons: Vec<&str> = refused.map(|refusal| refusal.reason.as_str()).collect();
    assert_eq!(reasons, ["book_missing"], "the same one twice is told once");
}

#[test]
fn the_market_knows_nothing_of_a_venue_whose_feed_is_down() {
    let names = names();
    let mut market = Market::new(&names.instruments, &[TopFeed::Quote; 8]);
    let fault = |phase| Event {
        ts: Ts::from_nanos(1),
        body: Body::Fault(onetape_core::fault::FaultEvent {
            kind: FaultKind::FeedDown,
            phase,
            venue: VenueId(0),
            instrument: None,
            order: None,
        }),
    };
    let quotes = [SPOT, FUTURES].map(|id| quote(1, id, (999, 1), (1_001, 1)));
    let state = |market: &Market, id| market.instrument(id).state();
    for event in &quotes {
        market.apply(event);
    }
    market.apply(&fault(FaultPhase::Begins));
    for event in &quotes {
        market.apply(event);
    }
    assert_eq!(state(&market, SPOT), TopState::Missing);
    assert_eq!(state(&market, FUTURES), TopState::Live);
    market.apply(&fault(FaultPhase::Ends));
    assert_eq!(state(&market, SPOT), TopState::Missing);
    market.apply(&quotes[0]);
    assert_eq!(state(&market, SPOT), TopState::Live);
}

#[test]
fn a_depth_book_is_whole_again_at_once_for_a_snapshot_tells_it() {
    let names = names();
    let mut market = Market::new(&names.instruments, &[TopFeed::Depth; 8]);
    let fault = |phase| Event {
        ts: Ts::from_nanos(2 * MS),
        body: Body::Fault(onetape_core::fault::FaultEvent {
            kind: FaultKind::FeedDown,
            phase,
            venue: VenueId(0),
            instrument: None,
            order: None,
        }),
    };
    market.apply(&common::depth(1, 1, true, &[(999, 5)], &[(1_001, 5)]));
    market.apply(&fault(FaultPhase::Begins));
    market.apply(&common::depth(2, 2, false, &[(1_000, 7)], &[]));
    assert!(market.instrument(SPOT).top().is_none());
    market.apply(&fault(FaultPhase::Ends));
    let top = market.instrument(SPOT).top().unwrap();
    assert_eq!(
        (top.bid.price.mantissa(), top.ask.price.mantissa()),
        (1_000, 1_001)
    );
}

#[test]
fn a_slow_venue_takes_so_many_times_as_long() {
    let mut it = at(FaultKind::Slow, 0, 50, 500);
    it.size = Some(Decimal::from(10));
    let known = [
        "100 ! slow begins",
        "200 0 accepted",
        "200 0 filled 100",
        "600 ! slow ends",
    ];
    assert_eq!(told(with(it), vec![(1, take(SPOT, Side::Buy, 100))]), known);
}

#[test]
fn a_banned_client_is_refused_everything_new_until_the_ban_ends() {
    let acts = vec![
        (1, take(SPOT, Side::Buy, 100)),
        (9, take(SPOT, Side::Buy, 100)),
    ];
    let known = [
        "100 ! ban begins",
        "105 ! ban of 0",
        "110 0 rejected rate_limit",
        "400 ! ban ends",
        "510 1 accepted",
        "510 1 filled 100",
    ];
    assert_eq!(told(with(at(FaultKind::Ban, 0, 0, 300)), acts), known);
}

#[test]
fn a_halted_instrument_takes_no_order_and_its_resting_ones_wait() {
    // The bid at 100.1 rests at 99.9 of the script's first act; nothing trades from 150 to 450.
    let bid = intent(
        SPOT,
        Side::Buy,
        100,
        Some(990),
        TimeInForce::GoodTillCancelled,
    );
    let acts = vec![(1, Act::Place(bid)), (3, take(SPOT, Side::Buy, 100))];
    let mut events = tape(600);
    // The market comes down to the bid while it is halted, and stays there.
    for event in events
        .iter_mut()
        .filter(|event| event.ts.nanos() >= 300 * MS)
    {
        if event.body.instrument() == Some(SPOT) {
            *event = quote(event.ts.nanos() / MS, SPOT, (980, 900), (990, 900));
        }
    }
    let mut it = at(FaultKind::Halt, 0, 150, 300);
    it.instrument = Some(SPOT);
    let ran = run(&plan(with(it)), &events, Box::new(Script::new(acts)));
    let known = [
        "110 0 accepted",
        "150 ! halt begins",
        "210 1 rejected halted",
        "450 ! halt ends",
        "503 0 filled 100",
    ];
    assert_eq!(story(&ran), known);
}

#[test]
fn a_deleveraged_position_is_booked_at_its_price_without_a_fee() {
    let mut it = at(FaultKind::Deleverage, 1, 150, 0);
    it.size = Some(Decimal::new(4, 1));
    let acts = vec![(2, take(FUTURES, Side::Sell, 1_000))];
    let plan = plan(with(it));
    let ran = run(&plan, &tape(600), Box::new(Script::new(acts)));
    let known = [
        "110 0 accepted",
        "110 0 filled 1000",
        "155 ! deleverage",
        "155 closed -400 at 1001",
    ];
    assert_eq!(story(&ran), known);
    // Sold at 99.9 and closed at 100.1: 0.4 lose 0.08; the fee of the order is 10 bps of 99.9.
    let row = ran
        .ledger
        .row(VenueId(1), onetape_core::names::AssetId(1))
        .unwrap();
    assert_eq!((row.trades, row.fees), (money("-0.08"), money("0.0999")));
    assert!(ran.ledger.worst_residual().is_zero());
}

#[test]
fn funding_is_paid_at_another_rate_than_was_told() {
    let rate = |ms: i64| Event {
        ts: Ts::from_nanos(ms * MS),
        body: Body::Funding(FundingRate {
            instrument: FUTURES,
            rate: money("0.001"),
            settles_at: Ts::from_nanos(500 * MS),
        }),
    };
    let mut events = tape(1_000);
    events.insert(0, rate(90));
    let acts = || vec![(3, take(FUTURES, Side::Sell, 1_000))];
    let paid = |it: Scheduled| {
        let ran = run(&plan(with(it)), &events, Box::new(Script::new(acts())));
        assert!(ran.ledger.worst_residual().is_zero());
        story(&ran)[2..].to_vec()
    };
    // A short of 1 at 100 receives 0.1 when longs pay 0.1 %.
    let mut spike = at(FaultKind::FundingSpike, 1, 200, 0);
    spike.size = Some(Decimal::new(-3, 2));
    assert_eq!(
        paid(spike),
        ["603 ! funding_spike", "603 funding -3 by -0.03"]
    );
    let flip = at(FaultKind::FundingFlip, 1, 200, 0);
    assert_eq!(
        paid(flip),
        ["603 ! funding_flip", "603 funding -0.1 by -0.001"]
    );
}
