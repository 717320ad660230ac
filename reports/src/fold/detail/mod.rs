//! What a full report needs beyond the figures: what each fill cost beside what was decided on, net over time, and how
//! long legs were apart. A [`Fold`](super::Fold) can do without.

mod bands;
mod curve;
mod feeds;
mod held;
mod live;
mod margin;
mod parts;
mod price;
mod seen;
mod split;
mod track;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::command::{LegRole, Place};
use onetape_core::event::{Fill, Quote};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::ledger::Ledger;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Qty};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::few::Few;
use super::legs::{LegBook, LegKey};
use super::sparse::{less, plus};
use crate::stats::Falls;
pub(super) use bands::Bands;
pub(super) use curve::{Curve, Net, Stretch};
pub(super) use held::{Held, LegState, Marked, opening, rate};
use live::{Live, Tops, float, top_of};
pub(super) use margin::{Margin, Margins};
pub(super) use parts::{LegDetail, marked};
pub(super) use price::{Halves, Top, cost};
pub(super) use seen::Seen;
pub(super) use split::Split;
pub(super) use track::{Mids, Part, Track};
pub(super) use work::{Delays, Exposure, Level, Sent, SentKey, Work, ranked};

/// Capital at the start.
#[derive(Clone, Debug)]
pub(super) struct Capital {
    pub(super) amount: Money,
    pub(super) unvalued: Vec<AssetId>,
}

/// A fill with what is known of its order.
pub(super) struct Traded<'a> {
    pub(super) ts: Ts,
    pub(super) instrument: &'a Instrument,
    pub(super) place: &'a Place,
    pub(super) fill: &'a Fill,
    /// Signed, without what a fee took of it.
    pub(super) qty: Decimal,
    pub(super) seen: Seen,
    pub(super) before: LegState,
}

/// The fold of the details.
#[derive(Clone, Debug, Default)]
pub(super) struct Detail {
    pub(super) tops: Tops,
    pub(super) unit: Option<AssetId>,
    pub(super) held: Vec<Held>,
    /// The same at the last point of the curve.
    marked: Vec<Marked>,
    live: BTreeMap<(TaskId, u32), Live>,
    now: Ts,
    day: Option<i64>,
    pub(super) curve: Curve,
    pub(super) falls: Option<Falls>,
    pub(super) capital: Option<Capital>,
    /// Sums by settlement asset of what is booked; what is open is not in them.
    pub(super) booked: Few<AssetId, Split>,
    /// What was known by asset when each day ended.
    pub(super) days: Vec<(Ts, BTreeMap<AssetId, Split>)>,
    pub(super) work: Work,
    pub(super) exposure: Exposure,
    /// By instrument.
    pub(super) mids: Vec<Mids>,
    /// Quantities at the touches, bid and ask, by instrument.
    sizes: Vec<(Qty, Qty)>,
    pub(super) margins: Margins,
    /// Value of all round trips that is not hedged.
    unhedged_now: f64,
    pub(super) unhedged: Track,
    /// Funding so far in the unit, and the rates that were settled.
    funding_sum: f64,
    pub(super) funding: Track,
    pub(super) funding_rate: Track,
    /// Fills whose order was decided on without a top that is known.
    pub(super) unseen: u64,
    pub(super) maker_fills: u64,
}

impl Detail {
    /// The run's names are known.
    pub(super) fn started(&mut self, names: &Names, ts: Ts) {
        self.tops = Arc::new(vec![None; names.instruments.len()]);
        self.held = vec![Held::default(); names.instruments.len()];
        self.mids = vec![Mids::default(); names.instruments.len()];
        self.sizes = vec![(Qty::ZERO, Qty::ZERO); names.instruments.len()];
        self.unit = unit(names);
        self.now = ts;
        self.day = Some(ts.utc_day());
    }

    /// Tops of book were seen.
    pub(super) fn tops(&mut self, tops: &[Quote]) {
        let known = Arc::make_mut(&mut self.tops);
        for quote in tops {
            let place = quote.instrument.index();
            if let Some(slot) = known.get_mut(place) {
                *slot = Top::of(quote);
                if let (Some(top), Some(mids)) = (slot, self.mids.get_mut(place)) {
                    mids.see(self.now, top.mid().mantissa());
                }
                if let Some(sizes) = self.sizes.get_mut(place) {
                    *sizes = (quote.bid.qty, quote.ask.qty);
                }
            }
        }
    }

    /// Funding was settled.
    pub(super) fn funded(&mut self, instrument: &Instrument, amount: Money, rate: Money) {
        if Some(instrument.settle()) == self.unit {
            self.funding_sum += amount.to_f64();
            self.funding.push(self.now, self.funding_sum);
            self.funding_rate.push(self.now, rate.to_f64());
        }
    }

    pub(super) fn top(&self, instrument: InstrumentId) -> Option<Top> {
        top_of(&self.tops, instrument)
    }

    /// True when a day has ended since the last call; [`Detail::end_day`] is to be called then.
    pub(super) fn turns(&mut self, ts: Ts) -> bool {
        self.now = self.now.max(ts);
        self.day.is_some_and(|day| self.now.utc_day() > day)
    }

    /// Ends the running day, with what is open then.
    pub(super) fn end_day(&mut self, names: &Names, open: BTreeMap<AssetId, Split>) {
        let Some(day) = self.day else { return };
        let next = day + 1;
        let at = Ts::from_nanos(next.saturating_mul(86_400_000_000_000));
        self.day = Some(next);
        self.close_at(names, at, open);
    }

    /// Ends the running day early: the run is over.
    pub(super) fn close_at(&mut self, names: &Names, at: Ts, open: BTreeMap<AssetId, Split>) {
        let net = self.net(names);
        self.curve.close(at, net);
        let booked = self.booked.iter();
        let mut known: BTreeMap<AssetId, Split> =
            booked.map(|(asset, split)| (*asset, *split)).collect();
        for (asset, split) in &open {
            known.entry(*asset).or_default().add(split);
        }
        for (asset, split) in &mut known {
            split.close(self.net_in(names, *asset).conservative);
        }
        self.days.pop_if(|(known, _)| *known == at);
        self.days.push((at, known));
    }

    /// Net in one settlement asset.
    pub(super) fn net_in(&self, names: &Names, asset: AssetId) -> Net {
        let mut sum = Net::default();
        for (instrument, held) in names.instruments.iter().zip(&self.held) {
            if instrument.settle() == asset {
                let net = held.marked(instrument, self.top(instrument.id)).net;
                plus(&mut sum.conservative, net.conservative);
                plus(&mut sum.mid, net.mid);
            }
        }
        sum
    }

    /// What is held of each instrument at its top.
    fn marks<'a>(&'a self, names: &'a Names) -> impl Iterator<Item = Marked> + 'a {
        let held = names.instruments.iter().zip(&self.held);
        held.map(|(instrument, held)| held.marked(instrument, self.top(instrument.id)))
    }

    /// Net in the unit of the curve.
    pub(super) fn net(&self, names: &Names) -> Net {
        self.net_of(names, self.marks(names))
    }

    fn net_of(&self, names: &Names, marked: impl Iterator<Item = Marked>) -> Net {
        let mut sum = Net::default();
        let Some(unit) = self.unit else { return sum };
        for (instrument, Marked { net, .. }) in names.instruments.iter().zip(marked) {
            let asset = instrument.settle();
            if asset == unit {
                plus(&mut sum.conservative, net.conservative);
                plus(&mut sum.mid, net.mid);
            } else if !(net.mid.is_zero() && net.conservative.is_zero())
                && let Some(rate) = rate(names, &self.tops, asset, unit)
            {
                sum.conservative += net.conservative.times(rate).in_decimals(12);
                sum.mid += net.mid.times(rate).in_decimals(12);
            }
        }
        sum
    }

    /// Adds a point to the curve.
    pub(super) fn point(&mut self, names: &Names, ledger: &Ledger) {
        let mut marked = std::mem::take(&mut self.marked);
        marked.clear();
        marked.extend(self.marks(names));
        let net = self.net_of(names, marked.iter().copied());
        self.curve.push(self.now, net);
        self.begin(names, ledger);
        self.margins.see(names, &self.held, &marked, ledger);
        self.marked = marked;
        let capital = self
            .capital
            .as_ref()
            .map_or(Money::ZERO, |capital| capital.amount);
        if let Some(falls) = &mut self.falls {
            falls.push(self.now, (capital + net.mid).to_f64());
        }
    }

    /// Values what the accounts held at first, once.
    pub(super) fn begin(&mut self, names: &Names, ledger: &Ledger) {
        if self.capital.is_none()
            && let Some(unit) = self.unit
        {
            let (amount, unvalued) = opening(names, &self.tops, ledger.rows(), unit);
            self.falls = Falls::from(self.now, amount.to_f64());
            self.capital = Some(Capital { amount, unvalued });
        }
    }

    /// An order leaves; what was seen then.
    pub(super) fn placed(&mut self, instrument: &Instrument, place: &Place, ts: Ts) -> Seen {
        self.work.placed(place);
        let mut decided = self.top(place.instrument);
        if place.tag.trip != 0 {
            let touch = self.touch(instrument, place);
            let live = self.live.entry((place.task, place.tag.trip)).or_default();
            live.sends(place.tag.leg);
            if place.tag.role.opens() {
                live.sees_touch(touch);
            }
            match &live.opened {
                // It answers a fill: it was meant when the order that filled was.
                Some(opened) if opened.leg != place.tag.leg => {
                    decided = top_of(&live.base, place.instrument).or(decided);
                }
                _ => live.base = self.tops.clone(),
            }
        }
        Seen {
            decided_at: ts,
            decided,
            ..Seen::default()
        }
    }

    /// Value of what stands at the touch that an order would take.
    fn touch(&self, instrument: &Instrument, place: &Place) -> Option<f64> {
        let top = self.top(place.instrument)?;
        let (bid, ask) = self.sizes.get(place.instrument.index())?;
        let (price, qty) = match place.side {
            Side::Buy => (top.ask, *ask),
            Side::Sell => (top.bid, *bid),
        };
        Some(instrument.notional(price, qty).abs().to_f64())
    }

    /// True when a task has no round trip open.
    pub(super) fn is_idle(&self, task: TaskId) -> bool {
        self.live
            .range((task, 0)..=(task, u32::MAX))
            .next()
            .is_none()
    }

    /// Books a fill on its leg, which its book has already.
    pub(super) fn filled(&mut self, names: &Names, traded: &Traded<'_>, book: &mut LegBook) {
        let instrument = traded.instrument;
        let after = book.state();
        self.maker_fills += u64::from(traded.fill.maker);
        let detail = book.detail.get_or_insert_default();
        let shadow = detail.shadow.realised;
        let mut split = Split::default();
        self.attribute(traded, detail, &mut split);
        split.edge = less(detail.shadow.realised, shadow);
        let fee = traded.fill.fee.value;
        let paid = if fee.is_negative() {
            &mut split.rebates
        } else {
            &mut split.fees
        };
        *paid = -fee;
        if fee.is_negative() {
            detail.rebates += fee;
        }
        if traded.fill.maker {
            let value = cost(instrument, Halves::from(traded.fill.price), traded.qty);
            detail.maker_volume += value.abs();
        }
        self.booked.of(instrument.settle()).add(&split);
        self.held(
            names,
            instrument,
            &traded.before,
            &after,
            traded.fill.price.into(),
        );
        self.apart(traded);
    }

    /// What the fill's price is made of.
    fn attribute(&mut self, traded: &Traded<'_>, detail: &mut LegDetail, split: &mut Split) {
        let (instrument, qty, place) = (traded.instrument, traded.qty, traded.place);
        let price = |top: Top| {
            if traded.fill.maker {
                top.mid()
            } else {
                top.touch(place.side)
            }
        };
        let at = |top: Option<Top>| top.map(|top| cost(instrument, price(top), qty));
        let paid = cost(instrument, Halves::from(traded.fill.price), qty);
        self.unseen += u64::from(traded.seen.decided.is_none());
        let mut parts = parts::Parts::default();
        let meant = if place.tag.role == LegRole::Repair {
            let opens = |part: Decimal| match traded.seen.decided {
                Some(top) => cost(instrument, price(top), part),
                None => cost(instrument, Halves::from(traded.fill.price), part),
            };
            let meant = detail.shadow.even(qty, opens);
            parts.repair = meant - paid;
            meant
        } else {
            let last = if traded.fill.maker {
                self.top(place.instrument)
            } else {
                traded.seen.arrived
            };
            let last = at(last).unwrap_or(paid);
            let opened = at(self.opened(traded));
            let meant = at(traded.seen.decided).or(opened).unwrap_or(last);
            parts.delay = less(meant, opened.unwrap_or(last));
            parts.legging = opened.map_or(Money::ZERO, |opened| less(opened, last));
            let end = if traded.fill.maker {
                &mut parts.spread
            } else {
                &mut parts.slippage
            };
            *end = less(last, paid);
            meant
        };
        detail.shadow.trade(qty, meant);
        detail.parts.add(&parts);
        split.parts = parts;
    }

    /// The top when another leg's fill set the legs apart, where that was before this order's venue had it.
    fn opened(&self, traded: &Traded<'_>) -> Option<Top> {
        let place = traded.place;
        let live = self.live.get(&(place.task, place.tag.trip))?;
        let opened = live.opened.as_ref()?;
        let there = traded.seen.answered_at.is_some_and(|at| at <= opened.at);
        if opened.leg == place.tag.leg || there {
            return None;
        }
        top_of(&opened.tops, place.instrument)
    }

    /// A leg went from one state to another.
    pub(super) fn held(
        &mut self,
        names: &Names,
        instrument: &Instrument,
        before: &LegState,
        after: &LegState,
        price: Halves,
    ) {
        let Some(held) = self.held.get_mut(instrument.id.index()) else {
            return;
        };
        held.moved(before, after);
        let price = top_of(&self.tops, instrument.id).map_or(price, Top::mid);
        let net = held.qty();
        let base = float(live::exposure(instrument, price, net));
        // In the curve's unit, where something tells what the quote is worth in it.
        let worth = self
            .unit
            .and_then(|unit| rate(names, &self.tops, instrument.quote, unit));
        let value = base * price.to_f64(instrument) * worth.map_or(1.0, float);
        self.exposure.advance(self.now);
        self.exposure
            .set(self.now, instrument, (value, base), &names.instruments);
    }

    /// A leg of a cycle stands as the cycle left it.
    pub(super) fn went_round(
        &mut self,
        names: &Names,
        instrument: &Instrument,
        (was, then): (&LegState, &LegDetail),
        book: &mut LegBook,
    ) {
        let is = book.state();
        let known = book.detail.get_or_insert_default();
        known.follow(&is);
        let came = known.booked(&is).since(&then.booked(was));
        self.booked.of(instrument.settle()).add(&came);
        let price = Halves::from(onetape_core::num::Price::new(0));
        self.held(names, instrument, was, &is, price);
    }

    fn apart(&mut self, traded: &Traded<'_>) {
        let place = traded.place;
        if place.tag.trip == 0 {
            return;
        }
        let live = self.live.entry((place.task, place.tag.trip)).or_default();
        let price = Halves::from(traded.fill.price);
        let (leg, now) = (place.tag.leg, traded.ts);
        let before = live.unhedged();
        let hedged = live.fill(now, leg, traded.instrument, (price, traded.qty), &self.tops);
        let after = live.unhedged();
        self.work.hedges.extend(hedged);
        self.parts_by(after - before);
    }

    /// So much more is not hedged.
    fn parts_by(&mut self, more: f64) {
        if more != 0.0 {
            self.unhedged_now += more;
            // What floats leave of sums that cancel is nothing.
            if self.unhedged_now.abs() < 1e-6 {
                self.unhedged_now = 0.0;
            }
            self.unhedged.push(self.now, self.unhedged_now);
        }
    }

    /// A round trip is flat; the value that stood at the touches of its entry.
    pub(super) fn closed(&mut self, task: TaskId, trip: u32) -> Option<f64> {
        let live = self.live.remove(&(task, trip))?;
        self.work.ended(&live);
        self.parts_by(-live.unhedged());
        live.touch()
    }

    /// The run is over: what is open stays so.
    pub(super) fn ended(&mut self) {
        let now = self.now;
        self.exposure.advance(now);
        for live in self.live.values_mut() {
            live.advance(now);
            self.work.ended(live);
        }
        self.live.clear();
    }

    /// The time of the last news.
    pub(super) const fn now(&self) -> Ts {
        self.now
    }
}

/// The asset that most instruments settle in; of equals, the first.
fn unit(names: &Names) -> Option<AssetId> {
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

/// What is open of legs, by leg: the mark's change since the decision, of what is hedged and of what is not.
pub(super) fn open_parts<'a>(
    names: &Names,
    top: impl Fn(InstrumentId) -> Option<Top>,
    legs: impl Iterator<Item = (&'a LegKey, &'a LegBook)>,
) -> Vec<(LegKey, Money, Money)> {
    let mut open: Vec<_> = legs
        .filter_map(|(key, book)| {
            let instrument = names.instruments.get(key.instrument.index())?;
            let (top, detail) = (top(key.instrument)?, book.detail.as_ref()?);
            let qty = book.position.qty;
            let price = top.exit(qty);
            let gain = marked(instrument, &detail.shadow, price, qty);
            let exposure = live::exposure(instrument, price, qty);
            Some((*key, instrument.base, exposure, gain))
        })
        .filter(|(_, _, exposure, _)| !exposure.is_zero())
        .collect();
    open.sort_by_key(|(key, ..)| *key);
    let trips =
        open.chunk_by(|(one, ..), (other, ..)| (one.task, one.trip) == (other.task, other.trip));
    trips.flat_map(open_parts_of).collect()
}

/// The same of the open legs of one round trip.
fn open_parts_of(legs: &[(LegKey, AssetId, Decimal, Money)]) -> Vec<(LegKey, Money, Money)> {
    let part = |(key, base, exposure, gain): &(LegKey, AssetId, Decimal, Money)| {
        let side = |up: bool| {
            let same = legs
                .iter()
                .filter(|(_, asset, own, _)| asset == base && own.is_sign_positive() == up);
            same.map(|(_, _, own, _)| own.abs()).sum::<Decimal>()
        };
        let (own, other) = (
            side(exposure.is_sign_positive()),
            side(!exposure.is_sign_positive()),
        );
        let hedged = if key.trip == 0 {
            Decimal::ZERO
        } else {
            other.min(own)
        };
        let basis = if hedged == own {
            *gain
        } else {
            onetape_core::position::share_of_cost(*gain, hedged, own)
        };
        (*key, basis, *gain - basis)
    };
    legs.iter().map(part).collect()
}
