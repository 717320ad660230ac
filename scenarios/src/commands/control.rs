//! `onetape pause`, `resume`, `flatten`, `approve`, and the status of an instance that runs: through the socket in its run
//! folder. What is ordered is done when the command ends well: it stands in the journal.

use std::io::Write;
use std::path::{Path, PathBuf};

use onetape_core::risk::BreakerKind;
use onetape_live::control::{Client, ClientError, Order};
use serde_json::{Value, json};

/// `onetape pause …`, `resume …`, `flatten …`
#[derive(Clone, Debug, clap::Args)]
pub struct TaskArgs {
    /// Folder of the run.
    pub run: PathBuf,
    /// Only this task.
    #[arg(long, value_name = "NAME")]
    pub task: Option<String>,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `onetape approve …`
#[derive(Clone, Debug, clap::Args)]
pub struct ApproveArgs {
    /// Folder of the run.
    pub run: PathBuf,
    /// What is approved, by its id; without one, what waits is listed.
    #[arg(value_name = "ID")]
    pub item: Option<String>,
    /// Say no instead.
    #[arg(long, requires = "item")]
    pub deny: bool,
    /// Why, for the journal.
    #[arg(long, value_name = "TEXT", requires = "item")]
    pub reason: Option<String>,
    /// Short for the id breaker:KIND.
    #[arg(long, value_name = "KIND", value_parser = breaker, conflicts_with_all = ["item", "balances"])]
    pub breaker: Option<BreakerKind>,
    /// Short for the id balances.
    #[arg(long, conflicts_with = "item")]
    pub balances: bool,
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

impl ApproveArgs {
    fn id(&self) -> Option<String> {
        let breaker = self.breaker.map(|kind| format!("breaker:{}", kind.name()));
        let balances = self.balances.then(|| "balances".to_string());
        self.item.clone().or(breaker).or(balances)
    }
}

fn breaker(text: &str) -> Result<BreakerKind, String> {
    let mut all = BreakerKind::ALL.into_iter();
    all.find(|kind| kind.name() == text).ok_or_else(|| {
        let all: Vec<&str> = BreakerKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("there are {}", all.join(", "))
    })
}

/// No new entries.
///
/// # Errors
/// When nothing runs there, or it does not follow.
pub fn pause(args: &TaskArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let task = args.task.clone();
    order(&args.run, &Order::Pause { task }, "paused", args.json, out)
}

/// Back to normal.
///
/// # Errors
/// As [`pause`].
pub fn resume(args: &TaskArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let task = args.task.clone();
    order(
        &args.run,
        &Order::Resume { task },
        "resumed",
        args.json,
        out,
    )
}

/// Every leg closed.
///
/// # Errors
/// As [`pause`].
pub fn flatten(args: &TaskArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let task = args.task.clone();
    order(
        &args.run,
        &Order::Flatten { task },
        "flattening",
        args.json,
        out,
    )
}

/// A person's word on what waits, or the list of that.
///
/// # Errors
/// As [`pause`], and when nothing waits by that id.
pub fn approve(args: &ApproveArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let Some(item) = args.id() else {
        let told = Client::connect(&args.run)?.ask(&Order::Status)?;
        list(&told["waiting"], args.json, out)?;
        return Ok(0);
    };
    let done = if args.deny { "denied" } else { "approved" };
    let word = Order::Decide {
        item,
        approved: !args.deny,
        why: args.reason.clone(),
    };
    order(&args.run, &word, done, args.json, out)
}

fn list(waiting: &Value, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if json {
        return writeln!(out, "{:#}", json!({ "waiting": waiting }));
    }
    let lines = super::waiting::lines(waiting);
    if lines.is_empty() {
        return writeln!(out, "nothing waits");
    }
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn order(
    run: &Path,
    order: &Order,
    done: &str,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let answer = Client::connect(run)?.ask(order)?;
    let seq = &answer["seq"];
    if json {
        writeln!(out, "{:#}", json!({ "done": done, "seq": seq }))?;
    } else {
        writeln!(out, "{done}: event {seq} of the journal")?;
    }
    Ok(0)
}

/// The status of the instance that runs in a folder; `None` when none does.
///
/// # Errors
/// When one runs and does not answer.
pub(crate) fn ask_running(run: &Path) -> anyhow::Result<Option<Value>> {
    match Client::connect(run) {
        Ok(mut client) => Ok(Some(client.ask(&Order::Status)?)),
        Err(ClientError::NotRunning { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Prints the status of an instance that runs.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn tell_status(told: &Value, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if json {
        return writeln!(out, "{told:#}");
    }
    let word = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let (mode, state) = (word(&told["mode"]), word(&told["state"]));
    let events = &told["persistence"]["events"];
    writeln!(out, "running ({mode}), {state}, {events} events")?;
    for part in told["health"]["components"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let name = word(&part["name"]);
        match part["why"].as_str() {
            None => writeln!(out, "  {name}: well")?,
            Some(why) => writeln!(out, "  {name}: {why}, since {}", word(&part["since"]))?,
        }
    }
    for line in super::waiting::lines(&told["waiting"]) {
        writeln!(out, "  waits for a person: {line}")?;
    }
    for line in mending_lines(&told["stats"]["mending"]) {
        writeln!(out, "  {line}")?;
    }
    let day = word(&told["risk"]["day_result"]);
    writeln!(out, "  result of the day {day}")?;
    for task in told["tasks"].as_array().into_iter().flatten() {
        let name = word(&task["id"]);
        let (state, standing) = (word(&task["state"]), word(&task["standing"]));
        let reason = word(&task["reason"]);
        writeln!(out, "\ntask {name}: {state}, {standing}, {reason}")?;
        writeln!(
            out,
            "  executions {}, decisions {}, orders at work {}",
            task["executions"], task["decisions"], task["orders"]
        )?;
        if let Some(apart) = task["skew_ms"].as_f64() {
            writeln!(out, "  books of its legs {apart} ms apart")?;
        }
        if let Some(ramp) = ramp_line(&task["ramp"]) {
            writeln!(out, "  {ramp}")?;
        }
        for held in task["positions"].as_array().into_iter().flatten() {
            let (name, qty) = (word(&held["instrument"]), word(&held["qty"]));
            let (realised, fees) = (word(&held["realised"]), word(&held["fees"]));
            writeln!(out, "  {name} {qty}, realised {realised}, fees {fees}")?;
        }
    }
    Ok(())
}

/// What went wrong and was mended, a line for each venue and task where anything was.
fn mending_lines(mending: &Value) -> Vec<String> {
    let kinds = [
        ("feed_gaps", "gaps"),
        ("feed_disconnects", "feeds lost"),
        ("account_disconnects", "account streams lost"),
        ("bans", "bans"),
        ("unknown_orders", "unknown orders"),
    ];
    let mut lines = Vec::new();
    for venue in mending["venues"].as_array().into_iter().flatten() {
        let met = kinds.iter().filter(|(key, _)| venue[key]["count"] != 0);
        let met = met.map(|(key, name)| {
            let (count, mended) = (&venue[key]["count"], &venue[key]["mended"]);
            format!("{mended} of {count} {name}")
        });
        let met: Vec<String> = met.collect();
        if !met.is_empty() {
            let name = venue["venue"].as_str().unwrap_or_default();
            lines.push(format!("mended at {name}: {}", met.join(", ")));
        }
    }
    for task in mending["tasks"].as_array().into_iter().flatten() {
        if task["repair_orders"] != 0 {
            let name = task["id"].as_str().unwrap_or_default();
            let (sent, filled) = (&task["repair_orders"], &task["filled"]);
            lines.push(format!(
                "orders that mend legs of {name}: {filled} of {sent} filled"
            ));
        }
    }
    lines
}

fn ramp_line(ramp: &Value) -> Option<String> {
    let step = ramp["step"].as_u64()?;
    let size = ramp["lots"].as_u64();
    let size = size.map_or_else(
        || "whole size".to_string(),
        |lots| format!("up to {lots} lots"),
    );
    Some(format!(
        "ramp: step {step} of {}, {size}, {} of {} good round trips",
        ramp["steps"], ramp["good"], ramp["trips"]
    ))
}
