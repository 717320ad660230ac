//! What waits for a person's word, as JSON and in words.

use onetape_core::approval::Waiting;
use onetape_core::desk::Desk;
use onetape_core::market::Market;
use onetape_core::time::Ts;
use serde_json::{Value, json};

use super::time_text;

/// Everything that waits at a desk.
pub(crate) fn documents(desk: &Desk, market: &Market, now: Ts) -> Vec<Value> {
    let all = desk.waiting(now, market);
    all.iter().map(|it| document(it, desk)).collect()
}

fn document(waiting: &Waiting, desk: &Desk) -> Value {
    let denied = waiting.denied.as_ref();
    json!({
        "id": waiting.item.id(desk.names()),
        "since": time_text(waiting.since),
        "why": waiting.why,
        "loss": waiting.loss.map(|loss| loss.trimmed().to_string()),
        "approved": waiting.item.effect(),
        "denied": denied.map(|denied| json!({
            "who": denied.who,
            "at": time_text(denied.at),
            "why": denied.why,
        })),
    })
}

/// A line each, of their documents.
pub(crate) fn lines(all: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let line = |it: &Value| {
        let (id, since, why) = (word(&it["id"]), word(&it["since"]), word(&it["why"]));
        let loss = it["loss"].as_str();
        let loss = loss.map_or(String::new(), |loss| {
            format!("; it would lose about {loss}")
        });
        let effect = word(&it["approved"]);
        let denied = it["denied"]["who"].as_str().map_or(String::new(), |who| {
            format!("; denied by {who} at {}", word(&it["denied"]["at"]))
        });
        format!("{id}: {why}, since {since}; approved, {effect}{loss}{denied}")
    };
    all.as_array().into_iter().flatten().map(line).collect()
}
