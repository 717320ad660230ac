//! How long messages are on their way: draws that depend on what is delayed, never on what was drawn before.
//!
//! The n-th message of a stream has the same delay in every run with one seed, whatever else was sent. The
//! generator is SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators",
//! OOPSLA 2014; constants of S. Vigna's public-domain `splitmix64.c`), read at any place: its n-th output is a
//! mix of `start + n * GAMMA`. Everything is in integers but the lognormal, which goes through `libm` and so is
//! the same on every machine.

mod normal;
mod table;
#[cfg(test)]
mod tests;

use onetape_core::names::VenueId;
use onetape_core::time::Span;

use crate::config::{Delay, FeedDelay};
use normal::normal_quantile;
pub use table::TableError;

/// What is delayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Market data on its way to the desk.
    Feed,
    /// Orders on their way to the venue.
    Order,
    /// Answers on their way back.
    Answer,
}

/// A random word: all 64 bits alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(u64);

/// The draws of one stream of one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws(u64);

/// The odd step of SplitMix64: 2^64 over the golden ratio.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64.
const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Draws {
    /// The draws of a stream.
    pub const fn new(seed: u64, venue: VenueId, stream: Stream) -> Self {
        Self::lane(seed, (venue.0 as u64) << 8 | stream as u64)
    }

    /// The draws of a lane of its own, by a number that no other one has.
    pub(crate) const fn lane(seed: u64, lane: u64) -> Self {
        Self(mix(
            mix(seed.wrapping_add(GAMMA)) ^ mix(lane.wrapping_add(1).wrapping_mul(GAMMA))
        ))
    }

    /// The draw of the stream's message with this number.
    pub const fn at(self, number: u64) -> Draw {
        Draw(mix(self
            .0
            .wrapping_add(number.wrapping_add(1).wrapping_mul(GAMMA))))
    }

    /// The delay of the stream's message with this number.
    #[inline]
    pub fn draw(self, delay: &Delay, number: u64) -> Span {
        match delay {
            Delay::Constant(span) => *span,
            _ => delay.draw(self.at(number)),
        }
    }
}

impl Draw {
    /// A whole number below `count`, all alike but for less than one part in `2^64 / count`; zero below one.
    pub(crate) const fn below(self, count: u64) -> u64 {
        ((self.0 as u128 * count as u128) >> 64) as u64
    }

    /// Between zero and one, neither of them: the middles of 2^52 equal parts.
    const fn unit(self) -> f64 {
        const PART: f64 = 1.0 / (1_u64 << 52) as f64;
        ((self.0 >> 12) as f64 + 0.5) * PART
    }
}

impl Delay {
    /// The delay of one message.
    pub fn draw(&self, draw: Draw) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Uniform(..) => {
                let (least, most) = (self.least().nanos(), self.most().nanos());
                let width = (most - least) as u64 + 1;
                Span::from_nanos(least + draw.below(width) as i64)
            }
            Self::LogNormal {
                median,
                sigma,
                least,
                most,
            } => {
                let factor = libm::exp(sigma * normal_quantile(draw.unit()));
                let nanos = median.nanos() as f64 * factor;
                // A cast of what no i64 holds gives the nearest that it does, and of NaN zero.
                Span::from_nanos((nanos + 0.5) as i64)
                    .max(*least)
                    .min(*most)
            }
            Self::Table(table) => {
                let at = draw.below(table.len() as u64) as usize;
                table.get(at).copied().unwrap_or_default()
            }
        }
    }

    /// The shortest delay that can be drawn. For a table that is a walk through it: keep the answer.
    pub fn least(&self) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Uniform(one, other) => *one.min(other),
            Self::LogNormal { least, most, .. } => *least.min(most),
            Self::Table(table) => table.iter().min().copied().unwrap_or_default(),
        }
    }

    /// The longest delay that can be drawn. For a table that is a walk through it: keep the answer.
    pub fn most(&self) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Uniform(one, other) => *one.max(other),
            Self::LogNormal { most, .. } => *most,
            Self::Table(table) => table.iter().max().copied().unwrap_or_default(),
        }
    }
}

impl FeedDelay {
    /// True when a venue sees each kind of message in the order in which the desk does, whatever came before: what it
    /// has seen at a moment then follows from that moment alone.
    pub const fn keeps_order(&self) -> bool {
        matches!(
            self,
            Self::Modelled(Delay::Constant(_)) | Self::Recorded { ordered: true, .. }
        )
    }

    /// The longest feed delay.
    pub fn most(&self) -> Span {
        match self {
            Self::Modelled(delay) => delay.most(),
            Self::Recorded { most, .. } => *most,
        }
    }
}
