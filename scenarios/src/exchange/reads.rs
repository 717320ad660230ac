//! What is asked of the market and of the past.

use onetape_adapters::server::call::Past;
use onetape_adapters::server::reply::Reply;
use onetape_adapters::server::state::{FeeState, MarkState, Print, Stretch};
use onetape_adapters::server::wrong::Wrong;
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Qty};
use onetape_core::time::{Span, Ts};
use onetape_sim::{FUNDING_INTERVAL, valuation};

use super::Exchange;
use super::bars::MINUTE;

/// Entries of an answer that asks for no number of them.
const ANSWERED: usize = 500;

impl Exchange {
    /// The instruments that a list means: all of the venue where it is empty.
    pub(super) fn meant(&self, ids: &[InstrumentId]) -> Result<Vec<&Instrument>, Wrong> {
        match ids {
            [] => {
                let all = self.names.instruments.iter();
                Ok(all.filter(|of| of.venue == self.venue).collect())
            }
            ids => ids.iter().map(|id| self.of(*id)).collect(),
        }
    }

    pub(super) fn rules(&self, ids: &[InstrumentId]) -> Result<Reply, Wrong> {
        let meant = self.meant(ids)?;
        let rules = meant.iter().filter_map(|of| self.rules.get(&of.id));
        Ok(Reply::Instruments(rules.cloned().collect()))
    }

    pub(super) fn depth(&self, id: InstrumentId, levels: u32) -> Result<Reply, Wrong> {
        self.of(id)?;
        let most = usize::try_from(levels).unwrap_or(usize::MAX);
        Ok(Reply::Depth(self.pits[id.index()].snapshot(most)))
    }

    pub(super) fn prints(&self, past: &Past) -> Result<Reply, Wrong> {
        let id = past.instrument.ok_or(Wrong::Symbol)?;
        self.of(id)?;
        let prints = self.pits[id.index()].prints.iter();
        let all =
            prints.filter(|it| within(past, it.at) && past.from_id.is_none_or(|id| it.id >= id));
        Ok(Reply::Prints(newest(all.copied(), past)))
    }

    /// Prints, those that one order made at one price together.
    ///
    /// # Errors
    /// When no instrument of the venue is named.
    pub fn aggregates(&self, past: &Past) -> Result<Vec<Print>, Wrong> {
        let id = past.instrument.ok_or(Wrong::Symbol)?;
        self.of(id)?;
        let all = self.pits[id.index()].aggregates.iter();
        let all = all.filter(|it| within(past, it.at) && past.from_id.is_none_or(|id| it.id >= id));
        Ok(newest(all.copied(), past))
    }

    pub(super) fn quotes(&self, ids: &[InstrumentId]) -> Result<Reply, Wrong> {
        let meant = self.meant(ids)?;
        let tops = meant.iter().map(|of| self.pits[of.id.index()].top());
        Ok(Reply::Quotes(tops.collect()))
    }

    pub(super) fn tickers(&self, ids: &[InstrumentId]) -> Result<Reply, Wrong> {
        let days = self.meant(ids)?.into_iter().map(|of| self.day(of));
        Ok(Reply::Tickers(days.collect()))
    }

    /// The last day; before anything traded it stands at the middle of the book.
    fn day(&self, of: &Instrument) -> Stretch {
        let pit = &self.pits[of.id.index()];
        let top = pit.best();
        let day = pit.bars.day(top, self.now).unwrap_or_else(|| {
            let price = self.measure(of.id).unwrap_or_default();
            Stretch {
                instrument: of.id,
                open: price,
                high: price,
                low: price,
                close: price,
                last_qty: Qty::ZERO,
                volume: Qty::ZERO,
                quote_volume: Money::ZERO,
                first_id: 0,
                last_id: 0,
                count: 0,
                top: Some(top),
                open_interest: None,
                from: self.now,
                to: self.now,
                closed: false,
            }
        });
        let is_future = of.kind != InstrumentKind::Spot;
        Stretch {
            open_interest: is_future.then(|| self.interest(of.id)),
            ..day
        }
    }

    pub(super) fn candles(&self, span: Span, past: &Past) -> Result<Reply, Wrong> {
        let id = past.instrument.ok_or(Wrong::Symbol)?;
        self.of(id)?;
        if span < MINUTE || span.nanos() % MINUTE.nanos() != 0 {
            return Err(Wrong::Unsupported("bars of less than a minute"));
        }
        let bars = &self.pits[id.index()].bars;
        let most = asked(past);
        Ok(Reply::Candles(
            bars.candles(span, past.since, past.until, most, self.now),
        ))
    }

    /// Mark, index and funding of a future; `None` for others, and before anything is known.
    pub(super) fn mark_state(&self, id: InstrumentId) -> Option<MarkState> {
        let of = self.names.instrument(id);
        if of.kind == InstrumentKind::Spot {
            return None;
        }
        let market = self.market.instrument(id);
        let mark = Money::new(valuation(&self.market, of)?);
        let index = market.mark().and_then(|mark| mark.index);
        let funding = market.funding();
        let next = Ts::from_nanos(
            (self.now.nanos().div_euclid(FUNDING_INTERVAL.nanos()) + 1) * FUNDING_INTERVAL.nanos(),
        );
        Some(MarkState {
            instrument: id,
            mark,
            index: index.unwrap_or(mark),
            rate: funding.map_or(Money::ZERO, |rate| rate.rate),
            settles_at: funding.map_or(next, |rate| rate.settles_at),
            every: FUNDING_INTERVAL,
            at: self.now,
        })
    }

    pub(super) fn marks(&self, ids: &[InstrumentId]) -> Result<Reply, Wrong> {
        let meant = self.meant(ids)?;
        let marks = meant.iter().filter_map(|of| self.mark_state(of.id));
        Ok(Reply::Marks(marks.collect()))
    }

    pub(super) fn funding_rates(&self, past: &Past) -> Result<Reply, Wrong> {
        let ids: Vec<InstrumentId> = past.instrument.into_iter().collect();
        let meant = self.meant(&ids)?;
        let all = meant
            .iter()
            .flat_map(|of| &self.pits[of.id.index()].settled);
        let mut all: Vec<MarkState> = all.filter(|it| within(past, it.at)).copied().collect();
        all.sort_by_key(|it| (it.at, it.instrument));
        Ok(Reply::Marks(newest(all.into_iter(), past)))
    }

    /// What the tape tells, with what the accounts here hold.
    pub(super) fn open_interest(&self, id: InstrumentId) -> Result<Reply, Wrong> {
        let of = self.of(id)?;
        if of.kind == InstrumentKind::Spot {
            return Err(Wrong::Unsupported("open interest of a spot market"));
        }
        let whole = Money::new(of.qty_decimal(self.interest(id)));
        Ok(Reply::OpenInterest(id, whole, self.now))
    }

    fn interest(&self, id: InstrumentId) -> Qty {
        let held = self
            .seats
            .iter()
            .map(|seat| seat.venue.account().position(id).qty);
        let long = held.fold(Qty::ZERO, |sum, qty| sum + qty.max(Qty::ZERO));
        self.pits[id.index()].interest + long
    }

    pub(super) fn fees(&self, id: Option<InstrumentId>) -> Result<Reply, Wrong> {
        let ids: Vec<InstrumentId> = id.into_iter().collect();
        let fees = self.meant(&ids)?.into_iter().map(|of| FeeState {
            instrument: of.id,
            maker: Money::new(self.config.fees.maker.to_decimal()),
            taker: Money::new(self.config.fees.taker.to_decimal()),
        });
        Ok(Reply::Fees(fees.collect()))
    }

    pub(super) fn tiers(&self, id: Option<InstrumentId>) -> Result<Reply, Wrong> {
        let ids: Vec<InstrumentId> = id.into_iter().collect();
        let meant = self.meant(&ids)?.into_iter();
        let futures = meant.filter(|of| of.kind != InstrumentKind::Spot);
        Ok(Reply::Tiers(
            futures.map(|of| (of.id, of.tiers.clone())).collect(),
        ))
    }

    pub(super) fn orders(&self, at: usize, past: &Past) -> Reply {
        let all = self.seats[at].all().filter(|it| {
            of(past, it.state.instrument)
                && within(past, it.state.created)
                && past.from_id.is_none_or(|id| it.state.id >= id)
        });
        Reply::Orders(newest(all.map(|it| it.state.clone()), past))
    }

    pub(super) fn trades(&self, at: usize, past: &Past) -> Reply {
        let all = self.seats[at].fills.iter().filter(|it| {
            of(past, it.instrument)
                && within(past, it.at)
                && past.order.is_none_or(|order| it.order == order)
                && past.from_id.is_none_or(|id| it.id >= id)
        });
        Reply::Trades(newest(all.cloned(), past))
    }

    pub(super) fn funding_paid(&self, at: usize, past: &Past) -> Reply {
        let all = self.seats[at].funding.iter();
        let all = all.filter(|it| of(past, it.instrument) && within(past, it.at));
        Reply::Funding(newest(all.copied(), past))
    }
}

fn of(past: &Past, id: InstrumentId) -> bool {
    past.instrument.is_none_or(|it| it == id)
}

fn within(past: &Past, at: Ts) -> bool {
    past.since.is_none_or(|since| at >= since) && past.until.is_none_or(|until| at <= until)
}

fn asked(past: &Past) -> usize {
    match past.limit {
        0 => ANSWERED,
        limit => usize::try_from(limit).unwrap_or(ANSWERED),
    }
}

/// The newest of a list, which stays in its order; from a beginning on that was asked for, the first.
fn newest<T>(all: impl Iterator<Item = T>, past: &Past) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    let (most, skip) = (
        asked(past),
        usize::try_from(past.skip).unwrap_or(usize::MAX),
    );
    if past.from_id.is_some() || past.since.is_some() {
        return all.into_iter().skip(skip).take(most).collect();
    }
    all.truncate(all.len().saturating_sub(skip));
    let first = all.len().saturating_sub(most);
    all.split_off(first)
}
