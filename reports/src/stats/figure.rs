//! A statistic, or why there is none.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A number that a series may be too short or too even for. There is no floor, no clamp and no stand-in: what cannot be
/// worked out is not available, and says why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// The number.
    Known(f64),
    /// There is none.
    Missing(Why),
}

/// Why a statistic is not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Of so few daily buckets it would say nothing.
    FewBuckets,
    /// Over so short a time it would say nothing.
    Short,
    /// All returns are equal, so there is nothing to divide by.
    NoSpread,
    /// No return is below the risk-free one.
    NoShortfall,
    /// The curve never fell.
    NoDrawdown,
    /// Nothing was lost, so there is nothing to divide by.
    NoLosses,
    /// There is no round trip that ended flat.
    NoTrips,
    /// Capital is nothing or less at the start or the end.
    NoCapital,
    /// Returns follow each other so closely that their long-run variance is not positive.
    NotStationary,
    /// How many parameter sets were tried is not known.
    NoTrials,
    /// There is nothing to divide by.
    NothingToDivideBy,
    /// The journal does not hold what it is worked out of.
    NotJournaled,
    /// Venues state no margin tiers of an instrument that was held.
    NoTiers,
    /// Of so few marks that follow each other it would say nothing.
    FewMarks,
    /// What it is of does not come back.
    NotReverting,
}

impl Why {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::FewBuckets => "fewer than 30 daily buckets",
            Self::Short => "too short a time",
            Self::NoSpread => "all returns are equal",
            Self::NoShortfall => "no return is below the risk-free one",
            Self::NoDrawdown => "the curve never fell",
            Self::NoLosses => "no round trip lost",
            Self::NoTrips => "no round trip ended flat",
            Self::NoCapital => "no capital at the start or the end",
            Self::NotStationary => "returns follow each other too closely",
            Self::NoTrials => "the number of parameter sets tried is not known",
            Self::NothingToDivideBy => "nothing to divide by",
            Self::NotJournaled => "the journal does not hold what it is worked out of",
            Self::NoTiers => "an instrument that was held has no margin tiers",
            Self::FewMarks => "fewer than 30 marks that follow each other",
            Self::NotReverting => "it does not come back",
        }
    }
}

impl Figure {
    /// The number, when there is one.
    pub const fn value(self) -> Option<f64> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing(_) => None,
        }
    }

    /// Why there is none.
    pub const fn why_not(self) -> Option<&'static str> {
        match self {
            Self::Known(_) => None,
            Self::Missing(why) => Some(why.text()),
        }
    }

    /// `part / whole`; missing for `why` when there is nothing to divide by.
    pub fn ratio(part: f64, whole: f64, why: Why) -> Self {
        let ratio = part / whole;
        if whole == 0.0 || !ratio.is_finite() {
            Self::Missing(why)
        } else {
            Self::Known(ratio)
        }
    }

    /// With the number changed.
    pub fn map(self, change: impl FnOnce(f64) -> f64) -> Self {
        match self {
            Self::Known(value) => Self::Known(change(value)),
            missing @ Self::Missing(_) => missing,
        }
    }

    /// With the number worked on by what may have none.
    pub fn and_then(self, change: impl FnOnce(f64) -> Self) -> Self {
        match self {
            Self::Known(value) => change(value),
            missing @ Self::Missing(_) => missing,
        }
    }
}

/// `{"value": 1.5, "why_not": null}`, or `{"value": null, "why_not": "all returns are equal"}`.
impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_struct("Figure", 2)?;
        shown.serialize_field("value", &self.value())?;
        shown.serialize_field("why_not", &self.why_not())?;
        shown.end()
    }
}
