//! What is told of how long things took.

use onetape_core::time::Ts;

/// A minute; what took longer counts as that.
const LONGEST_NS: u64 = 60_000_000_000;

/// A part of the way from a frame to its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// From when it was read until it was decoded and in the queue.
    Decode,
    /// Until the loop took it.
    Queue,
    /// Until it was decided what to do.
    Decide,
    /// Until that stood in the journal, as far as orders wait for it.
    Journal,
    /// Until the first order was a signed frame.
    Sign,
    /// Until the system had taken its last byte.
    Write,
    /// The other orders: noting the one before, and making them signed frames.
    SignOthers,
    /// The other orders: written to their sockets.
    WriteOthers,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Decode,
        Self::Queue,
        Self::Decide,
        Self::Journal,
        Self::Sign,
        Self::Write,
        Self::SignOthers,
        Self::WriteOthers,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Queue => "queue",
            Self::Decide => "decide",
            Self::Journal => "journal",
            Self::Sign => "sign",
            Self::Write => "write",
            Self::SignOthers => "sign_others",
            Self::WriteOthers => "write_others",
        }
    }
}

/// How long something took, each time that it was done. Of each value the first seven binary digits are kept, so that what is
/// told is within a hundredth of what was.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    /// By place, see [`place`]; as long as the longest time that was added needs.
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    max: u64,
}

/// Values below this have a place each; above, each power of two has so many places.
const PLACES: u64 = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 6;

/// Where a value is counted.
fn place(nanos: u64) -> usize {
    let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(PLACE_BITS + 1);
    // The value is less than 2^64, so that this is below 64 * 64.
    (u64::from(shift) * PLACES + (nanos >> shift)) as usize
}

/// The largest value that is counted at a place.
fn last_of(place: usize) -> u64 {
    let place = place as u64;
    let shift = (place / PLACES).saturating_sub(1);
    ((place - shift * PLACES + 1) << shift) - 1
}

impl Spread {
    pub(super) fn add(&mut self, from: Ts, to: Ts) {
        self.add_nanos(to.since(from).nanos());
    }

    pub(super) fn add_nanos(&mut self, nanos: i64) {
        let nanos = nanos.max(0).unsigned_abs().min(LONGEST_NS);
        let at = place(nanos);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.count += 1;
        self.sum += u128::from(nanos);
        self.max = self.max.max(nanos);
    }

    /// How often it was done.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How long it took on average.
    pub fn mean_ns(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// How long it took at most in so many of ten thousand times.
    pub fn quantile_ns(&self, of_ten_thousand: u64) -> Option<u64> {
        let wanted = (self.count.saturating_mul(of_ten_thousand)).div_ceil(10_000);
        let mut seen = 0;
        let reached = |count: &u64| {
            seen += *count;
            seen >= wanted.max(1)
        };
        let at = self.counts.iter().position(reached)?;
        Some(last_of(at).min(self.max))
    }

    /// How long it took at most.
    pub fn max_ns(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// Up to which time, and how often it took no longer but longer than the one before; each is twice the one before,
    /// and none at either end is empty.
    pub fn buckets(&self) -> Vec<(u64, u64)> {
        let mut all: Vec<(u64, u64)> = Vec::new();
        let counted = self.counts.iter().enumerate();
        for (at, count) in counted.filter(|(_, count)| **count > 0) {
            let to = last_of(at).next_power_of_two();
            while let Some((last, _)) = all.last().copied().filter(|(last, _)| *last < to) {
                all.push((last * 2, 0));
            }
            match all.last_mut() {
                Some((_, sum)) => *sum += count,
                None => all.push((to, *count)),
            }
        }
        all
    }
}

/// How long things took, to be told.
#[derive(Clone, Debug)]
pub struct Figures {
    /// From a frame to the loop, of everything that arrived.
    pub arrivals: Spread,
    /// From a frame of the market to the last byte of the orders that it led to.
    pub orders: Spread,
    /// From a frame with what became of orders or accounts, or from when a timer was due, to the last byte of the orders that
    /// it led to: hedges, repairs, and what else follows fills and times.
    pub repairs: Spread,
    /// From the last byte of the first order that one event led to until the last byte of its last one, where there were two
    /// or more.
    pub dispatch: Spread,
    /// The steps of what `orders` tells, as [`Step::ALL`] has them.
    pub steps: [Spread; Step::ALL.len()],
    /// Decisions on market data whose orders left by a connection's own task, so that their last byte is not known.
    pub unmeasured: u64,
    /// The same of what `repairs` tells.
    pub repairs_unmeasured: u64,
}
