//! What falls due by time, and orders that wait for a price.

use onetape_adapters::server::news::News;
use onetape_adapters::server::state::{Happened, OrderStatus};
use onetape_adapters::server::wrong::Wrong;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

use super::bars::MINUTE;
use super::pit::keep;
use super::seat::Record;
use super::{Exchange, To, Told};

/// Tickers are told at most so often.
const TICKER_EVERY: Span = Span::from_millis(1_000);
/// Settled rates that are kept.
const RATES_KEPT: usize = 1_000;

impl Exchange {
    /// When something falls due next.
    pub(super) fn next_due(&self) -> Option<Ts> {
        let seats = self.seats.iter().flat_map(|seat| {
            let dead = seat.dead.iter().map(|dead| dead.at);
            let ends = seat.open().filter_map(|record| record.state.until);
            dead.chain(ends).chain(seat.venue.funding_due())
        });
        let traded = self.pits.iter().any(|pit| pit.bars.last().is_some());
        let minute = traded.then(|| Ts::from_nanos((self.minute + 1) * MINUTE.nanos()));
        let ticker = (!self.printed.is_empty()).then(|| self.ticked + TICKER_EVERY);
        seats.chain(minute).chain(ticker).min()
    }

    /// Does what is due at the exchange's time.
    pub(super) fn do_due(&mut self, out: &mut Vec<Told>) {
        self.cancel_for_the_dead(out);
        self.end_by_time(out);
        self.fund(out);
        self.close_bars(out);
        self.tell_tickers(out);
    }

    fn cancel_for_the_dead(&mut self, out: &mut Vec<Told>) {
        for at in 0..self.seats.len() {
            let now = self.now;
            let dead = &mut self.seats[at].dead;
            let due: Vec<_> = dead.iter().filter(|it| it.at <= now).copied().collect();
            dead.retain(|it| it.at > now);
            for one in due {
                let meant = |id, _: Side| one.instrument.is_none_or(|it| it == id);
                self.cancel_all(at, meant, out);
            }
        }
    }

    fn end_by_time(&mut self, out: &mut Vec<Told>) {
        for at in 0..self.seats.len() {
            let over = |record: &&Record| record.state.until.is_some_and(|until| until <= self.now);
            let ended = self.seats[at].open().filter(over);
            let ended: Vec<u64> = ended.map(|record| record.state.id).collect();
            for id in ended {
                self.expire_one(at, id, out);
            }
        }
    }

    /// Settles funding, and notes the rates that were settled.
    fn fund(&mut self, out: &mut Vec<Told>) {
        for at in 0..self.pits.len() {
            let id = InstrumentId(at as u16);
            let rate = self.market.instrument(id).funding().copied();
            if let Some(rate) = rate.filter(|rate| rate.settles_at <= self.now) {
                self.note_settled(id, rate.settles_at);
            }
        }
        for at in 0..self.seats.len() {
            if self.seats[at]
                .venue
                .funding_due()
                .is_some_and(|due| due <= self.now)
            {
                let mut bodies = Vec::new();
                self.mark_taken();
                self.lend(at, |venue, floor| venue.fund(floor, &mut bodies));
                let digest = self.digest(at, &bodies, None, &[], out);
                self.touch(at, &digest.moved);
            }
        }
    }

    /// Notes that the running rate of an instrument was settled.
    pub(super) fn note_settled(&mut self, id: InstrumentId, settles_at: Ts) {
        let Some(mark) = self.mark_state(id) else {
            return;
        };
        let settled = &mut self.pits[id.index()].settled;
        if settled.back().is_none_or(|last| last.at < settles_at) {
            let settled_at = onetape_adapters::server::state::MarkState {
                at: settles_at,
                ..mark
            };
            keep(settled, settled_at, RATES_KEPT);
        }
    }

    /// Tells bars that have ended since the last time.
    fn close_bars(&mut self, out: &mut Vec<Told>) {
        let minute = self.now.nanos().div_euclid(MINUTE.nanos());
        let before = std::mem::replace(&mut self.minute, minute);
        if before >= minute || before == i64::MIN {
            return;
        }
        for pit in &self.pits {
            for span in &self.spans {
                let step = span.nanos().max(1);
                let ended = (minute * MINUTE.nanos()).div_euclid(step) * step;
                if ended <= before * MINUTE.nanos() {
                    continue;
                }
                let bar = pit.bars.running(*span, Ts::from_nanos(ended - 1), self.now);
                out.extend(bar.map(|bar| Told {
                    to: To::Everybody,
                    news: News::Candle(bar),
                }));
            }
        }
    }

    /// Tells the day's numbers of what traded, at most once a second.
    fn tell_tickers(&mut self, out: &mut Vec<Told>) {
        if self.printed.is_empty() || self.now < self.ticked + TICKER_EVERY {
            return;
        }
        self.ticked = self.now;
        let mut printed = std::mem::take(&mut self.printed);
        printed.sort();
        printed.dedup();
        for id in printed {
            let pit = &self.pits[id.index()];
            let day = pit.bars.day(pit.best(), self.now);
            out.extend(day.map(|day| Told {
                to: To::Everybody,
                news: News::Ticker(day),
            }));
        }
    }

    /// Brings orders to the market whose price has come; true when there were any.
    pub(super) fn pull_triggers(&mut self, out: &mut Vec<Told>) -> bool {
        let mut pulled = false;
        // Each that trades may pull the next one; there are no more of them than wait.
        while let Some((at, id)) = self.next_triggered() {
            self.trigger(at, id, out);
            pulled = true;
        }
        pulled
    }

    fn next_triggered(&self) -> Option<(usize, u64)> {
        let waiting = self.seats.iter().enumerate().flat_map(|(at, seat)| {
            let waiting = seat.open().filter(|record| record.waits);
            waiting.map(move |record| (at, record))
        });
        let pulled = waiting.filter(|(_, record)| {
            let Some(trigger) = record.state.trigger else {
                return true;
            };
            let last = self.last_price(record.state.instrument);
            last.is_some_and(|last| is_pulled(record.state.side, trigger.stop, trigger.price, last))
        });
        pulled
            .map(|(at, record)| (at, record.state.id))
            .min_by_key(|(_, id)| *id)
    }

    fn trigger(&mut self, at: usize, id: u64, out: &mut Vec<Told>) {
        let Some(state) = self.state(at, id) else {
            return;
        };
        let of = self.names.instrument(state.instrument);
        let closes = state.qty.is_zero()
            || matches!(
                self.seats[at].get(id).map(|record| record.asked.size),
                Some(onetape_adapters::server::call::Size::Close)
            );
        if closes && of.kind != InstrumentKind::Spot {
            let held = self.seats[at].venue.account().position(of.id).qty;
            if let Some(record) = self.seats[at].get_mut(id) {
                record.state.qty = held.abs();
            }
        }
        let nothing = self
            .state(at, id)
            .is_none_or(|state| state.qty <= Qty::ZERO);
        let done = match nothing {
            true => Err(Wrong::ReduceOnly),
            false => self.submit(at, id, out).map(|_| ()),
        };
        if let Err(wrong) = done {
            let still_open = self.state(at, id).is_some_and(|it| it.status.is_open());
            if still_open {
                self.ends(at, id, OrderStatus::Expired, Happened::Refused(wrong), out);
            }
        }
    }
}

/// A buying stop waits for a price at or above its own, a selling one for one at or below; profits the other way.
fn is_pulled(side: Side, stop: bool, trigger: Price, last: Price) -> bool {
    match (side == Side::Buy) == stop {
        true => last >= trigger,
        false => last <= trigger,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_and_profits_look_opposite_ways() {
        let pulled = |side, stop, last| is_pulled(side, stop, Price::new(100), Price::new(last));
        assert!(pulled(Side::Buy, true, 100) && !pulled(Side::Buy, true, 99));
        assert!(pulled(Side::Sell, true, 100) && !pulled(Side::Sell, true, 101));
        assert!(pulled(Side::Buy, false, 100) && !pulled(Side::Buy, false, 101));
        assert!(pulled(Side::Sell, false, 100) && !pulled(Side::Sell, false, 99));
    }
}
