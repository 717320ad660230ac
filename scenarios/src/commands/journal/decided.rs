//! Decisions, described.

use onetape_core::command::{Amend, Command, LegRole, Place, TimeInForce};
use onetape_core::decision::{Decision, Refusal, Value as Figure};
use serde_json::{Map, Value, json};

use super::known::Known;
use super::render::{Item, shaped, word};

/// What a decision says.
pub(super) fn items(made: &Decision, known: &Known) -> Vec<Item> {
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
        Command::Amend(one) => amend(one, known),
        Command::Alert(text) => {
            let text = text.as_str();
            (
                format!("alert {text:?}"),
                json!({"do": "alert", "text": text}),
            )
        }
    }
}

fn amend(one: &Amend, known: &Known) -> (String, Value) {
    let id = Some(one.instrument);
    let (order, instrument) = (one.order.client_text(), known.instrument(one.instrument));
    let (qty, limit) = (known.qty(id, one.qty), known.price(id, one.limit));
    let text = format!("amend {order} to {qty} {instrument} at {limit}");
    let document = json!({
        "do": "amend",
        "order": order,
        "instrument": instrument,
        "qty": qty,
        "limit": limit,
    });
    (text, document)
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
        LegRole::Switch => "switch",
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
