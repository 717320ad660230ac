//! What an order needs: which assets, and how much of them at most, fees and margin included.

use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

use rust_decimal::Decimal;

use crate::command::Place;
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::names::{AssetId, InstrumentId, VenueId};
use crate::num::{Bps, Money, Price, Qty};
use crate::risk::RiskView;
use crate::state::{Loader, RestoreError, Saver, Value};

/// What a venue asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueTerms {
    /// Where.
    pub venue: VenueId,
    /// The highest fee on a fill.
    pub fee: Bps,
    /// In what it is charged.
    pub charged: FeeIn,
    /// Value of a future over its initial margin.
    pub leverage: u32,
}

/// In what a venue charges its fees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeeIn {
    /// In the quote asset; a future's in its settlement asset.
    #[default]
    Quote,
    /// In what the fill brings.
    Received,
    /// In one asset of a fixed worth.
    Fixed(AssetId, Decimal),
    /// In one asset, worth what an instrument's book says.
    Quoted(AssetId, InstrumentId),
}

/// An amount of an asset at a venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Where.
    pub venue: VenueId,
    /// Of what.
    pub asset: AssetId,
    /// How much, positive.
    pub amount: Money,
}

crate::value!(struct Need { venue, asset, amount });

/// What one order needs: what it is paid with, and what its fee is paid in where that is another asset. They are in
/// place: an order has them worked out several times, and room for them would cost as much as the working out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    all: [Need; 2],
    len: usize,
}

impl Needs {
    /// Adds an amount; two of one asset at one venue are one.
    fn add(&mut self, need: Need) {
        if need.amount.is_zero() {
            return;
        }
        let same = |known: &&mut Need| (known.venue, known.asset) == (need.venue, need.asset);
        match self.iter_mut().find(same) {
            Some(known) => known.amount += need.amount,
            None => {
                self.all[self.len] = need;
                self.len += 1;
            }
        }
    }
}

impl Deref for Needs {
    type Target = [Need];
    fn deref(&self) -> &[Need] {
        &self.all[..self.len]
    }
}

impl DerefMut for Needs {
    fn deref_mut(&mut self) -> &mut [Need] {
        &mut self.all[..self.len]
    }
}

impl Value for Needs {
    fn put(&self, out: &mut Saver) {
        self.to_vec().put(out);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        let known: Vec<Need> = Value::get(from)?;
        let mut needs = Self::default();
        let room = needs.all.get_mut(..known.len());
        room.ok_or(RestoreError::Malformed("needs of an order"))?
            .copy_from_slice(&known);
        needs.len = known.len();
        Ok(needs)
    }
}

/// An order as far as its needs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    /// The price at which it needs most.
    pub(super) price: Price,
    /// What of it opens or grows a futures position; all of it on spot.
    pub(super) opens: Qty,
}

crate::value!(struct Claim { instrument, side, price, opens });

impl Claim {
    /// Of an order of which `left` may trade.
    pub(super) fn new(place: &Place, left: Qty, view: &RiskView<'_>) -> Self {
        let instrument = view.names.instrument(place.instrument);
        let touch = view.market.instrument(place.instrument).touch(place.side);
        let touch = touch.map(|level| level.price);
        let limit = place.limit.or(touch).unwrap_or_default();
        let touch = touch.unwrap_or(limit);
        let price = match (instrument.kind, place.side) {
            (InstrumentKind::Inverse, _) => limit.min(touch),
            (_, Side::Buy) => limit,
            (_, Side::Sell) => limit.max(touch),
        };
        Self {
            instrument: place.instrument,
            side: place.side,
            price,
            opens: opening_part(instrument, place, left, view),
        }
    }

    /// What it needs while `left` of it may still trade. What closes trades first: margin is needed for the rest.
    pub(super) fn needs(&self, left: Qty, terms: &[VenueTerms], view: &RiskView<'_>) -> Needs {
        let instrument = view.names.instrument(self.instrument);
        let venue = instrument.venue;
        let opens = self.opens.min(left);
        if opens <= Qty::ZERO {
            return Needs::default();
        }
        let mut needs = Needs::default();
        let terms = terms.iter().find(|terms| terms.venue == venue);
        let value = instrument.cost(self.price, opens).abs();
        let (asset, amount) = match (instrument.kind, self.side) {
            (InstrumentKind::Spot, Side::Buy) => (instrument.quote, value),
            (InstrumentKind::Spot, Side::Sell) => {
                (instrument.base, Money::new(instrument.qty_decimal(opens)))
            }
            _ => {
                let leverage = Decimal::from(terms.map_or(1, |terms| terms.leverage.max(1)));
                let margin = value.decimal().checked_div(leverage);
                (instrument.settle(), Money::new(margin.unwrap_or_default()))
            }
        };
        needs.add(Need {
            venue,
            asset,
            amount,
        });
        if let Some(terms) = terms {
            self.add_fee(&mut needs, terms, value, view);
        }
        needs
    }

    fn add_fee(&self, needs: &mut Needs, terms: &VenueTerms, value: Money, view: &RiskView<'_>) {
        let instrument = view.names.instrument(self.instrument);
        // The rate has ten decimals, nearly all of them zeros that every sum would carry on.
        let fee = value.times(terms.fee.to_decimal()).trimmed();
        let fee = fee.max(Money::ZERO);
        let spot = instrument.kind == InstrumentKind::Spot;
        let (asset, amount) = match terms.charged {
            // What a spot fill brings pays for it.
            FeeIn::Received if spot => return,
            FeeIn::Quote if spot && self.side == Side::Sell => return,
            FeeIn::Quote if spot => (instrument.quote, fee),
            FeeIn::Quote | FeeIn::Received => (instrument.settle(), fee),
            FeeIn::Fixed(asset, worth) => (asset, per(fee, worth)),
            FeeIn::Quoted(asset, source) => {
                let top = view.market.instrument(source).last_top();
                let worth = top.map_or(Decimal::ZERO, |top| {
                    view.names.instrument(source).price_decimal(top.bid.price)
                });
                (asset, per(fee, worth))
            }
        };
        let venue = terms.venue;
        needs.add(Need {
            venue,
            asset,
            amount,
        });
    }
}

/// What money buys of something worth `worth`; where that is not known the money's own number, which is no less than
/// what is needed of anything dearer than money.
fn per(money: Money, worth: Decimal) -> Money {
    money
        .decimal()
        .checked_div(worth)
        .map_or(money, |amount| Money::new(amount.round_dp(18)))
}

/// What of an order opens or grows a futures position, with what is on its way to close it already; all of it on spot.
fn opening_part(instrument: &Instrument, place: &Place, left: Qty, view: &RiskView<'_>) -> Qty {
    let held = view.positions[place.instrument.index()].qty;
    let traded = place.side.signed(left);
    let same_way = held.is_zero() || (held > Qty::ZERO) == (traded > Qty::ZERO);
    if instrument.kind == InstrumentKind::Spot || same_way {
        return left;
    }
    let others = view.orders.open(place.instrument, place.side);
    // A change of an order is among the open ones itself.
    let own = view
        .orders
        .get(place.order)
        .map_or(Qty::ZERO, crate::order::Order::exposure);
    let closable = (held.abs() - (others - own)).max(Qty::ZERO);
    (left - closable).max(Qty::ZERO)
}
