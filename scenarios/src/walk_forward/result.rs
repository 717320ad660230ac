//! What a walk ends in. Serialises to the JSON document; amounts are decimal text, moments RFC 3339.

use std::fmt::Display;

use onetape_core::num::Money;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::windows::{Cut, Stretch};

/// Nanoseconds of a day.
const DAY_NS: i64 = 86_400_000_000_000;
/// Decimals of amounts a day, and of ratios: statistics, where everything else is exact.
const DECIMALS: u32 = 8;

/// A walk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Walked {
    /// Name of the scenario.
    pub name: String,
    /// The asset of every amount.
    pub asset: String,
    /// What points were chosen by.
    pub objective: &'static str,
    /// What the windows were cut from.
    pub data: Stretch,
    /// How.
    pub cut: Cut,
    /// How long before a stretch its run began.
    #[serde(rename = "warmup_days", serialize_with = "days")]
    pub warmup: Span,
    /// Number of points that were tried in every train.
    pub points: usize,
    /// Every window, in order.
    pub windows: Vec<Ran>,
    /// The chosen points on their trains, together; the trains overlap.
    pub in_sample: Figures,
    /// The tests together.
    pub out_of_sample: Figures,
    /// Net a day of the tests over that of the trains; `None` unless the trains gained.
    #[serde(serialize_with = "text_if_known")]
    pub ratio: Option<Decimal>,
    /// Tests that gained.
    pub windows_gained: usize,
    /// Largest fall of the equity below, from an earlier height or from the start.
    #[serde(serialize_with = "text")]
    pub max_drawdown: Money,
    /// What was chosen of each key.
    pub drift: Vec<Drift>,
    /// What the tests earned, one after the other.
    pub equity: Vec<Point>,
    /// What a reader of the numbers must know.
    pub notes: Vec<String>,
}

/// One window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ran {
    /// Number, from 1.
    pub window: usize,
    /// What the point was chosen on.
    pub train: Stretch,
    /// What it was tested on.
    pub test: Stretch,
    /// Number of the chosen point in the grid, from 0.
    pub point: usize,
    /// Its keys and values. An object in JSON.
    #[serde(serialize_with = "by_name")]
    pub chosen: Vec<(String, String)>,
    /// On the train.
    pub in_sample: Figures,
    /// On the test.
    pub out_of_sample: Figures,
    /// Net a day of the test over that of the train; `None` unless the train gained.
    #[serde(serialize_with = "text_if_known")]
    pub ratio: Option<Decimal>,
}

/// Money of one run, or of several together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// How long.
    #[serde(rename = "days", serialize_with = "days")]
    pub span: Span,
    /// Gross less fees plus funding.
    #[serde(serialize_with = "text")]
    pub net: Money,
    /// Net a day.
    #[serde(serialize_with = "text")]
    pub net_per_day: Decimal,
    /// Profit of price differences, of what is open as marked.
    #[serde(serialize_with = "text")]
    pub gross: Money,
    /// Worth of the fees.
    #[serde(serialize_with = "text")]
    pub fees: Money,
    /// Funding received less paid.
    #[serde(serialize_with = "text")]
    pub funding: Money,
    /// Round trips that ended.
    pub round_trips: usize,
    /// Positions that were open at the end and are closed at their marks here.
    pub open: usize,
    /// Taker fees that closing those would cost; not in net.
    #[serde(serialize_with = "text")]
    pub open_fees: Money,
    /// The part of net that is not of round trips that ended: of what is open, and remainders.
    #[serde(serialize_with = "text")]
    pub open_net: Money,
}

impl Figures {
    /// With the net a day filled in.
    pub(super) fn a_day(mut self) -> Self {
        self.net_per_day = per_day(self.net, self.span);
        self
    }
}

/// How the choice of one key wandered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// The key.
    pub key: String,
    /// Windows that chose another value than the one before.
    pub changes: usize,
    /// Its values, with the number of windows that chose each. An object in JSON.
    #[serde(serialize_with = "by_name")]
    pub chosen: Vec<(String, usize)>,
}

/// One step of the equity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// Of which window.
    pub window: usize,
    /// Net of all tests until then.
    #[serde(serialize_with = "text")]
    pub net: Money,
    /// `close` of a round trip, or `end` of a test, where what is open is closed at its mark.
    pub of: &'static str,
}

impl Serialize for Stretch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Moments {
            #[serde(serialize_with = "moment")]
            from: Ts,
            #[serde(serialize_with = "moment")]
            to: Ts,
        }
        let Self { from, to } = *self;
        Moments { from, to }.serialize(serializer)
    }
}

impl Serialize for Cut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Lengths {
            #[serde(serialize_with = "days")]
            train_days: Span,
            #[serde(serialize_with = "days")]
            test_days: Span,
            #[serde(serialize_with = "days")]
            step_days: Span,
            anchored: bool,
        }
        let lengths = Lengths {
            train_days: self.train,
            test_days: self.test,
            step_days: self.step,
            anchored: self.anchored,
        };
        lengths.serialize(serializer)
    }
}

/// An amount a day, rounded; nothing over no time.
pub(super) fn per_day(amount: Money, span: Span) -> Decimal {
    let whole = amount.decimal().checked_mul(Decimal::from(DAY_NS));
    let a_day = whole.and_then(|whole| whole.checked_div(Decimal::from(span.nanos())));
    a_day.unwrap_or_default().round_dp(DECIMALS).normalize()
}

/// One net a day over another, rounded; `None` unless the other is a gain.
pub(super) fn ratio(of: &Figures, over: &Figures) -> Option<Decimal> {
    let whole = over.net.decimal();
    if whole <= Decimal::ZERO {
        return None;
    }
    let spans = Decimal::from(over.span.nanos()).checked_div(Decimal::from(of.span.nanos()))?;
    let ratio = of.net.decimal().checked_div(whole)?.checked_mul(spans)?;
    Some(ratio.round_dp(4).normalize())
}

/// Days as decimal text.
pub(super) fn days_text(span: Span) -> String {
    let days = Decimal::from(span.nanos()) / Decimal::from(DAY_NS);
    days.round_dp(DECIMALS).normalize().to_string()
}

/// A moment as RFC 3339 text in UTC.
pub(super) fn moment_text(ts: Ts) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ts.nanos()))
        .map_or_else(|_| ts.nanos().to_string(), |at| at.to_string())
}

fn text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn by_name<T: Serialize, S: Serializer>(
    pairs: &[(String, T)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

fn text_if_known<T: Display, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

fn days<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&days_text(*span))
}

fn moment<S: Serializer>(ts: &Ts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment_text(*ts))
}
