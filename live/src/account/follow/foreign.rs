//! Trades on the account that are no order's of ours: a person's, or the venue's own to close a position.
//!
//! What makes a futures position smaller is a liquidation, or a part that was closed at a price: they set legs to repair.
//! What makes a position larger, and trades in spot, are told as what they are: the books follow, and no task has them.

use onetape_adapters::report::{Charge, Origin, PositionReport, TradeReport};
use onetape_core::event::{AccountEvent, Body};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::num::{Money, Price, Qty};
use rust_decimal::prelude::ToPrimitive as _;

use super::{Follower, Notice};

impl Follower {
    /// An execution of nobody's order here.
    pub(super) fn foreign(&mut self, trade: &TradeReport, origin: Origin) {
        let known = (trade.instrument, trade.trade_id);
        let Some(listed) = self.directory.get(trade.instrument) else {
            return;
        };
        let of = listed.instrument.clone();
        let Some(side) = trade.side else {
            return;
        };
        let is_old = trade.at.is_known() && trade.at < self.began;
        if is_old || !self.strange.insert(known) {
            return;
        }
        self.activity += 1;
        let traded = side.signed(trade.qty);
        let held = self.holdings.position(of.id).qty;
        let closes = of.kind != InstrumentKind::Spot
            && !held.is_zero()
            && (held > Qty::ZERO) != (traded > Qty::ZERO);
        if !closes {
            let fee = trade.fee.as_ref();
            self.grown(&of, trade, traded, fee);
            return;
        }
        let closed = if traded.abs() > held.abs() {
            held
        } else {
            -traded
        };
        let is_all = closed == held;
        if let Some(fee) = &trade.fee {
            self.fee(&of, fee);
        }
        if origin == Origin::Liquidation && is_all {
            let position = self.holdings.position_mut(of.id);
            let realised = position.deleverage(&of, closed, trade.price);
            self.account(AccountEvent::Liquidated {
                instrument: of.id,
                qty: closed,
                realised,
            });
        } else {
            self.closed(&of, closed, trade.price);
        }
        let more = traded + closed;
        if !more.is_zero() {
            self.grown(&of, trade, more, None);
        }
    }

    /// Part of a position was closed by somebody else.
    fn closed(&mut self, of: &Instrument, qty: Qty, price: Price) {
        self.holdings.position_mut(of.id).deleverage(of, qty, price);
        self.account(AccountEvent::Deleveraged {
            instrument: of.id,
            qty,
            price,
        });
    }

    /// The account has more than the run made it, or other coins: the books are told, and people.
    fn grown(&mut self, of: &Instrument, trade: &TradeReport, traded: Qty, fee: Option<&Charge>) {
        self.booked(of, trade.price, traded, fee);
        let side = if traded > Qty::ZERO {
            onetape_core::instrument::Side::Buy
        } else {
            onetape_core::instrument::Side::Sell
        };
        if of.kind == InstrumentKind::Spot {
            // Balances are told with it in; later ones are held against that.
            self.holdings
                .move_by(of.base, Money::new(of.qty_decimal(traded)));
            let paid = of.notional(trade.price, traded);
            self.holdings.move_by(of.quote, Money::ZERO - paid);
        } else {
            let position = self.holdings.position_mut(of.id);
            position.fill(of, side, trade.price, traded.abs());
        }
        self.notices.push(Notice::Foreign {
            instrument: of.id,
            qty: traded,
        });
    }

    /// As an event. A balance that was not told yet has what was traded in it already when it is: that opens the books.
    fn booked(&mut self, of: &Instrument, price: Price, qty: Qty, fee: Option<&Charge>) {
        let is_opened = |asset| self.goes_on || self.holdings.is_told(asset);
        let fee = fee.and_then(|fee| Some((self.directory.asset(&fee.asset).ok()?, fee.amount)));
        let fee = fee.filter(|(asset, _)| is_opened(*asset));
        let (fee_asset, fee) = fee.unwrap_or((of.settle(), Money::ZERO));
        let is_spot = of.kind == InstrumentKind::Spot;
        if is_spot && !(is_opened(of.base) && is_opened(of.quote)) {
            return;
        }
        if is_spot {
            self.holdings.move_by(fee_asset, Money::ZERO - fee);
        }
        self.account(AccountEvent::Foreign {
            instrument: of.id,
            qty,
            price,
            fee_asset,
            fee,
        });
    }

    fn fee(&mut self, of: &Instrument, fee: &Charge) {
        let settles = self.directory.asset_name(of.settle()) == Some(fee.asset.as_str());
        if settles && !fee.amount.is_zero() {
            self.account(AccountEvent::LiquidationFee {
                instrument: of.id,
                amount: fee.amount,
            });
        }
    }

    pub(super) fn account(&mut self, event: AccountEvent) {
        self.out.push(Body::Account(event));
    }

    /// Holds the venue's word on a position against ours, with nothing of ours on its way there. What is missing was
    /// closed by the venue; at which price was not told, so the mark is taken. What is still off is given.
    pub(crate) fn compare_position(&mut self, report: &PositionReport) -> Option<Qty> {
        let listed = self.directory.get(report.instrument)?;
        let of = listed.instrument.clone();
        let held = self.holdings.position(of.id).qty;
        let off = self.holdings.position_off(of.id, report.qty);
        if off.is_zero() {
            return None;
        }
        let smaller = report.qty.is_zero() || (report.qty > Qty::ZERO) == (held > Qty::ZERO);
        let smaller = smaller && report.qty.abs() < held.abs();
        let price = report
            .mark
            .or(report.entry)
            .and_then(|mark| on_grid(&of, mark));
        match price {
            Some(price) if smaller => {
                self.closed(&of, -off, price);
                None
            }
            _ => Some(off),
        }
    }

    /// Whether a position is not as ours.
    pub(crate) fn position_differs(&self, report: &PositionReport) -> bool {
        !self
            .holdings
            .position_off(report.instrument, report.qty)
            .is_zero()
    }

    /// What ours and the venue's trades make of a position.
    pub(crate) fn held(&self, id: onetape_core::names::InstrumentId) -> Qty {
        self.holdings.position(id).qty
    }
}

/// The nearest price of an instrument's decimals.
fn on_grid(of: &Instrument, price: Money) -> Option<Price> {
    let scaled = price
        .decimal()
        .round_dp(u32::from(of.price_decimals))
        .checked_mul(rust_decimal::Decimal::from(
            10_u64.checked_pow(u32::from(of.price_decimals))?,
        ))?;
    scaled.to_i64().filter(|it| *it > 0).map(Price::new)
}
