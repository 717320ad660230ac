//! The lanes against a naive queue, and the market that they lead to against the market that was told everything.

use std::collections::BTreeMap;

use onetape_core::event::*;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;
use proptest::prelude::*;

use super::*;

const INSTRUMENTS: u16 = 3;

fn money(units: i64) -> Money {
    Money::parse(&units.to_string()).unwrap()
}

fn instrument(id: u16) -> Instrument {
    Instrument {
        id: InstrumentId(id),
        name: format!("venue:S{id}"),
        venue: VenueId(0),
        symbol: format!("S{id}"),
        kind: InstrumentKind::Spot,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: money(1),
        inferred: false,
        tiers: Vec::new(),
    }
}

fn market(feed: TopFeed) -> Market {
    let all: Vec<Instrument> = (0..INSTRUMENTS).map(instrument).collect();
    Market::new(&all, &[feed; INSTRUMENTS as usize])
}

fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn quote(instrument: u16, bid: i64) -> Body {
    Body::Quote(Quote {
        instrument: InstrumentId(instrument),
        bid: level(bid, 1),
        ask: level(bid + 1, 1),
    })
}

fn news(instrument: u16, state: FeedNews) -> Body {
    let instrument = InstrumentId(instrument);
    Body::Feed(FeedEvent { instrument, state })
}

fn account(at: i64) -> Body {
    Body::Account(AccountEvent::Balance {
        venue: VenueId(0),
        asset: AssetId(0),
        total: money(at),
    })
}

fn at(nanos: i64, body: Body) -> Arrival {
    Arrival::own(Ts::from_nanos(nanos), body)
}

fn limits(control: usize, account: usize, market: usize) -> InboxLimits {
    InboxLimits {
        control,
        account,
        market,
    }
}

fn all(inbox: &mut Inbox) -> Vec<Arrival> {
    std::iter::from_fn(|| inbox.pop()).collect()
}

#[test]
fn control_goes_before_account_and_account_before_market() {
    let mut inbox = Inbox::new(InboxLimits::default());
    for arrival in [
        at(1, quote(0, 9)),
        at(2, account(1)),
        at(3, Body::Control(Control::Pause)),
        at(4, account(2)),
        at(5, quote(1, 9)),
    ] {
        inbox.push(arrival).unwrap();
    }
    let order: Vec<i64> = all(&mut inbox)
        .iter()
        .map(|arrival| arrival.received.nanos())
        .collect();
    assert_eq!(order, [3, 2, 4, 1, 5]);
    assert!(inbox.is_empty());
}

#[test]
fn account_and_control_are_given_back_and_never_dropped() {
    let mut inbox = Inbox::new(limits(1, 2, 1));
    inbox.push(at(1, Body::Control(Control::Pause))).unwrap();
    let halt = at(2, Body::Control(Control::Halt));
    assert_eq!(inbox.push(halt.clone()), Err(Full(Box::new(halt.clone()))));
    inbox.push(at(3, account(1))).unwrap();
    inbox.push(at(4, account(2))).unwrap();
    assert!(inbox.push(at(5, account(3))).is_err());
    assert_eq!(inbox.counts().refused, 2);
    inbox.pop().unwrap();
    inbox.push(halt).unwrap();
    assert_eq!(inbox.len(Lane::Control), 1);
}

#[test]
fn under_pressure_the_market_is_drawn_together_and_it_is_told() {
    let mut inbox = Inbox::new(limits(1, 1, 4));
    for bid in 0..4 {
        inbox.push(at(bid, quote(0, 100 + bid))).unwrap();
    }
    assert_eq!(inbox.len(Lane::Market), 4, "no pressure yet");
    inbox.push(at(4, quote(1, 50))).unwrap();
    let left = all(&mut inbox);
    let expected = [
        at(3, news(0, FeedNews::Conflated)),
        at(3, quote(0, 103)),
        at(4, quote(1, 50)),
    ];
    assert_eq!(left, expected);
    let counts = inbox.counts();
    assert_eq!((counts.drawn, counts.pressed), (3, 1));
}

#[test]
fn a_busy_instrument_does_not_starve_a_quiet_one_nor_itself() {
    let mut inbox = Inbox::new(limits(1, 1, 3));
    inbox.push(at(0, quote(1, 1))).unwrap();
    for bid in 1..1_000 {
        inbox.push(at(bid, quote(0, bid))).unwrap();
        if bid % 3 == 0 {
            inbox.pop().unwrap();
        }
        assert!(inbox.len(Lane::Market) <= 8);
    }
    assert!(inbox.counts().handed > 300);
}

#[test]
fn depth_that_cannot_be_drawn_together_becomes_a_gap() {
    let mut inbox = Inbox::new(limits(1, 1, 20));
    for n in 0..21u64 {
        let update = DepthUpdate {
            instrument: InstrumentId(0),
            snapshot: false,
            first: n * 10,
            last: n * 10 + 1,
            prev: None,
            bids: vec![level(1, 1)],
            asks: Vec::new(),
        };
        inbox
            .push(at(i64::try_from(n).unwrap(), Body::Depth(Box::new(update))))
            .unwrap();
    }
    let left = all(&mut inbox);
    assert!(left.len() < 12, "{}", left.len());
    assert_eq!(left[0].body, news(0, FeedNews::Conflated));
    assert!(left.iter().any(|one| one.body == news(0, FeedNews::Gap)));
}

#[tokio::test]
async fn who_brings_too_much_waits_until_there_is_room() {
    let (sender, receiver) = channel(limits(1, 2, 8));
    let brings = async {
        for n in 0..100 {
            sender.send(at(n, account(n))).await;
        }
    };
    let takes = async {
        for n in 0..100 {
            tokio::task::yield_now().await;
            assert_eq!(receiver.next().await, at(n, account(n)));
        }
    };
    tokio::join!(brings, takes);
    assert_eq!(receiver.try_next(), None);
    assert!(receiver.counts().refused > 0);
}

/// A step of a market whose depth may be chained either way, with holes and late snapshots.
#[derive(Clone, Debug)]
enum Step {
    Quote(u16, i64),
    Trade(u16, i64),
    Depth {
        instrument: u16,
        snapshot: bool,
        hole: bool,
        levels: Vec<(bool, i64, i64)>,
    },
    Level(u16, bool, i64, i64),
    Funding(u16, i64, i64),
    Status(u16, bool),
    News(u16, u8),
    Account,
    Control,
    Pop(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let one = 0..INSTRUMENTS;
    let levels = prop::collection::vec((any::<bool>(), 90i64..110, 0i64..3), 0..5);
    prop_oneof![
        8 => (one.clone(), 90i64..110).prop_map(|(i, bid)| Step::Quote(i, bid)),
        4 => (one.clone(), 90i64..110).prop_map(|(i, price)| Step::Trade(i, price)),
        12 => (one.clone(), prop::bool::weighted(0.15), prop::bool::weighted(0.1), levels)
            .prop_map(|(instrument, snapshot, hole, levels)| Step::Depth { instrument, snapshot, hole, levels }),
        4 => (one.clone(), any::<bool>(), 90i64..110, 0i64..3).prop_map(|(i, sell, p, q)| Step::Level(i, sell, p, q)),
        2 => (one.clone(), 0i64..4, 0i64..9).prop_map(|(i, when, rate)| Step::Funding(i, when, rate)),
        1 => (one.clone(), any::<bool>()).prop_map(|(i, halted)| Step::Status(i, halted)),
        2 => (one, 0u8..3).prop_map(|(i, kind)| Step::News(i, kind)),
        3 => Just(Step::Account),
        1 => Just(Step::Control),
        4 => (1usize..6).prop_map(Step::Pop),
    ]
}

/// A book as its venue has it: sell or buy and price, with the quantity.
type Book = BTreeMap<(bool, i64), i64>;

/// What venues know: the book of each instrument at each id. Changes are chained by `prev` or by their ids alone.
struct Venue {
    past: [Vec<(u64, Book)>; INSTRUMENTS as usize],
    by_prev: bool,
}

impl Venue {
    fn new(by_prev: bool) -> Self {
        let past = std::array::from_fn(|_| vec![(10, Book::new())]);
        Self { past, by_prev }
    }

    fn change(&mut self, instrument: u16, levels: &[(bool, i64, i64)]) -> (u64, u64) {
        let past = &mut self.past[usize::from(instrument)];
        let (before, mut book) = past.last().cloned().unwrap();
        for &(sell, price, qty) in levels {
            book.insert((sell, if sell { price + 15 } else { price }), qty);
        }
        book.retain(|_, qty| *qty != 0);
        past.push((before + 2, book));
        (before, before + 2)
    }

    /// The next message: changes, after others that are lost where there is a hole, or a snapshot, which is late where
    /// there is one.
    fn depth(
        &mut self,
        instrument: u16,
        snapshot: bool,
        hole: bool,
        levels: &[(bool, i64, i64)],
    ) -> Body {
        let update = if snapshot {
            let past = &self.past[usize::from(instrument)];
            let behind = if hole { 3 } else { 1 };
            let (id, book) = &past[past.len().saturating_sub(behind)];
            let side = |sells: bool| book.iter().filter(move |((sell, _), _)| *sell == sells);
            let of = |sells| {
                side(sells)
                    .map(|((_, price), qty)| level(*price, *qty))
                    .collect()
            };
            (*id, *id, None, of(false), of(true))
        } else {
            let told = if hole {
                let (lost, told) = levels.split_at(levels.len() / 2);
                self.change(instrument, lost);
                told
            } else {
                levels
            };
            let (before, last) = self.change(instrument, told);
            let of = |sells: bool| {
                let side = told.iter().filter(move |(sell, ..)| *sell == sells);
                side.map(|&(sell, price, qty)| level(if sell { price + 15 } else { price }, qty))
                    .collect()
            };
            (
                before + 1,
                last,
                self.by_prev.then_some(before),
                of(false),
                of(true),
            )
        };
        let (first, last, prev, bids, asks) = update;
        Body::Depth(Box::new(DepthUpdate {
            instrument: InstrumentId(instrument),
            snapshot,
            first,
            last,
            prev,
            bids,
            asks,
        }))
    }
}

fn body(step: &Step, venue: &mut Venue, n: i64) -> Option<Body> {
    Some(match step {
        Step::Quote(i, bid) => quote(*i, *bid),
        Step::Trade(i, price) => Body::Trade(Trade {
            instrument: InstrumentId(*i),
            price: Price::new(*price),
            qty: Qty::new(1),
            aggressor: Side::Buy,
        }),
        Step::Depth {
            instrument,
            snapshot,
            hole,
            levels,
        } => venue.depth(*instrument, *snapshot, *hole, levels),
        // Levels without ids belong to feeds without ids: to the last instrument's, in a run of its own.
        Step::Level(i, sell, price, qty) => Body::Level(LevelChange {
            instrument: InstrumentId(*i),
            side: if *sell { Side::Sell } else { Side::Buy },
            level: level(if *sell { price + 15 } else { *price }, *qty),
        }),
        Step::Funding(i, when, rate) => Body::Funding(FundingRate {
            instrument: InstrumentId(*i),
            rate: money(*rate),
            settles_at: Ts::from_nanos(*when),
        }),
        Step::Status(i, halted) => Body::Status(StatusEvent {
            instrument: InstrumentId(*i),
            status: if *halted {
                Status::Halted
            } else {
                Status::Trading
            },
        }),
        Step::News(i, kind) => news(
            *i,
            [FeedNews::Connected, FeedNews::Disconnected, FeedNews::Gap][usize::from(*kind)],
        ),
        Step::Account => account(n),
        Step::Control => Body::Control(Control::Pause),
        Step::Pop(_) => return None,
    })
}

/// What can be seen of an instrument.
fn seen(market: &Market, id: u16) -> String {
    let known = market.instrument(InstrumentId(id));
    let top = known.top().map(|top| (top.bid, top.ask));
    format!(
        "{:?} {top:?} {:?} {:?} {:?} {:?}",
        known.state(),
        known.status(),
        known.funding().map(|rate| (rate.rate, rate.settles_at)),
        known.depth().bids().iter().collect::<Vec<_>>(),
        known.depth().asks().iter().collect::<Vec<_>>(),
    )
}

/// Pushes and pops as the steps say, then checks everything against a queue without limits.
fn check(steps: &[Step], by_prev: bool, press: usize, feed: TopFeed) -> Result<(), TestCaseError> {
    let mut inbox = Inbox::new(limits(1_000, 1_000, press));
    let mut venue = Venue::new(by_prev);
    let (mut pushed, mut popped) = (Vec::new(), Vec::new());
    for (n, step) in (1i64..).zip(steps) {
        // A feed has ids or has none.
        if matches!(step, Step::Level(..)) && press.is_multiple_of(2)
            || matches!(step, Step::Depth { .. }) && !press.is_multiple_of(2)
        {
            continue;
        }
        if let Step::Pop(count) = step {
            popped.extend((0..*count).map_while(|_| inbox.pop()));
        } else if let Some(body) = body(step, &mut venue, n) {
            pushed.push(at(n, body.clone()));
            inbox.push(at(n, body)).unwrap();
        }
        let bound = press.max(2 * INSTRUMENTS as usize * 20);
        prop_assert!(inbox.len(Lane::Market) <= bound);
    }
    popped.extend(all(&mut inbox));
    for lane in [Lane::Control, Lane::Account] {
        let of = |all: &[Arrival]| {
            all.iter()
                .filter(|one| Lane::of(&one.body) == lane)
                .cloned()
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(of(&pushed), of(&popped), "{:?} is whole and in order", lane);
    }
    let (mut told, mut whole) = (market(feed), market(feed));
    for (all, market) in [(&popped, &mut told), (&pushed, &mut whole)] {
        for arrival in all.iter().filter(|one| Lane::of(&one.body) == Lane::Market) {
            market.apply(&Event {
                ts: arrival.received,
                body: arrival.body.clone(),
            });
        }
    }
    for id in 0..INSTRUMENTS {
        prop_assert_eq!(seen(&told, id), seen(&whole, id));
        let of = |all: &[Arrival]| {
            let mine = all
                .iter()
                .filter(|one| one.body.instrument() == Some(InstrumentId(id)));
            mine.filter(|one| one.body != news(id, FeedNews::Conflated))
                .count()
        };
        if of(&popped) < of(&pushed) {
            prop_assert!(
                popped
                    .iter()
                    .any(|one| one.body == news(id, FeedNews::Conflated)),
                "it is told"
            );
        }
    }
    let market = |all: &[Arrival]| {
        all.iter()
            .filter(|one| Lane::of(&one.body) == Lane::Market)
            .count()
    };
    if inbox.counts().pressed == 0 {
        prop_assert_eq!(&pushed.len(), &popped.len());
    }
    prop_assert!(market(&popped) <= market(&pushed) + popped.len());
    Ok(())
}

proptest! {
    #[test]
    fn r9_whatever_comes_the_market_ends_up_the_same(
        steps in prop::collection::vec(step(), 0..200),
        by_prev: bool,
        press in 1usize..40,
        by_depth: bool,
    ) {
        let feed = if by_depth { TopFeed::Depth } else { TopFeed::Quote };
        check(&steps, by_prev, press, feed)?;
    }
}
