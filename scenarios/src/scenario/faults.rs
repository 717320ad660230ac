//! The `[faults]` section: what goes wrong at simulated venues and on the way to them.

use std::collections::BTreeMap;

use onetape_core::event::RejectReason;
use onetape_core::fault::FaultKind;
use onetape_core::strategy::params::{nearest, plain_decimal};
use onetape_core::time::Span;
use onetape_sim::FaultRates;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::doc::{Node, Value};
use super::error::Problems;
use super::fields::{Fields, as_table, unknown, wrong};
use super::model::{FaultAt, Faults, InstrumentName, Venue};
use super::read::{MOMENT, SPAN, moment, moment_text};
use super::resolved::{line, quoted, section, span};

/// Largest number an hour of what comes by time.
const MOST_AN_HOUR: u64 = 3_600;
const MILLION: u64 = 1_000_000;
const WHOLE: &str = "a whole number of at least 0";

/// Reads `[faults]`, and the `[[fault]]` sections, which are the same as `[[faults.at]]`.
pub(super) fn read(
    fields: &mut Fields<'_>,
    venues: &BTreeMap<String, Venue>,
    problems: &mut Problems,
) -> Option<Faults> {
    let listed = fields.node("fault");
    let section = fields.node("faults").is_some();
    let table = fields.table("faults", problems);
    if listed.is_none() && !section {
        return None;
    }
    let mut faults = Faults::default();
    if let Some(table) = table {
        read_section(table, venues, &mut faults, problems);
    }
    if let Some(node) = listed {
        faults.at.extend(read_list("fault", node, venues, problems));
    }
    Some(faults)
}

fn read_section(
    mut fields: Fields<'_>,
    venues: &BTreeMap<String, Venue>,
    faults: &mut Faults,
    problems: &mut Problems,
) {
    let whole = |text: &str| text.parse().ok().filter(|_| !text.starts_with('+'));
    let seed = fields.optional("seed", WHOLE, problems, whole);
    faults.seed = seed.unwrap_or(faults.seed);
    faults.swarm = fields.flag("swarm", problems);
    let redraw = fields.optional("redraw", WHOLE, problems, |text| {
        text.parse().ok().filter(|_| !text.starts_with('+'))
    });
    faults.redraw = redraw.unwrap_or(0);
    faults.until = fields.optional("until", MOMENT, problems, moment);
    for (key, place) in [
        ("unknown_after", &mut faults.unknown_after),
        ("query", &mut faults.query),
        ("fence", &mut faults.fence),
    ] {
        *place = fields
            .optional(key, SPAN, problems, Span::parse)
            .unwrap_or(*place);
    }
    let rates = fields.path("rates");
    let table = fields.table("rates", problems);
    if faults.swarm && table.is_some() {
        problems.add(rates, "are drawn with swarm = true; remove them, or swarm");
    } else if let Some(table) = table {
        faults.rates = read_rates(&table, problems);
    }
    let path = fields.path("at");
    if let Some(node) = fields.node("at") {
        faults.at = read_list(&path, node, venues, problems);
    }
    fields.finish(problems);
}

fn words() -> impl Iterator<Item = &'static str> + Clone {
    FaultKind::ALL.iter().map(|kind| kind.name())
}

fn read_rates(fields: &Fields<'_>, problems: &mut Problems) -> FaultRates {
    let mut rates = FaultRates::NONE;
    for (word, node) in fields.rest() {
        let path = fields.path(word);
        let Some(kind) = FaultKind::parse(word) else {
            problems.add(path, unknown(word, words()));
            continue;
        };
        let (most, expects) = if kind.is_by_time() {
            let expects =
                "how many an hour, a decimal number from 0 to 3600 with at most 6 decimals";
            (MOST_AN_HOUR * MILLION, expects)
        } else {
            let expects = "a part, a decimal number from 0 to 1 with at most 6 decimals";
            (MILLION, expects)
        };
        match node.value.scalar().as_deref().and_then(millionths) {
            Some(rate) if rate <= most => rates.set(kind, rate as u32),
            _ => problems.add(path, wrong(&node.value, expects)),
        }
    }
    rates
}

fn millionths(text: &str) -> Option<u64> {
    let scaled = plain_decimal(text)?.checked_mul(Decimal::from(MILLION))?;
    scaled.is_integer().then(|| scaled.to_u64()).flatten()
}

fn read_list(
    path: &str,
    node: &Node,
    venues: &BTreeMap<String, Venue>,
    problems: &mut Problems,
) -> Vec<FaultAt> {
    let Value::List(list) = &node.value else {
        let expects = format!("sections [[{path}]]");
        problems.add(path, wrong(&node.value, &expects));
        return Vec::new();
    };
    let each = list.iter().enumerate().filter_map(|(index, node)| {
        let fields = as_table(&format!("{path}.{index}"), node, problems)?;
        read_one(fields, venues, problems)
    });
    each.collect()
}

fn read_one(
    mut fields: Fields<'_>,
    venues: &BTreeMap<String, Venue>,
    problems: &mut Problems,
) -> Option<FaultAt> {
    let example = "\"2024-08-08T23:56:00Z\"";
    let at = fields.required("at", MOMENT, example, problems, moment);
    let expects = format!("one of {}", words().collect::<Vec<_>>().join(", "));
    let kind = fields.required("kind", &expects, "\"feed_down\"", problems, kind);
    let expects = "an instrument such as \"binance-spot:BTCUSDT\"";
    let instrument = fields.optional("instrument", expects, problems, InstrumentName::parse);
    let venue = fields.text("venue", problems);
    let venue = venue.or_else(|| instrument.as_ref().map(|name| name.venue.clone()));
    let venue = check_venue(venue, instrument.as_ref(), &fields, venues, problems);
    let duration = fields.optional("duration", SPAN, problems, Span::parse);
    let expects = "a reason for which venues refuse orders, such as \"balance\" or \"rate_limit\"";
    let reason = fields.optional("reason", expects, problems, |text| {
        RejectReason::ALL
            .into_iter()
            .find(|reason| reason.name() == text)
    });
    let size = read_size(&mut fields, kind, problems);
    fields.finish(problems);
    Some(FaultAt {
        at: at?,
        kind: kind?,
        venue: venue?,
        instrument,
        duration,
        reason,
        size,
    })
}

/// A kind by its word; `disconnect` is the feed's.
fn kind(text: &str) -> Option<FaultKind> {
    match text {
        "disconnect" => Some(FaultKind::FeedDown),
        word => FaultKind::parse(word),
    }
}

fn check_venue(
    venue: Option<String>,
    instrument: Option<&InstrumentName>,
    fields: &Fields<'_>,
    venues: &BTreeMap<String, Venue>,
    problems: &mut Problems,
) -> Option<String> {
    let path = fields.path("venue");
    let Some(venue) = venue else {
        problems.add(path, "is missing; add `venue = \"NAME\"`");
        return None;
    };
    if let Some(name) = instrument.filter(|name| name.venue != venue) {
        problems.add(
            path,
            format!("is {venue:?}, but {name} trades elsewhere; name one of them"),
        );
        return None;
    }
    if !venues.contains_key(&venue) {
        let near = nearest(&venue, venues.keys().map(String::as_str));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        problems.add(
            path,
            format!("is {venue:?}, which has no section [venue.{venue}]{hint}"),
        );
        return None;
    }
    Some(venue)
}

/// The key for the size of a kind, and what it takes.
const fn size_key(kind: FaultKind) -> Option<(&'static str, &'static str)> {
    match kind {
        FaultKind::Slow => Some(("times", "a whole number from 2 to 1000")),
        FaultKind::Partial | FaultKind::Deleverage | FaultKind::CancelRace => {
            Some(("part", "a decimal number above 0, up to 1"))
        }
        FaultKind::FundingSpike => Some(("rate", "a decimal number from -1 to 1, such as 0.03")),
        FaultKind::ServerError => Some(("taken", "true or false, without quotes")),
        _ => None,
    }
}

fn read_size(
    fields: &mut Fields<'_>,
    kind: Option<FaultKind>,
    problems: &mut Problems,
) -> Option<Decimal> {
    let kind = kind?;
    let (key, expects) = size_key(kind)?;
    fields.optional(key, expects, problems, |text| size(kind, text))
}

fn size(kind: FaultKind, text: &str) -> Option<Decimal> {
    if kind == FaultKind::ServerError {
        return match text {
            "true" => Some(Decimal::ONE),
            "false" => Some(Decimal::ZERO),
            _ => None,
        };
    }
    let (text, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let mut size = plain_decimal(text)?;
    size.set_sign_negative(negative && !size.is_zero());
    let fits = match kind {
        FaultKind::Slow => {
            size.is_integer() && size >= Decimal::TWO && size <= Decimal::ONE_THOUSAND
        }
        FaultKind::FundingSpike => size.abs() <= Decimal::ONE,
        _ => size > Decimal::ZERO && size <= Decimal::ONE,
    };
    fits.then_some(size)
}

/// The section as it is in force.
pub(super) fn write(out: &mut String, faults: &Faults) {
    section(out, "[faults]");
    line(out, "seed", &quoted(&faults.seed.to_string()));
    line(out, "swarm", &faults.swarm.to_string());
    line(out, "redraw", &faults.redraw.to_string());
    if let Some(until) = faults.until {
        line(out, "until", &quoted(&moment_text(until)));
    }
    line(out, "unknown_after", &span(faults.unknown_after));
    line(out, "query", &span(faults.query));
    line(out, "fence", &span(faults.fence));
    if !faults.swarm {
        section(out, "[faults.rates]");
        let on = FaultKind::ALL
            .into_iter()
            .filter(|kind| faults.rates.of(*kind) > 0);
        for kind in on {
            let rate = Decimal::new(i64::from(faults.rates.of(kind)), 6);
            line(out, kind.name(), &rate.normalize().to_string());
        }
    }
    for it in &faults.at {
        write_one(out, it);
    }
}

fn write_one(out: &mut String, it: &FaultAt) {
    section(out, "[[faults.at]]");
    line(out, "at", &quoted(&moment_text(it.at)));
    line(out, "kind", &quoted(it.kind.name()));
    line(out, "venue", &quoted(&it.venue));
    if let Some(name) = &it.instrument {
        line(out, "instrument", &quoted(&name.to_string()));
    }
    if let Some(duration) = it.duration {
        line(out, "duration", &span(duration));
    }
    if let Some(reason) = it.reason {
        line(out, "reason", &quoted(reason.name()));
    }
    if let (Some((key, _)), Some(size)) = (size_key(it.kind), it.size) {
        let text = if it.kind == FaultKind::ServerError {
            (!size.is_zero()).to_string()
        } else {
            size.normalize().to_string()
        };
        line(out, key, &text);
    }
}
