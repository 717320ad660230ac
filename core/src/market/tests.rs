//! Tops of book against a naive twin, whatever mixture of messages made them.

use alloc::boxed::Box;
use alloc::vec::Vec;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::event::{DepthUpdate, FeedEvent, LevelChange, StatusEvent};
use crate::fault::{FaultEvent, FaultKind, FaultPhase};
use crate::names::{AssetId, VenueId};
use crate::num::Money;

/// A book of two plain maps, which looks at all of itself after every event.
#[derive(Default)]
struct Twin {
    sides: [BTreeMap<i64, i64>; 2],
    /// `None` while nothing is known, then whether messages are missing.
    gapped: Option<bool>,
    pending: Vec<DepthUpdate>,
    last: u64,
    /// Bid and ask of the last live top, by price and quantity.
    top: [(i64, i64); 2],
    state: Option<TopState>,
}

impl Twin {
    fn set(&mut self, side: usize, level: Level) {
        let (price, qty) = (level.price.mantissa(), level.qty.mantissa());
        if qty == 0 {
            self.sides[side].remove(&price);
        } else {
            self.sides[side].insert(price, qty);
        }
    }

    fn levels(&mut self, update: &DepthUpdate) {
        if update.snapshot {
            self.sides = Default::default();
        }
        update.bids.iter().for_each(|level| self.set(0, *level));
        update.asks.iter().for_each(|level| self.set(1, *level));
    }

    fn depth(&mut self, update: &DepthUpdate) {
        if !update.is_chained() {
            self.levels(update);
            self.gapped = Some(false);
        } else if update.snapshot {
            if self.gapped == Some(false) && update.last < self.last {
                return;
            }
            self.levels(update);
            self.last = update.last;
            self.gapped = Some(false);
            for diff in core::mem::take(&mut self.pending) {
                self.diff(&diff);
            }
        } else {
            self.diff(update);
        }
    }

    fn diff(&mut self, diff: &DepthUpdate) {
        if self.gapped != Some(false) {
            self.pending.push(diff.clone());
        } else if diff.last <= self.last {
            // Stale.
        } else if diff.first <= self.last + 1 {
            self.levels(diff);
            self.last = diff.last;
        } else {
            self.gapped = Some(true);
            self.pending.push(diff.clone());
        }
    }

    fn apply(&mut self, body: &Body) {
        match body {
            Body::Depth(update) => self.depth(update),
            Body::Level(change) => {
                self.set(usize::from(change.side == Side::Sell), change.level);
                self.gapped = Some(false);
            }
            Body::Feed(news) if news.state == FeedNews::Conflated => return,
            Body::Feed(news) => {
                self.sides = Default::default();
                self.pending.clear();
                self.gapped = (news.state == FeedNews::Gap).then_some(true);
            }
            _ => return,
        }
        let best = |side: &BTreeMap<i64, i64>, last: bool| {
            let level = if last {
                side.last_key_value()
            } else {
                side.first_key_value()
            };
            level.map(|(&price, &qty)| (price, qty))
        };
        self.state = Some(match self.gapped {
            None => TopState::Missing,
            Some(true) => TopState::Gapped,
            Some(false) => match (best(&self.sides[0], true), best(&self.sides[1], false)) {
                (Some(bid), Some(ask)) if bid.0 < ask.0 => {
                    self.top = [bid, ask];
                    TopState::Live
                }
                _ => TopState::Crossed,
            },
        });
    }
}

fn instrument() -> Instrument {
    Instrument {
        id: InstrumentId(0),
        name: "venue:BTCUSDT".into(),
        venue: VenueId(0),
        symbol: "BTCUSDT".into(),
        kind: crate::instrument::InstrumentKind::Spot,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(5),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::parse("1").unwrap(),
        inferred: false,
        tiers: Vec::new(),
    }
}

/// A message without its update ids, and how many of them are to be left out before it.
#[derive(Clone, Debug)]
enum Message {
    Level(bool, Level),
    Depth {
        snapshot: bool,
        hole: bool,
        chained: bool,
        bids: Vec<Level>,
        asks: Vec<Level>,
    },
    Feed(FeedNews),
    Other,
}

/// Bids are mostly below asks, near 60,000; a few are off the grid or far away.
fn level(sell: bool) -> impl Strategy<Value = Level> {
    let ticks = prop_oneof![
        30 => -3i64..24,
        10 => -3i64..400,
        1 => -3i64..40_000,
    ];
    let rest = prop_oneof![12 => Just(0i64), 1 => 1i64..5];
    (ticks, rest, 0i64..3).prop_map(move |(ticks, rest, qty)| Level {
        price: Price::new(60_000 + if sell { ticks } else { -ticks } * 5 + rest),
        qty: Qty::new(qty),
    })
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    let levels = |sell| proptest::collection::vec(level(sell), 0..4);
    let depth = (
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.1),
        any::<bool>(),
        levels(false),
        levels(true),
    )
        .prop_map(|(snapshot, hole, chained, bids, asks)| Message::Depth {
            snapshot,
            hole,
            chained,
            bids,
            asks,
        });
    let news = prop_oneof![
        Just(FeedNews::Connected),
        Just(FeedNews::Disconnected),
        Just(FeedNews::Gap),
        Just(FeedNews::Conflated)
    ];
    let message = prop_oneof![
        60 => level(false).prop_map(|level| Message::Level(false, level)),
        60 => level(true).prop_map(|level| Message::Level(true, level)),
        30 => depth,
        2 => news.prop_map(Message::Feed),
        4 => Just(Message::Other),
    ];
    proptest::collection::vec(message, 0..300)
}

fn body(message: Message, id: &mut u64) -> Body {
    let instrument = InstrumentId(0);
    match message {
        Message::Level(sell, level) => Body::Level(LevelChange {
            instrument,
            side: if sell { Side::Sell } else { Side::Buy },
            level,
        }),
        Message::Depth {
            snapshot,
            hole,
            chained,
            bids,
            asks,
        } => {
            *id += if hole { 7 } else { 1 };
            // A snapshot that answers late is from behind the stream.
            let behind = if snapshot && hole { 9 } else { 0 };
            let id = if chained {
                id.saturating_sub(behind).max(1)
            } else {
                0
            };
            Body::Depth(Box::new(DepthUpdate {
                instrument,
                snapshot,
                first: id,
                last: id,
                prev: None,
                bids,
                asks,
            }))
        }
        Message::Feed(state) => Body::Feed(FeedEvent { instrument, state }),
        Message::Other => Body::Trade(Trade {
            instrument,
            price: Price::new(60_000),
            qty: Qty::new(1),
            aggressor: Side::Buy,
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn tops_equal_those_of_a_naive_book(messages in messages()) {
        let mut market = Market::new(&[instrument()], &[TopFeed::Depth]);
        let (mut twin, mut id, mut updated) = (Twin::default(), 0, Ts::default());
        for (at, message) in (1i64..).zip(messages) {
            let ts = Ts::from_nanos(at);
            let body = body(message, &mut id);
            let before = market.instrument(InstrumentId(0)).clone();
            let moved = market.apply(&Event { ts, body: body.clone() });
            twin.apply(&body);
            let known = market.instrument(InstrumentId(0));
            // What is told of a move is told of every one, and counted.
            let seen = |known: &InstrumentMarket| (known.top().copied(), known.state());
            prop_assert!(moved || seen(&before) == seen(known));
            let prices = |known: &InstrumentMarket| {
                (known.top().map(|top| (top.bid.price, top.ask.price)), known.state())
            };
            prop_assert!(known.turns() != before.turns() || prices(&before) == prices(known));
            if matches!(body, Body::Depth(_) | Body::Level(_)) {
                updated = ts;
            }
            prop_assert_eq!(known.state(), twin.state.unwrap_or(TopState::Missing));
            prop_assert_eq!(known.age(ts), ts.since(updated));
            let tell = |level: Level| (level.price.mantissa(), level.qty.mantissa());
            let top = known.last_top().map(|top| [tell(top.bid), tell(top.ask)]);
            prop_assert_eq!(top.unwrap_or_default(), twin.top);
            prop_assert_eq!(known.top().is_some(), twin.state == Some(TopState::Live));
        }
    }
}

#[test]
fn a_rate_for_an_earlier_settlement_is_no_news() {
    let mut market = Market::new(&[instrument()], &[TopFeed::Quote]);
    for (hours, kept) in [(8, 8), (16, 16), (8, 16), (16, 16), (24, 24)] {
        let rate = FundingRate {
            instrument: InstrumentId(0),
            rate: Money::parse(if hours == kept { "0.0001" } else { "0.5" }).unwrap(),
            settles_at: Ts::from_nanos(hours),
        };
        let (ts, body) = (Ts::from_nanos(1), Body::Funding(rate));
        market.apply(&Event { ts, body });
        let known = market.instrument(InstrumentId(0)).funding().unwrap();
        assert_eq!(known.settles_at, Ts::from_nanos(kept));
        assert_eq!(known.rate, Money::parse("0.0001").unwrap());
    }
}

#[test]
fn a_halt_by_fault_holds_whatever_the_tape_says_and_leaves_what_it_said() {
    let instrument =
        crate::instrument::fixtures::instrument(0, crate::instrument::InstrumentKind::Spot);
    let id = instrument.id;
    let mut market = Market::new(&[instrument], &[TopFeed::Quote]);
    let mut tell = |body, expected| {
        let before = market.instrument(id).turns();
        market.apply(&Event {
            ts: Ts::default(),
            body,
        });
        assert_eq!(market.instrument(id).status(), expected);
        assert_ne!(market.instrument(id).turns(), before, "it is news");
    };
    let fault = |phase| {
        Body::Fault(FaultEvent {
            kind: FaultKind::Halt,
            phase,
            venue: VenueId(0),
            instrument: Some(id),
            order: None,
        })
    };
    let told = |status| {
        Body::Status(StatusEvent {
            instrument: id,
            status,
        })
    };
    tell(fault(FaultPhase::Begins), Status::Halted);
    tell(told(Status::Trading), Status::Halted);
    tell(fault(FaultPhase::Ends), Status::Trading);
    tell(fault(FaultPhase::Begins), Status::Halted);
    tell(told(Status::Halted), Status::Halted);
    tell(fault(FaultPhase::Ends), Status::Halted);
}
