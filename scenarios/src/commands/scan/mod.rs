//! `onetape scan`: what could have been earned between the instruments of a catalogue, found as it would be live.

mod look;
mod report;
mod select;

use std::io::Write;
use std::path::PathBuf;

use onetape_core::num::{Bps, Money};
use onetape_core::strategies::scanner::find::{Kind, ScanRules};
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use rust_decimal::Decimal;

use super::moment;

/// `onetape scan …`
#[derive(Clone, Debug, clap::Args)]
pub struct ScanArgs {
    /// Instruments, such as binance-spot:BTCUSDT; all spot instruments and linear futures when none is named.
    #[arg(value_name = "INSTRUMENT")]
    pub instruments: Vec<String>,
    /// The catalogue folder.
    #[arg(long, value_name = "DIR")]
    pub catalog: PathBuf,
    /// Taker fee in basis points: of one venue as VENUE=BPS, or of all others as BPS. Stated for each venue.
    #[arg(long, value_name = "[VENUE=]BPS", required = true, value_delimiter = ',', value_parser = fee)]
    pub fee: Vec<(Option<String>, Bps)>,
    /// Kinds of opportunity that are looked for; all when absent.
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    pub kinds: Vec<KindArg>,
    /// Least net edge in basis points, after every fee of the kind.
    #[arg(long, value_name = "BPS", default_value = "1", allow_hyphen_values = true, value_parser = bps)]
    pub min_net_bps: Bps,
    /// Most that the first trade of an opportunity may be worth, in quote units.
    #[arg(long, value_name = "AMOUNT", default_value = "1000", value_parser = money)]
    pub max_notional: Money,
    /// Most of what each touch shows that a trade may be, in percent: 1 to 100.
    #[arg(long, value_name = "PERCENT", default_value = "100", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub max_depth_percent: u8,
    /// Looks no further than tops that were confirmed within this time.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub max_age: Option<Span>,
    /// Looks only at tops that were confirmed within this time of each other.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub max_skew: Option<Span>,
    /// Settlements at the known rate that an opportunity of funding counts on.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub settlements: u32,
    /// Looks at everything this often, instead of whenever a top moves.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub interval: Option<Span>,
    /// When a decision would be made after an opportunity was found: how many of them still paid then is told.
    #[arg(long, value_name = "SPAN", default_value = "0ms", value_parser = span)]
    pub decide_after: Span,
    /// Most opportunities that are listed.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// First receive time, inclusive: RFC 3339, or nanoseconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Ts>,
    /// End of receive time, exclusive.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Ts>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// A kind of opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum KindArg {
    /// Bought at one venue, sold from what lies at another: after two fees.
    SpotSpot,
    /// Spot against a future, in both directions: after four fees and both spreads.
    SpotFuturesHedge,
    /// Round three instruments of one venue, in both directions: after three fees.
    Triangular,
    /// As the hedge, with the funding that is known to come.
    Funding,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::SpotSpot => Self::SpotSpot,
            KindArg::SpotFuturesHedge => Self::SpotFuturesHedge,
            KindArg::Triangular => Self::Triangular,
            KindArg::Funding => Self::Funding,
        }
    }
}

impl ScanArgs {
    fn rules(&self) -> ScanRules {
        let kinds: Vec<Kind> = self.kinds.iter().map(|kind| (*kind).into()).collect();
        ScanRules {
            kinds: if kinds.is_empty() {
                Kind::ALL.into()
            } else {
                kinds
            },
            min_net: self.min_net_bps,
            max_notional: self.max_notional,
            share: Decimal::new(self.max_depth_percent.into(), 2),
            max_age: self.max_age,
            max_skew: self.max_skew,
            settlements: self.settlements,
        }
    }

    /// The fee of a venue: its own, or that of all others.
    fn fee_of(&self, venue: &str) -> Option<Bps> {
        let own = |(name, _): &&(Option<String>, Bps)| name.as_deref() == Some(venue);
        let other = |(name, _): &&(Option<String>, Bps)| name.is_none();
        let stated = self.fee.iter().find(own).or(self.fee.iter().find(other));
        stated.map(|(_, fee)| *fee)
    }
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When there is no such catalogue or instrument, a venue's fee is not stated, a file is not what it was, or `out`
/// cannot be written.
pub fn run(args: &ScanArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let catalog = Catalog::open(&args.catalog)?;
    let selected = select::select(&catalog, args)?;
    let looked = look::look(&catalog, &selected, args)?;
    let report = report::Report::of(&looked, &selected, args);
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(0)
}

fn fee(text: &str) -> Result<(Option<String>, Bps), String> {
    match text.split_once('=') {
        Some((venue, fee)) => Ok((Some(venue.to_string()), bps(fee)?)),
        None => Ok((None, bps(text)?)),
    }
}

fn bps(text: &str) -> Result<Bps, String> {
    Bps::parse(text)
        .map_err(|why| format!("is no number of basis points ({why}); write it like 7.5"))
}

fn money(text: &str) -> Result<Money, String> {
    let amount = Money::parse(text).filter(|amount| *amount > Money::ZERO);
    amount.ok_or_else(|| "is no amount above zero; write it like 1000".into())
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text)
        .ok_or_else(|| "is no length of time; write it like 100ms, 1s or 5m".to_string())
}
