//! One instrument: what its rows are fed to, and what is then told of it.

use std::collections::BTreeMap;

use onetape_core::event::Status;
use onetape_core::num::{Price, parse_fixed};

use super::bars::Bars;
use super::depth::Depth;
use super::finding::{At, CheckName, ONCE, Scope, Severity, Tally};
use super::funding::Funding;
use super::limits::Limits;
use super::prices::Jumps;
use super::repeated::is_repeated;
use super::silence::Silence;
use super::sizes::{Sizes, contract_value};
use super::stamps::Stamps;
use super::trades::TradeIds;
use crate::catalog::{FINE_DECIMALS, InstrumentRecord, Kind, QuoteRow, Row};

/// A row, where it stands, and what that says of it.
pub(super) struct Placed {
    pub(super) row: Row,
    pub(super) at: At,
    /// The first row of a source that is not the first.
    pub(super) new_source: bool,
    /// It lies in the day or month of its file.
    pub(super) in_day: bool,
    /// It lies in the time that is asked for.
    pub(super) counted: bool,
}

/// One instrument.
pub(super) struct Series<'a> {
    pub(super) record: &'a InstrumentRecord,
    limits: Limits,
    kinds: BTreeMap<Kind, KindChecks>,
    all: Silence,
    first: Option<At>,
    crossed: Tally,
    locked: Tally,
    ids: TradeIds,
    depth: Depth,
    bars: Bars,
    funding: Funding,
    pub(super) sizes: Sizes,
    /// Until when the market was halted, if ever; the end of time while it is.
    halted: Option<i64>,
}

/// What every kind of rows is checked for.
struct KindChecks {
    stamps: Stamps,
    silence: Silence,
    before: Option<Row>,
    repeated: Tally,
    impossible: Tally,
    jumps: [Jumps; 2],
}

impl KindChecks {
    fn new(limits: &Limits) -> Self {
        Self {
            stamps: Stamps::default(),
            silence: Silence::new(limits),
            before: None,
            repeated: Tally::default(),
            impossible: Tally::default(),
            jumps: [limits.jump_percent; 2].map(Jumps::new),
        }
    }
}

impl<'a> Series<'a> {
    pub(super) fn new(record: &'a InstrumentRecord, limits: Limits) -> Self {
        let tick = parse_fixed(&record.tick, record.price_decimals).unwrap_or(1);
        Self {
            record,
            limits,
            kinds: BTreeMap::new(),
            all: Silence::new(&limits),
            first: None,
            crossed: Tally::default(),
            locked: Tally::default(),
            ids: TradeIds::default(),
            depth: Depth::new(Price::new(tick)),
            bars: Bars::default(),
            funding: Funding::new(limits.funding_percent),
            sizes: Sizes::default(),
            halted: None,
        }
    }

    pub(super) fn row(&mut self, placed: Placed) {
        let Placed {
            row,
            at,
            new_source,
            in_day,
            counted,
        } = placed;
        if !counted {
            // From before the time asked for: it makes the book that diffs go on.
            if let Row::Depth(depth) = row {
                self.depth.row(depth, at, new_source, false);
            }
            return;
        }
        self.first.get_or_insert(at);
        self.all.row(at, self.halted);
        let kind =
            (self.kinds.entry(Kind::of(&row))).or_insert_with(|| KindChecks::new(&self.limits));
        let stream = !matches!(&row, Row::Depth(depth) if depth.snapshot);
        let venue = row.ts_venue().map(|ts| ts.nanos());
        kind.stamps.row(at, venue, stream, in_day);
        kind.silence.row(at, self.halted);
        let repeated = kind
            .before
            .as_ref()
            .is_some_and(|before| is_repeated(before, &row));
        kind.repeated.add_if(repeated, at);
        kind.impossible.add_if(is_impossible(&row), at);
        kind.before = Some(row.clone());
        self.content(row, at, new_source);
    }

    fn content(&mut self, row: Row, at: At, new_source: bool) {
        match row {
            Row::Quote(quote) => self.quote(&quote, at),
            Row::Depth(depth) => {
                for level in depth.bids.iter().chain(&depth.asks) {
                    self.sizes.add(Kind::Depth, 0, level.qty.mantissa());
                }
                self.depth.row(depth, at, new_source, true);
            }
            Row::Trade(trade) => {
                self.ids.id(trade.trade_id, at, new_source);
                self.sizes.add(Kind::Trade, 0, trade.qty.mantissa());
                self.price(Kind::Trade, 0, trade.price.mantissa(), at);
            }
            Row::Bar(bar) => {
                let volume = bar.volume.mantissa();
                self.sizes.add(Kind::Bar, bar.span.nanos(), volume);
                self.price(Kind::Bar, 0, bar.close.mantissa(), at);
                self.bars.row(bar, at);
            }
            Row::Mark(mark) => self.jump(Kind::Mark, 0, mark.mark, at),
            Row::Funding(funding) => self.funding.row(&funding, at),
            Row::Status(status) => match (status.status, self.halted) {
                (Status::Halted, _) => self.halted = Some(i64::MAX),
                (Status::Trading, Some(i64::MAX)) => self.halted = Some(at.ts),
                (Status::Trading, _) => {}
            },
            Row::Interest(_) | Row::Feed(_) => {}
        }
    }

    fn quote(&mut self, quote: &QuoteRow, at: At) {
        self.crossed.add_if(quote.bid.price > quote.ask.price, at);
        self.locked.add_if(quote.bid.price == quote.ask.price, at);
        for level in [quote.bid, quote.ask] {
            self.sizes.add(Kind::Quote, 0, level.qty.mantissa());
        }
        self.price(Kind::Quote, 0, quote.bid.price.mantissa(), at);
        self.jump(Kind::Quote, 1, quote.ask.price.mantissa(), at);
    }

    /// A price by which the instrument is known.
    fn price(&mut self, kind: Kind, which: usize, price: i64, at: At) {
        self.sizes.price(price);
        self.jump(kind, which, price, at);
    }

    fn jump(&mut self, kind: Kind, which: usize, price: i64, at: At) {
        if let Some(checks) = self.kinds.get_mut(&kind) {
            checks.jumps[which].price(price, at);
        }
    }

    /// What is found; `aside` entries of the trade stream were left out by the import.
    pub(super) fn tell(&mut self, aside: u64, to: &mut Scope<'_>) {
        self.instrument(to);
        let others = self.others();
        let kinds = std::mem::take(&mut self.kinds);
        for (&kind, checks) in &kinds {
            self.kind(kind, checks, &mut to.of(kind));
        }
        let says = "quotes whose bid is above their ask: both cannot have stood";
        let (check, kind) = (CheckName::Crossed, Kind::Quote);
        to.of(kind)
            .tell(check, Severity::Error, self.crossed, says, Vec::new());
        let says = "quotes whose bid is at their ask";
        let check = CheckName::Locked;
        to.of(kind)
            .tell(check, Severity::Warning, self.locked, says, Vec::new());
        self.ids.tell(aside, &mut to.of(Kind::Trade));
        self.depth.tell(&mut to.of(Kind::Depth));
        self.bars.tell(&mut to.of(Kind::Bar));
        if self.record.kind != "spot" {
            self.funding.tell(others, to);
        }
    }

    fn instrument(&self, to: &mut Scope<'_>) {
        contract_value(self.record, to);
        if self.record.inferred {
            let says = "tick, lot and minima are inferred from the data: a backtest cannot know what the venue would refuse";
            to.tell(CheckName::Coverage, Severity::Note, ONCE, says, Vec::new());
        }
        if self.kinds.is_empty() {
            let says = "no rows in the time asked for";
            to.tell(
                CheckName::Coverage,
                Severity::Warning,
                ONCE,
                says,
                Vec::new(),
            );
            return;
        }
        let met = Tally {
            count: self.kinds.values().map(|kind| kind.stamps.rows).sum(),
            first: self.first,
        };
        let says = format!("rows of all kinds together{}", self.all.words());
        to.tell(
            CheckName::Coverage,
            Severity::Note,
            met,
            says,
            self.all.values(),
        );
    }

    /// The time that all but funding covers.
    fn others(&self) -> Option<(i64, i64)> {
        let ranges = (self.kinds.iter())
            .filter(|(kind, _)| **kind != Kind::Funding)
            .filter_map(|(_, checks)| checks.stamps.range);
        ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn kind(&self, kind: Kind, checks: &KindChecks, to: &mut Scope<'_>) {
        checks.stamps.tell(&checks.silence, to);
        if matches!(kind, Kind::Quote | Kind::Depth | Kind::Trade) {
            checks.silence.tell(to);
        }
        let says = "messages equal the ones before them: the recorder wrote them twice, or two connections fed one file";
        let check = CheckName::Duplicate;
        to.tell(check, Severity::Warning, checks.repeated, says, Vec::new());
        let says = "prices or quantities that cannot be (zero or negative): who trades on such a row fills at nothing";
        let check = CheckName::AbsurdPrice;
        to.tell(check, Severity::Error, checks.impossible, says, Vec::new());
        let (what, decimals) = match kind {
            Kind::Quote => (["bid", "ask"], self.record.price_decimals),
            Kind::Mark => (["mark", ""], FINE_DECIMALS),
            Kind::Bar => (["close", ""], self.record.price_decimals),
            _ => (["price", ""], self.record.price_decimals),
        };
        for (jumps, what) in checks.jumps.iter().zip(what) {
            jumps.tell(what, decimals, to);
        }
    }
}

/// True for prices and quantities that cannot be. Zero is a quantity of a diff, which removes a level, and of a bar in
/// which nothing traded.
fn is_impossible(row: &Row) -> bool {
    match row {
        Row::Quote(row) => {
            let mut sides = [row.bid, row.ask].into_iter();
            sides.any(|level| level.price.mantissa() <= 0 || level.qty.mantissa() <= 0)
        }
        Row::Trade(row) => row.price.mantissa() <= 0 || row.qty.mantissa() <= 0,
        Row::Depth(row) => (row.bids.iter().chain(&row.asks))
            .any(|level| level.price.mantissa() <= 0 || level.qty.mantissa() < 0),
        Row::Bar(row) => {
            let least = row.open.min(row.high).min(row.low).min(row.close);
            least.mantissa() <= 0 || row.volume.mantissa() < 0
        }
        Row::Mark(row) => row.mark <= 0 || row.index.is_some_and(|index| index <= 0),
        Row::Interest(row) => row.qty.mantissa() < 0,
        Row::Funding(_) | Row::Status(_) | Row::Feed(_) => false,
    }
}
