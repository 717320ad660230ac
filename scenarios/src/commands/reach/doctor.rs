//! `onetape doctor`: everything that must be right before a scenario is traded, a line each.

use std::io::Write;
use std::path::{Path, PathBuf};

use onetape_adapters::ask::{Ask, PositionMode};
use onetape_adapters::news::Answer;
use onetape_core::names::Names;
use onetape_core::num::Money;
use onetape_core::strategy::StrategyCard;
use onetape_data::catalog::Catalog;
use onetape_live::journal::{RunLock, SpaceLimits, free_bytes};
use onetape_live::venue::AskFault;
use serde_json::{Value, json};

use super::rights::{Rights, rights_of};
use super::{Place, ReachArgs, Ready, places, scenario_of, words};
use crate::run::{BUILD, RunRecord};
use crate::scenario::Scenario;

/// Version of the JSON document.
const SCHEMA: u32 = 1;
/// Exit code when a check fails.
const FAILED: u8 = 3;
/// Most that the venue's clock may be ahead of or behind ours: what is signed is signed by the venue's, and yet a clock
/// that is far off says that something is wrong with this machine.
const OFFSET_MAX_NS: i64 = 500_000_000;

/// `onetape doctor …`
#[derive(Clone, Debug, clap::Args)]
pub struct DoctorArgs {
    /// The scenario file, in TOML, or a run's folder.
    #[arg(value_name = "FILE|RUN")]
    pub file: PathBuf,
    #[command(flatten)]
    reach: ReachArgs,
    /// A run's folder that is to be begun or gone on with: whether another instance has it, and whether it is of this build
    /// and configuration.
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// I looked at these venues myself: their keys can withdraw nothing. For venues that do not tell.
    #[arg(long, value_name = "VENUE", value_delimiter = ',')]
    pub no_withdrawals: Vec<String>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// One check.
struct Check {
    what: &'static str,
    place: String,
    good: bool,
    words: String,
}

#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, what: &'static str, place: &str, good: bool, words: impl Into<String>) {
        self.0.push(Check {
            what,
            place: place.to_string(),
            good,
            words: words.into(),
        });
    }
}

/// Runs the command.
///
/// # Errors
/// When the scenario or the keys cannot be read.
pub(crate) fn run(
    args: &DoctorArgs,
    cards: &[StrategyCard],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let scenario = scenario_of(&args.file, &args.reach, cards)?;
    let places = places(&scenario, &args.reach)?;
    let mut checks = Checks::default();
    let runs = args.run.as_deref().unwrap_or(Path::new("."));
    disk(runs, &mut checks);
    if let Some(run) = &args.run {
        folder(run, &scenario, &mut checks);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for place in &places {
        runtime.block_on(venue(place, &scenario, args, &mut checks));
    }
    let good = checks.0.iter().all(|it| it.good);
    if args.json {
        let all: Vec<Value> = checks.0.iter().map(document).collect();
        writeln!(
            out,
            "{:#}",
            json!({"schema": SCHEMA, "good": good, "checks": all})
        )?;
    } else {
        for it in &checks.0 {
            let word = if it.good { "ok  " } else { "FAIL" };
            writeln!(out, "{word} {} {}: {}", it.place, it.what, it.words)?;
        }
    }
    Ok(if good { 0 } else { FAILED })
}

fn document(it: &Check) -> Value {
    json!({"check": it.what, "place": it.place, "good": it.good, "words": it.words})
}

fn disk(runs: &Path, checks: &mut Checks) {
    // A folder that is not there yet is made on the disk of one that is.
    let there = runs
        .ancestors()
        .find(|it| it.exists())
        .unwrap_or(Path::new("."));
    let limits = SpaceLimits::default();
    match free_bytes(there) {
        Ok(free) => {
            let words = format!(
                "{} MiB free, {} are wanted",
                free >> 20,
                limits.low_bytes >> 20
            );
            checks.add("disk", "machine", free >= limits.low_bytes, words);
        }
        Err(why) => checks.add("disk", "machine", false, format!("not known: {why}")),
    }
}

/// Whether a run's folder can be taken up.
fn folder(run: &Path, scenario: &Scenario, checks: &mut Checks) {
    let place = run.display().to_string();
    if !run.exists() {
        return checks.add("folder", &place, true, "a new run");
    }
    match RunLock::take(run) {
        Ok(_) => checks.add("instance", &place, true, "no other instance has it"),
        Err(why) => checks.add("instance", &place, false, why.to_string()),
    }
    if !run.join("run.json").exists() {
        return checks.add("folder", &place, true, "a new run");
    }
    match RunRecord::read(run) {
        Ok(record) => {
            let same = record.build == BUILD;
            let words = format!("its journal is of build {}, this is {BUILD}", record.build);
            checks.add("build", &place, same, words);
        }
        Err(why) => checks.add("build", &place, false, format!("{why:#}")),
    }
    let before = std::fs::read_to_string(run.join("scenario.toml"));
    let same = before.is_ok_and(|before| before == scenario.resolved_toml());
    let words = match same {
        true => "as its journal's",
        false => "another than its journal's: choose another run folder",
    };
    checks.add("configuration", &place, same, words);
}

async fn venue(place: &Place, scenario: &Scenario, args: &DoctorArgs, checks: &mut Checks) {
    let name = place.at.protocol.venue();
    let ready = match place.ready().await {
        Ok(ready) => ready,
        Err(why) => return checks.add("reach", name, false, format!("{why:#}")),
    };
    clock(name, &ready, checks);
    rules(name, &ready, scenario, checks);
    if !place.has_key() {
        let words = format!("there is none; add it with `onetape keys add {name}`");
        return checks.add("key", name, false, words);
    }
    permissions(place, &ready, args, checks).await;
    balances(name, &ready, checks).await;
    if place.at.protocol.is_futures() {
        modes(name, &ready, checks).await;
    }
}

fn clock(name: &str, ready: &Ready, checks: &mut Checks) {
    let Some(measured) = ready.setup.offset.measured() else {
        return checks.add("clock", name, false, "not measured");
    };
    let millis = measured.offset_ns / 1_000_000;
    let good = measured.offset_ns.saturating_abs() <= OFFSET_MAX_NS;
    let hint = if good {
        ""
    } else {
        "; set this machine's clock by NTP"
    };
    checks.add(
        "clock",
        name,
        good,
        format!("{millis} ms ahead of ours{hint}"),
    );
}

/// Whether the venue trades the instruments, by the rules that the catalogue has.
fn rules(name: &str, ready: &Ready, scenario: &Scenario, checks: &mut Checks) {
    for symbol in &ready.missing {
        checks.add("instrument", name, false, format!("{symbol} is not listed"));
    }
    let catalog = scenario
        .data
        .catalog
        .as_ref()
        .and_then(|it| Catalog::open(it).ok());
    for rules in &ready.rules {
        let symbol = &rules.symbol;
        if !rules.is_trading() {
            let words = format!("{symbol} does not trade: {:?}", rules.status);
            checks.add("instrument", name, false, words);
            continue;
        }
        let full = format!("{name}:{symbol}");
        let here = ready.names.find_instrument(&full);
        let here = here.map(|id| ready.names.instrument(id));
        let record = catalog.as_ref().and_then(|it| it.instrument(&full).ok());
        let known = record.and_then(|record| {
            let mut scratch = Names::default();
            let id = record.enter(&mut scratch).ok()?;
            Some(scratch.instrument(id).clone())
        });
        let (Some(here), Some(known)) = (here, known) else {
            checks.add("instrument", name, true, format!("{symbol} trades"));
            continue;
        };
        let step = |it: &onetape_core::instrument::Instrument| {
            (
                it.price_decimal(it.tick).normalize(),
                it.qty_decimal(it.lot).normalize(),
            )
        };
        let (ours, theirs) = (step(&known), step(here));
        let words = match ours == theirs || known.inferred {
            true => format!(
                "{symbol} trades in ticks of {} and lots of {}",
                theirs.0, theirs.1
            ),
            false => format!(
                "{symbol} has tick and lot {} {}, the catalogue {} {}: import its instruments anew",
                theirs.0, theirs.1, ours.0, ours.1
            ),
        };
        checks.add("instrument", name, ours == theirs || known.inferred, words);
    }
}

async fn permissions(place: &Place, ready: &Ready, args: &DoctorArgs, checks: &mut Checks) {
    let name = place.at.protocol.venue();
    let rights = rights_of(place.at.preset, &ready.setup).await;
    let good = match rights {
        Rights::Untold => "the venue does not tell; signed off",
        _ => "it can trade, and neither withdraw nor transfer",
    };
    let refusal = rights.refusal(name, &args.no_withdrawals);
    let (good, words) = match refusal {
        None => (true, good.to_string()),
        Some(why) => (false, why),
    };
    checks.add("key rights", name, good, words);
}

async fn balances(name: &str, ready: &Ready, checks: &mut Checks) {
    let told = match ready.setup.ask(&Ask::Balances).await {
        Ok(Answer::Balances(balances, margins)) => {
            let rows = balances.iter().map(|it| (it.asset, it.free));
            let margins = margins.iter().filter(|_| balances.is_empty());
            let margins = margins.map(|it| (it.asset, it.available.unwrap_or(it.wallet)));
            rows.chain(margins).collect::<Vec<_>>()
        }
        Ok(_) => return checks.add("balances", name, false, "its answer is none"),
        Err(fault) => return checks.add("balances", name, false, words(&fault)),
    };
    let has = told.iter().filter(|(_, free)| *free > Money::ZERO);
    let lines: Vec<String> = has
        .map(|(asset, free)| format!("{} {}", free.trimmed(), ready.names.asset(*asset)))
        .collect();
    match lines.is_empty() {
        true => checks.add(
            "balances",
            name,
            false,
            "nothing that the scenario trades is there",
        ),
        false => checks.add(
            "balances",
            name,
            true,
            format!("free: {}", lines.join(", ")),
        ),
    }
}

/// Positions are one an instrument; leverage and margin mode are told.
async fn modes(name: &str, ready: &Ready, checks: &mut Checks) {
    let account = match ready.setup.ask(&Ask::PositionMode).await {
        Ok(Answer::Settings(settings)) => settings.position_mode,
        Ok(_) | Err(AskFault::Unaskable(_)) => None,
        Err(fault) => return checks.add("modes", name, false, words(&fault)),
    };
    for instrument in &ready.names.instruments {
        let settings = match ready.setup.ask(&Ask::Settings(instrument.id)).await {
            Ok(Answer::Settings(settings)) => settings,
            Ok(_) => return checks.add("modes", name, false, "its answer is none"),
            Err(fault) => return checks.add("modes", name, false, words(&fault)),
        };
        let mode = account.or(settings.position_mode);
        let good = mode == Some(PositionMode::OneWay);
        let leverage = settings
            .leverage
            .map_or_else(|| "?".to_string(), |it| it.to_string());
        let margin = settings
            .margin_mode
            .map_or_else(|| "?".to_string(), |it| format!("{it:?}"));
        let words = match good {
            true => format!(
                "{}: leverage {leverage}, {margin} margin",
                instrument.symbol
            ),
            false => format!(
                "{}: positions are {mode:?}, and one an instrument is wanted",
                instrument.symbol
            ),
        };
        checks.add("modes", name, good, words);
    }
}
