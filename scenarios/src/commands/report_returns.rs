//! `onetape report --returns`: the statistics of daily returns from anywhere, by the conventions of a run's report.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, bail};
use onetape_reports::stats::{Assumptions, Base, Daily, Figure, Statistics, Trials};

/// What is assumed of a run or a series; flags of `onetape report`.
#[derive(Clone, Debug, clap::Args)]
pub struct StatisticsArgs {
    /// Take daily returns from a CSV file instead of a run: `day,return` a line, such as 2024-08-08,0.0012 for 0.12 %.
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    pub returns: Option<std::path::PathBuf>,
    /// Let the returns of --returns compound; else each is a fraction of the capital at the start.
    #[arg(long, requires = "returns")]
    pub compounding: bool,
    /// Risk-free return of a year, as a fraction.
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    pub risk_free: f64,
    /// Of how many parameter sets this is the best one, for the deflated Sharpe ratio.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub trials: Option<u64>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text
        .parse()
        .map_err(|_| "is no number; write 0.05 for 5 % a year".to_string())?;
    if rate > -1.0 && rate < 10.0 {
        Ok(rate)
    } else {
        Err("is no rate of a year; write 0.05 for 5 %".into())
    }
}

impl StatisticsArgs {
    /// What they assume.
    pub fn assumptions(&self) -> Assumptions {
        Assumptions {
            risk_free: self.risk_free,
            trials: self.trials.map(|count| Trials {
                count,
                variance: None,
            }),
        }
    }
}

/// Prints the statistics of a file of returns.
pub(super) fn run(
    path: &Path,
    args: &StatisticsArgs,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let base = if args.compounding {
        Base::Compounding
    } else {
        Base::Fixed
    };
    let stats = Statistics::of(&read(path, base)?, args.assumptions());
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&stats)?)?;
    } else {
        write!(out, "{}", text(&stats))?;
    }
    Ok(0)
}

fn read(path: &Path, base: Base) -> anyhow::Result<Daily> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("{shown}: cannot be read"))?;
    let mut days = Vec::new();
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || at == 0 && line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        days.push(row(line).with_context(|| format!("{shown}:{}", at + 1))?);
        lines.push(at + 1);
    }
    if days.is_empty() {
        bail!("{shown}: has no returns; write `day,return` a line, such as 2024-08-08,0.0012");
    }
    Daily::from_returns(&days, base)
        .map_err(|(at, why)| anyhow::anyhow!("{shown}:{}: the line {why}", lines[at]))
}

/// The day, as days since 1970, and its return.
fn row(line: &str) -> anyhow::Result<(i64, f64)> {
    let (day, value) = line
        .split_once(',')
        .context("is no `day,return`; write it like 2024-08-08,0.0012")?;
    let date: jiff::civil::Date = day
        .trim()
        .parse()
        .with_context(|| format!("{:?} is no day; write it like 2024-08-08", day.trim()))?;
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = i64::from(date.since((jiff::Unit::Day, epoch))?.get_days());
    let value = value
        .trim()
        .parse()
        .with_context(|| format!("{:?} is no number; write 0.0012 for 0.12 %", value.trim()))?;
    Ok((days, value))
}

/// The statistics in lines.
fn text(stats: &Statistics) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let convention = &stats.convention;
    let _ = writeln!(
        text,
        "{} buckets ({}, zero days {}), year of {}, ddof {}, risk-free {}, base: {}",
        stats.buckets,
        convention.bucket,
        convention.zero_days,
        convention.periods_per_year,
        convention.ddof,
        convention.risk_free,
        convention.base
    );
    for (name, figure) in rows(stats) {
        let _ = match figure {
            Figure::Known(value) => writeln!(text, "{name:<38} {value:.6}"),
            Figure::Missing(why) => writeln!(text, "{name:<38} n/a: {}", why.text()),
        };
    }
    match &stats.drawdown {
        None => text.push_str("maximum drawdown (1 d)                 none\n"),
        Some(fall) => {
            let open = if fall.open { ", not recovered" } else { "" };
            let _ = writeln!(
                text,
                "{:<38} {:.6} over {:.0} days{open}; {:.0} % of the time under water",
                "maximum drawdown (1 d)",
                fall.depth,
                fall.duration_s / 86_400.0,
                fall.under_water * 100.0
            );
        }
    }
    text
}

fn rows(stats: &Statistics) -> [(&'static str, Figure); 16] {
    [
        ("return", stats.period_return),
        ("APR, simple", stats.apr),
        ("CAGR", stats.cagr),
        ("volatility (1 d)", stats.volatility),
        ("Sharpe (1 d)", stats.sharpe),
        ("Sharpe (1 d), Newey-West", stats.sharpe_newey_west),
        ("Sharpe (1 d), Lo", stats.sharpe_lo),
        ("probabilistic Sharpe (1 d)", stats.probabilistic_sharpe),
        ("deflated Sharpe (1 d)", stats.deflated_sharpe),
        ("Sortino (1 d)", stats.sortino),
        ("Calmar (1 d)", stats.calmar),
        ("skew (1 d)", stats.skew),
        ("excess kurtosis (1 d)", stats.excess_kurtosis),
        ("value at risk 95 % (1 d)", stats.value_at_risk_95),
        (
            "conditional value at risk 95 % (1 d)",
            stats.conditional_value_at_risk_95,
        ),
        ("days with a gain", stats.winning_days),
    ]
}
