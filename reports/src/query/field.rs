//! A column of a file, or a part of it: the day of a time, the venue of an instrument.

use onetape_core::time::Ts;

use crate::time::strftime;

/// Name of the column that is in no file: the file itself.
pub(super) const FILE: &str = "file";

/// What a column of a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    /// Whole numbers from 0 on.
    Whole,
    /// Any numbers, also floats, which are rounded to the eighteenth decimal.
    Number,
    Time,
    Flag,
    /// Something that nothing here reads, as the library calls it.
    Other(String),
}

impl Holds {
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Text => "text",
            Self::Whole | Self::Number => "a number",
            Self::Time => "a time",
            Self::Flag => "true or false",
            Self::Other(kind) => kind,
        }
    }
}

/// A part of a value, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Month,
    Day,
    Hour,
    Weekday,
    Venue,
    Symbol,
}

const PARTS: [(&str, Part); 6] = [
    ("month", Part::Month),
    ("day", Part::Day),
    ("hour", Part::Hour),
    ("weekday", Part::Weekday),
    ("venue", Part::Venue),
    ("symbol", Part::Symbol),
];

impl Part {
    fn is_of(self, holds: &Holds) -> bool {
        let of_text = matches!(self, Self::Venue | Self::Symbol);
        *holds == if of_text { Holds::Text } else { Holds::Time }
    }

    /// Of a moment in UTC.
    pub(super) fn of_time(self, nanos: i64) -> String {
        let format = match self {
            Self::Month => "%Y-%m",
            Self::Day => "%Y-%m-%d",
            Self::Hour => "%H",
            // With its number before it, so that Monday comes first.
            _ => "%u %a",
        };
        strftime(Ts::from_nanos(nanos), format)
    }

    /// Of an instrument, `venue:symbol`.
    pub(super) fn of_text(self, text: &str) -> &str {
        match (self, text.split_once(':')) {
            (Self::Venue, Some((venue, _))) => venue,
            (_, Some((_, symbol))) => symbol,
            (_, None) => text,
        }
    }
}

/// A column, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// As it was asked for.
    pub name: String,
    pub column: String,
    pub part: Option<Part>,
    pub holds: Holds,
}

/// Columns of a file: names, and what they hold.
pub(super) type Columns = [(String, Holds)];

impl Field {
    /// Looks a word up: a column of that name, or else a part of one.
    pub(super) fn find(word: &str, columns: &Columns) -> Result<Self, String> {
        let known = |name: &str| columns.iter().find(|(known, _)| known == name);
        let field = |column: &str, part, holds: &Holds| Self {
            name: word.to_owned(),
            column: column.to_owned(),
            part,
            holds: holds.clone(),
        };
        if let Some((column, holds)) = known(word) {
            return match holds {
                Holds::Other(kind) => Err(format!("holds {kind}, which is not read here")),
                holds => Ok(field(column, None, holds)),
            };
        }
        if word == FILE {
            return Ok(field(FILE, None, &Holds::Text));
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let missing = || format!("is no column; there are {}", names.join(", "));
        let (column, part) = word.rsplit_once('.').ok_or_else(missing)?;
        let (column, holds) = known(column).ok_or_else(missing)?;
        let part = PARTS.iter().find(|(name, _)| *name == part);
        match part {
            Some((_, part)) if part.is_of(holds) => Ok(field(column, Some(*part), &Holds::Text)),
            _ => Err(format!(
                "{column} holds {} and has no such part; a time has month, day, hour and weekday, an instrument venue and symbol",
                holds.words()
            )),
        }
    }

    pub(super) fn is_file(&self, columns: &Columns) -> bool {
        self.column == FILE && !columns.iter().any(|(name, _)| name == FILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_moments_and_instruments() {
        let at = 1_723_161_257_389_838_564;
        let parts =
            [Part::Month, Part::Day, Part::Hour, Part::Weekday].map(|part| part.of_time(at));
        assert_eq!(parts, ["2024-08", "2024-08-08", "23", "4 Thu"]);
        let text = "binance-spot:BTCUSDT";
        assert_eq!(Part::Venue.of_text(text), "binance-spot");
        assert_eq!(Part::Symbol.of_text(text), "BTCUSDT");
    }

    #[test]
    fn a_column_with_a_dot_comes_before_a_part() {
        let columns = [
            ("closed_at".to_owned(), Holds::Time),
            ("closed_at.day".to_owned(), Holds::Number),
            ("set.a.b".to_owned(), Holds::Text),
        ];
        let found = |word| Field::find(word, &columns).map(|field| (field.column, field.part));
        assert_eq!(
            found("closed_at.day"),
            Ok(("closed_at.day".to_owned(), None))
        );
        assert_eq!(
            found("closed_at.hour"),
            Ok(("closed_at".to_owned(), Some(Part::Hour)))
        );
        assert_eq!(found("set.a.b"), Ok(("set.a.b".to_owned(), None)));
        assert_eq!(
            found("set.a.b.symbol"),
            Ok(("set.a.b".to_owned(), Some(Part::Symbol)))
        );
        assert!(found("set.a.b.day").unwrap_err().contains("no such part"));
        assert!(found("net").unwrap_err().contains("there are closed_at"));
    }
}
