//! Journal entries as text and as JSON, from one description.

use onetape_core::command::{Command, LegRole, Place, TimeInForce};
use onetape_core::decision::{Decision, Refusal, Value as Figure};
use onetape_core::event::{
    AccountEvent, Body, Control, FeedNews, Fill, Level, OrderEvent, OrderEventKind, Quote,
    RunEnded, RunEvent, RunStarted,
};
use onetape_core::journal::Record;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::time::Ts;
use onetape_data::journal::Entry;
use serde_json::{Map, Value, json};

use super::known::Known;

/// A moment in UTC to the nanosecond.
pub(super) fn time(ts: Ts) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(ts.nanos())) {
        Ok(moment) => format!("{moment:.9}"),
        Err(_) => format!("{} ns", ts.nanos()),
    }
}

/// One thing that an entry says.
struct Item {
    name: &'static str,
    text: String,
    json: Value,
}

/// A named word or decimal, the same in text and JSON.
fn word(name: &'static str, text: impl Into<String>) -> Item {
    let text = text.into();
    let json = Value::String(text.clone());
    Item { name, text, json }
}

/// A named count or flag.
fn plain(name: &'static str, value: impl Into<Value>) -> Item {
    let json = value.into();
    let text = json.to_string();
    Item { name, text, json }
}

/// Something with its own shape in each.
fn shaped(name: &'static str, text: String, json: Value) -> Item {
    Item { name, text, json }
}

/// An entry, described.
pub struct Line {
    time: String,
    segment: u32,
    offset: u64,
    seq: u64,
    kind: &'static str,
    what: String,
    items: Vec<Item>,
}

impl Line {
    /// Describes an entry. `known` has learned it and every entry before it.
    pub fn new(entry: &Entry, known: &Known) -> Self {
        let (what, items) = match &entry.body {
            Record::Event(event) => body(&event.body, known),
            Record::Decision(made) => (known.task(made.task), decision(made, known)),
        };
        Self {
            time: time(entry.ts()),
            segment: entry.segment,
            offset: entry.offset,
            seq: entry.seq.0,
            kind: entry.body.kind().name(),
            what,
            items,
        }
    }

    /// One line: time, sequence number, kind, what, and what it says. Control characters are escaped.
    pub fn text(&self) -> String {
        let head = format!(
            "{} {:>8} {:<8} {}",
            self.time, self.seq, self.kind, self.what
        );
        let line =
            self.items
                .iter()
                .filter(|item| !item.text.is_empty())
                .fold(head, |line, item| {
                    if item.name.is_empty() {
                        format!("{line} {}", item.text)
                    } else {
                        format!("{line} {}={}", item.name, item.text)
                    }
                });
        let mut inert = String::with_capacity(line.len());
        for letter in line.chars() {
            if letter.is_control() {
                inert.extend(letter.escape_default());
            } else {
                inert.push(letter);
            }
        }
        inert
    }

    /// One object, with decimals as strings.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        let what = if self.kind == "decision" {
            "task"
        } else {
            "what"
        };
        for (name, value) in [
            ("time", json!(self.time)),
            ("segment", json!(self.segment)),
            ("offset", json!(self.offset)),
            ("seq", json!(self.seq)),
            ("kind", json!(self.kind)),
            (what, json!(self.what)),
        ] {
            object.insert(name.to_string(), value);
        }
        for item in &self.items {
            let name = if item.name.is_empty() {
                "reason"
            } else {
                item.name
            };
            object.insert(name.to_string(), item.json.clone());
        }
        Value::Object(object)
    }

    /// The names of what two entries say differently; where they stand is not compared.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (Value::Object(ours), Value::Object(theirs)) = (self.json(), other.json()) else {
            return Vec::new();
        };
        let names: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        names
            .into_iter()
            .filter(|name| !matches!(name.as_str(), "segment" | "offset"))
            .filter(|name| ours.get(*name) != theirs.get(*name))
            .cloned()
            .collect()
    }
}

fn body(body: &Body, known: &Known) -> (String, Vec<Item>) {
    let of = |id: InstrumentId| word("instrument", known.instrument(id));
    let (what, items) = match body {
        Body::Quote(quote) => {
            let id = quote.instrument;
            let bid = level("bid", id, quote.bid, known);
            (
                "quote",
                vec![of(id), bid, level("ask", id, quote.ask, known)],
            )
        }
        Body::Trade(trade) => {
            let id = Some(trade.instrument);
            let items = vec![
                of(trade.instrument),
                word("aggressor", trade.aggressor.name()),
                word("qty", known.qty(id, trade.qty)),
                word("price", known.price(id, trade.price)),
            ];
            ("trade", items)
        }
        Body::Depth(depth) => {
            let id = depth.instrument;
            let what = if depth.snapshot { "snapshot" } else { "diff" };
            let mut items = vec![of(id), word("type", what), plain("first", depth.first)];
            items.push(plain("last", depth.last));
            items.extend(depth.prev.map(|prev| plain("prev", prev)));
            items.push(levels("bids", id, &depth.bids, known));
            items.push(levels("asks", id, &depth.asks, known));
            ("depth", items)
        }
        Body::Mark(mark) => {
            let mut items = vec![of(mark.instrument), money("mark", mark.mark)];
            items.extend(mark.index.map(|index| money("index", index)));
            ("mark", items)
        }
        Body::Funding(funding) => {
            let settles = word("settles_at", time(funding.settles_at));
            (
                "funding",
                vec![of(funding.instrument), money("rate", funding.rate), settles],
            )
        }
        Body::Feed(feed) => (
            "feed",
            vec![of(feed.instrument), word("state", news(feed.state))],
        ),
        Body::Order(order) => ("order", order_items(order, known)),
        Body::Account(account) => return account_items(account, known),
        Body::Timer(timer) => (
            "timer",
            vec![word("task", known.task(timer.task)), plain("id", timer.id)],
        ),
        Body::Control(control) => ("control", vec![word("order", ordered(*control))]),
        Body::Run(run) => match &**run {
            RunEvent::Started(started) => ("run_started", started_items(started)),
            RunEvent::Ended(ended) => ("run_ended", ended_items(ended, known)),
        },
    };
    (what.to_string(), items)
}

fn money(name: &'static str, amount: Money) -> Item {
    word(name, amount.to_string())
}

fn level(name: &'static str, id: InstrumentId, level: Level, known: &Known) -> Item {
    let (price, qty) = (
        known.price(Some(id), level.price),
        known.qty(Some(id), level.qty),
    );
    shaped(
        name,
        format!("{qty}@{price}"),
        json!({"price": price, "qty": qty}),
    )
}

/// The number of levels in text, all of them in JSON.
fn levels(name: &'static str, id: InstrumentId, levels: &[Level], known: &Known) -> Item {
    let all = levels
        .iter()
        .map(|at| level("", id, *at, known).json)
        .collect();
    shaped(name, levels.len().to_string(), Value::Array(all))
}

const fn news(news: FeedNews) -> &'static str {
    match news {
        FeedNews::Connected => "connected",
        FeedNews::Disconnected => "disconnected",
        FeedNews::Gap => "gap",
    }
}

const fn ordered(control: Control) -> &'static str {
    match control {
        Control::Pause => "pause",
        Control::Resume => "resume",
        Control::Halt => "halt",
    }
}

fn order_items(event: &OrderEvent, known: &Known) -> Vec<Item> {
    let id = known.order_instrument(event.order);
    let mut items = vec![word("order", event.order.client_text())];
    items.extend(id.map(|id| word("instrument", known.instrument(id))));
    let (state, more) = match &event.kind {
        OrderEventKind::Accepted => ("accepted", vec![]),
        OrderEventKind::Rejected(reason) => ("rejected", vec![word("why", reason.name())]),
        OrderEventKind::Filled(fill) => ("filled", fill_items(fill, id, known)),
        OrderEventKind::Cancelled => ("cancelled", vec![]),
        OrderEventKind::Expired => ("expired", vec![]),
        OrderEventKind::Unknown => ("unknown", vec![]),
        OrderEventKind::CancelRejected => ("cancel_rejected", vec![]),
        OrderEventKind::NotSent => ("not_sent", vec![]),
    };
    items.push(word("state", state));
    items.extend(more);
    items
}

fn fill_items(fill: &Fill, id: Option<InstrumentId>, known: &Known) -> Vec<Item> {
    vec![
        word("qty", known.qty(id, fill.qty)),
        word("price", known.price(id, fill.price)),
        money("fee", fill.fee.amount),
        word("fee_asset", known.asset(fill.fee.asset)),
        money("fee_value", fill.fee.value),
        plain("maker", fill.maker),
        plain("trade_id", fill.trade_id),
    ]
}

fn account_items(account: &AccountEvent, known: &Known) -> (String, Vec<Item>) {
    match account {
        AccountEvent::Balance {
            venue,
            asset,
            total,
        } => {
            let (venue, asset) = (known.venue(*venue), known.asset(*asset));
            let items = vec![
                word("venue", venue),
                word("asset", asset),
                money("total", *total),
            ];
            ("balance".to_string(), items)
        }
        AccountEvent::Funding {
            instrument,
            amount,
            rate,
        } => {
            let name = word("instrument", known.instrument(*instrument));
            let items = vec![name, money("amount", *amount), money("rate", *rate)];
            ("funding_paid".to_string(), items)
        }
    }
}

fn started_items(started: &RunStarted) -> Vec<Item> {
    let hex = |bytes: &[u8; 16]| format!("{:032x}", u128::from_be_bytes(*bytes));
    let names = &started.names;
    let instruments: Vec<_> = names
        .instruments
        .iter()
        .map(|known| known.name.as_str())
        .collect();
    let tape: Vec<_> = started
        .tape
        .iter()
        .map(|file| json!({"path": file.path, "hash": hex(&file.hash)}))
        .collect();
    vec![
        word("run_id", hex(&started.run_id)),
        plain("seed", started.seed),
        plain("epoch", started.epoch),
        shaped("tasks", names.tasks.join(","), json!(names.tasks)),
        shaped("instruments", instruments.join(","), json!(instruments)),
        shaped("tape", format!("{} files", tape.len()), Value::Array(tape)),
        // Many lines: in JSON alone.
        shaped("scenario", String::new(), json!(started.scenario)),
    ]
}

fn ended_items(ended: &RunEnded, known: &Known) -> Vec<Item> {
    let top = |quote: &Quote| {
        let id = quote.instrument;
        json!({
            "instrument": known.instrument(id),
            "bid": level("", id, quote.bid, known).json,
            "ask": level("", id, quote.ask, known).json,
        })
    };
    let tops: Vec<_> = ended.tops.iter().map(top).collect();
    vec![
        plain("market_events", ended.market_events),
        shaped("tops", tops.len().to_string(), Value::Array(tops)),
    ]
}

fn decision(made: &Decision, known: &Known) -> Vec<Item> {
    let mut texts = Vec::new();
    let mut numbers = Map::new();
    for number in &made.numbers {
        let (text, value) = match number.value {
            Figure::Exact(amount) => (amount.to_string(), json!(amount.to_string())),
            Figure::Signal(signal) => (signal.to_string(), json!(signal)),
        };
        texts.push(format!("{}={text}", number.name));
        numbers.insert(number.name.to_string(), value);
    }
    let (commands, command_json): (Vec<_>, Vec<_>) =
        made.commands.iter().map(|one| command(one, known)).unzip();
    let (refusals, refusal_json): (Vec<_>, Vec<_>) =
        made.refusals.iter().map(|one| refusal(one, known)).unzip();
    let list = |texts: Vec<String>| {
        if texts.is_empty() {
            String::new()
        } else {
            format!("[{}]", texts.join("; "))
        }
    };
    vec![
        word("", made.reason.as_str()),
        shaped("numbers", list(texts), Value::Object(numbers)),
        shaped("commands", list(commands), Value::Array(command_json)),
        shaped("refusals", list(refusals), Value::Array(refusal_json)),
        word("digest", format!("{:016x}", made.digest)),
    ]
}

fn command(command: &Command, known: &Known) -> (String, Value) {
    match command {
        Command::Place(one) => place(one, known),
        Command::Cancel(order) => {
            let id = order.client_text();
            (format!("cancel {id}"), json!({"do": "cancel", "order": id}))
        }
        Command::Alert(text) => {
            let text = text.as_str();
            (
                format!("alert {text:?}"),
                json!({"do": "alert", "text": text}),
            )
        }
    }
}

fn place(one: &Place, known: &Known) -> (String, Value) {
    let id = Some(one.instrument);
    let (order, instrument) = (one.order.client_text(), known.instrument(one.instrument));
    let (side, qty) = (one.side.name(), known.qty(id, one.qty));
    let limit = one.limit.map(|limit| known.price(id, limit));
    let lives = match one.time_in_force {
        TimeInForce::GoodTillCancelled => "gtc",
        TimeInForce::ImmediateOrCancel => "ioc",
        TimeInForce::FillOrKill => "fok",
        TimeInForce::PostOnly => "post_only",
    };
    let role = match one.tag.role {
        LegRole::Entry => "entry",
        LegRole::Exit => "exit",
        LegRole::Repair => "repair",
    };
    let (trip, leg) = (one.tag.trip, one.tag.leg);
    let at = limit.as_deref().unwrap_or("market");
    let reduces = if one.reduce_only { " reduce_only" } else { "" };
    let text = format!(
        "place {order} {side} {qty} {instrument} at {at} {lives}{reduces} trip {trip} leg {leg} {role}"
    );
    let json = json!({
        "do": "place", "order": order, "instrument": instrument, "side": side, "qty": qty,
        "limit": limit, "time_in_force": lives, "reduce_only": one.reduce_only,
        "trip": trip, "leg": leg, "role": role,
    });
    (text, json)
}

fn refusal(one: &Refusal, known: &Known) -> (String, Value) {
    let qty = known.qty(Some(one.instrument), one.qty);
    let (instrument, side) = (known.instrument(one.instrument), one.side.name());
    let why = one.reason.as_str();
    let text = format!("{side} {qty} {instrument}: {why}");
    (
        text,
        json!({"instrument": instrument, "side": side, "qty": qty, "reason": why}),
    )
}
