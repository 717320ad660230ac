//! Whether the data supports what a scenario asks for.

use anyhow::bail;
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::Names;
use onetape_core::strategy::StrategySpec;
use onetape_data::catalog::{FileRecord, Kind, Series};
use onetape_data::tape::TapeRequest;

use super::holdings::{Holdings, Window};
use crate::scenario::{FeedLatency, Scenario, Task};

/// Refuses what the data cannot support and the scenario does not declare.
///
/// # Errors
/// The first thing that is missing, with the fix.
pub(super) fn check(
    scenario: &Scenario,
    names: &Names,
    request: &TapeRequest,
    holdings: &Holdings,
    registry: &[StrategySpec],
) -> anyhow::Result<()> {
    check_recorded_stamps(scenario, request, holdings)?;
    for task in &scenario.tasks {
        let mut cards = registry.iter().map(|spec| spec.card);
        let rests = cards.any(|card| card.name == task.strategy && card.rests_orders);
        if rests && !scenario.sim.no_trades {
            check_trades(task, request, holdings)?;
        }
        if !scenario.sim.no_funding {
            check_funding(task, names, request, holdings)?;
        }
    }
    Ok(())
}

/// The series of a task's legs that have anything in the window: where there is nothing at all the tape says so.
fn series(task: &Task, request: &TapeRequest, holdings: &Holdings) -> Vec<Series> {
    let window = Window::of(request);
    let held = |series: &Series| {
        let mut legs = request.legs.iter().filter(|leg| leg.series == *series);
        let top = legs.next().and_then(|leg| leg.kinds.first().copied());
        top.is_some_and(|top| holdings.has_within(series, top, window))
    };
    let legs = task.legs.iter().map(|leg| Series {
        venue: leg.instrument.venue.clone(),
        symbol: leg.instrument.symbol.clone(),
    });
    legs.filter(held).collect()
}

fn check_trades(task: &Task, request: &TapeRequest, holdings: &Holdings) -> anyhow::Result<()> {
    let window = Window::of(request);
    for series in series(task, request, holdings) {
        if !holdings.has_within(&series, Kind::Trade, window) {
            bail!(
                "task {} rests orders at {}, and the catalogue has no trades of it in that time, which are what \
                 resting orders trade against; import its trades, or let them trade by the book alone with \
                 `no_trades = true` in [sim]",
                task.name,
                series.instrument(),
            );
        }
    }
    Ok(())
}

/// Funding that is missing must not be taken for funding of zero.
fn check_funding(
    task: &Task,
    names: &Names,
    request: &TapeRequest,
    holdings: &Holdings,
) -> anyhow::Result<()> {
    let window = Window::of(request);
    for series in series(task, request, holdings) {
        let name = series.instrument();
        let kind = names
            .find_instrument(&name)
            .map(|id| names.instrument(id).kind);
        if kind.is_none_or(|kind| kind == InstrumentKind::Spot) {
            continue;
        }
        let fix =
            "import its funding rates, or accept a run without with `no_funding = true` in [sim]";
        if !holdings.has_within(&series, Kind::Funding, window) {
            bail!(
                "task {} trades the future {name}, and the catalogue has no funding rates of it in that time, so that \
                 funding would silently be zero; {fix}",
                task.name,
            );
        }
        if let Some(day) = day_without_funding(&series, request, holdings) {
            bail!(
                "task {} trades the future {name}, and the catalogue has no funding rates of it on {day}, so that \
                 funding would silently be zero there; {fix}",
                task.name,
            );
        }
    }
    Ok(())
}

/// A day between the first and the last of a leg's feed that no file of funding rates reaches into. The first and
/// the last may end before a rate was told.
fn day_without_funding<'a>(
    series: &Series,
    request: &TapeRequest,
    holdings: &'a Holdings,
) -> Option<&'a str> {
    let window = Window::of(request);
    let leg = request.legs.iter().find(|leg| leg.series == *series)?;
    let top = *leg.kinds.first()?;
    let traded: Vec<&FileRecord> = holdings.within(series, top, window).collect();
    let first = traded.iter().map(|file| file.first().utc_day()).min()?;
    let last = traded.iter().map(|file| file.last().utc_day()).max()?;
    let funded = |file: &&FileRecord| {
        let day = file.first().utc_day();
        let mut rates = holdings.within(series, Kind::Funding, window);
        rates.any(|rates| (rates.first().utc_day()..=rates.last().utc_day()).contains(&day))
    };
    let whole = |file: &&FileRecord| {
        let day = file.first().utc_day();
        first < day && day < last
    };
    let hole = traded.into_iter().filter(whole).find(|file| !funded(file));
    hole.map(|file| file.day.as_str())
}

/// A venue's own stamps order its events only where they are of the recorder's clock.
fn check_recorded_stamps(
    scenario: &Scenario,
    request: &TapeRequest,
    holdings: &Holdings,
) -> anyhow::Result<()> {
    let window = Window::of(request);
    let recorded = |series: &Series| {
        let venue = scenario.venues.get(&series.venue);
        venue.is_some_and(|venue| venue.latency.feed == FeedLatency::Recorded)
    };
    for leg in request.legs.iter().filter(|leg| recorded(&leg.series)) {
        let (venue, name) = (&leg.series.venue, leg.series.instrument());
        let fix = "give a modelled delay, such as feed = \"2ms\"";
        for &kind in &leg.kinds {
            for file in holdings.within(&leg.series, kind, window) {
                let moves = matches!(kind, Kind::Quote | Kind::Depth | Kind::Trade | Kind::Bar);
                match file.delay_ns {
                    None if moves => bail!(
                        "venue.{venue}.latency.feed = \"recorded\", but the {} rows of {name} on {} have no stamps of \
                         the venue; {fix}",
                        kind.name(),
                        file.day,
                    ),
                    Some((least, _)) if least < 0 => bail!(
                        "venue.{venue}.latency.feed = \"recorded\", but the clocks disagree: {} rows of {name} on {} \
                         were received up to {} before the venue's own stamp; {fix}",
                        kind.name(),
                        file.day,
                        millis(least.saturating_neg()),
                    ),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

fn millis(nanos: i64) -> String {
    format!("{}.{:03} ms", nanos / 1_000_000, nanos / 1_000 % 1_000)
}

#[cfg(test)]
mod tests {
    use onetape_core::names::InstrumentId;
    use onetape_core::time::Span;
    use onetape_data::tape::TapeLeg;

    use super::*;

    const DAY: i64 = 86_400_000_000_000;

    fn file(kind: Kind, days: std::ops::Range<i64>, delay_ns: Option<(i64, i64)>) -> FileRecord {
        FileRecord {
            path: format!("v/S/{}/{}.parquet", kind.name(), days.start),
            venue: "v".into(),
            symbol: "S".into(),
            kind,
            day: format!("day {}", days.start),
            rows: 1,
            parquet_rows: 1,
            first_ts: days.start * DAY,
            last_ts: days.end * DAY - 1,
            bytes: 1,
            hash: String::new(),
            source_hash: String::new(),
            delay_ns,
            venue_order: None,
            single_levels: false,
            words: std::collections::BTreeMap::new(),
        }
    }

    fn request(kinds: &[Kind]) -> TapeRequest {
        TapeRequest {
            legs: vec![TapeLeg {
                instrument: InstrumentId(0),
                series: Series {
                    venue: "v".into(),
                    symbol: "S".into(),
                },
                kinds: kinds.to_vec(),
                venue_time: false,
            }],
            from: None,
            to: None,
        }
    }

    fn scenario(lines: &str, latency: &str) -> Scenario {
        let text = format!(
            "name = \"n\"\n[[task]]\nstrategy = \"market_maker\"\ninstrument = {{ instrument = \"v:S\", feed = \
             \"depth\" }}\nquantity = 1\nmax_inventory = 1\n[venue.v]\nfees = {{ maker_bps = 0, taker_bps = 0, asset \
             = \"quote\" }}\nlatency = {{ {latency} }}\n[sim]\n{lines}\n"
        );
        let cards = crate::commands::backtest::cards(onetape_core::strategies::ALL);
        let options = crate::scenario::Options::default();
        let folder = std::path::Path::new("");
        crate::scenario::parse(&text, "s.toml", folder, &options, &cards)
            .unwrap()
            .scenario
    }

    fn names(kind: &str) -> Names {
        let record = serde_json::json!({
            "venue": "v", "symbol": "S", "kind": kind, "base": "B", "quote": "Q", "price_decimals": 1,
            "qty_decimals": 0, "tick": "0.1", "lot": "1", "min_qty": "1", "min_notional": "0",
            "contract_value": "1", "inferred": false,
        });
        let record: onetape_data::catalog::InstrumentRecord =
            serde_json::from_value(record).unwrap();
        let mut names = Names::default();
        record.enter(&mut names).unwrap();
        names
    }

    fn said(scenario: &Scenario, kind: &str, files: Vec<FileRecord>) -> String {
        let request = request(&[Kind::Depth, Kind::Trade]);
        let registry = onetape_core::strategies::ALL;
        let held = Holdings::of_records(files);
        let checked = check(scenario, &names(kind), &request, &held, registry);
        checked.map_or_else(|error| error.to_string(), |()| "ok".into())
    }

    #[test]
    fn resting_orders_need_prints() {
        let depth = || vec![file(Kind::Depth, 0..1, None)];
        let plain = scenario("", "");
        assert!(said(&plain, "spot", depth()).contains("has no trades of it in that time"));
        let both = [depth(), vec![file(Kind::Trade, 0..1, None)]].concat();
        assert_eq!(said(&plain, "spot", both), "ok");
        assert_eq!(
            said(&scenario("no_trades = true", ""), "spot", depth()),
            "ok"
        );
    }

    #[test]
    fn missing_funding_is_not_zero_funding() {
        let plain = scenario("", "");
        let days = |funding: &[(i64, i64)]| {
            let mut files: Vec<_> = (0..5)
                .map(|day| file(Kind::Depth, day..day + 1, None))
                .collect();
            files.push(file(Kind::Trade, 0..5, None));
            let funding = funding.iter().map(|&(from, to)| from..to);
            files.extend(funding.map(|days| file(Kind::Funding, days, None)));
            files
        };
        let none = said(&plain, "linear", days(&[]));
        assert!(
            none.contains("no funding rates of it in that time"),
            "{none}"
        );
        assert_eq!(said(&plain, "spot", days(&[])), "ok");
        assert_eq!(said(&plain, "linear", days(&[(0, 5)])), "ok");
        assert_eq!(
            said(&plain, "linear", days(&[(1, 2), (2, 3), (3, 4)])),
            "ok"
        );
        let hole = said(&plain, "inverse", days(&[(0, 2), (3, 5)]));
        assert!(hole.contains("no funding rates of it on day 2"), "{hole}");
        let declared = scenario("no_funding = true", "");
        assert_eq!(said(&declared, "linear", days(&[])), "ok");
    }

    #[test]
    fn recorded_stamps_must_be_of_one_clock() {
        let recorded = scenario("", "feed = \"recorded\"");
        let files = |delay| {
            vec![
                file(Kind::Depth, 0..1, delay),
                file(Kind::Trade, 0..1, Some((5, 9))),
            ]
        };
        assert_eq!(said(&recorded, "spot", files(Some((0, 7)))), "ok");
        let none = said(&recorded, "spot", files(None));
        assert!(none.contains("have no stamps of the venue"), "{none}");
        let apart = said(&recorded, "spot", files(Some((-1_300_000_000, 7))));
        assert!(
            apart.contains("received up to 1300.000 ms before"),
            "{apart}"
        );
        assert_eq!(said(&scenario("", ""), "spot", files(None)), "ok");
        let held = Holdings::of_records(files(Some((0, 7))));
        let longest = held.longest_delay("v", &request(&[Kind::Depth, Kind::Trade]));
        assert_eq!(longest, Span::from_nanos(9));
        assert_eq!(
            held.longest_delay("w", &request(&[Kind::Depth])),
            Span::ZERO
        );
    }
}
