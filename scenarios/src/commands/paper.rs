//! `onetape paper`: a scenario in real time, with simulated fills.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use onetape_core::journal::Durability;
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_core::time::Span;
use onetape_data::catalog::Catalog;
use onetape_data::tape::Tape;
use onetape_reports::{RunFacts, RunSummary};

use super::backtest::{cards, check};
use super::config::ScenarioArgs;
use crate::run::live::{Finished, MarketPlan, PaperVenues, Places, Session, Source, wanted};
use crate::run::{BUILD, Prepared};
use crate::scenario::{BreakEven, Environment, Loaded, Options, Scenario, environment, load};

/// `onetape paper …`
#[derive(Clone, Debug, clap::Args)]
pub struct PaperArgs {
    /// The scenario file, in TOML.
    pub file: PathBuf,
    /// What the command line changes.
    #[command(flatten)]
    pub changes: ScenarioArgs,
    /// Where the run's folder goes; runs/NAME-paper-TIME when not given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Stop after so long, such as 30s or 2h; else Ctrl-C stops it.
    #[arg(long, value_name = "D", value_parser = span)]
    pub duration: Option<Span>,
    /// Venues that are local exchanges, such as binance-spot=127.0.0.1:9001,gate-usdt=127.0.0.1:9002.
    #[arg(long, value_name = "VENUE=HOST:PORT", value_delimiter = ',', value_parser = local,
          conflicts_with = "rehearse")]
    pub local: Vec<(String, SocketAddr)>,
    /// Trade at the venues' own testnets, with keys of theirs: fills are the testnet's. MEXC has none.
    #[arg(long, conflicts_with_all = ["local", "rehearse"])]
    pub testnet: bool,
    /// The key file, for a testnet.
    #[arg(long, value_name = "FILE", requires = "testnet")]
    pub keys: Option<PathBuf>,
    /// Read the key file's passphrase from this file descriptor, for a testnet.
    #[arg(long, value_name = "N", requires = "testnet")]
    pub passphrase_fd: Option<u32>,
    /// Take the market from the scenario's catalogue, as if it were live: no network at all.
    #[arg(long)]
    pub rehearse: bool,
    /// How many times faster than it was a rehearsed market comes.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "rehearse",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub speed: u32,
    /// Record the run's market into this catalogue, and what else it saw into its folder, for `onetape replay --market`.
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Print one JSON document on stdout, at the end.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn span(text: &str) -> Result<Span, String> {
    let span = Span::parse(text).filter(|span| *span > Span::ZERO);
    span.ok_or_else(|| "is no length of time; write it like 30s, 5m or 2h".to_string())
}

/// Reads `VENUE=HOST:PORT`.
pub(crate) fn local(text: &str) -> Result<(String, SocketAddr), String> {
    let at = text.split_once('=').and_then(|(venue, at)| {
        let at: SocketAddr = at.parse().ok()?;
        Some((venue.to_string(), at))
    });
    at.ok_or_else(|| "is no local exchange; write it like gate-usdt=127.0.0.1:9001".to_string())
}

/// Runs the command.
///
/// # Errors
/// When the scenario, the market or the run's folder is not right.
pub fn run(
    args: &PaperArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    if args.testnet {
        let live = super::live::LiveArgs {
            file: args.file.clone(),
            changes: args.changes.clone(),
            out: args.out.clone(),
            duration: args.duration,
            full_size: false,
            confirm: None,
            reach: super::reach::ReachArgs {
                testnet: true,
                local: Vec::new(),
                keys: args.keys.clone(),
                passphrase_fd: args.passphrase_fd,
            },
            no_withdrawals: Vec::new(),
            record: args.record.clone(),
            json: args.json,
        };
        return super::live::run(&live, registry, out, err);
    }
    let cards = cards(registry);
    let loaded = load_live(&args.file, &args.changes, &cards, err)?;
    let scenario = &loaded.scenario;
    let (prepared, source, catalog) = if args.rehearse {
        let catalog = Catalog::open(loaded.catalog()?)?;
        check(&loaded, &cards, &catalog)?;
        let prepared = Prepared::new(scenario, &catalog, registry)?;
        let tape = Tape::open(&catalog, &prepared.request)?;
        (
            prepared,
            Source::Tape(Box::new(tape), args.speed),
            Some(catalog),
        )
    } else {
        let catalog = scenario.data.catalog.as_ref();
        let catalog = catalog.filter(|it| it.exists()).map(|it| Catalog::open(it));
        let catalog = catalog.transpose()?;
        let places = Places {
            testnet: false,
            local: args.local.iter().cloned().collect(),
        };
        let (plan, names) = MarketPlan::make(scenario, catalog.as_ref(), &places)?;
        let prepared = Prepared::live(scenario, names, registry)?;
        super::live::check_ramp(&prepared)?;
        let feeds = wanted(&prepared, registry)?;
        (prepared, Source::Venues(plan, feeds), catalog)
    };
    let place = place(args.out.as_ref(), scenario, "paper");
    writeln!(
        err,
        "note: paper in {}; `onetape status {0}` looks at it, Ctrl-C ends it",
        place.display()
    )?;
    let session = Session {
        prepared: &prepared,
        cards,
        place: place.clone(),
        catalog: catalog.map(|it| it.root().to_path_buf()),
        reached: BTreeMap::new(),
        mode: "paper",
        durability: durability(scenario),
        resumes: false,
        duration: args.duration.map(duration),
        also: None,
        record: args.record.clone(),
    };
    let finished = session.run(&mut PaperVenues::new(&prepared, source))?;
    print(&finished, scenario, &place, args.json, out)?;
    told_recorded(&finished, err)?;
    Ok(0)
}

/// Tells what was recorded beside a run.
pub(crate) fn told_recorded(finished: &Finished, err: &mut dyn Write) -> std::io::Result<()> {
    let Some(facts) = &finished.recorded else {
        return Ok(());
    };
    let (rows, events) = (facts.market_rows, facts.account_events);
    let (catalog, account) = (facts.catalog.display(), facts.account.display());
    match (&facts.failed, facts.missed) {
        (Some(why), _) => writeln!(
            err,
            "note: the recording is not whole: it ended early: {why}"
        ),
        (None, 0) => writeln!(
            err,
            "note: recorded {rows} market events into {catalog}, {events} others into {account}"
        ),
        (None, missed) => writeln!(
            err,
            "note: the recording is not whole: it could not keep up, and {missed} events are missing in {catalog} and {account}"
        ),
    }
}

/// Reads a scenario with what the environment puts over its file.
///
/// # Errors
/// When the file or a variable is wrong.
pub(crate) fn load_live(
    file: &std::path::Path,
    changes: &ScenarioArgs,
    cards: &[StrategyCard],
    err: &mut dyn Write,
) -> anyhow::Result<Loaded> {
    let Environment {
        sets,
        params,
        notes,
    } = environment(|name| std::env::var(name).ok())?;
    let given = changes.options();
    let before = load(file, &given, cards)?;
    let has = |param: &str| {
        let mut tasks = before.scenario.tasks.iter();
        tasks.any(|task| {
            let mut cards = cards.iter().filter(|card| card.name == task.strategy);
            cards.any(|card| card.params.iter().any(|it| it.name == param))
        })
    };
    let (params, spare): (Vec<_>, Vec<_>) = params.into_iter().partition(|(name, _)| has(name));
    for note in notes {
        writeln!(err, "note: {note}")?;
    }
    for (name, _) in spare {
        writeln!(
            err,
            "note: no strategy of this scenario has {name}, which the environment sets"
        )?;
    }
    let params = params
        .into_iter()
        .map(|(name, text)| format!("{name}={text}"));
    let sets: Vec<String> = sets.into_iter().chain(params).chain(given.sets).collect();
    let loaded = load(
        file,
        &Options {
            sets,
            ..changes.options()
        },
        cards,
    )?;
    let warnings = loaded.scenario.break_even(cards);
    for warning in warnings.iter().filter_map(BreakEven::warning) {
        tracing::warn!("{warning}");
    }
    if loaded.scenario.faults.is_some() {
        writeln!(
            err,
            "note: [[fault]] and [faults] are for backtests; a live market has its own"
        )?;
    }
    Ok(loaded)
}

/// The run's folder.
pub(crate) fn place(out: Option<&PathBuf>, scenario: &Scenario, mode: &str) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let name = format!("{}-{mode}-{now}", scenario.name);
    out.cloned()
        .unwrap_or_else(|| PathBuf::from("runs").join(name))
}

pub(crate) const fn durability(scenario: &Scenario) -> Durability {
    if scenario.live.sync_first {
        Durability::Disk
    } else {
        Durability::Process
    }
}

pub(crate) const fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.nanos().unsigned_abs())
}

/// Prints what a run came to.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn print(
    finished: &Finished,
    scenario: &Scenario,
    place: &std::path::Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if json {
        let facts = RunFacts {
            run_id: finished.run_id.clone(),
            build: BUILD.to_string(),
            name: scenario.name.clone(),
            decisions_hash: finished.decisions_hash.clone(),
            scenario: scenario.resolved_toml(),
            events: Some(finished.events),
            ..RunFacts::default()
        };
        match &finished.report {
            Some(report) => {
                let (facts, figures) = (&facts, &report.figures);
                let summary = RunSummary { facts, figures };
                serde_json::to_writer_pretty(&mut *out, &summary)
            }
            None => serde_json::to_writer_pretty(&mut *out, &facts),
        }
        .context("stdout")?;
        writeln!(out)?;
        return Ok(());
    }
    if let Some(report) = &finished.report {
        write!(out, "{}", onetape_reports::to_text(report))?;
    }
    let (events, hash) = (finished.events, &finished.decisions_hash);
    writeln!(out, "\n{events} events, decisions {hash}")?;
    if finished.ended.at_work > 0 {
        writeln!(
            out,
            "orders at work when it ended: {}",
            finished.ended.at_work
        )?;
    }
    writeln!(out, "run    {}", place.display())?;
    if finished.report.is_some() {
        writeln!(out, "report {}", place.join("report.html").display())?;
    }
    Ok(())
}
