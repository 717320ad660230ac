//! How far the middle of a book moves within a time.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::event::Event;
use crate::names::InstrumentId;
use crate::num::{Bps, Money};
use crate::risk::RiskView;
use crate::time::Span;

/// Parts that are kept, the running one with them. Memory is bounded by them, and a window is at most one part longer
/// than was asked for.
const PARTS: usize = 17;

/// Lowest and highest middle of one part of the window, as sums of bid and ask.
#[derive(Clone, Copy, Debug)]
struct Part {
    from: i64,
    low: i64,
    high: i64,
}

crate::value!(struct Part { from, low, high });

/// The running window of one instrument.
#[derive(Clone, Debug)]
struct Range {
    instrument: InstrumentId,
    parts: [Option<Part>; PARTS],
}

crate::value!(struct Range { instrument, parts });

impl Range {
    /// Takes a middle in.
    fn note(&mut self, now: i64, middle: i64) {
        let part = &mut self.parts[now.rem_euclid(PARTS as i64) as usize];
        *part = Some(match *part {
            Some(known) if known.from == now => Part {
                from: now,
                low: known.low.min(middle),
                high: known.high.max(middle),
            },
            _ => Part {
                from: now,
                low: middle,
                high: middle,
            },
        });
    }

    /// The lowest and the highest of the window that ends now.
    fn ends(&self, now: i64, middle: i64) -> (i64, i64) {
        let parts = self.parts.iter().flatten();
        let running = parts.filter(|part| now - part.from < PARTS as i64);
        running.fold((middle, middle), |(low, high), part| {
            (low.min(part.low), high.max(part.high))
        })
    }
}

/// The running windows of all instruments.
#[derive(Clone, Debug)]
pub(super) struct Jumps {
    part: i64,
    ranges: Vec<Range>,
}

crate::state!(Jumps { ranges } fixed { part });

impl Jumps {
    pub(super) fn new(within: Span) -> Self {
        // All parts but the running one are whole: rounded up, so that no jump within the time is missed.
        let part = within.nanos() / (PARTS as i64 - 1) + 1;
        Self {
            part,
            ranges: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.ranges.clear();
    }

    /// Takes an event in, and tells how far the middle is from the farthest that it was, when that is beyond `jump`.
    pub(super) fn look(
        &mut self,
        event: &Event,
        view: &RiskView<'_>,
        jump: Bps,
    ) -> Option<(Money, Money)> {
        let id = event.body.instrument()?;
        let known = view.market.instrument(id);
        let top = known.top()?;
        let middle = top
            .bid
            .price
            .mantissa()
            .saturating_add(top.ask.price.mantissa());
        let now = view.now.nanos().div_euclid(self.part);
        let at = self.find(id);
        let range = &mut self.ranges[at];
        range.note(now, middle);
        let (low, high) = range.ends(now, middle);
        let moved = (high - middle).max(middle - low);
        let from = if high - middle > middle - low {
            high
        } else {
            low
        };
        let moved_bps = Decimal::from(moved)
            .saturating_mul(Decimal::from(10_000))
            .checked_div(Decimal::from(from))?;
        let limit = super::breaker::in_bps(jump);
        let moved_bps = Money::new(moved_bps.round_dp(6));
        (moved_bps > limit).then_some((moved_bps, limit))
    }

    fn find(&mut self, id: InstrumentId) -> usize {
        let known = self.ranges.iter().position(|range| range.instrument == id);
        known.unwrap_or_else(|| {
            self.ranges.push(Range {
                instrument: id,
                parts: [None; PARTS],
            });
            self.ranges.len() - 1
        })
    }
}
