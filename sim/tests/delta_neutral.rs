//! `delta_neutral` through the whole machine: resting slices behind a queue, corrections, funding, one book.

mod common;

use common::*;
use onetape_core::command::{Command, LegRole};
use onetape_core::event::{
    AccountEvent, Body, Event, FundingRate, Mark, OrderEventKind, RejectReason,
};
use onetape_core::instrument::Side;
use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Bps, Money};
use onetape_core::strategies::delta_neutral;
use onetape_core::strategy::{Setup, Task};
use onetape_core::time::Ts;
use onetape_sim::QueueModel;

fn build(legs: &[InstrumentId], params: &[(&str, &str)]) -> Box<dyn Task> {
    let names = names();
    let setup = Setup {
        names: &names,
        legs: legs.to_vec(),
        taker_fees: vec![Bps::parse("10").unwrap(); legs.len()],
        params: delta_neutral::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    (delta_neutral::SPEC.build)(&setup).unwrap()
}

/// Ten thousandths in slices of four.
const TEN: [(&str, &str); 3] = [
    ("total_quantity", "0.01"),
    ("order_quantity.buy", "0.004"),
    ("order_quantity.sell", "0.004"),
];

/// Orders take 5 ms to the venue and answers 5 ms back.
fn plan() -> Plan {
    Plan {
        latency: [latency(0, 5, 5), latency(0, 5, 5)],
        queue: QueueModel::Conservative,
        ..Plan::default()
    }
}

/// What was placed, as `(ms, side, mantissa of the quantity, of the price, corrects)`.
fn placed(ran: &Ran) -> Vec<(i64, Side, i64, i64, bool)> {
    let mut all = Vec::new();
    for decision in &ran.decisions {
        for command in &decision.commands {
            if let Command::Place(place) = command {
                let price = place.limit.unwrap().mantissa();
                let corrects = place.tag.role == LegRole::Repair;
                let ms = decision.ts.nanos() / MS;
                all.push((ms, place.side, place.qty.mantissa(), price, corrects));
            }
        }
    }
    all
}

/// Signed sums of the fills by side.
fn filled(ran: &Ran) -> [i64; 2] {
    let mut sides = std::collections::BTreeMap::new();
    for decision in &ran.decisions {
        for command in &decision.commands {
            if let Command::Place(place) = command {
                sides.insert(place.order.n, place.side);
            }
        }
    }
    let mut sums = [0; 2];
    for (_, order, _, qty) in ran.fills() {
        sums[sides[&order] as usize] += qty;
    }
    sums
}

fn last_reason(ran: &Ran) -> &str {
    ran.decisions.last().unwrap().reason.as_str()
}

/// Quotes of both, and prints that go through the spot bid and the futures' ask in turn, with a queue before them.
fn busy(rounds: i64) -> Vec<Event> {
    let mut events = Vec::new();
    for round in 0..rounds {
        let ms = 1_000 + 100 * round;
        events.push(quote(ms, SPOT, (1_000, 50), (1_002, 50)));
        events.push(quote(ms + 1, FUTURES, (1_003, 50), (1_005, 50)));
        // Up to 60 trade at the touch: the 50 that were there first, then what is ours.
        events.push(trade(ms + 50, SPOT, 1_000, 53, Side::Sell));
        events.push(trade(ms + 60, FUTURES, 1_005, 52, Side::Buy));
    }
    events
}

/// Behind the queue slices fill in part; the side that lags is corrected once its own slice is gone; both sides end at the
/// total, no slice was larger than asked for, and the money adds up.
#[test]
fn slices_behind_a_queue_bring_both_sides_to_the_total() {
    let ran = run(&plan(), &busy(40), build(&[SPOT, FUTURES], &TEN));
    assert_eq!((filled(&ran), last_reason(&ran)), ([10, 10], "completed"));
    let placed = placed(&ran);
    assert!(placed.iter().all(|&(_, _, qty, ..)| qty <= 4), "{placed:?}");
    let corrections: Vec<_> = placed.iter().filter(|it| it.4).collect();
    assert!(!corrections.is_empty(), "{placed:?}");
    // A correction leaves when the cancel's answer is here, 10 ms after the fill was.
    assert!(ran.fills().len() > 5, "{:?}", ran.fills());
    assert_eq!(ran.ledger.worst_residual(), Money::ZERO);
    assert_eq!(ran.surprises, 0);
}

/// While orders are on their way the sides are never further apart than one slice and one minimum.
#[test]
fn the_sides_are_never_far_apart() {
    let ran = run(&plan(), &busy(40), build(&[SPOT, FUTURES], &TEN));
    let mut sums = [0i64; 2];
    let sides: std::collections::BTreeMap<u32, Side> = ran
        .decisions
        .iter()
        .flat_map(|it| &it.commands)
        .filter_map(|command| match command {
            Command::Place(place) => Some((place.order.n, place.side)),
            _ => None,
        })
        .collect();
    for (_, order, _, qty) in ran.fills() {
        sums[sides[&order] as usize] += qty;
        assert!((sums[0] - sums[1]).abs() <= 4 + 1, "{sums:?}");
    }
}

/// The seed's example (RC3) with the sizes of these instruments: 0.30 bought and 0.25 sold are given.
#[test]
fn the_given_five_hundredths_are_corrected_and_it_ends_balanced() {
    let params = [
        ("total_quantity", "1"),
        ("order_quantity.buy", "0.1"),
        ("order_quantity.sell", "0.1"),
        ("filled.buy", "0.30"),
        ("filled.sell", "0.25"),
        ("reference.buy", "opposite"),
        ("aggressive_ticks.buy", "1"),
        ("reference.sell", "opposite"),
        ("aggressive_ticks.sell", "1"),
        ("tick_tolerance.buy", "1"),
        ("tick_tolerance.sell", "1"),
    ];
    let mut events = Vec::new();
    for round in 0..60 {
        let ms = 1_000 + 100 * round;
        events.push(quote(ms, SPOT, (1_000, 300), (1_002, 300)));
        events.push(quote(ms + 1, FUTURES, (1_003, 300), (1_005, 300)));
    }
    let ran = run(&plan(), &events, build(&[SPOT, FUTURES], &params));
    let first = placed(&ran)[0];
    assert_eq!(
        (first.1, first.2, first.4),
        (Side::Sell, 50, true),
        "{first:?}"
    );
    assert_eq!((filled(&ran), last_reason(&ran)), ([700, 750], "completed"));
    assert_eq!(ran.ledger.worst_residual(), Money::ZERO);
}

fn at(ms: i64, body: Body) -> Event {
    Event {
        ts: Ts::from_nanos(ms * MS),
        body,
    }
}

/// ST8: spot is bought and the perpetual sold; then rates are paid on the short, and received when they are positive. The
/// wallet is the venue's word: it is what was there, less fees, with the funding of both signs and the futures' result.
#[test]
fn funding_of_both_signs_is_booked_on_the_short_and_reconciles() {
    let mut events = vec![at(
        999,
        Body::Mark(Mark {
            instrument: FUTURES,
            mark: money("100"),
            index: None,
        }),
    )];
    events.extend(busy(40));
    for (ms, rate) in [(6_000, "0.01"), (7_000, "-0.004")] {
        let settles_at = Ts::from_nanos(ms * MS);
        events.push(at(
            ms,
            Body::Funding(FundingRate {
                instrument: FUTURES,
                rate: money(rate),
                settles_at,
            }),
        ));
    }
    events.push(quote(7_100, FUTURES, (1_003, 50), (1_005, 50)));
    let ran = run(&plan(), &events, build(&[SPOT, FUTURES], &TEN));
    assert_eq!(filled(&ran), [10, 10]);
    let paid: Vec<(i64, Money)> = ran
        .news
        .iter()
        .filter_map(|event| match event.body {
            Body::Account(AccountEvent::Funding { amount, .. }) => {
                Some((event.ts.nanos() / MS, amount))
            }
            _ => None,
        })
        .collect();
    // A short of 0.010 at a mark of 100: 0.01 is received, then 0.004 paid.
    assert_eq!(
        paid,
        [(6_005, money("0.01")), (7_005, money("-0.004"))],
        "answers take 5 ms"
    );
    assert_eq!(ran.ledger.worst_residual(), Money::ZERO);
    let usdt = ran.ledger.row(VenueId(1), AssetId(1)).unwrap();
    assert_eq!(usdt.residual(), Money::ZERO);
    // Against the venue's statement: the opening, the funding, and the fees of the fills there.
    let fees: Money = ran
        .news
        .iter()
        .filter_map(|event| match &event.body {
            Body::Order(news) => match &news.kind {
                OrderEventKind::Filled(fill) if is_future(&ran, news.order.n) => {
                    Some(fill.fee.amount)
                }
                _ => None,
            },
            _ => None,
        })
        .sum();
    assert!(fees > Money::ZERO);
    assert_eq!(usdt.reported, money("1000") + money("0.006") - fees);
}

fn is_future(ran: &Ran, order: u32) -> bool {
    let commands = ran.decisions.iter().flat_map(|it| &it.commands);
    let mut places = commands.filter_map(|command| match command {
        Command::Place(place) => Some(place),
        _ => None,
    });
    places.any(|place| place.order.n == order && place.instrument == FUTURES)
}

/// ST9: both sides of one book, through moves of the touch, cancels on their way and corrections: no own orders meet.
#[test]
fn both_sides_of_one_book_never_trade_with_each_other() {
    let params = [
        ("total_quantity", "0.2"),
        ("order_quantity.buy", "0.004"),
        ("order_quantity.sell", "0.004"),
        ("tick_tolerance.buy", "1"),
        ("tick_tolerance.sell", "1"),
    ];
    let mut events = Vec::new();
    for round in 0..400 {
        let ms = 1_000 + 20 * round;
        let middle = 1_000 + (round * 7) % 13;
        events.push(quote(ms, SPOT, (middle, 50), (middle + 2, 50)));
        events.push(trade(ms + 9, SPOT, middle - 2, 80, Side::Sell));
        events.push(trade(ms + 15, SPOT, middle + 4, 80, Side::Buy));
    }
    let ran = run(&plan(), &events, build(&[SPOT], &params));
    let [bought, sold] = filled(&ran);
    assert!(bought > 30 && sold > 30, "{bought} {sold}");
    assert!((bought - sold).abs() <= 5, "{bought} {sold}");
    // Its venue refuses what would meet an own order, and sees every order that rests there.
    let refused = ran.news.iter().filter(|event| match &event.body {
        Body::Order(told) => told.kind == OrderEventKind::Rejected(RejectReason::SelfTrade),
        _ => false,
    });
    assert_eq!(refused.count(), 0);
    assert!(placed(&ran).iter().any(|it| it.4), "corrections too");
    assert_eq!(ran.ledger.worst_residual(), Money::ZERO);
}
