//! The lines of a capture: a receive time, a blank, and what was received.

use std::path::Path;

use onetape_core::time::Ts;

use super::text::TextLines;
use crate::error::Result;

/// Reads a capture line by line.
pub(super) struct Lines {
    text: TextLines,
}

/// One line, split.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Receive time.
    pub(super) ts: Ts,
    /// What was received.
    pub(super) text: &'a str,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self> {
        TextLines::open(path).map(|text| Self { text })
    }

    /// The next line that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        let Some(line) = self.text.next()? else {
            return Ok(None);
        };
        let text = line.text.trim_end();
        let (stamp, rest) = text.split_once(' ').unwrap_or((text, ""));
        let ts = receive_time(stamp).ok_or_else(|| {
            line.error(
                "the line does not start with a receive time",
                "expected `<time in ns, us or ms since 1970> <JSON>`; mend or remove the line",
            )
        })?;
        Ok(Some(Line {
            number: line.number,
            ts,
            text: rest.trim_start(),
        }))
    }

    /// Bytes of the file that were read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.text.bytes()
    }

    /// The number of the last line.
    pub(super) const fn number(&self) -> u64 {
        self.text.number()
    }

    /// At the end: the hash of the file.
    pub(super) fn hash(self) -> Result<String> {
        self.text.hash()
    }
}

/// Nanoseconds (19 digits), microseconds (16) or milliseconds (13) since the epoch.
fn receive_time(text: &str) -> Option<Ts> {
    let factor = match text.len() {
        19 => 1,
        16 => 1_000,
        13 => 1_000_000,
        _ => return None,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = text.parse::<i64>().ok()?.checked_mul(factor)?;
    Some(Ts::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_go_by_the_number_of_digits() {
        let expected = Some(Ts::from_nanos(1_723_161_253_937_000_000));
        for text in ["1723161253937000000", "1723161253937000", "1723161253937"] {
            assert_eq!(receive_time(text), expected, "{text}");
        }
        for text in [
            "",
            "1723161253",
            "9999999999999999999",
            "172316125393x",
            "+723161253937",
        ] {
            assert_eq!(receive_time(text), None, "{text}");
        }
    }
}
