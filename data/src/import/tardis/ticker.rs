//! What changed from one row of a derivative's ticker to the next.

use onetape_core::num::Qty;
use onetape_core::time::Ts;

use super::Stamps;
use crate::catalog::{FINE_DECIMALS, FundingRow, InterestRow, MarkRow, Row};
use crate::import::faults::{Fault, not_negative};
use crate::import::infer::Decimals;
use crate::import::numbers::{BadNumber, plain, rounded};

/// The last values that were told.
#[derive(Debug, Default)]
pub(super) struct Ticker {
    mark: Option<(i64, Option<i64>)>,
    funding: Option<(i64, Ts)>,
    interest: Option<i64>,
}

/// The cells of a row; what is empty was not told.
pub(super) struct Cells<'a> {
    pub(super) mark: &'a str,
    pub(super) index: &'a str,
    pub(super) rate: &'a str,
    pub(super) settles_at: Option<Ts>,
    pub(super) interest: &'a str,
}

impl Ticker {
    /// The rows that a line makes: what it tells that is new. Counts what had to be rounded.
    pub(super) fn rows(
        &mut self,
        stamps: Stamps,
        cells: &Cells<'_>,
        scale: Decimals,
        rounds: &mut u64,
    ) -> Result<Vec<Row>, Fault> {
        let Stamps {
            ts,
            ts_venue,
            place,
        } = stamps;
        let mut fine = |what: &str, text: &str| fine(what, text, rounds);
        let mark = match (
            fine("mark price", cells.mark)?,
            fine("index price", cells.index)?,
        ) {
            (Some(mark), index) => Some((above_zero(mark, cells.mark)?, index)),
            // An index without a mark is of no use to anyone here.
            (None, _) => None,
        };
        let funding = fine("funding rate", cells.rate)?.zip(cells.settles_at);
        let interest = match cells.interest {
            "" => None,
            text => Some(not_negative("quantity", &plain(text), scale.qty)?),
        };
        let mut rows = Vec::new();
        if let Some((mark, index)) = news(&mut self.mark, mark) {
            rows.push(Row::Mark(MarkRow {
                ts,
                ts_venue,
                place,
                mark,
                index,
            }));
        }
        if let Some((rate, settles_at)) = news(&mut self.funding, funding) {
            rows.push(Row::Funding(FundingRow {
                ts,
                ts_venue,
                place,
                rate,
                settles_at,
            }));
        }
        if let Some(interest) = news(&mut self.interest, interest) {
            rows.push(Row::Interest(InterestRow {
                ts,
                ts_venue,
                place,
                qty: Qty::new(interest),
            }));
        }
        Ok(rows)
    }
}

/// What is told, where it is not what is known.
fn news<T: Copy + PartialEq>(known: &mut Option<T>, told: Option<T>) -> Option<T> {
    let news = told.filter(|told| *known != Some(*told))?;
    *known = Some(news);
    Some(news)
}

fn fine(what: &str, text: &str, rounds: &mut u64) -> Result<Option<i64>, BadNumber> {
    if text.is_empty() {
        return Ok(None);
    }
    let (mantissa, exact) = rounded(what, &plain(text), FINE_DECIMALS)?;
    *rounds += u64::from(!exact);
    Ok(Some(mantissa))
}

fn above_zero(mark: i64, text: &str) -> Result<i64, Fault> {
    if mark > 0 {
        return Ok(mark);
    }
    Err(Fault::BadPrice(format!(
        "the mark price {text} is not above zero"
    )))
}
