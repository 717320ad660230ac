//! How a loop waits: woken or spinning, it takes what comes, answers people, and stops when it is told to.

use std::collections::BTreeSet;
use std::time::Duration;

use onetape_core::event::{Body, FeedEvent, FeedNews};
use onetape_core::journal::MemoryStore;
use onetape_core::names::InstrumentId;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;

use super::tests::{Rig, arrival, names, rig};
use super::*;
use crate::control::{Asked, Order};
use crate::queue::{InboxLimits, channel};

/// Arrivals, some of them while the loop waits.
const ARRIVALS: i64 = 20;

fn news() -> Body {
    Body::Feed(FeedEvent {
        instrument: InstrumentId(0),
        state: FeedNews::Disconnected,
    })
}

/// What a person was answered, and how many market events were taken.
async fn driven(idle: Idle) -> (Value, u64) {
    let Rig { mut run, .. } = rig(MemoryStore::default());
    let (to, arrivals) = channel(InboxLimits::default());
    let (asker, asked) = mpsc::channel(1);
    let (stop, told) = watch::channel(false);
    let mut with = Drive {
        arrivals,
        asked,
        stop: told,
        tasks: Tasks::new(names(), vec![BTreeSet::new()]),
        status: Box::new(|run| json!(run.health().market_events)),
        health: Box::new(|_| Vec::new()),
        health_every: Duration::from_secs(60),
        notices: |_| None,
        keeps: Box::new(|_, _| None),
        alert: Box::new(|_, words| panic!("{words}")),
        idle,
    };
    let feeding = tokio::spawn(async move {
        for at in 0..ARRIVALS {
            to.try_send(arrival(at, news())).unwrap();
            if at % 4 == 0 {
                sleep(Duration::from_millis(2)).await;
            }
        }
        sleep(Duration::from_millis(5)).await;
        let (answer, answered) = oneshot::channel();
        let ask = Asked {
            order: Order::Status,
            who: "test".to_string(),
            answer,
        };
        asker.send(ask).await.unwrap();
        let answered = answered.await.unwrap().unwrap();
        stop.send(true).unwrap();
        answered
    });
    let ended = drive(&mut run, &mut with).await.unwrap();
    assert_eq!((ended.at_work, ended.holds), (0, false));
    (feeding.await.unwrap(), run.health().market_events)
}

#[test]
fn woken_or_spinning_a_loop_takes_what_comes_answers_and_stops() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for idle in [Idle::Sleep, Idle::Spin] {
        let (answered, taken) = runtime.block_on(driven(idle));
        assert_eq!(answered, json!(ARRIVALS), "{idle:?}");
        assert_eq!(taken, ARRIVALS.unsigned_abs(), "{idle:?}");
    }
}
