//! What is found, where first, and how bad it is.

use std::collections::BTreeMap;
use std::fmt;

use onetape_core::num::format_fixed;
use serde::Serialize;

use crate::catalog::{Catalog, Kind};
use crate::tape::time_text;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The data are wrong, or lack what they must have.
    Error,
    /// They may be wrong; look before they are used.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// A file is what the manifest says.
    FileDamaged,
    /// Silence, missing bars, missing settlements.
    Gap,
    /// Messages that are there twice.
    Duplicate,
    /// Stamps that go back.
    ClockRegression,
    /// Bids above asks.
    Crossed,
    /// Bids at asks.
    Locked,
    /// Ids that are missing.
    SequenceGap,
    /// Prices and quantities that cannot be.
    AbsurdPrice,
    /// Entries of a trade stream that are none.
    NonTrade,
    /// Funding over the whole of a future's time.
    FundingCoverage,
    /// Contracts against base units.
    ContractSize,
    /// Receive time against venue time.
    ClockOffset,
    /// How far two venues are apart in time.
    VenueSkew,
    /// What there is.
    Coverage,
}

impl CheckName {
    /// The word used in tables and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileDamaged => "file_damaged",
            Self::Gap => "gap",
            Self::Duplicate => "duplicate",
            Self::ClockRegression => "clock_regression",
            Self::Crossed => "crossed",
            Self::Locked => "locked",
            Self::SequenceGap => "sequence_gap",
            Self::AbsurdPrice => "absurd_price",
            Self::NonTrade => "non_trade",
            Self::FundingCoverage => "funding_coverage",
            Self::ContractSize => "contract_size",
            Self::ClockOffset => "clock_offset",
            Self::VenueSkew => "venue_skew",
            Self::Coverage => "coverage",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// By which check.
    pub check: CheckName,
    /// How bad it is.
    pub severity: Severity,
    /// Whose data, `venue:SYMBOL`; two of them for what is between two.
    pub instrument: String,
    /// Which of its rows, where it is of one kind.
    pub kind: Option<Kind>,
    /// How often.
    pub count: u64,
    /// Where it was met first, where it has a place.
    pub first: Option<Place>,
    /// What it means, in one sentence.
    pub says: String,
    /// The numbers behind it by name, as plain decimals.
    pub values: BTreeMap<&'static str, String>,
}

/// A place in a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, below the catalogue's root.
    pub file: String,
    /// The row's receive time, UTC; none for a whole file.
    pub time: Option<String>,
    /// The row's place in its source; none for a whole file.
    pub place: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(time) = &self.time {
            write!(f, " at {time}")?;
        }
        self.place
            .map_or(Ok(()), |place| write!(f, ", place {place}"))
    }
}

/// A row: its file's place in the manifest, receive time, place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) file: usize,
    pub(super) ts: i64,
    pub(super) place: u64,
}

/// How often something was met, and where first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) count: u64,
    pub(super) first: Option<At>,
}

impl Tally {
    pub(super) fn add(&mut self, at: At) {
        self.count += 1;
        self.first.get_or_insert(at);
    }

    pub(super) fn add_if(&mut self, met: bool, at: At) {
        if met {
            self.add(at);
        }
    }

    /// Of two, what both met; the other one came later.
    pub(super) fn join(self, later: Self) -> Self {
        Self {
            count: self.count + later.count,
            first: self.first.or(later.first),
        }
    }
}

/// Named numbers of a finding.
pub(super) type Values = Vec<(&'static str, String)>;

/// Takes what is found of one instrument.
pub(super) struct Scope<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) instrument: String,
    pub(super) kind: Option<Kind>,
    pub(super) found: &'a mut Vec<Finding>,
}

impl Scope<'_> {
    /// The same for one kind of its rows.
    pub(super) fn of(&mut self, kind: Kind) -> Scope<'_> {
        Scope {
            catalog: self.catalog,
            instrument: self.instrument.clone(),
            kind: Some(kind),
            found: self.found,
        }
    }

    /// Takes a finding, unless it was never met.
    pub(super) fn tell(
        &mut self,
        check: CheckName,
        severity: Severity,
        met: Tally,
        says: impl Into<String>,
        values: Values,
    ) {
        if met.count == 0 {
            return;
        }
        let first = met.first.map(|at| Place {
            file: self.catalog.all_files()[at.file].path.clone(),
            time: Some(time_text(at.ts)),
            place: Some(at.place),
        });
        self.found.push(Finding {
            check,
            severity,
            instrument: self.instrument.clone(),
            kind: self.kind,
            count: met.count,
            first,
            says: says.into(),
            values: values.into_iter().collect(),
        });
    }

    /// Takes a finding of a whole file.
    pub(super) fn tell_file(
        &mut self,
        check: CheckName,
        severity: Severity,
        file: usize,
        says: String,
    ) {
        let file = &self.catalog.all_files()[file];
        self.found.push(Finding {
            check,
            severity,
            instrument: self.instrument.clone(),
            kind: Some(file.kind),
            count: 1,
            first: Some(Place {
                file: file.path.clone(),
                time: None,
                place: None,
            }),
            says,
            values: BTreeMap::new(),
        });
    }
}

/// Something that is said once and has no place.
pub(super) const ONCE: Tally = Tally {
    count: 1,
    first: None,
};

/// Nanoseconds as seconds, exact.
pub(super) fn seconds(nanos: i64) -> String {
    format_fixed(nanos, 9)
}

/// Nanoseconds as seconds for a sentence, toward zero: to a thousandth, and finer for what is less than that.
pub(super) fn about(nanos: i64) -> String {
    match nanos.unsigned_abs() {
        1..1_000 => seconds(nanos),
        1_000..1_000_000 => format_fixed(nanos / 1_000, 6),
        _ => format_fixed(nanos / 1_000_000, 3),
    }
}
