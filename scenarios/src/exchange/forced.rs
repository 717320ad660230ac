//! Positions that the venue closes: what the account cannot carry, and what meets the liquidation of another. Each is told
//! as an order of the venue's own, by the mark that the venue leaves.

use onetape_adapters::report::{Origin, PositionSide};
use onetape_adapters::server::call::SelfTrade;
use onetape_adapters::server::news::News;
use onetape_adapters::server::state::{
    FillState, Happened, OrderChange, OrderState, OrderStatus, Print,
};
use onetape_core::command::TimeInForce;
use onetape_core::event::{AccountEvent, Body};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;

use super::{Exchange, To, Told};

/// What a test has the venue close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forced {
    /// All of every position, as if its account could not carry it.
    Liquidation,
    /// Half of every position, or a single lot, against the liquidation of another.
    Deleveraging,
}

/// A closing that has happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing {
    pub(super) origin: Origin,
    pub(super) instrument: InstrumentId,
    /// Signed like the position.
    pub(super) closed: Qty,
    pub(super) price: Price,
    pub(super) realised: Money,
}

impl Exchange {
    /// Closes positions in futures at the best price of the book; false while there are none.
    pub fn force(&mut self, forced: Forced, now: Ts, out: &mut Vec<Told>) -> bool {
        self.at(now, out);
        let mut any = false;
        for at in 0..self.seats.len() {
            for (id, closed) in self.closable(at, forced) {
                any |= self.close_by_force(at, forced, (id, closed), out);
            }
        }
        self.close_turn(out);
        any
    }

    /// What is closed of an account's positions, signed like them.
    fn closable(&self, at: usize, forced: Forced) -> Vec<(InstrumentId, Qty)> {
        let account = self.seats[at].venue.account();
        let futures = self
            .names
            .instruments
            .iter()
            .filter(|it| it.venue == self.venue && it.kind != InstrumentKind::Spot);
        let parts = futures.map(|it| {
            let held = account.position(it.id).qty;
            let part = match forced {
                Forced::Liquidation => held,
                Forced::Deleveraging => half(it, held),
            };
            (it.id, part)
        });
        parts.filter(|(_, part)| !part.is_zero()).collect()
    }

    fn close_by_force(
        &mut self,
        at: usize,
        forced: Forced,
        (id, closed): (InstrumentId, Qty),
        out: &mut Vec<Told>,
    ) -> bool {
        let mut bodies = Vec::new();
        self.mark_taken();
        self.lend(at, |venue, floor| {
            venue.deleverage(floor, id, closed, &mut bodies);
        });
        let mut any = false;
        for body in &bodies {
            if let Body::Account(AccountEvent::Deleveraged {
                instrument,
                qty,
                price,
            }) = body
            {
                let of = self.names.instrument(*instrument);
                let position = self.seats[at].positions.entry(*instrument).or_default();
                let closing = Closing {
                    origin: match forced {
                        Forced::Liquidation => Origin::Liquidation,
                        Forced::Deleveraging => Origin::Deleveraging,
                    },
                    instrument: *instrument,
                    closed: *qty,
                    price: *price,
                    realised: position.deleverage(of, *qty, *price),
                };
                let print = self.tell_closing(at, &closing, out);
                self.aggregate(&[print], out);
                any = true;
            }
        }
        let digest = self.digest(at, &bodies, None, &[], out);
        self.touch(at, &digest.moved);
        self.touch(at, &[id]);
        any
    }

    /// Tells the account of a closing, and everybody of its print.
    pub(super) fn tell_closing(
        &mut self,
        at: usize,
        closing: &Closing,
        out: &mut Vec<Told>,
    ) -> Print {
        let Closing {
            origin,
            instrument,
            closed,
            price,
            realised,
        } = *closing;
        let of = self.names.instrument(instrument);
        let (side, qty) = match closed > Qty::ZERO {
            true => (Side::Sell, closed.abs()),
            false => (Side::Buy, closed.abs()),
        };
        let (settle, value) = (of.settle(), of.notional(price, qty));
        let (id, now) = (self.next_order, self.now);
        self.next_order += 1;
        let print = self.print(instrument, price, qty, side, out);
        let fill = FillState {
            id: print.id,
            order: id,
            client: self.traits.mark(origin, id),
            instrument,
            side,
            price,
            qty,
            fee: Money::ZERO,
            fee_asset: settle,
            maker: false,
            realised,
            position: PositionSide::Net,
            at: now,
        };
        let order = OrderState {
            id,
            client: fill.client.clone(),
            instrument,
            side,
            limit: Some(price),
            time_in_force: TimeInForce::ImmediateOrCancel,
            qty,
            quote_size: None,
            filled: qty,
            filled_quote: value,
            status: OrderStatus::Filled,
            reduce_only: true,
            position: PositionSide::Net,
            until: None,
            trigger: None,
            self_trade: SelfTrade::Unsaid,
            fees: Vec::new(),
            created: now,
            updated: now,
        };
        let number = self.next_change;
        self.next_change += 1;
        let seat = &mut self.seats[at];
        seat.traded.insert(instrument, now);
        seat.keep_fill(fill.clone());
        out.push(Told {
            to: To::Account(seat.id),
            news: News::Order(Box::new(OrderChange {
                order,
                what: Happened::Traded(fill),
                origin,
                number,
            })),
        });
        print
    }
}

/// Half of a position in whole lots; all of one that is too small to be halved.
fn half(of: &Instrument, held: Qty) -> Qty {
    let lot = of.lot.mantissa().max(1);
    let half = held.mantissa() / 2 / lot * lot;
    if half == 0 { held } else { Qty::new(half) }
}
