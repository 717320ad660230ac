//! One leg of a trip: what it holds, where it comes from and where it is meant to go.

use rust_decimal::Decimal;

use crate::event::Fill;
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::market::Market;
use crate::names::InstrumentId;
use crate::num::{Money, Price, Qty};
use crate::position::Position;
use crate::time::Ts;

/// One leg as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// What it trades.
    pub instrument: InstrumentId,
    /// The side that entered.
    pub side: Side,
    /// What its fills made.
    pub position: Position,
    /// Signed: what it held when the trip's present phase began; unwinding leads back to it.
    pub(super) origin: Qty,
    /// Signed: what it is meant to hold in the end; completing leads there.
    pub(super) target: Qty,
    /// Base units that came in (negative: went out), fees in them paid, to the last digit.
    pub(super) base: Decimal,
    /// Quote units that came in (negative: went out), fees in them paid.
    pub(super) quote: Money,
    /// When it is sent: legs of a later wave wait for the fills of the earlier ones.
    pub(super) wave: u8,
    /// Worst price of the order that waits; `None` is the touch when it is sent.
    pub(super) limit: Option<Price>,
    /// How much of it waits to be sent.
    pub(super) waits: Qty,
    /// Does not trade in the present phase.
    pub(super) stands: bool,
    /// Its venue takes no orders until then, as far as is known.
    pub(super) barred_until: Ts,
    /// How many of its orders in a row never were at the venue.
    pub(super) lost: u8,
}

crate::value!(struct Leg {
    instrument, side, position, origin, target, base, quote, wave, limit, waits, stands, barred_until, lost
});

impl Leg {
    /// One that holds nothing.
    pub(super) const fn new(instrument: InstrumentId, side: Side) -> Self {
        Self {
            instrument,
            side,
            position: Position {
                qty: Qty::ZERO,
                cost: Money::ZERO,
                realised: Money::ZERO,
            },
            origin: Qty::ZERO,
            target: Qty::ZERO,
            base: Decimal::ZERO,
            quote: Money::ZERO,
            wave: 0,
            limit: None,
            waits: Qty::ZERO,
            stands: false,
            barred_until: Ts::from_nanos(i64::MIN),
            lost: 0,
        }
    }

    /// The leg holding nothing, with what is known of its venue.
    pub(super) const fn emptied(&self) -> Self {
        Self {
            barred_until: self.barred_until,
            lost: self.lost,
            ..Self::new(self.instrument, self.side)
        }
    }

    /// Books an execution.
    pub(super) fn book(&mut self, instrument: &Instrument, side: Side, fill: &Fill) {
        self.position.book(instrument, side, fill);
        self.quote -= instrument.notional(fill.price, side.signed(fill.qty));
        self.base += instrument.qty_decimal(side.signed(fill.qty));
        if fill.fee.asset == instrument.quote {
            self.quote -= fill.fee.amount;
        } else if fill.fee.asset == instrument.base {
            self.base -= fill.fee.amount.decimal();
        }
    }

    /// What it holds now is what it is meant to hold.
    pub(super) fn rest(&mut self) {
        (self.origin, self.target) = (self.position.qty, self.position.qty);
        (self.stands, self.wave, self.limit, self.waits) = (false, 0, None, Qty::ZERO);
    }

    /// How much it may trade on `side` on its way to `goal`; zero when that leads away from it.
    pub(super) fn room(&self, side: Side, goal: Qty) -> Qty {
        let way = side.signed(goal - self.position.qty);
        way.max(Qty::ZERO)
    }

    /// The side that makes what it holds smaller.
    pub(super) fn closing_side(&self) -> Side {
        if self.position.qty > Qty::ZERO {
            Side::Sell
        } else {
            Side::Buy
        }
    }

    /// Signed exposure in base units.
    pub(super) fn held(&self, instrument: &Instrument, market: &Market) -> Decimal {
        let touch = market.instrument(instrument.id).touch(Side::Buy);
        match (instrument.kind, touch) {
            // Without a book an inverse position is worth what it was entered at; others need no price.
            (InstrumentKind::Inverse, None) => (-self.position.cost).decimal(),
            (InstrumentKind::Inverse, Some(touch)) => {
                let value = instrument.base_value(touch.price, self.position.qty);
                value.decimal()
            }
            _ => instrument.qty_decimal(self.position.qty),
        }
    }

    /// True when its venue takes orders, as far as is known.
    pub(super) fn is_open_at(&self, now: Ts) -> bool {
        now >= self.barred_until
    }

    /// Too little to trade: less than a lot or the smallest quantity, and on spot less than the smallest value
    /// (futures take a closing order of any value).
    pub(super) fn is_dust(&self, instrument: &Instrument, market: &Market) -> bool {
        let qty = instrument.floor_lots(self.position.qty.abs());
        match instrument.kind {
            InstrumentKind::Spot => !is_tradable(market, instrument, self.closing_side(), qty),
            InstrumentKind::Linear | InstrumentKind::Inverse => {
                qty.is_zero() || qty < instrument.min_qty
            }
        }
    }
}

/// True when a venue takes an order of this size.
pub(super) fn is_tradable(market: &Market, instrument: &Instrument, side: Side, qty: Qty) -> bool {
    if qty.is_zero() || qty < instrument.min_qty {
        return false;
    }
    // Without a live book the value is unknown; the gate will hold the order back until there is one.
    let touch = market.instrument(instrument.id).touch(side);
    touch.is_none_or(|touch| instrument.notional(touch.price, qty) >= instrument.min_notional)
}
