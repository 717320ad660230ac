//! `onetape doctor`: everything that must be right before a scenario is traded, a line each.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use onetape_adapters::ask::{Ask, MarginMode, PositionMode};
use onetape_adapters::news::Answer;
use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::Money;
use onetape_core::strategy::StrategyCard;
use onetape_data::catalog::Catalog;
use onetape_live::journal::{RunLock, SpaceLimits, free_bytes};
use onetape_live::venue::AskFault;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::needs::{self, Need, Want};
use super::rights::{Rights, rights_of};
use super::{Place, ReachArgs, Ready, places, scenario_of, words};
use crate::commands::config::ScenarioArgs;
use crate::commands::live::as_traded;
use crate::run::live::differs;
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
    /// What the command line of `onetape live` changes; of a file alone.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// It is to begin with the scenario's size at once, not with one lot.
    #[arg(long)]
    pub full_size: bool,
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
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let scenario = scenario(args, cards, err)?;
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

/// What is checked is what `onetape live` would trade, so that a run's folder is held against the same text.
fn scenario(
    args: &DoctorArgs,
    cards: &[StrategyCard],
    err: &mut dyn Write,
) -> anyhow::Result<Scenario> {
    let ScenarioArgs {
        sets,
        catalog,
        allow_negative_edge,
    } = &args.changes;
    if !args.file.is_dir() {
        let mode = args.reach.mode();
        return as_traded(&args.file, &args.changes, args.full_size, mode, cards, err);
    }
    if !sets.is_empty() || catalog.is_some() || *allow_negative_edge || args.full_size {
        bail!(
            "{}: a run's folder has its scenario, and nothing is changed of it; name the scenario file, and the folder by --run",
            args.file.display()
        );
    }
    scenario_of(&args.file, &args.reach, cards)
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
    balances(name, &ready, scenario, checks).await;
    if place.at.protocol.is_futures() {
        modes(name, &ready, scenario, checks).await;
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
        let (good, words) = match differs(&known, here) {
            None => (
                true,
                format!(
                    "{symbol} trades in ticks of {} and lots of {}",
                    here.price_decimal(here.tick).normalize(),
                    here.qty_decimal(here.lot).normalize()
                ),
            ),
            Some(words) => (false, format!("{symbol}: {words}")),
        };
        checks.add("instrument", name, good, words);
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

/// Whether there is what the scenario's tasks need to begin.
async fn balances(name: &str, ready: &Ready, scenario: &Scenario, checks: &mut Checks) {
    let told = match ready.setup.ask(&Ask::Balances).await {
        Ok(Answer::Balances(balances, margins)) => {
            let rows = balances.iter().map(|it| (it.asset, it.free));
            let margins = margins.iter().filter(|_| balances.is_empty());
            let margins = margins.map(|it| (it.asset, it.available.unwrap_or(it.wallet)));
            rows.chain(margins).collect::<BTreeMap<_, _>>()
        }
        Ok(_) => return checks.add("balances", name, false, "its answer is none"),
        Err(fault) => return checks.add("balances", name, false, words(&fault)),
    };
    let mut asks = BTreeMap::new();
    for instrument in &ready.names.instruments {
        if let Some(ask) = best_ask(ready, instrument).await {
            asks.insert(instrument.id, ask);
        }
    }
    let free = |asset: AssetId| told.get(&asset).copied().unwrap_or(Money::ZERO);
    for Need { want, why } in needs::of(name, scenario, &ready.names, &asks) {
        let one = |asset: AssetId, wanted: Money| {
            let text = format!(
                "{} {} free, {} wanted",
                ready.names.asset(asset),
                free(asset).trimmed(),
                wanted.trimmed()
            );
            (free(asset) >= wanted, text)
        };
        let (good, text) = match want {
            Want::Of(asset, wanted) => one(asset, wanted),
            Want::Either(pay, sell) => {
                let ((may_buy, bought), (may_sell, sold)) =
                    (one(pay.0, pay.1), one(sell.0, sell.1));
                (may_buy || may_sell, format!("{bought}, or {sold}"))
            }
            Want::Unknown => (true, "what it needs here is not known".to_string()),
        };
        checks.add("balances", name, good, format!("{text}: {why}"));
    }
}

/// What one unit of an instrument is sold for now; nothing where its book is empty or not told.
async fn best_ask(ready: &Ready, of: &Instrument) -> Option<Decimal> {
    let ask = Ask::Depth {
        instrument: of.id,
        levels: 5,
    };
    let Ok(Answer::Depth(book)) = ready.setup.ask(&ask).await else {
        return None;
    };
    let best = book.asks.iter().map(|level| level.price).min()?;
    Some(of.price_decimal(best))
}

/// Positions are one an instrument. Leverage and margin mode are set by `onetape live` before anything is sent, so that
/// others than the scenario's are told; where a position is open, the venue may refuse to change them.
async fn modes(name: &str, ready: &Ready, scenario: &Scenario, checks: &mut Checks) {
    let account = match ready.setup.ask(&Ask::PositionMode).await {
        Ok(Answer::Settings(settings)) => settings.position_mode,
        Ok(_) | Err(AskFault::Unaskable(_)) => None,
        Err(fault) => return checks.add("modes", name, false, words(&fault)),
    };
    let held: Vec<InstrumentId> = match ready.setup.ask(&Ask::Positions(None)).await {
        Ok(Answer::Positions(all)) => {
            let open = all.iter().filter(|it| !it.qty.is_zero());
            open.map(|it| it.instrument).collect()
        }
        Ok(_) => return checks.add("modes", name, false, "its list of positions is none"),
        Err(fault) => return checks.add("modes", name, false, words(&fault)),
    };
    let Some(wanted) = scenario.venues.get(name) else {
        return checks.add("modes", name, true, "the scenario says nothing of them");
    };
    let wanted_margin = match wanted.margin {
        onetape_sim::MarginMode::Cross => MarginMode::Cross,
        onetape_sim::MarginMode::Isolated => MarginMode::Isolated,
    };
    for instrument in &ready.names.instruments {
        let settings = match ready.setup.ask(&Ask::Settings(instrument.id)).await {
            Ok(Answer::Settings(settings)) => settings,
            Ok(_) => return checks.add("modes", name, false, "its answer is none"),
            Err(fault) => return checks.add("modes", name, false, words(&fault)),
        };
        let symbol = &instrument.symbol;
        let mode = account.or(settings.position_mode);
        if mode != Some(PositionMode::OneWay) {
            let words =
                format!("{symbol}: positions are {mode:?}, and one an instrument is wanted");
            checks.add("modes", name, false, words);
            continue;
        }
        let told = |text: Option<String>| text.unwrap_or_else(|| "?".to_string());
        let mut text = format!(
            "{symbol}: leverage {}, {} margin",
            told(settings.leverage.map(|it| it.to_string())),
            told(settings.margin_mode.map(|it| format!("{it:?}"))),
        );
        let same = settings.leverage.is_none_or(|it| it == wanted.leverage)
            && settings.margin_mode.is_none_or(|it| it == wanted_margin);
        let is_open = held.contains(&instrument.id);
        if !same {
            let then = if is_open {
                "the open position may not let that be set: close it, or change the scenario"
            } else {
                "`onetape live` sets that first"
            };
            text += &format!(
                "; the scenario has leverage {}, {wanted_margin:?} margin, and {then}",
                wanted.leverage
            );
        }
        checks.add("modes", name, same || !is_open, text);
    }
}
