//! One series while messages of it are turned into rows.

use onetape_adapters::gate::ContractSize;
use onetape_core::book::DepthBook;
use onetape_core::event::{DepthUpdate, Level};
use onetape_core::time::Ts;

use super::convert::Accept;
use super::faults::{self, Fault, positive};
use super::infer::Decimals;
use super::numbers::{self, BadNumber};
use super::report::SeriesReport;
use super::told::{Texts, Told, What};
use crate::catalog::{
    DepthRow, FINE_DECIMALS, FundingRow, InstrumentRecord, MarkRow, QuoteRow, Row, Series, TradeRow,
};

const ACCEPT_GAP: &str = "pass --accept gap to keep what there is";

/// What is kept of a series.
pub(super) struct Feed {
    pub(super) series: Series,
    scale: Decimals,
    /// Base units of one contract, where quantities are contracts.
    size: Option<ContractSize>,
    /// The chain of update ids; the levels are left out, nobody looks at them.
    chain: DepthBook,
    funding: Option<(i64, Ts)>,
    /// Whether its trades are aggregates.
    aggregates: Option<bool>,
    pub(super) report: SeriesReport,
}

impl Feed {
    /// A series by its definition.
    pub(super) fn new(record: &InstrumentRecord, size: Option<ContractSize>) -> Self {
        Self {
            series: record.series(),
            scale: Decimals {
                price: record.price_decimals,
                qty: record.qty_decimals,
            },
            size,
            chain: DepthBook::default(),
            funding: None,
            aggregates: None,
            report: SeriesReport {
                instrument: record.name(),
                inferred: record.inferred,
                ..SeriesReport::default()
            },
        }
    }

    /// The rows of a message that came at `ts`; none for one that is let pass.
    pub(super) fn rows(
        &mut self,
        told: &Told<'_>,
        ts: Ts,
        place: u64,
        accept: Accept,
    ) -> Result<Vec<Row>, BadNumber> {
        let read = match &told.what {
            What::Quote { id, bid, ask } => {
                self.report.quotes += 1;
                let (Some(bid), Some(ask)) = (bid, ask) else {
                    self.report.set_aside.one_sided += 1;
                    return Ok(Vec::new());
                };
                self.traded(*bid)
                    .and_then(|bid| Ok((bid, self.traded(*ask)?)))
                    .map(|(bid, ask)| {
                        vec![Row::Quote(QuoteRow {
                            ts,
                            ts_venue: told.time,
                            place,
                            update_id: *id,
                            bid,
                            ask,
                        })]
                    })
            }
            What::Trade {
                none, aggregate, ..
            } => {
                if *self.aggregates.get_or_insert(*aggregate) != *aggregate {
                    return Err(self.twice());
                }
                self.report.trades += 1;
                let word = none.as_deref().unwrap_or("None").to_string();
                *self.report.trade_x_types.entry(word).or_default() += 1;
                self.trade(told, ts, place)
            }
            What::Depth { .. } => return self.depth(told, ts, place, accept),
            What::Mark { .. } => {
                self.report.marks += 1;
                self.mark(told, ts, place)
            }
        };
        match read {
            Ok(rows) => Ok(rows),
            Err(fault) => {
                fault.pass(accept, &mut self.report.set_aside)?;
                Ok(Vec::new())
            }
        }
    }

    fn twice(&self) -> BadNumber {
        BadNumber {
            what: format!(
                "{} has both single and aggregated trades, so every one would count twice",
                self.series.instrument()
            ),
            fix: "leave the lines of one of the two streams",
        }
    }

    fn trade(&self, told: &Told<'_>, ts: Ts, place: u64) -> Result<Vec<Row>, Fault> {
        let What::Trade {
            id,
            level,
            aggressor,
            none,
            ..
        } = &told.what
        else {
            return Ok(Vec::new());
        };
        if let Some(word) = none {
            let what =
                format!("an entry of the trade stream ({word:?}) that is no trade in the book");
            return Err(Fault::NonTrade(what));
        }
        let Level { price, qty } = self.traded(*level)?;
        Ok(vec![Row::Trade(TradeRow {
            ts,
            ts_venue: told.time,
            place,
            trade_id: *id,
            price,
            qty,
            aggressor: *aggressor,
        })])
    }

    fn depth(
        &mut self,
        told: &Told<'_>,
        ts: Ts,
        place: u64,
        accept: Accept,
    ) -> Result<Vec<Row>, BadNumber> {
        let What::Depth {
            snapshot,
            ids: (first, last, prev),
            bids,
            asks,
        } = &told.what
        else {
            return Ok(Vec::new());
        };
        *if *snapshot {
            &mut self.report.depth_snapshots
        } else {
            &mut self.report.depth_diffs
        } += 1;
        let row = DepthRow {
            ts,
            ts_venue: told.time,
            place,
            snapshot: *snapshot,
            first: *first,
            last: *last,
            prev: *prev,
            bids: self.levels(bids, accept)?,
            asks: self.levels(asks, accept)?,
        };
        self.link(&row, accept)?;
        Ok(vec![Row::Depth(row)])
    }

    /// Follows the chain of update ids.
    fn link(&mut self, row: &DepthRow, accept: Accept) -> Result<(), BadNumber> {
        let (last, gaps) = (self.chain.last_id(), self.chain.counts().gaps);
        self.chain.apply(&DepthUpdate {
            instrument: Default::default(),
            snapshot: row.snapshot,
            first: row.first,
            last: row.last,
            prev: row.prev,
            bids: Vec::new(),
            asks: Vec::new(),
        });
        let new = self.chain.counts().gaps - gaps;
        if new > 0 && !accept.gaps {
            let name = self.series.instrument();
            let what = if row.snapshot {
                format!(
                    "depth messages of {name} are missing: the diffs before the snapshot of update id {} do not continue it",
                    row.last
                )
            } else {
                format!(
                    "depth messages of {name} are missing: update ids {} to {} come after {last}",
                    row.first, row.last
                )
            };
            return Err(BadNumber {
                what,
                fix: ACCEPT_GAP,
            });
        }
        self.report.set_aside.gaps += new;
        Ok(())
    }

    /// A side of a depth message, without the levels that are let pass.
    fn levels(&mut self, side: &[Texts<'_>], accept: Accept) -> Result<Vec<Level>, BadNumber> {
        let mut levels = Vec::with_capacity(side.len());
        let mut bad = None;
        for (price, qty) in side {
            let read = (self.base(qty)).and_then(|qty| faults::resting(price, &qty, self.scale));
            match read {
                Ok(level) => levels.push(level),
                Err(fault) => bad = bad.or(Some(fault)),
            }
        }
        if let Some(fault) = bad {
            fault.pass(accept, &mut self.report.set_aside)?;
        }
        Ok(levels)
    }

    fn mark(&mut self, told: &Told<'_>, ts: Ts, place: u64) -> Result<Vec<Row>, Fault> {
        let What::Mark {
            mark,
            index,
            funding,
        } = &told.what
        else {
            return Ok(Vec::new());
        };
        let index = index.map(|text| positive("index", text, FINE_DECIMALS));
        let mut rows = vec![Row::Mark(MarkRow {
            ts,
            ts_venue: told.time,
            place,
            mark: positive("mark", mark, FINE_DECIMALS)?,
            index: index.transpose()?,
        })];
        let Some((rate, settles_at)) = funding else {
            return Ok(rows);
        };
        let rate = numbers::fixed("funding rate", rate, FINE_DECIMALS)?;
        if self.funding.replace((rate, *settles_at)) != Some((rate, *settles_at)) {
            self.report.fundings += 1;
            rows.push(Row::Funding(FundingRow {
                ts,
                ts_venue: told.time,
                place,
                rate,
                settles_at: *settles_at,
            }));
        }
        Ok(rows)
    }

    fn traded(&self, (price, qty): Texts<'_>) -> Result<Level, Fault> {
        faults::quoted(price, &self.base(qty)?, self.scale)
    }

    /// A quantity in base units.
    fn base(&self, qty: &str) -> Result<String, Fault> {
        let Some(size) = &self.size else {
            return Ok(qty.to_string());
        };
        size.base_units(qty).ok_or_else(|| {
            Fault::Fatal(BadNumber {
                what: format!("the size {qty:?} is not a number of contracts"),
                fix: "mend or remove the line",
            })
        })
    }
}
