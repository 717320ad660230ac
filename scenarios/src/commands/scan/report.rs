//! What a scan came to: a bounded list, ranked, as JSON and as text.

use std::fmt;

use onetape_core::instrument::Side;
use onetape_core::num::Money;
use onetape_core::strategies::scanner::find::Kind;
use onetape_core::time::Span;
use rust_decimal::Decimal;
use serde::Serialize;

use super::ScanArgs;
use super::look::{Looked, Seen};
use super::select::Selected;
use crate::commands::time_text;
use crate::scenario::bps_text;

/// The report of a scan. Prices, quantities and money are decimal text.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    from: Option<String>,
    to: Option<String>,
    market_events: u64,
    instruments: usize,
    routes: usize,
    min_net_bps: String,
    kinds: Vec<KindTotal>,
    opportunities: Vec<Ranked>,
    /// Routes that paid as well and are not listed.
    left_off: usize,
    decisions: Decisions,
    /// Instruments whose rules nothing but market data told: their minima are guesses.
    inferred: Vec<String>,
}

/// What a kind came to.
#[derive(Debug, Serialize)]
struct KindTotal {
    kind: &'static str,
    /// Routes that ever paid.
    routes: usize,
    /// How often one began to pay.
    count: u64,
    total_ms: String,
    best_net_bps: Option<String>,
}

/// How many opportunities still paid when a decision would have been made.
#[derive(Debug, Serialize)]
struct Decisions {
    after_ms: String,
    made: u64,
    still_paid: u64,
    share: Option<String>,
}

/// One route that paid.
#[derive(Debug, Serialize)]
struct Ranked {
    rank: usize,
    kind: &'static str,
    trades: Vec<Trade>,
    /// How often it began to pay.
    count: u64,
    total_ms: String,
    longest_ms: String,
    /// When it would have earned most, and what.
    best_at: String,
    net_bps: String,
    notional: String,
    profit: String,
}

/// One trade, at its best.
#[derive(Debug, Serialize)]
struct Trade {
    side: &'static str,
    instrument: String,
    qty: String,
    price: String,
}

impl Report {
    pub(super) fn of(looked: &Looked, selected: &Selected, args: &ScanArgs) -> Self {
        let mut seen: Vec<&Seen> = looked.seen.iter().flatten().collect();
        seen.sort_by(|a, b| {
            let by_profit = b.best.profit().total_cmp(&a.best.profit());
            by_profit.then(a.best.route.cmp(&b.best.route))
        });
        let kinds = args.rules().kinds;
        let share = (looked.decided > 0).then(|| {
            let share = Decimal::from(looked.still_paid) / Decimal::from(looked.decided);
            share.round_dp(4).normalize().to_string()
        });
        Self {
            from: looked.from.map(time_text),
            to: looked.to.map(time_text),
            market_events: looked.events,
            instruments: selected.names.instruments.len(),
            routes: looked.scanner.routes().len(),
            min_net_bps: bps_text(args.min_net_bps),
            kinds: Kind::ALL
                .into_iter()
                .filter(|kind| kinds.contains(kind))
                .map(|kind| total(kind, looked, &seen))
                .collect(),
            opportunities: seen
                .iter()
                .zip(1..)
                .take(args.top)
                .map(|(seen, rank)| ranked(rank, seen, looked))
                .collect(),
            left_off: seen.len().saturating_sub(args.top),
            decisions: Decisions {
                after_ms: millis(args.decide_after),
                made: looked.decided,
                still_paid: looked.still_paid,
                share,
            },
            inferred: selected.inferred.clone(),
        }
    }
}

fn total(kind: Kind, looked: &Looked, seen: &[&Seen]) -> KindTotal {
    let of_kind = |it: &&&Seen| looked.scanner.routes()[it.best.route as usize].kind == kind;
    let of_kind: Vec<&&Seen> = seen.iter().filter(of_kind).collect();
    let total = of_kind.iter().map(|it| it.total.nanos()).sum();
    let best = of_kind
        .iter()
        .map(|it| it.best.net_bps)
        .max_by(f64::total_cmp);
    KindTotal {
        kind: kind.name(),
        routes: of_kind.len(),
        count: of_kind.iter().map(|it| it.count).sum(),
        total_ms: millis(Span::from_nanos(total)),
        best_net_bps: best.map(|best| format!("{best:.2}")),
    }
}

fn ranked(rank: usize, seen: &Seen, looked: &Looked) -> Ranked {
    let route = &looked.scanner.routes()[seen.best.route as usize];
    let trades = route.steps().iter().enumerate().map(|(n, step)| {
        let instrument = &looked.scanner.instruments()[usize::from(step.at)];
        let (qty, price) = (seen.best.sized.qty[n], seen.best.sized.price[n]);
        Trade {
            side: match step.side {
                Side::Buy => "buy",
                Side::Sell => "sell",
            },
            instrument: instrument.name.clone(),
            qty: instrument.qty_decimal(qty).normalize().to_string(),
            price: instrument.price_decimal(price).normalize().to_string(),
        }
    });
    Ranked {
        rank,
        kind: route.kind.name(),
        trades: trades.collect(),
        count: seen.count,
        total_ms: millis(seen.total),
        longest_ms: millis(seen.longest),
        best_at: time_text(seen.best_at),
        net_bps: format!("{:.2}", seen.best.net_bps),
        notional: seen.best.sized.notional.decimal().normalize().to_string(),
        profit: format!("{:.4}", seen.best.profit()),
    }
}

/// Milliseconds to a thousandth, without zeros behind.
fn millis(span: Span) -> String {
    let exact = Money::new(Decimal::new(span.nanos(), 6)).decimal();
    exact.round_dp(3).normalize().to_string()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        writeln!(
            f,
            "{} instruments, {} routes, {} market events, {} to {}",
            self.instruments,
            self.routes,
            self.market_events,
            from.unwrap_or("-"),
            to.unwrap_or("-"),
        )?;
        writeln!(f, "\nKinds, net of fees at least {} bps", self.min_net_bps)?;
        let head = ["kind", "routes", "found", "total ms", "best net bps"].map(str::to_string);
        let kinds = self.kinds.iter().map(|kind| {
            let best = kind.best_net_bps.clone();
            [
                kind.kind.to_string(),
                kind.routes.to_string(),
                kind.count.to_string(),
                kind.total_ms.clone(),
                best.unwrap_or_else(|| "-".into()),
            ]
        });
        columns(f, std::iter::once(head).chain(kinds).collect())?;
        writeln!(
            f,
            "\nOpportunities, what would have earned most at its best first"
        )?;
        let head = [
            "",
            "found",
            "longest ms",
            "net bps",
            "notional",
            "profit",
            "at",
            "trades",
        ];
        let rows = self.opportunities.iter().map(|it| {
            [
                it.rank.to_string(),
                it.count.to_string(),
                it.longest_ms.clone(),
                it.net_bps.clone(),
                it.notional.clone(),
                it.profit.clone(),
                it.best_at.clone(),
                words(it),
            ]
        });
        if self.opportunities.is_empty() {
            writeln!(f, "  none")?;
        } else {
            let head = head.map(str::to_string);
            columns(f, std::iter::once(head).chain(rows).collect())?;
        }
        if self.left_off > 0 {
            writeln!(f, "  and {} more; --top lists them", self.left_off)?;
        }
        let Decisions {
            after_ms,
            made,
            still_paid,
            share,
        } = &self.decisions;
        if let Some(share) = share {
            writeln!(
                f,
                "\n{still_paid} of {made} still paid when a decision was made, {after_ms} ms after they were found: {share}"
            )?;
        }
        if !self.inferred.is_empty() {
            let inferred = self.inferred.join(", ");
            writeln!(
                f,
                "note: the minima of {inferred} are guesses; import their rules"
            )?;
        }
        Ok(())
    }
}

fn words(it: &Ranked) -> String {
    let trade = |trade: &Trade| format!("{} {} {}", trade.side, trade.qty, trade.instrument);
    let trades: Vec<String> = it.trades.iter().map(trade).collect();
    format!("{}: {}", it.kind, trades.join(", "))
}

/// Columns that line up: numbers to the right, the last one ragged.
fn columns<const N: usize>(f: &mut fmt::Formatter<'_>, rows: Vec<[String; N]>) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in &rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let is_last = at + 1 == N;
            if is_last || at == 0 {
                line.push_str(&format!("  {cell:<width$}"));
            } else {
                line.push_str(&format!("  {cell:>width$}"));
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
