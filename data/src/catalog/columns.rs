//! Rows turned into columns, a batch at a time.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal64Array, Int32Array, Int64Array, TimestampNanosecondArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, SchemaRef};
use onetape_core::event::{Level, Status};
use onetape_core::instrument::Side;
use onetape_core::num::MANTISSA_MAX;
use onetape_core::time::Ts;

use super::kind::Kind;
use super::row::{DepthRow, Row, feed_news};
use super::schema::{self, Column, Type};

/// Values by column. Everything is held as `i64` until a batch is made.
pub(super) struct Columns {
    columns: &'static [Column],
    arrow: SchemaRef,
    values: Vec<Vec<i64>>,
    valid: Vec<Vec<bool>>,
}

impl Columns {
    pub(super) fn new(kind: Kind, arrow: SchemaRef) -> Self {
        let columns = schema::columns(kind);
        Self {
            columns,
            arrow,
            values: vec![Vec::new(); columns.len()],
            valid: vec![Vec::new(); columns.len()],
        }
    }

    /// Rows that wait for the next batch.
    pub(super) fn len(&self) -> usize {
        self.values[0].len()
    }

    /// Takes a message and returns the number of Parquet rows that it became.
    pub(super) fn push(&mut self, row: &Row) -> Result<u64, String> {
        match row {
            Row::Quote(q) => self.line(&[
                ts(q.ts),
                q.ts_venue.and_then(ts),
                id(q.place)?,
                id(q.update_id)?,
                Some(q.bid.price.mantissa()),
                Some(q.bid.qty.mantissa()),
                Some(q.ask.price.mantissa()),
                Some(q.ask.qty.mantissa()),
            ]),
            Row::Depth(d) => self.depth(d),
            Row::Trade(t) => self.line(&[
                ts(t.ts),
                t.ts_venue.and_then(ts),
                id(t.place)?,
                id(t.trade_id)?,
                Some(t.price.mantissa()),
                Some(t.qty.mantissa()),
                Some(match t.aggressor {
                    Side::Buy => 1,
                    Side::Sell => -1,
                }),
            ]),
            Row::Mark(m) => self.line(&[
                ts(m.ts),
                m.ts_venue.and_then(ts),
                id(m.place)?,
                Some(m.mark),
                m.index,
            ]),
            Row::Funding(f) => self.line(&[
                ts(f.ts),
                f.ts_venue.and_then(ts),
                id(f.place)?,
                Some(f.rate),
                ts(f.settles_at),
            ]),
            Row::Bar(b) => self.line(&[
                ts(b.ts),
                b.ts_venue.and_then(ts),
                id(b.place)?,
                Some(b.span.nanos()),
                Some(b.open.mantissa()),
                Some(b.high.mantissa()),
                Some(b.low.mantissa()),
                Some(b.close.mantissa()),
                Some(b.volume.mantissa()),
            ]),
            Row::Interest(i) => self.line(&[
                ts(i.ts),
                i.ts_venue.and_then(ts),
                id(i.place)?,
                Some(i.qty.mantissa()),
            ]),
            Row::Status(s) => self.line(&[
                ts(s.ts),
                s.ts_venue.and_then(ts),
                id(s.place)?,
                Some(i64::from(s.status == Status::Trading)),
            ]),
            Row::Feed(f) => self.line(&[
                ts(f.ts),
                f.ts_venue.and_then(ts),
                id(f.place)?,
                Some(feed_news(f.state).0),
            ]),
        }
    }

    fn depth(&mut self, d: &DepthRow) -> Result<u64, String> {
        let levels = (d.bids.iter().map(|level| (1, *level)))
            .chain(d.asks.iter().map(|level| (-1, *level)))
            // A message without levels still moves the chain of update ids.
            .chain((d.bids.is_empty() && d.asks.is_empty()).then_some((0, Level::default())));
        let count = (d.bids.len() + d.asks.len()).max(1) as u64;
        let head = [
            ts(d.ts),
            d.ts_venue.and_then(ts),
            id(d.place)?,
            id(d.first)?,
            id(d.last)?,
            d.prev.map(id).transpose()?.flatten(),
            Some(i64::from(d.snapshot)),
        ];
        let mut cells = [None; 11];
        cells[..7].copy_from_slice(&head);
        for (n, (side, level)) in (1..).zip(levels) {
            cells[7] = Some(side);
            cells[8] = Some(level.price.mantissa());
            cells[9] = Some(level.qty.mantissa());
            cells[10] = Some(i64::from(n == count));
            self.line(&cells)?;
        }
        Ok(count)
    }

    fn line(&mut self, cells: &[Option<i64>]) -> Result<u64, String> {
        for (column, cell) in self.columns.iter().zip(cells) {
            let decimal = matches!(column.kind, Type::Price | Type::Qty | Type::Fine);
            if decimal && cell.is_some_and(|v| v.unsigned_abs() > MANTISSA_MAX.unsigned_abs()) {
                return Err(format!("{} has more than 18 digits", column.name));
            }
        }
        for (at, cell) in cells.iter().enumerate() {
            self.values[at].push(cell.unwrap_or(0));
            if self.columns[at].nullable {
                self.valid[at].push(cell.is_some());
            }
        }
        Ok(1)
    }

    /// The waiting rows as a batch.
    pub(super) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let arrow = Arc::clone(&self.arrow);
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (at, column) in self.columns.iter().enumerate() {
            let values = std::mem::take(&mut self.values[at]);
            let valid = std::mem::take(&mut self.valid[at]);
            let nulls = column.nullable.then(|| NullBuffer::from(valid));
            arrays.push(array(values, nulls, arrow.field(at).data_type())?);
        }
        RecordBatch::try_new(arrow, arrays)
    }
}

fn array(
    values: Vec<i64>,
    nulls: Option<NullBuffer>,
    kind: &arrow_schema::DataType,
) -> Result<ArrayRef, ArrowError> {
    use arrow_schema::DataType;
    Ok(match kind {
        DataType::Timestamp(_, zone) => Arc::new(
            TimestampNanosecondArray::try_new(values.into(), nulls)?
                .with_timezone_opt(zone.clone()),
        ),
        DataType::Decimal64(precision, scale) => Arc::new(
            Decimal64Array::try_new(values.into(), nulls)?
                .with_precision_and_scale(*precision, *scale)?,
        ),
        DataType::Int32 => {
            let values: Vec<i32> = values.into_iter().map(|v| v as i32).collect();
            Arc::new(Int32Array::try_new(values.into(), nulls)?)
        }
        DataType::Boolean => {
            let values: Vec<bool> = values.into_iter().map(|v| v != 0).collect();
            Arc::new(BooleanArray::new(values.into(), nulls))
        }
        _ => Arc::new(Int64Array::try_new(values.into(), nulls)?),
    })
}

fn ts(ts: Ts) -> Option<i64> {
    Some(ts.nanos())
}

fn id(id: u64) -> Result<Option<i64>, String> {
    i64::try_from(id)
        .map(Some)
        .map_err(|_| format!("id {id} does not fit into 63 bits"))
}
