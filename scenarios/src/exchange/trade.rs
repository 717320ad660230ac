//! What the simulation says, as the exchange's news: orders that change, executions, prints.

use onetape_adapters::report::Origin;
use onetape_adapters::server::call::SelfTrade;
use onetape_adapters::server::news::News;
use onetape_adapters::server::state::{
    FillState, FundingState, Happened, OrderChange, OrderStatus, Print,
};
use onetape_adapters::server::wrong::{Filter, Wrong};
use onetape_core::event::{AccountEvent, Body, Fill, OrderEventKind, RejectReason};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};
use rust_decimal::Decimal;

use super::forced::Closing;
use super::pit::{Standing, keep};
use super::seat::{FILLS_KEPT, number_of, order_id};
use super::{Exchange, To, Told};

/// What came of one turn of an account.
#[derive(Debug, Default)]
pub(super) struct Digest {
    /// Why what was asked is refused.
    pub(super) wrong: Option<Wrong>,
    /// Executions, in order.
    pub(super) fills: Vec<FillState>,
    /// Prints that are new to everybody.
    pub(super) prints: Vec<Print>,
    /// Instruments whose positions changed.
    pub(super) moved: Vec<InstrumentId>,
}

impl Exchange {
    /// Makes news of what an account's venue said. `asked` is the order that made it say so; resting orders of others
    /// that it ended met it. Executions of resting orders are those of `given` prints first.
    pub(super) fn digest(
        &mut self,
        at: usize,
        bodies: &[Body],
        asked: Option<u64>,
        given: &[u64],
        out: &mut Vec<Told>,
    ) -> Digest {
        let mut digest = Digest::default();
        let mut given = given.iter().copied();
        let mut touched = Vec::new();
        for body in bodies {
            match body {
                Body::Order(event) => {
                    let id = number_of(event.order);
                    touched.push(id);
                    match &event.kind {
                        OrderEventKind::Accepted => self.came(at, id, out),
                        OrderEventKind::Filled(fill) => {
                            let print = fill.maker.then(|| given.next()).flatten();
                            self.filled(at, id, fill, print, &mut digest, out);
                        }
                        OrderEventKind::Cancelled => {
                            let what = Happened::Cancelled(None);
                            self.ends(at, id, OrderStatus::Cancelled, what, out);
                        }
                        OrderEventKind::Expired => {
                            let met = asked.is_some_and(|asked| self.met(at, asked, id));
                            let status = match met {
                                true => OrderStatus::SelfTrade,
                                false => OrderStatus::Expired,
                            };
                            self.ends(at, id, status, Happened::Expired, out);
                        }
                        OrderEventKind::Amended { qty, limit } => {
                            self.amended(at, id, *qty, *limit, out);
                        }
                        OrderEventKind::Rejected(why) | OrderEventKind::AmendRejected(why) => {
                            digest.wrong = Some(wrong_of(*why));
                        }
                        OrderEventKind::CancelRejected => digest.wrong = Some(Wrong::NotOpen),
                        OrderEventKind::Unknown | OrderEventKind::NotSent => {}
                    }
                }
                Body::Account(news) => self.account_news(at, *news, &mut digest, out),
                _ => {}
            }
        }
        for id in touched {
            self.restand(at, id);
        }
        digest
    }

    /// True when a resting order ended because the order at hand would have met it.
    fn met(&self, at: usize, asked: u64, ended: u64) -> bool {
        let seat = &self.seats[at];
        let (Some(new), Some(old)) = (seat.get(asked), seat.get(ended)) else {
            return false;
        };
        asked != ended
            && (new.state.instrument, new.state.side.opposite())
                == (old.state.instrument, old.state.side)
            && !matches!(self.rule_of(new.asked.self_trade), SelfTrade::Allow)
    }

    /// Tells an order's owner of it.
    pub(super) fn tell_order(&mut self, at: usize, id: u64, what: Happened, out: &mut Vec<Told>) {
        let number = self.next_change;
        self.next_change += 1;
        let seat = &self.seats[at];
        if let Some(record) = seat.get(id) {
            let change = OrderChange {
                order: record.state.clone(),
                what,
                origin: Origin::Account,
                number,
            };
            out.push(Told {
                to: To::Account(seat.id),
                news: News::Order(Box::new(change)),
            });
        }
    }

    pub(super) fn came(&mut self, at: usize, id: u64, out: &mut Vec<Told>) {
        let first = self.seats[at]
            .get_mut(id)
            .is_some_and(|record| !std::mem::replace(&mut record.told, true));
        if first {
            self.tell_order(at, id, Happened::Came, out);
        }
    }

    /// An order of an account is over.
    pub(super) fn ends(
        &mut self,
        at: usize,
        id: u64,
        status: OrderStatus,
        what: Happened,
        out: &mut Vec<Told>,
    ) {
        let now = self.now;
        let seat = &mut self.seats[at];
        if let Some(record) = seat.get_mut(id) {
            record.state.status = status;
            record.state.updated = now;
            record.waits = false;
            seat.end(id);
            self.tell_order(at, id, what, out);
        }
    }

    fn amended(&mut self, at: usize, id: u64, qty: Qty, limit: Price, out: &mut Vec<Told>) {
        let now = self.now;
        let arrival = self.take_arrival();
        if let Some(record) = self.seats[at].get_mut(id) {
            // More of it, or another price, joins the queue at its end.
            if qty > record.state.qty || record.state.limit != Some(limit) {
                record.arrival = arrival;
            }
            record.state.qty = qty;
            record.state.limit = Some(limit);
            record.state.updated = now;
            record.amends += 1;
            self.tell_order(at, id, Happened::Amended, out);
        }
    }

    fn filled(
        &mut self,
        at: usize,
        id: u64,
        fill: &Fill,
        print: Option<u64>,
        digest: &mut Digest,
        out: &mut Vec<Told>,
    ) {
        let now = self.now;
        let Some(record) = self.seats[at].get(id) else {
            return;
        };
        let (instrument, side) = (record.state.instrument, record.state.side);
        let (client, position) = (record.state.client.clone(), record.state.position);
        let print = print.unwrap_or_else(|| {
            let aggressor = if fill.maker { side.opposite() } else { side };
            let print = self.print(instrument, fill.price, fill.qty, aggressor, out);
            digest.prints.push(print);
            print.id
        });
        let realised = self.realise(at, instrument, side, fill);
        let done = FillState {
            id: print,
            order: id,
            client,
            instrument,
            side,
            price: fill.price,
            qty: fill.qty,
            fee: fill.fee.amount,
            fee_asset: fill.fee.asset,
            maker: fill.maker,
            realised,
            position,
            at: now,
        };
        let of = self.names.instrument(instrument);
        let value = of.notional(fill.price, fill.qty);
        let seat = &mut self.seats[at];
        seat.keep_fill(done.clone());
        seat.traded.insert(instrument, now);
        if let Some(record) = seat.get_mut(id) {
            let state = &mut record.state;
            state.filled += fill.qty;
            state.filled_quote += value;
            state.updated = now;
            match state.fees.iter_mut().find(|fee| fee.0 == fill.fee.asset) {
                Some(known) => known.1 += fill.fee.amount,
                None => state.fees.push((fill.fee.asset, fill.fee.amount)),
            }
            let whole = state.filled >= state.qty;
            state.status = match whole {
                true => OrderStatus::Filled,
                false => OrderStatus::Partial,
            };
            if whole {
                seat.end(id);
            }
        }
        self.tell_order(at, id, Happened::Traded(done.clone()), out);
        digest.fills.push(done);
        digest.moved.push(instrument);
    }

    /// What an execution realised.
    fn realise(&mut self, at: usize, id: InstrumentId, side: Side, fill: &Fill) -> Money {
        let of = self.names.instrument(id);
        if of.kind == InstrumentKind::Spot {
            return Money::ZERO;
        }
        let position = self.seats[at].positions.entry(id).or_default();
        position.book(of, side, fill)
    }

    /// Enters a print and tells it.
    pub(super) fn print(
        &mut self,
        id: InstrumentId,
        price: Price,
        qty: Qty,
        aggressor: Side,
        out: &mut Vec<Told>,
    ) -> Print {
        let pit = &mut self.pits[id.index()];
        let print = pit.print(price, qty, aggressor, self.now);
        pit.bars.add(self.names.instrument(id), &print);
        self.printed.push(id);
        out.push(Told {
            to: To::Everybody,
            news: News::Print(print),
        });
        print
    }

    /// Tells prints that one order made.
    pub(super) fn aggregate(&mut self, prints: &[Print], out: &mut Vec<Told>) {
        if let Some(first) = prints.first() {
            let pit = &mut self.pits[first.instrument.index()];
            out.extend(pit.aggregate(prints).into_iter().map(|print| Told {
                to: To::Everybody,
                news: News::Aggregate(print),
            }));
        }
    }

    /// Puts an order where it stands in the book now.
    pub(super) fn restand(&mut self, at: usize, id: u64) {
        let seat = &mut self.seats[at];
        let resting = seat.venue.resting(order_id(id));
        let account = seat.id;
        let Some(record) = seat.get_mut(id) else {
            return;
        };
        let arrival = record.arrival;
        let standing = resting.map(|(price, left)| Standing {
            account,
            order: id,
            arrival,
            price,
            left,
            shown: record.asked.shown.map_or(left, |shown| shown.min(left)),
            reduce_only: record.state.reduce_only,
        });
        let before = record.stands;
        record.stands = standing.map(|standing| (standing.price, arrival));
        let (instrument, side) = (record.state.instrument, record.state.side);
        self.pits[instrument.index()].stand(side, before, standing);
    }

    fn account_news(
        &mut self,
        at: usize,
        news: AccountEvent,
        digest: &mut Digest,
        out: &mut Vec<Told>,
    ) {
        match news {
            AccountEvent::Funding {
                instrument,
                amount,
                rate,
            } => self.funded(at, instrument, amount, rate, out),
            AccountEvent::Liquidated {
                instrument,
                qty,
                realised,
            } => {
                digest.moved.push(instrument);
                self.liquidated(at, instrument, qty, realised, digest, out);
            }
            AccountEvent::Balance { .. }
            | AccountEvent::LiquidationFee { .. }
            | AccountEvent::Deleveraged { .. }
            | AccountEvent::Foreign { .. } => {}
        }
    }

    fn funded(
        &mut self,
        at: usize,
        instrument: InstrumentId,
        amount: Money,
        rate: Money,
        out: &mut Vec<Told>,
    ) {
        let asset = self.names.instrument(instrument).settle();
        let entry = FundingState {
            instrument,
            asset,
            amount,
            rate,
            id: self.next_funding,
            at: self.now,
        };
        self.next_funding += 1;
        let margin = self.margin(at, asset);
        let seat = &mut self.seats[at];
        keep(&mut seat.funding, entry, FILLS_KEPT);
        out.push(Told {
            to: To::Account(seat.id),
            news: News::Funding(entry, vec![margin]),
        });
    }

    /// The venue closed a position: told as an order of its own, which traded at what closing brought on average.
    fn liquidated(
        &mut self,
        at: usize,
        instrument: InstrumentId,
        closed: Qty,
        realised: Money,
        digest: &mut Digest,
        out: &mut Vec<Told>,
    ) {
        let position = self.seats[at].positions.entry(instrument).or_default();
        let cost = position.cost;
        position.liquidate(closed, realised);
        if closed.is_zero() {
            return;
        }
        let of = self.names.instrument(instrument);
        let qty = closed.abs();
        let brought = (cost + realised).abs();
        let average = match of.kind {
            InstrumentKind::Inverse => {
                (of.notional(Price::default(), qty).decimal()).checked_div(brought.decimal())
            }
            _ => brought.decimal().checked_div(of.qty_decimal(qty)),
        };
        let price = price_near(average.unwrap_or_default(), of.price_decimals);
        let print = self.tell_closing(
            at,
            &Closing {
                origin: Origin::Liquidation,
                instrument,
                closed,
                price,
                realised,
            },
            out,
        );
        digest.prints.push(print);
    }
}

/// The price next to an amount, toward zero.
pub(super) fn price_near(amount: Decimal, decimals: u8) -> Price {
    let units = 10_u64.pow(u32::from(decimals.min(18)));
    let mantissa = amount.saturating_mul(units.into()).trunc().mantissa();
    Price::new(i64::try_from(mantissa).unwrap_or(i64::MAX))
}

/// Why the simulation refuses, in the exchange's words.
pub(super) const fn wrong_of(why: RejectReason) -> Wrong {
    match why {
        RejectReason::TickSize => Wrong::Filter(Filter::Tick),
        RejectReason::LotSize => Wrong::Filter(Filter::Lot),
        RejectReason::Quantity => Wrong::Filter(Filter::MinQty),
        RejectReason::MinNotional => Wrong::Filter(Filter::Notional),
        RejectReason::Balance => Wrong::Balance,
        RejectReason::WouldTake => Wrong::WouldTake,
        RejectReason::NoMarket => Wrong::NoMarket,
        RejectReason::ReduceOnly => Wrong::ReduceOnly,
        RejectReason::RateLimit => Wrong::Busy,
        RejectReason::Halted => Wrong::Halted,
        RejectReason::SelfTrade => Wrong::SelfTrade,
        RejectReason::Leverage => Wrong::Filter(Filter::Position),
        RejectReason::NotResting => Wrong::NotOpen,
        RejectReason::Other => Wrong::Unavailable,
    }
}
