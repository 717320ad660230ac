//! `onetape kill`: another process, with its own connections and its own log, that takes back every order.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use onetape_adapters::ask::Ask;
use onetape_adapters::news::Answer;
use onetape_adapters::outcome::Class;
use onetape_core::instrument::Instrument;
use onetape_core::strategy::StrategyCard;
use onetape_live::control::{Client, ClientError, Order};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Place, ReachArgs, Ready, places, scenario_of, words};

/// Version of the JSON document.
const SCHEMA: u32 = 1;
/// How often a venue is asked to take everything back, until nothing rests.
const ROUNDS: u32 = 5;
/// From the first word that nothing rests to the question whether that is still so. An order that the halted instance, or a
/// request that it repeats, had on its way may rest only after the venue's first answer: that nothing is left is believed
/// when it is said again.
const SETTLE: Duration = Duration::from_secs(1);
/// How long the venues wait for the word of the running instance. It sends nothing any more from before it answers; one whose
/// loop or process is stuck answers late or never, and what rests is taken back all the same.
const HALT_WAIT: Duration = Duration::from_millis(500);
/// Exit code when something is left.
const LEFT: u8 = 3;

/// `onetape kill …`
#[derive(Clone, Debug, clap::Args)]
pub struct KillArgs {
    /// Folder of a run, whose instance is halted first, or a scenario file.
    #[arg(value_name = "RUN|FILE")]
    pub at: PathBuf,
    #[command(flatten)]
    reach: ReachArgs,
    /// Where this writes what it did [default: kill.log in the run's folder, or beside the file].
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// What is left at one venue.
struct Outcome {
    venue: &'static str,
    orders: Vec<String>,
    positions: Vec<String>,
    failed: Vec<String>,
    /// From the beginning of the command until the venue first said that nothing rests.
    quiet_ms: Option<u128>,
}

/// What is done, and to whom it is told: a log of its own, and stderr.
struct Log {
    file: std::fs::File,
}

impl Log {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(options.create(true).append(true), 0o600);
        let file = options.open(path);
        let file = file.with_context(|| format!("{}: cannot be written", path.display()))?;
        Ok(Self { file })
    }

    fn say(&mut self, err: &mut dyn Write, line: &str) {
        let now = jiff::Timestamp::now();
        // The log is for later: that it cannot be written stops nothing.
        let hushed = crate::hush::hushed(line);
        let _ = writeln!(self.file, "{now:.3} {hushed}");
        let _ = writeln!(err, "{line}");
    }
}

/// Runs the command.
///
/// # Errors
/// When the scenario or the keys cannot be read. A venue that does not answer is told of, and the others are done.
pub(crate) fn run(
    args: &KillArgs,
    cards: &[StrategyCard],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let began = Instant::now();
    let beside = match args.at.is_dir() {
        true => args.at.join("kill.log"),
        false => args.at.with_extension("kill.log"),
    };
    let mut log = Log::open(args.log.as_ref().unwrap_or(&beside))?;
    let halting = args.at.is_dir().then(|| halt(&args.at));
    let is_told = halting.as_ref().is_none_or(|halted| {
        let word = halted.recv_timeout(HALT_WAIT);
        log.say(err, &halt_words(&word));
        word.is_ok()
    });
    let scenario = scenario_of(&args.at, &args.reach, cards)?;
    let places = places(&scenario, &args.reach)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcomes = runtime.block_on(all(&places, began));
    if let Some(halted) = halting.filter(|_| !is_told) {
        // What it says by now.
        log.say(err, &halt_words(&halted.recv_timeout(Duration::ZERO)));
    }
    let mut left = false;
    for it in &outcomes {
        log.say(err, &line(it));
        left |= !(it.orders.is_empty() && it.positions.is_empty() && it.failed.is_empty());
    }
    if args.json {
        let venues: Vec<Value> = outcomes.iter().map(document).collect();
        let took_ms = began.elapsed().as_millis();
        let whole = json!({"schema": SCHEMA, "left": left, "took_ms": took_ms, "venues": venues});
        writeln!(out, "{whole:#}")?;
    } else {
        for it in &outcomes {
            tell(it, out)?;
        }
        let word = if left {
            "something is left"
        } else {
            "nothing is left"
        };
        writeln!(out, "{word}; it took {} ms", began.elapsed().as_millis())?;
    }
    Ok(if left { LEFT } else { 0 })
}

/// Tells the instance of the run, if one runs, to send nothing any more; its word comes later.
fn halt(run: &Path) -> Receiver<Result<Value, ClientError>> {
    let (told, word) = mpsc::channel();
    let run = run.to_path_buf();
    std::thread::spawn(move || {
        let halted = Client::connect(&run).and_then(|mut client| client.ask(&Order::Halt));
        // Nobody waits for it for ever.
        let _ = told.send(halted);
    });
    word
}

fn halt_words(word: &Result<Result<Value, ClientError>, RecvTimeoutError>) -> String {
    match word {
        Ok(Ok(_)) => "the running instance is halted".to_string(),
        Ok(Err(ClientError::NotRunning { .. })) => "no instance runs there".to_string(),
        Ok(Err(why)) => format!("the running instance was not halted: {why}"),
        Err(_) => "the running instance was told to halt and has not answered yet".to_string(),
    }
}

/// All venues at once: none waits for another.
async fn all(places: &[Place], began: Instant) -> Vec<Outcome> {
    futures_util::future::join_all(places.iter().map(|place| one(place, began))).await
}

async fn one(place: &Place, began: Instant) -> Outcome {
    let mut it = Outcome {
        venue: place.at.protocol.venue(),
        orders: Vec::new(),
        positions: Vec::new(),
        failed: Vec::new(),
        quiet_ms: None,
    };
    if !place.has_key() {
        it.failed
            .push("there is no key: look there by hand".to_string());
        return it;
    }
    let ready = match place.ready().await {
        Ok(ready) => ready,
        Err(why) => {
            it.failed.push(format!("it does not answer: {why:#}"));
            return it;
        }
    };
    for symbol in &ready.missing {
        it.failed.push(format!("it does not list {symbol}"));
    }
    let instruments = &ready.names.instruments;
    let mut is_quiet = ready.missing.is_empty();
    for instrument in instruments {
        let left = take_back(&ready, instrument).await;
        is_quiet &= left.is_ok_and(|left| left.is_empty());
    }
    it.quiet_ms = is_quiet.then(|| began.elapsed().as_millis());
    sleep(SETTLE).await;
    for instrument in instruments {
        match take_back(&ready, instrument).await {
            Ok(left) => it.orders.extend(left),
            Err(why) => it.failed.push(format!("{}: {why}", instrument.symbol)),
        }
    }
    if place.at.protocol.is_futures() {
        positions(&ready, &mut it).await;
    }
    it
}

/// Takes everything back, and asks until the venue says that nothing rests; what rests after all, or why that is not known.
async fn take_back(ready: &Ready, instrument: &Instrument) -> Result<Vec<String>, String> {
    let id = instrument.id;
    let mut told = Err("it was not asked".to_string());
    for round in 0..ROUNDS {
        let cancelled = ready.setup.ask(&Ask::CancelAll(id)).await;
        let refused = cancelled
            .err()
            .filter(|fault| !matches!(fault.class(), Class::CancelUnknown | Class::AlreadyDone));
        told = match ready.setup.ask(&Ask::OpenOrders(Some(id))).await {
            Ok(Answer::Orders(open)) if open.is_empty() => return Ok(Vec::new()),
            Ok(Answer::Orders(open)) => Ok(open.iter().map(|it| text_of(it, instrument)).collect()),
            Ok(_) => Err("its list of open orders is none".to_string()),
            Err(fault) => Err(words(refused.as_ref().unwrap_or(&fault))),
        };
        sleep(Duration::from_millis(100 << round)).await;
    }
    told
}

fn text_of(order: &onetape_adapters::report::OrderReport, of: &Instrument) -> String {
    let mut text = of.symbol.clone();
    if let Some(side) = order.side {
        let _ = write!(text, " {}", side.name());
    }
    if let Some(qty) = order.qty {
        let _ = write!(text, " {}", of.qty_decimal(qty).normalize());
    }
    if let Some(limit) = order.limit {
        let _ = write!(text, " at {}", of.price_decimal(limit).normalize());
    }
    let client = order.client.text("", None).unwrap_or_default();
    let _ = write!(text, " (venue id {}, ours {client:?})", order.venue_id);
    text
}

async fn positions(ready: &Ready, it: &mut Outcome) {
    match ready.setup.ask(&Ask::Positions(None)).await {
        Ok(Answer::Positions(all)) => {
            for held in all.iter().filter(|held| !held.qty.is_zero()) {
                let of = ready.names.instrument(held.instrument);
                let qty = of.qty_decimal(held.qty).normalize();
                it.positions.push(format!("{} {qty}", of.symbol));
            }
        }
        Ok(_) => it.failed.push("its list of positions is none".to_string()),
        Err(fault) => it.failed.push(format!("positions: {}", words(&fault))),
    }
}

fn line(it: &Outcome) -> String {
    let (orders, positions) = (it.orders.len(), it.positions.len());
    let mut text = format!(
        "{}: {orders} orders and {positions} positions left",
        it.venue
    );
    if let Some(ms) = it.quiet_ms {
        let _ = write!(text, "; no order rested after {ms} ms");
    }
    for why in &it.failed {
        let _ = write!(text, "; {why}");
    }
    text
}

fn tell(it: &Outcome, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}", it.venue)?;
    let all = [
        ("order", &it.orders),
        ("position", &it.positions),
        ("failed", &it.failed),
    ];
    for (what, lines) in all {
        for line in lines {
            writeln!(out, "  {what}: {line}")?;
        }
    }
    if it.orders.is_empty() && it.failed.is_empty() {
        let after = it
            .quiet_ms
            .map(|ms| format!(" since {ms} ms after the command began"));
        writeln!(out, "  no order rests{}", after.unwrap_or_default())?;
    }
    Ok(())
}

fn document(it: &Outcome) -> Value {
    json!({
        "venue": it.venue, "orders": it.orders, "positions": it.positions, "failed": it.failed,
        "quiet_ms": it.quiet_ms,
    })
}
