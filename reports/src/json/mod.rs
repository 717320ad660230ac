//! The JSON document of a report, written fast: a long run has hundreds of megabytes of it. It is byte for byte what
//! `serde_json` makes of it; the long lists are made piece by piece and never stand in memory whole.

mod trip;

use std::io::{self, Write};
use std::mem::take;

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::beside::{Alone, Beside};
use crate::facts::{RunFacts, RunReport};
use crate::report::{EquityPoint, Report, RoundTrip};
use trip::Text;

/// Entries of a list that one piece has.
const PIECE: usize = 512;
const STEP: &str = "                                                                ";

/// Lines like those of `serde_json`'s pretty form, with every indentation written at once.
#[derive(Default)]
struct Lines {
    depth: usize,
    has_value: bool,
}

impl Lines {
    fn indent<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        let mut left = 2 * self.depth;
        while left > 0 {
            let part = STEP.get(..left).unwrap_or(STEP);
            out.write_all(part.as_bytes())?;
            left -= part.len();
        }
        Ok(())
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, sign: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        out.write_all(sign)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, sign: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            out.write_all(b"\n")?;
            self.indent(out)?;
        }
        out.write_all(sign)
    }

    fn next<W: ?Sized + Write>(&self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"\n" } else { b",\n" })?;
        self.indent(out)
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

fn append<T: Serialize + ?Sized>(text: &mut Vec<u8>, value: &T, depth: usize) -> io::Result<()> {
    let lines = Lines {
        depth,
        has_value: false,
    };
    let mut serializer = serde_json::Serializer::with_formatter(text, lines);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// What stands in a list at the top level.
trait Entry: Sync {
    /// Adds its text.
    fn write(&self, text: &mut Vec<u8>) -> io::Result<()>;
}

impl Entry for RoundTrip {
    fn write(&self, text: &mut Vec<u8>) -> io::Result<()> {
        Text(text).round_trip(self)
    }
}

impl Entry for EquityPoint {
    fn write(&self, text: &mut Vec<u8>) -> io::Result<()> {
        Text(text).equity_point(self)
    }
}

/// Entries, each after a line's end and, but for the first of the list, a comma. The text's room is used again.
fn piece<T: Entry>(text: &mut Vec<u8>, entries: &[T], is_first: bool) -> io::Result<()> {
    text.clear();
    for (at, entry) in entries.iter().enumerate() {
        let between: &[u8] = if is_first && at == 0 {
            b"\n    "
        } else {
            b",\n    "
        };
        text.extend_from_slice(between);
        entry.write(text)?;
    }
    Ok(())
}

/// Writes a list between its brackets, two pieces at a time.
fn list<T: Entry>(out: &mut dyn Write, entries: &[T], beside: &impl Beside) -> io::Result<()> {
    let (mut front, mut back) = (Vec::new(), Vec::new());
    for (at, two) in entries.chunks(2 * PIECE).enumerate() {
        let (one, other) = two.split_at(PIECE.min(two.len()));
        let (made, more) = beside.both(
            || piece(&mut front, one, at == 0),
            || piece(&mut back, other, false),
        );
        made.and(more)?;
        out.write_all(&front)?;
        out.write_all(&back)?;
    }
    if entries.is_empty() {
        Ok(())
    } else {
        out.write_all(b"\n  ")
    }
}

/// Writes the whole report of a run with its facts as a JSON document, without a line's end after it.
///
/// # Errors
/// When it cannot be written.
pub fn write_json(out: &mut dyn Write, facts: &RunFacts, report: &mut Report) -> io::Result<()> {
    write_json_beside(out, facts, report, &Alone)
}

/// The same bytes, its pieces made beside each other.
///
/// # Errors
/// When it cannot be written.
pub fn write_json_beside(
    out: &mut dyn Write,
    facts: &RunFacts,
    report: &mut Report,
    beside: &impl Beside,
) -> io::Result<()> {
    let (round_trips, equity) = (take(&mut report.round_trips), take(&mut report.equity));
    let mut text = Vec::new();
    let made = append(&mut text, &RunReport { facts, report }, 0);
    let done = made.and_then(|()| {
        // Within a string no line ends, so that this stands at the top level alone.
        let (head, rest) = around(&text, b"\n  \"round_trips\": []")?;
        let (middle, tail) = around(rest, b"\n  \"equity\": []")?;
        out.write_all(head)?;
        list(out, &round_trips, beside)?;
        out.write_all(middle)?;
        list(out, &equity, beside)?;
        out.write_all(tail)
    });
    (report.round_trips, report.equity) = (round_trips, equity);
    done
}

/// What stands before and after the inside of a list without entries.
fn around<'a>(text: &'a [u8], empty: &[u8]) -> io::Result<(&'a [u8], &'a [u8])> {
    let at = text.windows(empty.len()).position(|part| part == empty);
    let found = at.and_then(|at| text.split_at_checked(at + empty.len() - 1));
    found.ok_or_else(|| io::Error::other("the document has no place for a list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::tests::sample::sample;

    fn check(report: &mut Report) {
        let facts = RunFacts {
            name: "odd \"name\"\n  \"round_trips\": []".into(),
            ..RunFacts::default()
        };
        let (mut ours, before) = (Vec::new(), report.clone());
        write_json(&mut ours, &facts, report).unwrap();
        assert_eq!(*report, before);
        let theirs = serde_json::to_string_pretty(&RunReport {
            facts: &facts,
            report,
        })
        .unwrap();
        assert!(
            String::from_utf8(ours).unwrap() == theirs,
            "not the same text"
        );
    }

    #[test]
    fn the_document_is_that_of_the_library() {
        let mut report = sample();
        check(&mut report);
        let one = report.round_trips[0].clone();
        for many in [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5 * PIECE + 3] {
            report.round_trips = vec![one.clone(); many];
            check(&mut report);
        }
        report.round_trips.clear();
        report.equity.clear();
        check(&mut report);
    }
}
