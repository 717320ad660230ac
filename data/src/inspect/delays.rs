//! How long messages were on their way from the venue to the recorder, as a table to draw latencies from.

use serde::Serialize;

use crate::catalog::{Catalog, Kind};
use crate::error::{Error, Result};
use crate::tape::{
    Cursor, DepthCursor, Need, QuoteColumns, TradeColumns, Window, parts, time_text,
};

/// Entries of the table: the middles of as many parts of equal weight.
const ENTRIES: u64 = 1_000;

/// Delays are counted in buckets of the same relative width: the first `2^12` nanoseconds one by one, then `2^11`
/// buckets from each power of two to the next. A bucket is no wider than a 2,048th of what is in it.
const FINE_BITS: u32 = 11;

/// The delays of one instrument's messages, measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DelayTable {
    /// Whose.
    pub instrument: String,
    /// Messages with both stamps, which the table is made of.
    pub messages: u64,
    /// Messages without the venue's stamp.
    pub unstamped: u64,
    /// The shortest, in nanoseconds.
    pub least_ns: i64,
    /// The longest, in nanoseconds.
    pub most_ns: i64,
    /// Delays in nanoseconds, shortest first, all of the same weight: entry `i` of `n` is the `(i + 1/2) / n`
    /// quantile, to a part in 2,048.
    pub delays_ns: Vec<i64>,
}

/// Measures the delays of an instrument's quotes, depth messages and prints: receive time less the venue's own.
/// `progress` is told how many of how many messages were read. Memory does not grow with their number.
///
/// # Errors
/// When the instrument is not there, no message has both stamps, one was received before it was sent (the two clocks
/// disagree, and no delay can be told from them), or a file is not what it was.
pub fn delays(
    catalog: &Catalog,
    instrument: &str,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<DelayTable> {
    let series = catalog.instrument(instrument)?.series();
    let kinds = [Kind::Quote, Kind::Depth, Kind::Trade];
    let files = kinds.map(|kind| catalog.files(&series, kind));
    let total = files.iter().flatten().map(|file| file.rows).sum();
    let mut counts = Counts::new();
    let mut done = 0;
    for (kind, files) in kinds.into_iter().zip(files) {
        if files.is_empty() {
            continue;
        }
        let parts = parts(catalog, &series, kind, Window::ALL)?;
        for part in &parts {
            catalog.verify(&part.record)?;
        }
        let mut add = |ts: i64, ts_venue: Option<i64>| {
            counts.add(ts, ts_venue);
            done += 1;
            if done % (1 << 16) == 0 {
                progress(done, total);
            }
        };
        match kind {
            Kind::Quote => {
                let mut rows: Cursor<QuoteColumns> = Cursor::new(parts, Window::ALL, Need::ROWS)?;
                while rows.head().is_some() {
                    let (columns, at) = rows.row();
                    let row = columns.row(at);
                    add(row.ts.nanos(), row.ts_venue.map(|ts| ts.nanos()));
                    rows.advance()?;
                }
            }
            Kind::Trade => {
                let mut rows: Cursor<TradeColumns> = Cursor::new(parts, Window::ALL, Need::ROWS)?;
                while rows.head().is_some() {
                    let (columns, at) = rows.row();
                    let row = columns.row(at);
                    add(row.ts.nanos(), row.ts_venue.map(|ts| ts.nanos()));
                    rows.advance()?;
                }
            }
            _ => {
                let mut rows = DepthCursor::new(parts, Window::ALL, Need::ROWS)?;
                while rows.head().is_some() {
                    let row = rows.take_row()?;
                    add(row.ts.nanos(), row.ts_venue.map(|ts| ts.nanos()));
                }
            }
        }
    }
    counts.table(instrument)
}

/// Delays counted in buckets.
struct Counts {
    buckets: Vec<u64>,
    messages: u64,
    unstamped: u64,
    least: i64,
    most: i64,
    /// Received before they were sent: how many, and receive time and delay of the worst.
    negative: u64,
    worst: (i64, i64),
}

impl Counts {
    fn new() -> Self {
        Self {
            buckets: Vec::new(),
            messages: 0,
            unstamped: 0,
            least: i64::MAX,
            most: i64::MIN,
            negative: 0,
            worst: (0, 0),
        }
    }

    fn add(&mut self, ts: i64, ts_venue: Option<i64>) {
        let Some(ts_venue) = ts_venue else {
            self.unstamped += 1;
            return;
        };
        let delay = ts.saturating_sub(ts_venue);
        self.messages += 1;
        self.least = self.least.min(delay);
        self.most = self.most.max(delay);
        let Ok(nanos) = u64::try_from(delay) else {
            self.negative += 1;
            if delay < self.worst.1 {
                self.worst = (ts, delay);
            }
            return;
        };
        let at = bucket(nanos);
        if at >= self.buckets.len() {
            self.buckets.resize(at + 1, 0);
        }
        self.buckets[at] += 1;
    }

    fn table(self, instrument: &str) -> Result<DelayTable> {
        if self.messages == 0 {
            return Err(Error::Request {
                what: format!(
                    "no quote, depth message or print of {instrument} has a stamp of the venue's own beside its \
                     receive time ({} have none)",
                    self.unstamped
                ),
                fix:
                    "state the latencies in the scenario, or import a source that keeps both stamps"
                        .to_string(),
            });
        }
        if self.negative > 0 {
            let (ts, delay) = self.worst;
            return Err(Error::Request {
                what: format!(
                    "{} of {} messages of {instrument} were received before the venue sent them, at {} by {} ms: \
                     the two clocks disagree, and no delay can be told from them",
                    self.negative,
                    self.messages,
                    time_text(ts),
                    millis(-delay)
                ),
                fix: "state the latencies in the scenario".to_string(),
            });
        }
        let count = ENTRIES.min(self.messages);
        let mut delays_ns = Vec::with_capacity(count as usize);
        let (mut at, mut below) = (0, 0);
        for entry in 0..count {
            // The place, from 0, of the middle of this entry's part.
            let place = ((2 * u128::from(entry) + 1) * u128::from(self.messages)
                / (2 * u128::from(count))) as u64;
            while at + 1 < self.buckets.len() && below + self.buckets[at] <= place {
                below += self.buckets[at];
                at += 1;
            }
            delays_ns.push(middle(at).clamp(self.least, self.most));
        }
        Ok(DelayTable {
            instrument: instrument.to_string(),
            messages: self.messages,
            unstamped: self.unstamped,
            least_ns: self.least,
            most_ns: self.most,
            delays_ns,
        })
    }
}

fn millis(nanos: i64) -> String {
    format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000)
}

/// Number of the bucket of a delay.
fn bucket(nanos: u64) -> usize {
    let power = (u64::BITS - nanos.leading_zeros()).saturating_sub(FINE_BITS + 1);
    ((u64::from(power) << FINE_BITS) + (nanos >> power)) as usize
}

/// The middle of a bucket.
fn middle(bucket: usize) -> i64 {
    let bucket = bucket as u64;
    let power = (bucket >> FINE_BITS).saturating_sub(1);
    let low = (bucket - (power << FINE_BITS)) << power;
    i64::try_from(low + ((1 << power) >> 1)).unwrap_or(i64::MAX)
}

impl DelayTable {
    /// A quantile in nanoseconds: the entry whose part holds it.
    fn quantile(&self, thousandths: usize) -> i64 {
        let at = thousandths * self.delays_ns.len() / 1_000;
        let at = at.min(self.delays_ns.len().saturating_sub(1));
        self.delays_ns.get(at).copied().unwrap_or_default()
    }

    /// The table as a file that scenarios read: one duration a line after a few lines that say what it is.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "# {}: from the venue's stamp to receipt, {} messages ({} without a stamp)\n\
             # {} delays of equal weight, shortest first\n",
            self.instrument,
            self.messages,
            self.unstamped,
            self.delays_ns.len()
        );
        for delay in &self.delays_ns {
            text.push_str(&format!("{delay}ns\n"));
        }
        text
    }
}

impl std::fmt::Display for DelayTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.instrument)?;
        writeln!(f, "  messages    {:>14}", self.messages)?;
        writeln!(f, "  unstamped   {:>14}", self.unstamped)?;
        writeln!(f, "  shortest    {:>14} ms", millis(self.least_ns))?;
        for (name, thousandths) in [("p10", 100), ("median", 500), ("p90", 900), ("p99", 990)] {
            let delay = millis(self.quantile(thousandths));
            writeln!(f, "  {name:<11} {delay:>14} ms")?;
        }
        writeln!(f, "  longest     {:>14} ms", millis(self.most_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(delays: impl IntoIterator<Item = i64>) -> Result<DelayTable> {
        let mut counts = Counts::new();
        for (at, delay) in delays.into_iter().enumerate() {
            let ts = 1_000_000_000 + at as i64;
            counts.add(ts, Some(ts - delay));
        }
        counts.table("venue:X")
    }

    #[test]
    fn few_delays_come_back_as_they_were() {
        let found = table([30, 10, 20, 10]).unwrap();
        assert_eq!(found.delays_ns, [10, 10, 20, 30]);
        assert_eq!((found.least_ns, found.most_ns), (10, 30));
        assert!(found.to_text().ends_with("10ns\n10ns\n20ns\n30ns\n"));
    }

    #[test]
    fn many_delays_become_their_quantiles() {
        // 1 to 1,000,000 us, each once: entry i is the (i + 1/2)-th thousandth.
        let found = table((1..=1_000_000).map(|micros| micros * 1_000)).unwrap();
        assert_eq!(found.delays_ns.len(), 1_000);
        for (at, delay) in found.delays_ns.iter().enumerate() {
            let exact = (at as i64 * 1_000 + 501) * 1_000;
            assert!(
                (delay - exact).abs() <= exact / 2_048 + 1,
                "{at}: {delay} {exact}"
            );
        }
        assert!(
            found.to_string().contains("median          500.4"),
            "{found}"
        );
    }

    #[test]
    fn every_bucket_holds_its_middle_and_follows_the_one_before() {
        let mut last = None;
        let mut nanos = 0_u64;
        while nanos < 1 << 62 {
            let at = bucket(nanos);
            assert!(last.is_none_or(|last| last <= at));
            assert_eq!(bucket(middle(at) as u64), at, "{nanos}");
            let off = (middle(at) - nanos as i64).unsigned_abs();
            assert!(off <= nanos / 2_048, "{nanos} {off}");
            last = Some(at);
            nanos += nanos / 999 + 1;
        }
    }

    #[test]
    fn clocks_that_disagree_are_refused() {
        let why = table([5_000_000, -1_270_000_000, 7, -1])
            .unwrap_err()
            .to_string();
        for says in [
            "2 of 4 messages of venue:X",
            "1270.000000 ms",
            "clocks disagree",
        ] {
            assert!(why.contains(says), "{why}");
        }
        let mut counts = Counts::new();
        counts.add(5, None);
        let why = counts.table("venue:X").unwrap_err().to_string();
        assert!(why.contains("1 have none"), "{why}");
    }
}
