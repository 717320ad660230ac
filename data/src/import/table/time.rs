//! Times in cells: numbers in a unit, or texts in a zone.

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use onetape_core::time::{Span, Ts};

use super::cells::Cell;
use super::map::{Ambiguous, MapTime, Marks};
use crate::import::numbers::{BadNumber, TimeUnit};

const MEND: &str = "mend or remove the row";

/// How the times of a column are read.
#[derive(Clone, Debug)]
pub(super) struct TimeReader {
    form: Form,
    /// From the time that a bar is marked with to its close.
    later: Span,
}

#[derive(Clone, Debug)]
enum Form {
    Number(TimeUnit),
    Text {
        format: String,
        zone: TimeZone,
        zone_name: String,
        ambiguous: Option<Ambiguous>,
    },
    /// A column of times, which Parquet has.
    Typed,
}

impl TimeReader {
    /// Reads what the mapping file says of a column; the text says what is wrong with that.
    pub(super) fn new(map: &MapTime, span: Span) -> Result<Self, String> {
        let form = match (&map.unit, &map.format) {
            (Some(unit), None) => Form::Number(match unit.as_str() {
                "s" => TimeUnit::Seconds,
                "ms" => TimeUnit::Millis,
                "us" => TimeUnit::Micros,
                "ns" => TimeUnit::Nanos,
                _ => return Err(format!("unit {unit:?} is none of s, ms, us, ns")),
            }),
            (None, Some(format)) => text_form(map, format)?,
            (None, None) => Form::Typed,
            (Some(_), Some(_)) => {
                return Err("has a unit and a format; leave out one of them".to_string());
            }
        };
        let of_text = map.zone.is_some() || map.ambiguous.is_some();
        if of_text && map.format.is_none() {
            return Err("zone and ambiguous go with a format".to_string());
        }
        Ok(Self {
            form,
            later: match map.marks {
                Some(Marks::Open) => span,
                _ => Span::ZERO,
            },
        })
    }

    /// The moment in a cell.
    pub(super) fn read(&self, what: &str, cell: &Cell<'_>) -> Result<Ts, BadNumber> {
        let bad = |why: String| BadNumber {
            what: format!("the {what} {:?} {why}", cell.text()),
            fix: MEND,
        };
        let moment = match (&self.form, cell) {
            (_, Cell::Empty) => return Err(bad("is missing".to_string())),
            (Form::Number(unit), _) => unit.time(what, &cell.text())?,
            (
                Form::Text {
                    format,
                    zone,
                    zone_name,
                    ambiguous,
                },
                _,
            ) => text_time(&cell.text(), format, zone, zone_name, *ambiguous).map_err(bad)?,
            (Form::Typed, Cell::Time(nanos)) => Ts::from_nanos(*nanos),
            (Form::Typed, _) => {
                let why =
                    "is of no column of times; tell its unit or its format in the mapping file";
                return Err(bad(why.to_string()));
            }
        };
        Ok(moment + self.later)
    }
}

fn text_form(map: &MapTime, format: &str) -> Result<Form, String> {
    let zone_name = map.zone.as_deref().unwrap_or("UTC");
    // The program's own table of zones: what a machine has may be older.
    let zone = TimeZoneDatabase::bundled()
        .get(zone_name)
        .map_err(|_| format!("zone {zone_name:?} is no time zone such as \"Europe/London\""))?;
    Ok(Form::Text {
        format: format.to_string(),
        zone,
        zone_name: zone_name.to_string(),
        ambiguous: map.ambiguous,
    })
}

fn text_time(
    text: &str,
    format: &str,
    zone: &TimeZone,
    zone_name: &str,
    ambiguous: Option<Ambiguous>,
) -> Result<Ts, String> {
    let parts = BrokenDownTime::parse(format, text)
        .map_err(|_| format!("is not a time of the form {format:?}"))?;
    // A text may carry its own offset.
    let moment = match parts.to_timestamp() {
        Ok(moment) => moment,
        Err(_) => {
            let local = (parts.to_datetime())
                .or_else(|_| {
                    parts
                        .to_date()
                        .map(|day| day.to_datetime(Default::default()))
                })
                .map_err(|_| format!("does not tell a day in the form {format:?}"))?;
            in_zone(local, zone, zone_name, ambiguous)?
        }
    };
    i64::try_from(moment.as_nanosecond())
        .map(Ts::from_nanos)
        .map_err(|_| "is outside the years 1678 to 2262".to_string())
}

fn in_zone(
    local: DateTime,
    zone: &TimeZone,
    zone_name: &str,
    ambiguous: Option<Ambiguous>,
) -> Result<jiff::Timestamp, String> {
    let moments = zone.to_ambiguous_timestamp(local);
    let found = match ambiguous {
        _ if !moments.is_ambiguous() => moments.unambiguous(),
        // A local time that is skipped never was, whatever one says of those that occur twice.
        _ if matches!(moments.offset(), AmbiguousOffset::Gap { .. }) => {
            return Err(format!("never was in {zone_name}"));
        }
        Some(Ambiguous::Earlier) => moments.earlier(),
        Some(Ambiguous::Later) => moments.later(),
        None => {
            return Err(format!(
                "was twice in {zone_name}; say ambiguous = \"earlier\" or \"later\" in the mapping file"
            ));
        }
    };
    found.map_err(|_| "is no time".to_string())
}
