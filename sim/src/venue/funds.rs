//! What an order needs: balance, margin, a position to reduce.

use onetape_core::command::Place;
use onetape_core::event::{Fee, Level, RejectReason};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::AssetId;
use onetape_core::num::{Money, Price, Qty};

use super::{Floor, Venue};
use crate::fees::Execution;
use crate::margin::leverage_allows;

impl Venue {
    pub(super) fn check_reduces(
        &self,
        instrument: &Instrument,
        place: &Place,
    ) -> Result<(), RejectReason> {
        if !place.reduce_only || instrument.kind == InstrumentKind::Spot {
            return Ok(());
        }
        let held = self.account.position(instrument.id).qty;
        let after = held + place.side.signed(place.qty);
        let crosses = !after.is_zero() && (after > Qty::ZERO) != (held > Qty::ZERO);
        if held.is_zero() || after.abs() > held.abs() || crosses {
            Err(RejectReason::ReduceOnly)
        } else {
            Ok(())
        }
    }

    /// The order must be payable at its worst: everything at the limit, with the highest fee.
    pub(super) fn check_funds(
        &self,
        floor: Floor<'_>,
        instrument: &Instrument,
        place: &Place,
        got: &[Level],
        touch: Level,
    ) -> Result<(), RejectReason> {
        let last = place
            .limit
            .or(got.last().map(|level| level.price))
            .unwrap_or(touch.price);
        // The price at which most is needed. An inverse contract is worth most of its base when it is cheap.
        let worst = match (instrument.kind, place.side) {
            (InstrumentKind::Inverse, _) => last.min(touch.price),
            (_, Side::Buy) => last,
            (_, Side::Sell) => last.max(touch.price),
        };
        let execution = Execution {
            side: place.side,
            price: worst,
            qty: place.qty,
            maker: self.tariff.makers_pay_more(),
        };
        let fee = self
            .tariff
            .charge(floor.names, floor.market, instrument, execution)
            .ok_or(RejectReason::Balance)?;
        let fee_amount = fee.amount.max(Money::ZERO);
        let (asset, needed, free) = match (instrument.kind, place.side) {
            (InstrumentKind::Spot, Side::Buy) => (
                instrument.quote,
                instrument.notional(worst, place.qty),
                self.account
                    .free_margin(instrument.quote, floor.names, floor.market),
            ),
            (InstrumentKind::Spot, Side::Sell) => {
                let qty = Money::new(instrument.qty_decimal(place.qty));
                (instrument.base, qty, self.account.free(instrument.base))
            }
            _ => {
                let settle = instrument.settle();
                let opening = self.opening_part(instrument, place);
                // An order that only closes needs no margin; its fee is paid from what it frees.
                if opening.is_zero() {
                    return Ok(());
                }
                self.check_leverage(instrument, place, opening, worst)?;
                let value = instrument.cost(worst, opening).abs();
                let free = self.account.free_margin(settle, floor.names, floor.market);
                (settle, self.account.margin_of(instrument.id, value), free)
            }
        };
        let same_asset = fee.asset == asset;
        let proceeds_pay = fee.asset == received_asset(instrument, place.side)
            && instrument.kind == InstrumentKind::Spot;
        let payable = if same_asset {
            free >= needed + fee_amount
        } else {
            free >= needed && (proceeds_pay || self.account.free(fee.asset) >= fee_amount)
        };
        if payable {
            Ok(())
        } else {
            Err(RejectReason::Balance)
        }
    }

    /// The position that the order could make, with what rests on its side to open, must be of a size that the
    /// venue's tiers allow at this leverage, everything at the order's worst price.
    fn check_leverage(
        &self,
        instrument: &Instrument,
        place: &Place,
        opening: Qty,
        worst: Price,
    ) -> Result<(), RejectReason> {
        if instrument.tiers.is_empty() {
            return Ok(());
        }
        let held = self.account.position(instrument.id).qty;
        let same_way = (held > Qty::ZERO) == (place.side == Side::Buy);
        let held = if same_way { held.abs() } else { Qty::ZERO };
        let resting = self.orders.opening(instrument.id, place.side);
        if leverage_allows(
            instrument,
            self.leverage(instrument.id),
            held + resting + opening,
            worst,
        ) {
            Ok(())
        } else {
            Err(RejectReason::Leverage)
        }
    }

    /// True when the fee leaves no balance below zero once the execution is booked. A future's wallet pays
    /// whatever is due in its settlement asset.
    pub(super) fn affords(&self, instrument: &Instrument, execution: Execution, fee: &Fee) -> bool {
        let traded = execution.side.signed(execution.qty);
        let brought = match instrument.kind {
            InstrumentKind::Spot if fee.asset == instrument.base => {
                Money::new(instrument.qty_decimal(traded))
            }
            InstrumentKind::Spot if fee.asset == instrument.quote => {
                -instrument.notional(execution.price, traded)
            }
            InstrumentKind::Linear | InstrumentKind::Inverse
                if fee.asset == instrument.settle() =>
            {
                return true;
            }
            _ => Money::ZERO,
        };
        self.account.free(fee.asset) + brought >= fee.amount
    }

    /// What of an order would open or grow a futures position, with what already rests to close it.
    pub(super) fn opening_part(&self, instrument: &Instrument, place: &Place) -> Qty {
        let held = self.account.position(instrument.id).qty;
        let traded = place.side.signed(place.qty);
        if held.is_zero() || (held > Qty::ZERO) == (traded > Qty::ZERO) {
            return place.qty;
        }
        let closing = self.orders.closing(instrument.id, place.side);
        let closable = (held.abs() - closing).max(Qty::ZERO);
        (place.qty - closable).max(Qty::ZERO)
    }

    /// What a resting order sets aside; of a future, `qty` is the part that opens.
    pub(super) fn lock_for(
        &self,
        instrument: &Instrument,
        side: Side,
        price: Price,
        qty: Qty,
    ) -> (AssetId, Money) {
        if qty.is_zero() {
            return (instrument.settle(), Money::ZERO);
        }
        let value = instrument.cost(price, qty).abs();
        let fee = if self.tariff.is_in_quote() {
            value.times(self.tariff.highest())
        } else {
            Money::ZERO
        };
        match (instrument.kind, side) {
            (InstrumentKind::Spot, Side::Buy) => (instrument.quote, value + fee),
            (InstrumentKind::Spot, Side::Sell) => {
                (instrument.base, Money::new(instrument.qty_decimal(qty)))
            }
            _ => (
                instrument.settle(),
                self.account.margin_of(instrument.id, value) + fee,
            ),
        }
    }
}

fn received_asset(instrument: &Instrument, side: Side) -> AssetId {
    match side {
        Side::Buy => instrument.base,
        Side::Sell => instrument.quote,
    }
}
