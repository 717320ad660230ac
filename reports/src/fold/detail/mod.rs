//! What a full report needs beyond the figures: what each fill cost beside what was decided on, and how long legs were
//! apart. A [`Fold`](super::Fold) can do without.

mod feeds;
mod live;
mod parts;
mod seen;
mod split;
mod tops;
mod work;

use std::collections::BTreeMap;

use onetape_core::command::{LegRole, Place};
use onetape_core::event::{Fill, Quote};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Qty};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::few::Few;
use super::legs::{LegBook, LegKey};
use super::price::{Halves, Top, cost, exposure};
use super::sparse::less;
use super::standing::Track;
use live::Live;
pub(super) use parts::{LegDetail, marked};
pub(super) use seen::Seen;
pub(super) use split::Split;
use tops::Tops;
pub(super) use work::{Delays, Sent, SentKey, Work, ranked};

/// A fill with what is known of its order.
pub(super) struct Traded<'a> {
    pub(super) ts: Ts,
    pub(super) instrument: &'a Instrument,
    pub(super) place: &'a Place,
    pub(super) fill: &'a Fill,
    /// Signed, without what a fee took of it.
    pub(super) qty: Decimal,
    /// What it cost.
    pub(super) paid: Money,
    pub(super) seen: Seen,
}

/// The fold of the details.
#[derive(Clone, Debug, Default)]
pub(super) struct Detail {
    tops: Tops,
    pub(super) unit: Option<AssetId>,
    live: BTreeMap<(TaskId, u32), Live>,
    now: Ts,
    day: Option<i64>,
    /// What is booked of round trips that are out of the way, by settlement asset.
    pub(super) rested: Few<AssetId, Split>,
    /// What is booked of everything, when the run is over.
    pub(super) booked: BTreeMap<AssetId, Split>,
    pub(super) work: Work,
    /// Quantities at the touches, bid and ask, by instrument.
    sizes: Vec<(Qty, Qty)>,
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
        self.tops = Tops::unseen(names.instruments.len());
        self.sizes = vec![(Qty::ZERO, Qty::ZERO); names.instruments.len()];
        self.unit = super::standing::unit(names);
        self.now = ts;
        self.day = Some(ts.utc_day());
    }

    /// Tops of book were seen.
    pub(super) fn tops(&mut self, tops: &[Quote]) {
        for quote in tops {
            self.tops.see(quote.instrument, Top::of(quote));
            if let Some(sizes) = self.sizes.get_mut(quote.instrument.index()) {
                *sizes = (quote.bid.qty, quote.ask.qty);
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
        self.tops.of(instrument)
    }

    /// True when a day has ended since the last call; [`Detail::end_day`] is to be called then.
    pub(super) fn turns(&mut self, ts: Ts) -> bool {
        self.now = self.now.max(ts);
        self.day.is_some_and(|day| self.now.utc_day() > day)
    }

    /// Ends the running day: when that is.
    pub(super) fn end_day(&mut self) -> Option<Ts> {
        let next = self.day? + 1;
        self.day = Some(next);
        Some(Ts::from_nanos(next.saturating_mul(86_400_000_000_000)))
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
                    decided = live.base.of(place.instrument).or(decided);
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
    pub(super) fn filled(&mut self, traded: &Traded<'_>, book: &mut LegBook) {
        self.maker_fills += u64::from(traded.fill.maker);
        let detail = book.detail.get_or_insert_default();
        self.attribute(traded, detail);
        let fee = traded.fill.fee.value;
        if fee.is_negative() {
            detail.rebates += fee;
        }
        if traded.fill.maker {
            detail.maker_volume += traded.paid.abs();
        }
        self.apart(traded);
    }

    /// What the fill's price is made of.
    fn attribute(&mut self, traded: &Traded<'_>, detail: &mut LegDetail) {
        let (instrument, qty, place) = (traded.instrument, traded.qty, traded.place);
        let paid = traded.paid;
        let price = |top: Top| {
            if traded.fill.maker {
                top.mid()
            } else {
                top.touch(place.side)
            }
        };
        let at = |top: Option<Top>| top.map(|top| cost(instrument, price(top), qty));
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
        opened.tops.of(place.instrument)
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
            let exposed = exposure(instrument, price, qty);
            Some((*key, instrument.base, exposed, gain))
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
