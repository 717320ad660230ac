//! Where the checks draw their lines, and the table that states every rule.

use onetape_core::time::Span;
use serde::{Serialize, Serializer};

use super::finding::{CheckName, Severity};

/// Thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Silence of quotes, depth or trades that is never too long.
    #[serde(rename = "silence_s", serialize_with = "as_seconds")]
    pub silence: Span,
    /// Silence that is too long, in medians of the time between two messages of the kind.
    pub silence_medians: u32,
    /// How far a price may leave its neighbours and come back, in percent.
    pub jump_percent: u32,
    /// Largest funding rate of a settlement, in percent.
    pub funding_percent: u32,
    /// How many times larger a future's typical quantity may be than its spot sibling's, or smaller.
    pub size_ratio: u32,
    /// Silence of one of two venues that counts as apart.
    #[serde(rename = "skew_s", serialize_with = "as_seconds")]
    pub skew: Span,
    /// Share of the common time that one of two venues may be silent, in percent.
    pub skew_percent: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            silence: Span::from_millis(60_000),
            silence_medians: 50,
            jump_percent: 20,
            funding_percent: 3,
            size_ratio: 1_000,
            skew: Span::from_millis(1_000),
            skew_percent: 10,
        }
    }
}

fn as_seconds<S: Serializer>(span: &Span, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&super::finding::seconds(span.nanos()))
}

/// The rule of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which check.
    pub check: CheckName,
    /// How bad what it finds is.
    pub severity: Severity,
    /// What it finds. Numbers in it are the thresholds' defaults.
    pub rule: &'static str,
}

const fn rule(check: CheckName, severity: Severity, rule: &'static str) -> Rule {
    Rule {
        check,
        severity,
        rule,
    }
}

use CheckName as C;
use Severity::{Error, Note, Warning};

/// Every rule.
pub const RULES: [Rule; 38] = [
    rule(
        C::FileDamaged,
        Error,
        "length, hash, rows or times of a file are not the manifest's, or it cannot be decoded; its rows are then not checked",
    ),
    rule(
        C::Gap,
        Warning,
        "quotes, depth or trades silent for longer than 60 s (--max-silence) and longer than 50 medians of the time between two messages (--silence-medians), other than in a halt",
    ),
    rule(
        C::Gap,
        Error,
        "a bar is missing: from close to close there is more than the bar's length",
    ),
    rule(
        C::Gap,
        Error,
        "a settlement of funding is missing: a step between two is longer than the interval, and not the first of a new interval",
    ),
    rule(
        C::Duplicate,
        Warning,
        "a message equals the one before it: content, ids and venue stamp, and the receive time where there is neither id nor venue stamp",
    ),
    rule(C::Duplicate, Error, "a trade id is there twice"),
    rule(
        C::Duplicate,
        Error,
        "two bars of one length cover the same time and differ",
    ),
    rule(
        C::ClockRegression,
        Warning,
        "receive time is before that of the row before it",
    ),
    rule(
        C::ClockRegression,
        Warning,
        "venue time is before that of the row before it; snapshots of depth, which answer a request, are left out",
    ),
    rule(C::Crossed, Error, "a quote's bid is above its ask"),
    rule(
        C::Crossed,
        Error,
        "a book rebuilt by the update ids has its best bid above its best ask after a diff",
    ),
    rule(
        C::Crossed,
        Warning,
        "the same for depth without update ids, once all messages of one receive time are in",
    ),
    rule(
        C::Locked,
        Warning,
        "a quote's bid, or a rebuilt book's, is at its ask",
    ),
    rule(
        C::SequenceGap,
        Error,
        "the chain of depth update ids is broken within a source",
    ),
    rule(
        C::SequenceGap,
        Error,
        "the diffs after a snapshot do not continue it",
    ),
    rule(
        C::SequenceGap,
        Warning,
        "trade ids are missing where nine of ten follow the one before, beyond the entries that the import set aside",
    ),
    rule(C::SequenceGap, Note, "ids are missing between two sources"),
    rule(
        C::SequenceGap,
        Note,
        "depth has update ids and no snapshot: no book can be built of it",
    ),
    rule(
        C::SequenceGap,
        Note,
        "diffs came before the first snapshot of their source",
    ),
    rule(
        C::AbsurdPrice,
        Error,
        "a price is zero or negative, a quantity negative or, other than in a diff or a bar, zero",
    ),
    rule(
        C::AbsurdPrice,
        Error,
        "a bar's high is below its open, close or low, or its low above",
    ),
    rule(
        C::AbsurdPrice,
        Warning,
        "a price is more than 20 % (--price-jump) above both the median of the three before it and that of the three after it, or below both; quotes, trades, marks, closes",
    ),
    rule(
        C::NonTrade,
        Note,
        "entries of the trade stream that the import set aside, or that the venue calls other than a trade",
    ),
    rule(C::FundingCoverage, Warning, "a future has no funding data"),
    rule(
        C::FundingCoverage,
        Warning,
        "a future's other data begin before its first settlement or end after its last by an interval or more",
    ),
    rule(
        C::FundingCoverage,
        Warning,
        "a rate is beyond 3 % (--funding-limit) either way",
    ),
    rule(
        C::ContractSize,
        Warning,
        "a future's median quantity is 1000 times (--size-ratio) its spot sibling's in base units or more, or as much less: contracts taken for base units, or the other way round",
    ),
    rule(
        C::ContractSize,
        Warning,
        "an inverse instrument has a contract_value of 1 and inferred rules: perhaps nobody stated it",
    ),
    rule(
        C::ContractSize,
        Note,
        "an inverse instrument has a contract_value of 1 and stated rules",
    ),
    rule(
        C::ClockOffset,
        Note,
        "receive time less venue time: least, median, most",
    ),
    rule(
        C::ClockOffset,
        Warning,
        "receive time is before venue time: the recorder's clock is behind the venue's",
    ),
    rule(
        C::VenueSkew,
        Note,
        "of two venues with one base asset, at each message of one: the time since the other's last; and the share of their common time in which one is silent for more than 1 s (--max-skew)",
    ),
    rule(
        C::VenueSkew,
        Warning,
        "that share is above 10 % (--skew-share)",
    ),
    rule(
        C::Coverage,
        Note,
        "rows, first and last receive time, time between messages",
    ),
    rule(
        C::Coverage,
        Note,
        "the instrument's rules are inferred from data",
    ),
    rule(
        C::Coverage,
        Warning,
        "an instrument has no rows in the time asked for",
    ),
    rule(
        C::Coverage,
        Error,
        "a row lies outside the UTC day of its file, or the month of bars, funding, open interest and status",
    ),
    rule(
        C::Coverage,
        Warning,
        "two files of one instrument and kind cover the same time",
    ),
];

/// The rules as a table of plain text.
pub fn rules_text() -> String {
    let mut text = String::new();
    for rule in RULES {
        text += &format!(
            "  {:<17}{:<9}{}\n",
            rule.check.name(),
            rule.severity.name(),
            rule.rule
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_holds_every_rule_and_default() {
        let document = include_str!("../../docs/check.md");
        let mut rows = document.lines().filter(|line| line.starts_with("| `"));
        for rule in RULES {
            let row = format!(
                "| `{}` | {} | {} |",
                rule.check.name(),
                rule.severity.name(),
                rule.rule
            );
            assert_eq!(rows.next(), Some(row.as_str()));
        }
        let limits = Limits::default();
        for (flag, value) in [
            ("--max-silence", "60s".to_string()),
            ("--silence-medians", limits.silence_medians.to_string()),
            ("--price-jump", limits.jump_percent.to_string()),
            ("--funding-limit", limits.funding_percent.to_string()),
            ("--size-ratio", limits.size_ratio.to_string()),
            ("--max-skew", "1s".to_string()),
            ("--skew-share", limits.skew_percent.to_string()),
        ] {
            assert_eq!(
                rows.next()
                    .map(|row| row.starts_with(&format!("| `{flag}` | {value} |"))),
                Some(true)
            );
        }
        assert_eq!(rows.next(), None);
        assert_eq!(
            (limits.silence, limits.skew),
            (Span::from_millis(60_000), Span::from_millis(1_000))
        );
    }
}
