//! Bars of a minute out of prints, and the longer stretches that they make.

use std::collections::BTreeMap;

use onetape_adapters::server::state::{Print, Stretch};
use onetape_core::event::Quote;
use onetape_core::instrument::Instrument;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};

/// The shortest bar.
pub(super) const MINUTE: Span = Span::from_millis(60_000);
/// What a ticker counts.
pub(super) const DAY: Span = Span::from_millis(24 * 3_600_000);
/// Bars that are kept: seven days.
const KEPT: usize = 7 * 24 * 60;
/// Bars that one answer has at most.
const ANSWERED: usize = 1_500;

/// Bars of a minute in which something traded, by their number since the epoch.
#[derive(Debug, Default)]
pub(super) struct Bars {
    all: BTreeMap<i64, Stretch>,
    last: Option<Print>,
}

fn start_of(at: Ts, span: Span) -> i64 {
    at.nanos().div_euclid(span.nanos().max(1)) * span.nanos().max(1)
}

impl Bars {
    /// Takes a print in.
    pub(super) fn add(&mut self, of: &Instrument, print: &Print) {
        let value = of.notional(print.price, print.qty);
        self.last = Some(*print);
        let from = start_of(print.at, MINUTE);
        let bar = self.all.entry(from).or_insert_with(|| Stretch {
            from: Ts::from_nanos(from),
            to: Ts::from_nanos(from) + MINUTE,
            volume: Qty::ZERO,
            quote_volume: Money::ZERO,
            count: 0,
            ..flat(print)
        });
        bar.high = bar.high.max(print.price);
        bar.low = bar.low.min(print.price);
        bar.close = print.price;
        bar.last_qty = print.qty;
        bar.volume += print.qty;
        bar.quote_volume += value;
        bar.last_id = print.id;
        bar.count += 1;
        if self.all.len() > KEPT {
            self.all.pop_first();
        }
    }

    /// The last print.
    pub(super) const fn last(&self) -> Option<&Print> {
        self.last.as_ref()
    }

    /// What traded in `from..to`; without trades it stands at the last price before, and `None` before the first.
    pub(super) fn stretch(&self, from: Ts, to: Ts) -> Option<Stretch> {
        let mut all = self
            .all
            .range(from.nanos()..to.nanos())
            .map(|(_, bar)| *bar);
        let Some(first) = all.next() else {
            let (_, before) = self.all.range(..from.nanos()).next_back()?;
            return Some(Stretch {
                open: before.close,
                high: before.close,
                low: before.close,
                volume: Qty::ZERO,
                quote_volume: Money::ZERO,
                first_id: 0,
                last_id: 0,
                count: 0,
                from,
                to,
                ..*before
            });
        };
        let whole = all.fold(first, |sum, bar| Stretch {
            high: sum.high.max(bar.high),
            low: sum.low.min(bar.low),
            close: bar.close,
            last_qty: bar.last_qty,
            volume: sum.volume + bar.volume,
            quote_volume: sum.quote_volume + bar.quote_volume,
            last_id: bar.last_id,
            count: sum.count + bar.count,
            ..sum
        });
        Some(Stretch { from, to, ..whole })
    }

    /// The last day's numbers.
    pub(super) fn day(&self, top: Quote, now: Ts) -> Option<Stretch> {
        // Whole minutes, and the one that runs.
        let from = Ts::from_nanos(start_of(now, MINUTE) + MINUTE.nanos() - DAY.nanos());
        let until = now + Span::from_nanos(1);
        let day = self.stretch(from, until)?;
        Some(Stretch {
            top: Some(top),
            to: now,
            ..day
        })
    }

    /// The bar of a length that runs at a moment.
    pub(super) fn running(&self, span: Span, at: Ts, now: Ts) -> Option<Stretch> {
        let from = Ts::from_nanos(start_of(at, span));
        let bar = self.stretch(from, from + span)?;
        Some(Stretch {
            closed: from + span <= now,
            ..bar
        })
    }

    /// The newest bars of a length within bounds, the newest last.
    pub(super) fn candles(
        &self,
        span: Span,
        since: Option<Ts>,
        until: Option<Ts>,
        most: usize,
        now: Ts,
    ) -> Vec<Stretch> {
        let Some((&first, _)) = self.all.first_key_value() else {
            return Vec::new();
        };
        let step = span.nanos().max(MINUTE.nanos());
        let begin = start_of(Ts::from_nanos(first), span).max(since.map_or(i64::MIN, |since| {
            // The first that begins at or after it.
            let start = start_of(since, span);
            if start == since.nanos() {
                start
            } else {
                start.saturating_add(step)
            }
        }));
        let end = until.map_or(now, |until| until.min(now)).nanos();
        let most = most.clamp(1, ANSWERED);
        let count = usize::try_from((end.saturating_sub(begin)).div_euclid(step) + 1).unwrap_or(0);
        // From a moment on the oldest are meant, else the newest.
        let skipped = match since {
            Some(_) => 0,
            None => count.saturating_sub(most),
        };
        let starts = (skipped..count)
            .take(most)
            .map(|at| begin + step * at as i64);
        starts
            .filter_map(|start| self.running(span, Ts::from_nanos(start), now))
            .collect()
    }
}

/// A stretch of one print.
fn flat(print: &Print) -> Stretch {
    let price: Price = print.price;
    Stretch {
        instrument: print.instrument,
        open: price,
        high: price,
        low: price,
        close: price,
        last_qty: print.qty,
        volume: print.qty,
        quote_volume: Money::ZERO,
        first_id: print.id,
        last_id: print.id,
        count: 1,
        top: None,
        open_interest: None,
        from: print.at,
        to: print.at,
        closed: false,
    }
}
