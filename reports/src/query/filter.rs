//! Which rows count: `COLUMN OPERATOR VALUE`.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::field::{Columns, Field, Holds};

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    IsNot,
    Below,
    AtMost,
    Above,
    AtLeast,
    /// Text that has this in it.
    Has,
}

/// Longer ones first: `<=` is not `<`.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::IsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Is),
    ("<", Operator::Below),
    (">", Operator::Above),
    ("~", Operator::Has),
];

/// What it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Whether anything is there.
    Nothing,
    Text(String),
    /// A number, compared with numbers that are written as text too.
    Number(String),
    Time(i64),
    Flag(bool),
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub field: Field,
    pub operator: Operator,
    pub wanted: Wanted,
}

impl Filter {
    pub(super) fn parse(text: &str, columns: &Columns) -> Result<Self, String> {
        let places = OPERATORS.iter();
        let places =
            places.filter_map(|(sign, operator)| Some((text.find(sign)?, sign, *operator)));
        // The first sign in the text, of those that begin there the longest.
        let (at, sign, operator) = places
            .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())))
            .ok_or("is no condition; write one like net<0, with =, !=, <, <=, >, >= or ~ for text with this in it")?;
        let field = Field::find(text[..at].trim(), columns)
            .map_err(|why| format!("{} {why}", text[..at].trim()))?;
        let value = text[at + sign.len()..].trim();
        let wanted = wanted(&field.holds, operator, value)?;
        Ok(Self {
            field,
            operator,
            wanted,
        })
    }
}

fn wanted(holds: &Holds, operator: Operator, value: &str) -> Result<Wanted, String> {
    let only_equal = matches!(operator, Operator::Is | Operator::IsNot);
    if value.is_empty() {
        return match only_equal {
            true => Ok(Wanted::Nothing),
            false => Err("compares with nothing; write a value behind the sign".into()),
        };
    }
    if operator == Operator::Has {
        return match holds {
            Holds::Text => Ok(Wanted::Text(value.to_owned())),
            other => Err(format!("~ is for text, and this is {}", other.words())),
        };
    }
    let number = value.parse::<Decimal>().is_ok();
    match holds {
        Holds::Text if number => Ok(Wanted::Number(value.to_owned())),
        Holds::Text => Ok(Wanted::Text(value.to_owned())),
        Holds::Whole | Holds::Number if number => Ok(Wanted::Number(value.to_owned())),
        Holds::Whole | Holds::Number => Err(format!("{value} is no number")),
        Holds::Time => moment(value).map(Wanted::Time).ok_or_else(|| {
            format!("{value} is no time; write 2024-08-08 or 2024-08-08T23:54:14Z, in UTC")
        }),
        Holds::Flag if only_equal => match value {
            "true" => Ok(Wanted::Flag(true)),
            "false" => Ok(Wanted::Flag(false)),
            _ => Err(format!("{value} is neither true nor false")),
        },
        Holds::Flag => Err("is true or false, which has no order; use = or !=".into()),
        Holds::Other(kind) => Err(format!("holds {kind}, which is not read here")),
    }
}

/// A moment, or the beginning of a day, in nanoseconds.
fn moment(text: &str) -> Option<i64> {
    let day = |date: Date| format!("{date}T00:00:00Z").parse::<Timestamp>().ok();
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => text.parse::<Date>().ok().and_then(day)?,
    };
    i64::try_from(at.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, Operator, Wanted), String> {
        let columns = [
            ("net".to_owned(), Holds::Number),
            ("at".to_owned(), Holds::Time),
            ("why".to_owned(), Holds::Text),
            ("maker".to_owned(), Holds::Flag),
        ];
        Filter::parse(text, &columns).map(|own| (own.field.name, own.operator, own.wanted))
    }

    #[test]
    fn conditions_are_read() {
        let number = |text: &str| Wanted::Number(text.to_owned());
        let text = |text: &str| Wanted::Text(text.to_owned());
        let cases = [
            ("net<=-0.5", "net", Operator::AtMost, number("-0.5")),
            ("net != 0", "net", Operator::IsNot, number("0")),
            ("why=a<b", "why", Operator::Is, text("a<b")),
            ("why ~ stop", "why", Operator::Has, text("stop")),
            ("why>20", "why", Operator::Above, number("20")),
            ("at!=", "at", Operator::IsNot, Wanted::Nothing),
            (
                "at>=1970-01-02",
                "at",
                Operator::AtLeast,
                Wanted::Time(86_400_000_000_000),
            ),
            (
                "at.day>1970-01-02",
                "at.day",
                Operator::Above,
                text("1970-01-02"),
            ),
            ("maker=true", "maker", Operator::Is, Wanted::Flag(true)),
        ];
        for (given, name, operator, wanted) in cases {
            assert_eq!(
                parse(given),
                Ok((name.to_owned(), operator, wanted)),
                "{given}"
            );
        }
    }

    #[test]
    fn what_is_no_condition_is_told() {
        let cases = [
            ("net", "is no condition"),
            ("net>", "write a value"),
            ("net>much", "much is no number"),
            ("at>soon", "soon is no time"),
            ("maker>true", "no order"),
            ("maker=yes", "neither true nor false"),
            ("net~1", "is for text"),
            ("gross>1", "is no column"),
        ];
        for (given, words) in cases {
            let told = parse(given).unwrap_err();
            assert!(told.contains(words), "{given}: {told}");
        }
    }
}
