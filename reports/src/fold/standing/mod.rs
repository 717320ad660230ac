//! What stands at the venues over time: balances, what is held of each instrument and what that is worth, how much of
//! it is exposed, and how far it is from a closing by the venue.
//!
//! It follows [`Steps`] and nothing else, so that they can wait, and be taken by another thread than the one that tells
//! them.

mod bands;
mod course;
mod curve;
mod exposure;
mod held;
mod margin;
mod step;
mod track;

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::event::{AccountEvent, Quote};
use onetape_core::ledger::Ledger;
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::detail::Split;
use super::price::{Halves, Top, exposure, top_of};
use super::sparse::plus;
use crate::stats::Falls;
pub(super) use bands::Bands;
pub(super) use course::Course;
pub(super) use curve::{Curve, Net, Stretch};
pub(super) use exposure::{Exposure, Level};
pub(super) use held::LegState;
use held::{Held, Marked, opening, rate};
pub(super) use margin::{Margin, Margins};
pub(super) use step::{Move, Trade, What};
use step::{Step, Steps};
pub(super) use track::{Mids, Part, Track};

/// Capital at the start.
#[derive(Clone, Debug)]
pub(super) struct Capital {
    pub(super) amount: Money,
    pub(super) unvalued: Vec<AssetId>,
}

/// The fold of what stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    names: Arc<Names>,
    pub(super) ledger: Ledger,
    /// What the curve is in: the asset that most instruments settle in.
    unit: Option<AssetId>,
    /// By instrument.
    tops: Vec<Option<Top>>,
    held: Vec<Held>,
    /// The same at the last point of the curve.
    marked: Vec<Marked>,
    pub(super) mids: Vec<Mids>,
    pub(super) curve: Curve,
    pub(super) falls: Option<Falls>,
    pub(super) capital: Option<Capital>,
    /// What was known by asset when each day ended.
    pub(super) days: Vec<(Ts, BTreeMap<AssetId, Split>)>,
    pub(super) exposure: Exposure,
    pub(super) margins: Margins,
}

impl Standing {
    /// Takes steps in their order, and leaves none.
    fn take(&mut self, steps: &mut Steps) {
        let (mut tops, mut moves) = (steps.tops.drain(..), steps.moves.drain(..));
        let (mut trades, mut news) = (steps.trades.drain(..), steps.news.drain(..));
        for Step { at, what } in steps.steps.drain(..) {
            match what {
                What::Started(names) => self.started(names),
                What::Tops(seen) => tops.by_ref().take(seen).for_each(|top| self.see(at, &top)),
                What::Traded => {
                    if let Some(trade) = trades.next() {
                        self.traded(&trade);
                    }
                }
                What::News => {
                    if let Some((news, realised)) = news.next() {
                        self.news(&news, realised);
                    }
                }
                What::Moved(instrument, price) => {
                    if let Some(leg) = moves.next() {
                        self.moved(at, instrument, &leg, price);
                    }
                }
                What::Point => self.point(at),
                What::Over => self.over(at),
                What::Day(day) => {
                    let (ends, known) = *day;
                    self.day(ends, known);
                }
            }
        }
    }

    fn started(&mut self, names: Arc<Names>) {
        let instruments = names.instruments.len();
        self.tops = vec![None; instruments];
        self.held = vec![Held::default(); instruments];
        self.mids = vec![Mids::default(); instruments];
        self.unit = unit(&names);
        self.names = names;
    }

    /// A top of book was seen.
    fn see(&mut self, at: Ts, quote: &Quote) {
        let place = quote.instrument.index();
        let Some(slot) = self.tops.get_mut(place) else {
            return;
        };
        *slot = Top::of(quote);
        if let (Some(top), Some(mids)) = (slot, self.mids.get_mut(place)) {
            mids.see(at, top.mid().mantissa());
        }
    }

    fn traded(&mut self, trade: &Trade) {
        if let Some(known) = self.names.instruments.get(trade.instrument.index()) {
            (self.ledger).fill(known, trade.side, &trade.fill, trade.realised);
        }
    }

    fn news(&mut self, news: &AccountEvent, realised: Money) {
        let ledger = &mut self.ledger;
        let known = |id: InstrumentId| self.names.instruments.get(id.index());
        match *news {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => ledger.balance(venue, asset, total),
            AccountEvent::Funding {
                instrument, amount, ..
            } => {
                if let Some(instrument) = known(instrument) {
                    ledger.funding(instrument, amount);
                }
            }
            AccountEvent::Liquidated { instrument, .. }
            | AccountEvent::Deleveraged { instrument, .. } => {
                if let Some(instrument) = known(instrument) {
                    ledger.liquidation(instrument, realised);
                }
            }
            AccountEvent::LiquidationFee { instrument, amount } => {
                if let Some(instrument) = known(instrument) {
                    ledger.liquidation_fee(instrument, amount);
                }
            }
            AccountEvent::Foreign {
                instrument,
                qty,
                price,
                fee_asset,
                fee,
            } => {
                if let Some(instrument) = known(instrument) {
                    ledger.foreign(instrument, qty, price, realised, (fee_asset, fee));
                }
            }
        }
    }

    /// A leg went from one state to another.
    fn moved(&mut self, at: Ts, id: InstrumentId, [before, after]: &Move, price: Halves) {
        let names = &*self.names;
        let known = names.instruments.get(id.index());
        let (Some(instrument), Some(held)) = (known, self.held.get_mut(id.index())) else {
            return;
        };
        held.moved(before, after);
        let price = top_of(&self.tops, id).map_or(price, Top::mid);
        let base = Money::new(exposure(instrument, price, held.qty())).to_f64();
        // In the curve's unit, where something tells what the quote is worth in it.
        let worth = self
            .unit
            .and_then(|unit| rate(names, &self.tops, instrument.quote, unit));
        let worth = worth.map_or(1.0, |worth| Money::new(worth).to_f64());
        let value = base * price.to_f64(instrument) * worth;
        self.exposure.advance(at);
        self.exposure
            .set(at, instrument, (value, base), &names.instruments);
    }

    /// Adds a point to the curve.
    fn point(&mut self, at: Ts) {
        let mut marked = std::mem::take(&mut self.marked);
        marked.clear();
        marked.extend(self.marks());
        let net = self.net_of(marked.iter().copied());
        self.curve.push(at, net);
        self.begin(at);
        self.margins
            .see(&self.names, &self.held, &marked, &self.ledger);
        self.marked = marked;
        let capital = self
            .capital
            .as_ref()
            .map_or(Money::ZERO, |capital| capital.amount);
        if let Some(falls) = &mut self.falls {
            falls.push(at, (capital + net.mid).to_f64());
        }
    }

    /// Values what the accounts held at first, once.
    fn begin(&mut self, at: Ts) {
        if self.capital.is_none()
            && let Some(unit) = self.unit
        {
            let rows = self.ledger.rows();
            let (amount, unvalued) = opening(&self.names, &self.tops, rows, unit);
            self.falls = Falls::from(at, amount.to_f64());
            self.capital = Some(Capital { amount, unvalued });
        }
    }

    /// A day ends; what its parts leave of the net is dust.
    fn day(&mut self, ends: Ts, mut known: BTreeMap<AssetId, Split>) {
        let net = self.net();
        self.curve.close(ends, net);
        for (asset, split) in &mut known {
            split.close(self.net_in(*asset).conservative);
        }
        self.days.pop_if(|(last, _)| *last == ends);
        self.days.push((ends, known));
    }

    /// The run is over.
    fn over(&mut self, at: Ts) {
        self.begin(at);
        self.exposure.advance(at);
    }

    /// Net in one settlement asset.
    fn net_in(&self, asset: AssetId) -> Net {
        let mut sum = Net::default();
        for (instrument, Marked { net, .. }) in self.names.instruments.iter().zip(self.marks()) {
            if instrument.settle() == asset {
                plus(&mut sum.conservative, net.conservative);
                plus(&mut sum.mid, net.mid);
            }
        }
        sum
    }

    /// What is held of each instrument at its top.
    fn marks(&self) -> impl Iterator<Item = Marked> + '_ {
        let held = self.names.instruments.iter().zip(&self.held);
        held.map(|(instrument, held)| held.marked(instrument, top_of(&self.tops, instrument.id)))
    }

    /// Net in the unit of the curve.
    pub(super) fn net(&self) -> Net {
        self.net_of(self.marks())
    }

    fn net_of(&self, marked: impl Iterator<Item = Marked>) -> Net {
        let mut sum = Net::default();
        let Some(unit) = self.unit else { return sum };
        for (instrument, Marked { net, .. }) in self.names.instruments.iter().zip(marked) {
            let asset = instrument.settle();
            if asset == unit {
                plus(&mut sum.conservative, net.conservative);
                plus(&mut sum.mid, net.mid);
            } else if !(net.mid.is_zero() && net.conservative.is_zero())
                && let Some(rate) = rate(&self.names, &self.tops, asset, unit)
            {
                sum.conservative += net.conservative.times(rate).in_decimals(12);
                sum.mid += net.mid.times(rate).in_decimals(12);
            }
        }
        sum
    }
}

/// The asset that most instruments settle in; of equals, the first.
pub(super) fn unit(names: &Names) -> Option<AssetId> {
    let mut counts: BTreeMap<AssetId, usize> = BTreeMap::new();
    for instrument in &names.instruments {
        *counts.entry(instrument.settle()).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts
        .into_iter()
        .find(|(_, count)| *count == most)
        .map(|(asset, _)| asset)
}
