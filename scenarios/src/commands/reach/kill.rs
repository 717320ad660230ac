//! `onetape kill`: another process, with its own connections and its own log, that takes back every order.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    let beside = match args.at.is_dir() {
        true => args.at.join("kill.log"),
        false => args.at.with_extension("kill.log"),
    };
    let mut log = Log::open(args.log.as_ref().unwrap_or(&beside))?;
    if args.at.is_dir() {
        halt(&args.at, &mut log, err);
    }
    let scenario = scenario_of(&args.at, &args.reach, cards)?;
    let places = places(&scenario, &args.reach)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcomes = runtime.block_on(all(&places));
    let mut left = false;
    for it in &outcomes {
        log.say(err, &line(it));
        left |= !(it.orders.is_empty() && it.positions.is_empty() && it.failed.is_empty());
    }
    if args.json {
        let venues: Vec<Value> = outcomes.iter().map(document).collect();
        let whole = json!({"schema": SCHEMA, "left": left, "venues": venues});
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
        writeln!(out, "{word}")?;
    }
    Ok(if left { LEFT } else { 0 })
}

/// The instance of the run sends nothing any more, if one runs.
fn halt(run: &Path, log: &mut Log, err: &mut dyn Write) {
    let halted = Client::connect(run).and_then(|mut client| client.ask(&Order::Halt));
    match halted {
        Ok(_) => log.say(err, "the running instance is halted"),
        Err(ClientError::NotRunning { .. }) => log.say(err, "no instance runs there"),
        Err(why) => log.say(err, &format!("the running instance was not halted: {why}")),
    }
}

/// All venues at once: none waits for another.
async fn all(places: &[Place]) -> Vec<Outcome> {
    futures_util::future::join_all(places.iter().map(one)).await
}

async fn one(place: &Place) -> Outcome {
    let mut it = Outcome {
        venue: place.at.protocol.venue(),
        orders: Vec::new(),
        positions: Vec::new(),
        failed: Vec::new(),
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
    for instrument in instruments {
        let _ = take_back(&ready, instrument).await;
    }
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
        writeln!(out, "  no order rests")?;
    }
    Ok(())
}

fn document(it: &Outcome) -> Value {
    json!({
        "venue": it.venue, "orders": it.orders, "positions": it.positions, "failed": it.failed,
    })
}
