//! The slices in which the position is built, moved and closed.

use rust_decimal::Decimal;

use super::rule::ThreeVenues;
use crate::instrument::{Instrument, Side};
use crate::num::{Bps, Qty};
use crate::saga::{LegPlan, marketable_limit};
use crate::strategies::multi_spot::SpotEdges;
use crate::strategies::pair::inventory::affordable;
use crate::strategies::pair::params::share_of_depth;
use crate::strategies::pair::sizing::{Size, Sizing};
use crate::strategy::{Context, Params};

/// The position that is asked for, in base units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// At each spot venue.
    pub(super) spots: [Decimal; 2],
    /// The most that may be out of balance.
    pub(super) band: Decimal,
    pub(super) sizing: Sizing,
}

impl Wanted {
    pub(super) fn of(params: &Params) -> Self {
        let quantity = params.decimal("quantity").unwrap_or_default();
        let part = |name| params.bps(name).unwrap_or_default().to_decimal();
        let arbitrage = quantity * part("arbitrage_share_bps");
        let band = quantity * part("band_bps");
        Self {
            spots: [quantity - arbitrage, arbitrage],
            band,
            sizing: Sizing {
                size: Size::Quantity(band),
                depth: share_of_depth(params),
                max_slippage: params.bps("max_slippage_bps").unwrap_or_default(),
            },
        }
    }
}

impl ThreeVenues {
    /// What is held at a spot venue, in base units.
    pub(super) fn held(&self, spot: usize) -> Decimal {
        let instrument = &self.spots[spot];
        instrument.qty_decimal(self.held_qty(spot))
    }

    pub(super) fn held_qty(&self, spot: usize) -> Qty {
        let mut legs = self.saga.legs().iter();
        let leg = legs.find(|leg| leg.instrument == self.spots[spot].id);
        leg.map_or(Qty::ZERO, |leg| leg.position.qty)
    }

    /// What is still to be bought at a spot venue. What moved away from it is held at the other one.
    pub(super) fn missing(&self, spot: usize) -> Decimal {
        let at_both = self.wanted.spots[0] + self.wanted.spots[1] - self.held(0) - self.held(1);
        at_both.min(self.wanted.spots[spot] - self.held(spot))
    }

    /// Spot to buy and futures to sell, at most what is still wanted at a venue.
    pub(super) fn plan_build(
        &self,
        cx: &Context<'_, SpotEdges>,
        spot: usize,
    ) -> Option<[LegPlan; 2]> {
        let legs = [(&self.spots[spot], Side::Buy), (&self.futures, Side::Sell)];
        self.wanted.sizing.plan_entry(cx, legs, self.missing(spot))
    }

    /// Spot to sell and futures to buy back, of the venue that holds more.
    pub(super) fn plan_close(&self, cx: &Context<'_, SpotEdges>) -> Option<[LegPlan; 2]> {
        let more = usize::from(self.held(1) > self.held(0));
        let legs = [(&self.spots[more], Side::Sell), (&self.futures, Side::Buy)];
        self.wanted.sizing.plan_within(cx, legs, self.held(more))
    }

    /// What to sell at one spot venue and to buy at the other: the same base quantity, no more than the band, what is
    /// held, what both books show and what the other venue's money pays for.
    pub(super) fn plan_shift(
        &self,
        cx: &Context<'_, SpotEdges>,
        from: usize,
    ) -> Option<(Qty, LegPlan)> {
        let (sold, bought) = (&self.spots[from], &self.spots[1 - from]);
        let slippage = self.wanted.sizing.max_slippage;
        let fee = |spot: usize| -> Bps { self.fees[spot] };
        let paid = affordable(cx, (bought, Side::Buy), fee(1 - from), slippage)?;
        let lies = affordable(cx, (sold, Side::Sell), fee(from), slippage)?;
        let most = self.held(from).min(paid).min(lies);
        let legs = [(sold, Side::Sell), (bought, Side::Buy)];
        let [sell, buy] = self.wanted.sizing.plan_within(cx, legs, most)?;
        Some((sell.qty, buy))
    }

    /// True when so little is left that one slice closes it.
    pub(super) fn is_last_slice(&self) -> bool {
        self.held(0) + self.held(1) <= self.wanted.band
    }

    /// True when what is still to be bought at a spot venue is enough for its minima.
    pub(super) fn has_room(&self, cx: &Context<'_, SpotEdges>, spot: usize) -> bool {
        let instrument: &Instrument = &self.spots[spot];
        let missing = instrument.floor_qty(self.missing(spot));
        let price = marketable_limit(cx, instrument.id, Side::Buy, Bps::default());
        let value = price.map(|price| instrument.notional(price, missing));
        missing > Qty::ZERO
            && missing >= instrument.min_qty
            && value.is_none_or(|value| value >= instrument.min_notional)
    }
}
