//! Whatever is traded on whatever market: balances, ledger, determinism, and no sight of the future.

mod common;

use common::*;
use onetape_core::command::TimeInForce::{
    FillOrKill, GoodTillCancelled, ImmediateOrCancel, PostOnly,
};
use onetape_core::event::{AccountEvent, Body, Event, FundingRate, Mark};
use onetape_core::instrument::MarginTier;
use onetape_core::instrument::Side::{Buy, Sell};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Bps, Money};
use onetape_core::time::Ts;
use onetape_sim::{Delay, FeeAsset, FeedDelay, Liquidity, MarginMode};
use proptest::prelude::*;
use rust_decimal::Decimal;

#[derive(Clone, Debug)]
struct Row {
    kind: u8,
    instrument: u16,
    price: i64,
    spread: i64,
    qty: i64,
    gap: i64,
    rate: i64,
}

fn row() -> impl Strategy<Value = Row> {
    (
        0u8..10,
        0u16..3,
        50i64..4_000,
        1i64..40,
        1i64..3_000,
        0i64..4,
        -90i64..90,
    )
        .prop_map(|(kind, instrument, price, spread, qty, gap, rate)| Row {
            kind,
            instrument,
            price,
            spread,
            qty,
            gap,
            rate,
        })
}

fn tape(rows: &[Row]) -> Vec<Event> {
    let mut ms = 1_000;
    let event = |row: &Row| {
        ms += row.gap;
        let id = InstrumentId(row.instrument);
        let body = match row.kind {
            0 => Body::Mark(Mark {
                instrument: id,
                mark: Money::new(Decimal::new(row.price * 1_000_003, 7)),
                index: None,
            }),
            1 if row.instrument > 0 => Body::Funding(FundingRate {
                instrument: id,
                rate: Money::new(Decimal::new(row.rate * 100_003, 8)),
                settles_at: Ts::from_nanos((ms + row.gap * 5) * MS),
            }),
            2 => {
                let aggressor = if row.rate > 0 { Buy } else { Sell };
                return trade(ms, id, row.price, row.qty, aggressor);
            }
            _ => {
                return quote(
                    ms,
                    id,
                    (row.price, row.qty),
                    (row.price + row.spread, row.qty),
                );
            }
        };
        Event {
            ts: Ts::from_nanos(ms * MS),
            body,
        }
    };
    rows.iter().map(event).collect()
}

fn act() -> impl Strategy<Value = Act> {
    let tif = prop_oneof![
        3 => Just(GoodTillCancelled),
        3 => Just(ImmediateOrCancel),
        1 => Just(FillOrKill),
        1 => Just(PostOnly)
    ];
    let place = (
        0u16..3,
        any::<bool>(),
        1i64..4_000,
        50i64..4_000,
        0u8..4,
        tif,
        any::<bool>(),
    );
    let place = place.prop_map(|(instrument, buy, qty, limit, market, tif, reduce_only)| {
        let side = if buy { Buy } else { Sell };
        let qty = if instrument == 2 { qty / 400 + 1 } else { qty };
        let limit = (market > 0).then_some(limit);
        let mut order = intent(InstrumentId(instrument), side, qty, limit, tif);
        order.reduce_only = reduce_only && instrument > 0;
        Act::Place(order)
    });
    prop_oneof![8 => place, 1 => (0usize..20).prop_map(Act::Cancel), 1 => (0i64..9).prop_map(Act::Wake)]
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    proptest::collection::vec((1usize..70, act()), 1..60).prop_map(|mut acts| {
        acts.sort_by_key(|(at, _)| *at);
        acts
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let liquidity = prop_oneof![
        Just(Liquidity::Book),
        Just(Liquidity::Touch),
        Just(Liquidity::TouchUnlimited)
    ];
    let fee_asset = prop_oneof![
        Just(FeeAsset::Quote),
        Just(FeeAsset::Received),
        Just(FeeAsset::Fixed(AssetId(2), money("3.7"))),
        Just(FeeAsset::Fixed(AssetId(0), money("97.3"))),
        Just(FeeAsset::Quoted(AssetId(2), SPOT)),
    ];
    let latency = || {
        prop_oneof![
            1 => Just(latency(0, 0, 0)),
            3 => (0i64..6, 0i64..6, 0i64..6).prop_map(|(feed, order, answer)| latency(feed, order, answer)),
        ]
    };
    (
        liquidity,
        fee_asset,
        latency(),
        latency(),
        1u32..6,
        carried(),
    )
        .prop_map(
            |(liquidity, fee_asset, spot, futures, leverage, (margin, fee, tiers))| Plan {
                liquidity,
                fee_asset,
                latency: [spot, futures],
                leverage,
                margin,
                liquidation_fee: Bps::from_millionths(fee * 1_000_000),
                tiers,
                ..Plan::default()
            },
        )
}

/// What stands behind positions, the fee in bps for what is closed, and tiers that begin anywhere.
fn carried() -> impl Strategy<Value = (MarginMode, i64, Vec<MarginTier>)> {
    let mode = prop_oneof![Just(MarginMode::Cross), Just(MarginMode::Isolated)];
    let tier = |up_to: i64, thousandths: i64, max_leverage| MarginTier {
        up_to: Money::new(Decimal::from(up_to)),
        maintenance: Money::new(Decimal::new(thousandths, 3)),
        max_leverage,
    };
    let tiers = (10i64..500, 1i64..50, 50i64..190)
        .prop_map(move |(up_to, low, high)| vec![tier(up_to, low, 10), tier(0, high, 5)]);
    let tiers = prop_oneof![1 => Just(Vec::new()), 3 => tiers];
    (mode, 0i64..200, tiers)
}

/// News and decisions up to a time, as text.
fn story(ran: &Ran, until: i64) -> Vec<String> {
    let news = ran.news.iter().filter(|event| event.ts.nanos() <= until);
    let decisions = ran
        .decisions
        .iter()
        .filter(|decision| decision.ts.nanos() <= until);
    news.map(|event| format!("{event:?}"))
        .chain(decisions.map(|decision| format!("{decision:?}")))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn balances_stay_above_zero_the_ledger_explains_them_and_runs_repeat(
        rows in proptest::collection::vec(row(), 1..80), acts in acts(), plan in plan(),
    ) {
        let tape = tape(&rows);
        let ran = run(&plan, &tape, Box::new(Script::new(acts.clone())));
        for event in &ran.news {
            if let Body::Account(AccountEvent::Balance { total, .. }) = event.body {
                prop_assert!(!total.is_negative(), "{:?}", event);
            }
        }
        for row in ran.ledger.rows() {
            prop_assert_eq!(row.residual(), Money::ZERO, "{:?}", row);
        }
        prop_assert_eq!(ran.surprises, 0);
        let again = run(&plan, &tape, Box::new(Script::new(acts.clone())));
        prop_assert_eq!(ran.hash, again.hash);
        prop_assert_eq!(story(&ran, i64::MAX), story(&again, i64::MAX));
    }

    /// Both sides through a window alone, or one thing after the other: the same run.
    #[test]
    fn windows_change_nothing(
        rows in proptest::collection::vec(row(), 1..80), acts in acts(), plan in plan(),
    ) {
        let tape = tape(&rows);
        let windows = run(&plan, &tape, Box::new(Script::new(acts.clone())));
        let plan = Plan { windows: false, ..plan };
        let in_turn = run(&plan, &tape, Box::new(Script::new(acts)));
        prop_assert_eq!(story(&windows, i64::MAX), story(&in_turn, i64::MAX));
    }

    /// A venue is one feed latency ahead of the desk: what is changed later than that changes nothing before.
    #[test]
    fn rows_of_the_future_change_nothing(
        rows in proptest::collection::vec(row(), 2..80), acts in acts(), plan in plan(),
        cut in 0usize..80, other in proptest::collection::vec(row(), 0..20),
    ) {
        let before = tape(&rows);
        let cut = cut % rows.len();
        let changed: Vec<Row> = rows[..cut].iter().chain(&other).cloned().collect();
        let after = tape(&changed);
        let first_change = [before.get(cut), after.get(cut)]
            .into_iter().flatten().map(|event| event.ts.nanos()).min();
        // The last moment at which neither desk nor venue can know of the change. An opening report is stamped
        // with the first row.
        let ahead = plan.latency.iter().map(feed_nanos).max().unwrap();
        let until = first_change.map_or(i64::MAX, |at| at - ahead - 1);
        // No timer is given after the last row, so where a tape ends can be known from its last stamp on.
        let end = [&before, &after].map(|tape| tape.last().map_or(i64::MIN, |event| event.ts.nanos()));
        let until = until.min(end[0].min(end[1]).saturating_sub(1));
        let ours = run(&plan, &before, Box::new(Script::new(acts.clone())));
        let theirs = run(&plan, &after, Box::new(Script::new(acts)));
        prop_assert_eq!(story(&ours, until), story(&theirs, until));
    }
}

/// Two orders fill at one moment: the first closes a long at a loss that its margin does not pay and opens a short, the
/// second puts margin behind that. The venue bears a part of the loss and closes nothing, so the short is still held.
#[test]
fn what_is_held_stays_where_the_venue_bore_a_loss_and_closed_nothing() {
    // Kind, instrument, price, spread, quantity, gap.
    let rows = [
        (0, 1, 894, 1, 1, 0),
        (3, 1, 455, 35, 1522, 0),
        (0, 0, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 0),
        (0, 2, 50, 1, 1, 0),
        (0, 2, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 1),
        (1, 0, 50, 1, 1, 3),
        (2, 1, 50, 1, 41, 0),
        (3, 1, 825, 1, 2200, 1),
        (0, 0, 50, 1, 1, 2),
        (3, 1, 1501, 1, 2172, 1),
        (0, 0, 50, 1, 1, 0),
        (0, 0, 50, 1, 1, 0),
    ];
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|(kind, instrument, price, spread, qty, gap)| Row {
            kind,
            instrument,
            price,
            spread,
            qty,
            gap,
            rate: 0,
        })
        .collect();
    let order = |side, qty, limit| Act::Place(intent(FUTURES, side, qty, limit, GoodTillCancelled));
    let acts = [
        (2, order(Buy, 3_208, Some(826))),
        (13, order(Sell, 3_463, Some(50))),
        (13, order(Sell, 301, Some(1_257))),
        (15, order(Buy, 1, None)),
    ];
    let plan = Plan {
        latency: [latency(0, 0, 0), latency(0, 4, 0)],
        leverage: 2,
        margin: MarginMode::Isolated,
        ..Plan::default()
    };
    let ran = run(&plan, &tape(&rows), Box::new(Script::new(acts)));
    let borne = |event: &&Event| matches!(event.body, Body::Account(AccountEvent::Liquidated { qty, .. }) if qty.is_zero());
    assert_eq!(ran.news.iter().filter(borne).count(), 1);
    for row in ran.ledger.rows() {
        assert_eq!(row.residual(), Money::ZERO, "{row:?}");
    }
}

/// The properties above would hold of runs that trade nothing: these draws do trade, and do go bankrupt.
#[test]
fn the_draws_reach_what_they_are_for() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = (proptest::collection::vec(row(), 1..80), acts(), plan());
    let (mut fills, mut liquidations, mut fundings, mut charged) = (0, 0, 0, 0);
    for _ in 0..300 {
        let (rows, acts, plan) = strategy.new_tree(&mut runner).unwrap().current();
        let ran = run(&plan, &tape(&rows), Box::new(Script::new(acts)));
        fills += ran.fills().len();
        for event in &ran.news {
            match event.body {
                Body::Account(AccountEvent::Liquidated { .. }) => liquidations += 1,
                Body::Account(AccountEvent::Funding { .. }) => fundings += 1,
                Body::Account(AccountEvent::LiquidationFee { .. }) => charged += 1,
                _ => {}
            }
        }
    }
    assert!(
        fills > 1_000 && liquidations > 30 && fundings > 30 && charged > 10,
        "{fills} fills, {liquidations} liquidations ({charged} charged), {fundings} fundings"
    );
}

fn feed_nanos(latency: &onetape_sim::Latency) -> i64 {
    match &latency.feed {
        FeedDelay::Modelled(Delay::Constant(span)) => span.nanos(),
        other => panic!("a plan of constant latencies: {other:?}"),
    }
}
