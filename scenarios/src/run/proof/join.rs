//! Account files and catalogue, joined by time.

use anyhow::{bail, ensure};
use onetape_core::event::{Event, Seq};
use onetape_data::tape::Tape;

use super::lives::{Head, Heads};
use crate::commands::time_text;

/// Everything that the run folded, in its order. A live run's stamps are strictly increasing, so time alone tells it.
pub(super) struct Joined {
    heads: Heads,
    head: Option<Head>,
    tape: Option<Tape>,
    row: Option<Event>,
    rows: u64,
    /// Rows that came before the life that is read.
    earlier: u64,
    /// How many events are certain to be all that came until then: as many as the last record of an account file counts.
    certain: Seq,
}

impl Joined {
    pub(super) fn new(mut heads: Heads, mut tape: Option<Tape>) -> anyhow::Result<Self> {
        let head = heads.next()?;
        let row = match &mut tape {
            Some(tape) => tape.next_event()?,
            None => None,
        };
        Ok(Self {
            heads,
            head,
            tape,
            row,
            rows: 0,
            earlier: 0,
            certain: Seq(0),
        })
    }

    /// Rows of the catalogue that were given.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Until which place nothing is missing.
    pub(super) const fn certain(&self) -> Seq {
        self.certain
    }

    /// The next event, which has the place `at` in the run. Where the recording is cut, nothing comes after the last one
    /// whose place is known: what the market has beyond may lack something.
    pub(super) fn next(&mut self, at: Seq) -> anyhow::Result<Option<Event>> {
        loop {
            let Some(head) = &self.head else {
                return match &self.row {
                    _ if self.heads.is_in_cut() => Ok(None),
                    None => Ok(None),
                    Some(row) => bail!(
                        "the catalogue has a message at {} that comes after the run's last event",
                        time_text(row.ts)
                    ),
                };
            };
            let is_end = matches!(head, Head::End(..));
            if let Some(row) = &self.row {
                ensure!(
                    is_end || row.ts != head.ts(),
                    "the catalogue and the account file have both something at {}; they are not of one run",
                    time_text(row.ts)
                );
                if row.ts <= head.ts() {
                    return self.take_row().map(Some);
                }
            }
            let was_in_cut = self.heads.is_in_cut();
            match self.take_head()? {
                None => {}
                // The last rows before a kill were not written any more.
                Some(Head::Event(seq, _)) if was_in_cut && seq > at => return Ok(None),
                Some(Head::Event(seq, event)) => {
                    check(seq, at, &event)?;
                    self.certain = Seq(seq.0 + 1);
                    return Ok(Some(event));
                }
                Some(Head::End(seq, end)) => {
                    let rows = self.rows - self.earlier;
                    ensure!(
                        rows == end.market_rows && seq == at,
                        "the catalogue has {rows} market events of what was recorded, not {}; it is not the one that \
                         the run was recorded into, or something was taken out or put in",
                        end.market_rows
                    );
                    self.earlier = self.rows;
                    self.certain = seq;
                }
            }
        }
    }

    fn take_row(&mut self) -> anyhow::Result<Event> {
        let next = match &mut self.tape {
            Some(tape) => tape.next_event()?,
            None => None,
        };
        self.rows += 1;
        match std::mem::replace(&mut self.row, next) {
            Some(row) => Ok(row),
            None => bail!("the catalogue ends too early"),
        }
    }

    fn take_head(&mut self) -> anyhow::Result<Option<Head>> {
        let next = self.heads.next()?;
        Ok(std::mem::replace(&mut self.head, next))
    }
}

/// That as many market events came before an event as did in the run.
fn check(seq: Seq, at: Seq, event: &Event) -> anyhow::Result<()> {
    let what = match seq.cmp(&at) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Greater => "lacks",
        std::cmp::Ordering::Less => "has too many of",
    };
    bail!(
        "the catalogue {what} market events from before {}: {} events came before it in the run, {} here; it is not the \
         catalogue that the run was recorded into, or something was taken out or put in",
        time_text(event.ts),
        seq.0,
        at.0
    )
}
