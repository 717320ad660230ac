//! What tests say to the server itself, below `/onetape/`: faults, the tape, how it stands.

use std::sync::Arc;

use onetape_live::serve::{Asked, Reply};
use serde_json::{Value, json};

use super::faults::Rule;
use super::hub::Hub;
use super::run::Times;
use super::tape::Playing;

/// Where the server's own requests begin.
pub(super) const ROOT: &str = "/onetape/";

/// What the server's own requests have to do with.
pub(super) struct Controls {
    pub(super) playing: Arc<Playing>,
    pub(super) times: Times,
}

impl Controls {
    pub(super) fn answer(&self, hub: &Hub, asked: &Asked) -> Reply {
        let path = asked.path().strip_prefix(ROOT).unwrap_or_default();
        let done = match (asked.method.as_str(), path) {
            ("GET", "status") => Ok(self.status(hub)),
            ("GET", "submitted") => Ok(json!({ "orders": hub.lock().submitted })),
            ("GET", "faults") => Ok(faults(hub)),
            ("POST", "faults") => add(hub, &asked.body),
            ("DELETE", "faults") => {
                let mut state = hub.lock();
                state.faults.clear();
                state.forced.clear();
                state.limits.pardon();
                state.stale_until = onetape_core::time::Ts::UNKNOWN;
                drop(state);
                Ok(faults(hub))
            }
            ("POST", "tape") => self.tape(&asked.body),
            _ => Err((
                404,
                "there are GET status, GET submitted, GET, POST and DELETE faults, and POST tape"
                    .to_string(),
            )),
        };
        match done {
            Ok(value) => Reply::json(200, value.to_string()),
            Err((status, why)) => Reply::json(status, json!({ "error": why }).to_string()),
        }
    }

    fn status(&self, hub: &Hub) -> Value {
        let state = hub.lock();
        let streams: usize = state.connections.values().map(|it| it.seats.len()).sum();
        let oldest = state.connections.values().map(|it| it.opened.nanos()).min();
        json!({
            "venue": hub.protocol.name(), "now_ns": state.now().nanos(), "tape": self.playing.told(),
            "rows": state.counts.rows, "requests": state.counts.requests, "frames": state.counts.frames,
            "connections": state.connections.len(), "streams": streams, "oldest_connection_ns": oldest,
        })
    }

    fn tape(&self, body: &[u8]) -> Result<Value, (u16, String)> {
        let told: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(runs) = told["running"].as_bool() else {
            return Err((400, "send {\"running\": true} or false".to_string()));
        };
        self.playing.set_running(runs);
        Ok(self.playing.told())
    }
}

fn faults(hub: &Hub) -> Value {
    let told = hub.lock().faults.told();
    let all = told
        .into_iter()
        .map(|(rule, met)| json!({ "fault": rule, "met": met }));
    json!({ "faults": all.collect::<Vec<_>>() })
}

/// One fault or several: `{"fault": "drop@every=3"}`, or a list of texts.
fn add(hub: &Hub, body: &[u8]) -> Result<Value, (u16, String)> {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let texts: Vec<&str> = match (&told["fault"], &told["faults"]) {
        (Value::String(one), _) => vec![one],
        (_, Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if texts.is_empty() {
        let fix = "send {\"fault\": \"drop\"} or {\"faults\": [\"drop@every=3\", \"gap\"]}";
        return Err((400, fix.to_string()));
    }
    let rules: Result<Vec<Rule>, _> = texts.iter().map(|text| text.parse()).collect();
    let rules = rules.map_err(|why| (400, why.to_string()))?;
    let mut state = hub.lock();
    let now = state.now();
    for rule in rules {
        state.faults.add(rule, now);
    }
    drop(state);
    Ok(faults(hub))
}
