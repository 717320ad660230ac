//! What a synthetic tape is made from, and which requests are refused.

use onetape_core::num::format_fixed;
use onetape_core::time::{Span, Ts};

use super::plan::{EDGE_MARGIN, SLOT_MIN};
use crate::catalog::hash_bytes;

/// Raised whenever the same parameters give other rows.
pub const GENERATOR_VERSION: u32 = 1;

/// The only quote asset that is generated.
const QUOTE: &str = "USDT";
const DURATION_MIN: Span = Span::from_millis(1_000);
/// A month: beyond it the walk strays too far from the price that sizes are made for.
const DURATION_MAX: Span = Span::from_millis(31 * 86_400_000);
/// 2000-01-01 and 2100-01-01.
const START_RANGE: (i64, i64) = (946_684_800_000_000_000, 4_102_444_800_000_000_000);

/// Why a synthetic tape cannot be made as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SynthError {
    /// The symbol cannot be split into base and quote asset.
    #[error("symbol {0:?}: write an upper-case base asset followed by USDT, such as BTCUSDT")]
    Symbol(String),
    /// Too short or too long.
    #[error("duration {given}: choose between 1s and 31d")]
    Duration {
        /// What was asked for.
        given: String,
    },
    /// Starts outside the years that are generated.
    #[error("start: choose a moment from 2000-01-01 up to 2100-01-01")]
    Start,
    /// A market that cannot be made as asked.
    #[error("{what}; {fix}")]
    Market {
        /// What cannot be.
        what: String,
        /// What would be accepted.
        fix: String,
    },
    /// More opportunities than can stand apart.
    #[error(
        "{given} opportunities do not fit into {duration}: at most {most} do (80s each, 30s free at both ends); \
         ask for fewer or for a longer duration"
    )]
    Opportunities {
        /// What was asked for.
        given: u32,
        /// The duration asked for.
        duration: String,
        /// How many fit.
        most: u32,
    },
}

/// Which way the planted opportunities are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directions {
    /// All by buying spot and selling the perpetual.
    LongSpot,
    /// All by selling spot and buying the perpetual.
    ShortSpot,
    /// Drawn for each.
    Both,
}

impl Directions {
    /// The word used in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongSpot => "long_spot",
            Self::ShortSpot => "short_spot",
            Self::Both => "both",
        }
    }
}

/// Everything that a synthetic tape depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynthConfig {
    /// Seed of every draw.
    pub seed: u64,
    /// Symbol on both venues, such as `BTCUSDT`; the price starts near 40,000 whatever it is.
    pub symbol: String,
    /// First moment.
    pub start: Ts,
    /// Length.
    pub duration: Span,
    /// Planted opportunities; half of them, rounded up, win.
    pub opportunities: u32,
    /// Which way they are taken.
    pub directions: Directions,
}

impl Default for SynthConfig {
    /// Two hours around a funding settlement.
    fn default() -> Self {
        Self {
            seed: 1,
            symbol: "BTCUSDT".to_owned(),
            // 2024-01-01T06:30:00Z
            start: Ts::from_nanos(1_704_090_600_000_000_000),
            duration: Span::from_millis(7_200_000),
            opportunities: 24,
            directions: Directions::LongSpot,
        }
    }
}

impl SynthConfig {
    /// How many opportunities a tape of this length can hold.
    pub const fn opportunities_max(&self) -> u32 {
        let free = self.duration.nanos() - 2 * EDGE_MARGIN.nanos();
        if free < 0 {
            return 0;
        }
        (free / SLOT_MIN.nanos()) as u32
    }

    /// The base asset, `BTC` of `BTCUSDT`.
    ///
    /// # Errors
    /// [`SynthError::Symbol`] when the symbol is not a base asset followed by `USDT`.
    pub fn base(&self) -> Result<&str, SynthError> {
        let named = |base: &&str| {
            (1..=12).contains(&base.len())
                && base
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        self.symbol
            .strip_suffix(QUOTE)
            .filter(named)
            .ok_or_else(|| SynthError::Symbol(self.symbol.clone()))
    }

    /// Judges every parameter.
    ///
    /// # Errors
    /// [`SynthError`] with the parameter and what would be accepted.
    pub fn validate(&self) -> Result<(), SynthError> {
        self.base()?;
        check_time(self.start, self.duration)?;
        let most = self.opportunities_max();
        if self.opportunities > most {
            return Err(SynthError::Opportunities {
                given: self.opportunities,
                duration: format!("{}s", seconds(self.duration)),
                most,
            });
        }
        Ok(())
    }

    /// Hash of the generator's version and every parameter: equal hashes are equal tapes.
    pub fn source_hash(&self) -> String {
        let text = format!(
            "onetape synth {GENERATOR_VERSION}\nseed {}\nsymbol {}\nstart {}\nduration {}\nopportunities {}\ndirections {}\n",
            self.seed,
            self.symbol,
            self.start.nanos(),
            self.duration.nanos(),
            self.opportunities,
            self.directions.name(),
        );
        hash_bytes(text.as_bytes())
    }
}

/// Judges when a tape begins and how long it is.
pub(super) fn check_time(start: Ts, duration: Span) -> Result<(), SynthError> {
    if duration < DURATION_MIN || duration > DURATION_MAX {
        return Err(SynthError::Duration {
            given: format!("{}s", seconds(duration)),
        });
    }
    if !(START_RANGE.0..START_RANGE.1).contains(&start.nanos()) {
        return Err(SynthError::Start);
    }
    Ok(())
}

/// Seconds as plain decimal text without trailing zeros.
pub(super) fn seconds(span: Span) -> String {
    let text = format_fixed(span.nanos(), 9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut SynthConfig)) -> String {
        let mut config = SynthConfig::default();
        change(&mut config);
        config.validate().unwrap_err().to_string()
    }

    #[test]
    fn bad_requests_are_refused_with_what_would_be_accepted() {
        assert_eq!(SynthConfig::default().validate(), Ok(()));
        let zero = refusal(|config| config.duration = Span::ZERO);
        assert_eq!(zero, "duration 0s: choose between 1s and 31d");
        let short = refusal(|config| config.duration = Span::from_millis(600_000));
        assert!(
            short.starts_with("24 opportunities do not fit into 600s: at most 6 do"),
            "{short}"
        );
        for symbol in ["", "USDT", "btcUSDT", "../USDT", "BTCEUR"] {
            let refused = refusal(|config| config.symbol = symbol.to_owned());
            assert!(refused.contains("such as BTCUSDT"), "{refused}");
        }
        assert!(refusal(|config| config.start = Ts::from_nanos(0)).starts_with("start"));
    }

    #[test]
    fn every_parameter_is_in_the_hash() {
        let base = SynthConfig::default();
        let others = [
            SynthConfig {
                seed: 2,
                ..base.clone()
            },
            SynthConfig {
                symbol: "ETHUSDT".to_owned(),
                ..base.clone()
            },
            SynthConfig {
                start: Ts::from_nanos(base.start.nanos() + 1),
                ..base.clone()
            },
            SynthConfig {
                duration: Span::from_millis(7_100_000),
                ..base.clone()
            },
            SynthConfig {
                opportunities: 23,
                ..base.clone()
            },
            SynthConfig {
                directions: Directions::Both,
                ..base.clone()
            },
        ];
        for other in others {
            assert_ne!(base.source_hash(), other.source_hash(), "{other:?}");
        }
        assert_eq!(base.source_hash(), base.clone().source_hash());
    }
}
