//! Runs cases through a venue's adapter and counts them.

use std::collections::BTreeMap;

use onetape_adapters::outcome::Failure;
use onetape_adapters::sync::SyncRule;
use onetape_core::event::DepthUpdate;
use serde_json::Value;

use crate::reference::{Case, say};
use crate::scenario;

/// What became of a fixture.
pub(crate) enum Verdict {
    /// Decoded, and so many of its numbers were found again.
    Decoded(usize),
    /// Not used on purpose, for this reason.
    Ignored(String),
    /// Refused with this error.
    Refused(String),
}

/// What the test needs of an adapter.
pub(crate) struct Venue {
    /// The folder's name.
    pub(crate) name: &'static str,
    /// Builds a signed request anew and compares it byte for byte; the error says what differs.
    pub(crate) vector: fn(&Value) -> Result<(), String>,
    /// Decodes one fixture of any kind but `scenario` and `errors`.
    pub(crate) fixture: fn(&Case) -> Result<Verdict, String>,
    /// Decodes a failure: HTTP status and body.
    pub(crate) failure: fn(u16, &str) -> Failure,
    /// The rule of a scenario's book, by its messages.
    pub(crate) rule: fn(&Value) -> SyncRule,
    /// One message of a scenario, or its REST snapshot: both in the venue's own form.
    pub(crate) depth: fn(&Value) -> Result<DepthUpdate, String>,
    /// Hears any text or bytes; for damaged ones.
    pub(crate) hear: fn(&Case, &[u8]),
}

/// How many of each kind were run, and what went wrong.
#[derive(Default)]
pub(crate) struct Tally {
    counts: BTreeMap<String, u64>,
    wrong: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: String) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    pub(crate) fn left_out(&mut self, venue: &str, cases: usize) {
        let key = format!("{venue}: no adapter, not run");
        *self.counts.entry(key).or_default() += cases as u64;
    }

    /// Prints what was run; fails when anything was not met.
    pub(crate) fn finish(self) {
        for (what, count) in &self.counts {
            say(&format!("{count:4} {what}"));
        }
        let total: u64 = self.counts.values().sum();
        say(&format!("{total:4} in all"));
        assert!(
            self.wrong.is_empty(),
            "{} cases are not met:\n{}",
            self.wrong.len(),
            self.wrong.join("\n")
        );
        assert!(total > 0, "the reference data holds no case");
    }
}

/// Runs the fixtures of a venue.
pub(crate) fn fixtures(venue: &Venue, cases: &[Case], tally: &mut Tally) {
    for case in cases {
        match case.word("kind") {
            "scenario" => scenario(venue, case, tally),
            "errors" => errors(venue, case, tally),
            kind => fixture(venue, case, kind, tally),
        }
    }
}

fn fixture(venue: &Venue, case: &Case, kind: &str, tally: &mut Tally) {
    let name = venue.name;
    match (venue.fixture)(case) {
        Ok(Verdict::Decoded(_)) if case.is_retired() => {
            tally.wrong(format!(
                "{}: decoded, though the venue has closed it",
                case.file
            ));
        }
        Ok(Verdict::Decoded(_)) if case.is_defective() => {
            tally.wrong(format!(
                "{}: decoded, though it says itself that it is broken",
                case.file
            ));
        }
        Ok(Verdict::Decoded(0)) => tally.count(format!("{name} {kind}: decoded, without numbers")),
        Ok(Verdict::Decoded(_)) => tally.count(format!("{name} {kind}: decoded")),
        Ok(Verdict::Ignored(why)) => tally.count(format!("{name} {kind}: ignored, {why}")),
        Ok(Verdict::Refused(why)) if case.is_retired() || case.is_defective() => {
            tally.count(format!("{name} {kind}: refused as it must be, {why}"));
        }
        Ok(Verdict::Refused(why)) => tally.wrong(format!("{}: refused: {why}", case.file)),
        Err(why) => tally.wrong(format!("{}: {why}", case.file)),
    }
}

fn scenario(venue: &Venue, case: &Case, tally: &mut Tally) {
    match scenario::run(venue, &case.payload) {
        Ok(()) => tally.count(format!("{} scenario: book as stated", venue.name)),
        Err(why) => tally.wrong(format!("{}: {why}", case.file)),
    }
}

fn errors(venue: &Venue, case: &Case, tally: &mut Tally) {
    let rows = case.payload.as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        tally.wrong(format!("{}: a catalogue without rows", case.file));
    }
    for row in rows {
        let status = row["http"].as_u64().unwrap_or_default() as u16;
        let body = match &row["body"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let found = (venue.failure)(status, &body);
        let wanted = row["class"].as_str().unwrap_or_default();
        if found.class.name() == wanted {
            tally.count(format!("{} errors: {wanted}", venue.name));
        } else {
            let found = found.class.name();
            tally.wrong(format!(
                "{}: {status} {body} is {found}, not {wanted}",
                case.file
            ));
        }
    }
}

/// Runs the signed requests of a venue.
pub(crate) fn vectors(venue: &Venue, vectors: &[Value], tally: &mut Tally) {
    for vector in vectors {
        let auth = vector["auth"].as_str().unwrap_or_default();
        let auth = auth.split(['(', ',']).next().unwrap_or_default().trim();
        match (venue.vector)(vector) {
            Ok(()) => tally.count(format!("{} signed request: {auth}", venue.name)),
            Err(why) => tally.wrong(format!("{} {}: {why}", venue.name, vector["id"])),
        }
    }
}
