//! The result of a spread, with the key names of its JSON form.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Two-leg spreads over a catalogue's quotes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SpreadReport {
    /// Leg A's instrument.
    #[serde(rename = "A")]
    pub a: [String; 1],
    /// Leg B's instrument.
    #[serde(rename = "B")]
    pub b: [String; 1],
    /// Which stamp rows are matched by.
    pub time_key: &'static str,
    /// Quotes of leg A.
    #[serde(rename = "rows_A")]
    pub rows_a: u64,
    /// Quotes of leg B.
    #[serde(rename = "rows_B")]
    pub rows_b: u64,
    /// First receive time of each leg, nanoseconds.
    pub first_ts: [Option<i64>; 2],
    /// Last receive time of each leg, nanoseconds.
    pub last_ts: [Option<i64>; 2],
    /// Quotes of A whose bid is above their ask.
    #[serde(rename = "crossed_within_A")]
    pub crossed_within_a: u64,
    /// Quotes of B whose bid is above their ask.
    #[serde(rename = "crossed_within_B")]
    pub crossed_within_b: u64,
    /// Quotes of A with the stamp of the one before.
    #[serde(rename = "dup_ts_A")]
    pub dup_ts_a: u64,
    /// Quotes of B with the stamp of the one before.
    #[serde(rename = "dup_ts_B")]
    pub dup_ts_b: u64,
    /// Stamps at which both legs have quotes.
    pub equal_ts_across_legs: u64,
    /// Evaluations by the rule R1.
    #[serde(rename = "R1", skip_serializing_if = "Option::is_none")]
    pub r1: Option<Evaluations>,
    /// Evaluations by the rule R2.
    #[serde(rename = "R2", skip_serializing_if = "Option::is_none")]
    pub r2: Option<Evaluations>,
}

/// Evaluations by one rule.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Evaluations {
    /// How many.
    pub n_eval: u64,
    /// `(A_ask - B_bid) / A_ask * 100`: what buying A and selling B costs.
    pub s_in: SideReport,
    /// `(B_ask - A_bid) / B_ask * 100`: what buying B and selling A costs.
    pub s_out: SideReport,
    /// Evaluations in which B's bid is above A's ask.
    #[serde(rename = "n_crossAB (B_bid>A_ask)")]
    pub n_cross_ab: u64,
    /// Evaluations in which A's bid is above B's ask.
    #[serde(rename = "n_crossBA (A_bid>B_ask)")]
    pub n_cross_ba: u64,
    /// Age of B's quote at the evaluation (R1).
    #[serde(rename = "age_of_B_ms", skip_serializing_if = "Option::is_none")]
    pub age_of_b_ms: Option<Ages>,
    /// Runs of evaluations in which B's bid is above A's ask (R2).
    #[serde(rename = "crossAB_episodes", skip_serializing_if = "Option::is_none")]
    pub cross_ab_episodes: Option<u64>,
    /// How long they lasted together.
    #[serde(
        rename = "crossAB_duration_ms",
        skip_serializing_if = "Option::is_none"
    )]
    pub cross_ab_duration_ms: Option<f64>,
    /// Runs of evaluations in which A's bid is above B's ask (R2).
    #[serde(rename = "crossBA_episodes", skip_serializing_if = "Option::is_none")]
    pub cross_ba_episodes: Option<u64>,
    /// How long they lasted together.
    #[serde(
        rename = "crossBA_duration_ms",
        skip_serializing_if = "Option::is_none"
    )]
    pub cross_ba_duration_ms: Option<f64>,
}

/// Spreads of one direction, in percent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SideReport {
    /// Smallest, to eight decimals.
    pub min: Option<String>,
    /// Largest, to eight decimals.
    pub max: Option<String>,
    /// Mean of the spreads as 64-bit floats make them, to eight decimals.
    pub mean_float: Option<String>,
    /// When the smallest was first seen, nanoseconds.
    pub first_ts_of_min: Option<i64>,
    /// Evaluations at or below each threshold, exactly.
    pub count_le: Counts,
    /// Thresholds at which 64-bit floats count otherwise, with what they count.
    pub float64_count_differs_at: Counts,
}

/// Counts by threshold, in the thresholds' order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts(pub Vec<(&'static str, u64)>);

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (threshold, count) in &self.0 {
            map.serialize_entry(threshold, count)?;
        }
        map.end()
    }
}

/// Ages in milliseconds, to three decimals.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Ages {
    /// Half are at most this.
    pub median: Option<f64>,
    /// The oldest.
    pub max: Option<f64>,
}
