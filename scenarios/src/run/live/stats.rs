//! Statistics of a run as folds of its journal: the same whether they are kept while it runs or made from it later.

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::command::{Command, Place};
use onetape_core::decision::Decision;
use onetape_core::event::{Body, FeedNews, OrderEvent, OrderEventKind};
use onetape_core::instrument::Side;
use onetape_core::names::Names;
use onetape_core::num::{Bps, Money, Price};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use onetape_live::run::Tapped;
use serde_json::{Value, json};

/// Answers slower than this are counted apart.
const SLOW: Span = Span::from_millis(50);

/// What is known of one venue.
#[derive(Clone, Debug, Default)]
struct VenueStats {
    updates: u64,
    last_update: Option<Ts>,
    down: u64,
    gaps: u64,
    conflated: u64,
    answers: u64,
    answer_ns: i128,
    slow_answers: u64,
    rejects: u64,
    unknown: u64,
}

/// What is known of one task.
#[derive(Clone, Debug, Default)]
struct TaskStats {
    decisions: u64,
    executions: u64,
    refusals: u64,
    orders: u64,
    ended: u64,
    filled: u64,
    fills: u64,
    volume: Money,
    fees: Money,
    slippage: i128,
    slippage_of: u64,
}

/// An order that has not ended.
#[derive(Clone, Debug)]
struct Open {
    place: Place,
    sent: Ts,
    answered: bool,
    filled: i64,
}

/// The fold.
#[derive(Clone, Debug)]
pub(super) struct Stats {
    names: Arc<Names>,
    venues: Vec<VenueStats>,
    tasks: Vec<TaskStats>,
    open: BTreeMap<OrderId, Open>,
    alerts: u64,
    controls: u64,
    events: u64,
    last: Option<Ts>,
}

impl Stats {
    /// Before the first event.
    pub(super) fn new(names: Arc<Names>) -> Self {
        Self {
            venues: vec![VenueStats::default(); names.venues.len()],
            tasks: vec![TaskStats::default(); names.tasks.len()],
            names,
            open: BTreeMap::new(),
            alerts: 0,
            controls: 0,
            events: 0,
            last: None,
        }
    }

    /// Takes an event and what was decided on it.
    pub(super) fn take(&mut self, tapped: &Tapped) {
        let event = &tapped.event;
        self.events += 1;
        self.last = Some(event.ts);
        match &event.body {
            Body::Order(news) => self.order(event.ts, news),
            Body::Control(_) => self.controls += 1,
            body if body.is_market() => self.market(event.ts, body),
            _ => {}
        }
        for decision in &tapped.decisions {
            self.decided(decision);
        }
    }

    fn market(&mut self, ts: Ts, body: &Body) {
        let Some(id) = body.instrument() else {
            return;
        };
        let venue = self.names.instrument(id).venue;
        let Some(venue) = self.venues.get_mut(venue.index()) else {
            return;
        };
        if let Body::Feed(news) = body {
            match news.state {
                FeedNews::Connected => {}
                FeedNews::Disconnected => venue.down += 1,
                FeedNews::Gap => venue.gaps += 1,
                FeedNews::Conflated => venue.conflated += 1,
            }
            return;
        }
        venue.updates += 1;
        venue.last_update = Some(ts);
    }

    fn decided(&mut self, decision: &Decision) {
        let executes = (decision.commands.iter()).any(|it| matches!(it, Command::Place(_)));
        if let Some(task) = self.tasks.get_mut(decision.task.index()) {
            task.decisions += 1;
            task.executions += u64::from(executes);
            task.refusals += decision.refusals.len() as u64;
        }
        for command in &decision.commands {
            match command {
                Command::Place(place) => {
                    if let Some(task) = self.tasks.get_mut(place.task.index()) {
                        task.orders += 1;
                    }
                    let open = Open {
                        place: *place,
                        sent: decision.ts,
                        answered: false,
                        filled: 0,
                    };
                    self.open.insert(place.order, open);
                }
                Command::Alert(_) => self.alerts += 1,
                _ => {}
            }
        }
    }

    fn order(&mut self, ts: Ts, news: &OrderEvent) {
        let Some(open) = self.open.get_mut(&news.order) else {
            return;
        };
        let instrument = self.names.instrument(open.place.instrument);
        let Some(venue) = self.venues.get_mut(instrument.venue.index()) else {
            return;
        };
        let by_venue = !matches!(news.kind, OrderEventKind::Unknown | OrderEventKind::NotSent);
        if by_venue && !std::mem::replace(&mut open.answered, true) {
            let took = ts.since(open.sent);
            venue.answers += 1;
            venue.answer_ns += i128::from(took.nanos());
            venue.slow_answers += u64::from(took > SLOW);
        }
        let task = self.tasks.get_mut(open.place.task.index());
        let ended = match &news.kind {
            OrderEventKind::Filled(fill) => {
                open.filled = open.filled.saturating_add(fill.qty.mantissa());
                if let Some(task) = task {
                    task.fills += 1;
                    task.volume += instrument.notional(fill.price, fill.qty).abs();
                    task.fees += fill.fee.value;
                    if let Some(limit) = open.place.limit {
                        task.slippage += slippage(open.place.side, limit, fill.price);
                        task.slippage_of += 1;
                    }
                }
                open.filled >= open.place.qty.mantissa()
            }
            OrderEventKind::Rejected(_) => {
                venue.rejects += 1;
                true
            }
            OrderEventKind::Unknown => {
                venue.unknown += 1;
                false
            }
            OrderEventKind::Cancelled | OrderEventKind::Expired | OrderEventKind::NotSent => true,
            _ => false,
        };
        if ended {
            self.end(news.order);
        }
    }

    fn end(&mut self, order: OrderId) {
        let Some(open) = self.open.remove(&order) else {
            return;
        };
        if let Some(task) = self.tasks.get_mut(open.place.task.index()) {
            task.ended += 1;
            task.filled += u64::from(open.filled >= open.place.qty.mantissa());
        }
    }

    /// Everything, as JSON.
    pub(super) fn document(&self) -> Value {
        let sum = |of: fn(&TaskStats) -> u64| self.tasks.iter().map(of).sum::<u64>();
        let (ended, filled) = (sum(|it| it.ended), sum(|it| it.filled));
        let answers: u64 = self.venues.iter().map(|it| it.answers).sum();
        let answer_ns: i128 = self.venues.iter().map(|it| it.answer_ns).sum();
        let rejects: u64 = self.venues.iter().map(|it| it.rejects).sum();
        json!({
            "tasks": (self.names.tasks.iter().zip(&self.tasks))
                .map(|(name, task)| task.document(name))
                .collect::<Vec<_>>(),
            "exchanges": (self.names.venues.iter().zip(&self.venues))
                .map(|(name, venue)| venue.document(name))
                .collect::<Vec<_>>(),
            "engine": {
                "decisions": sum(|it| it.decisions),
                "executions": sum(|it| it.executions),
                "refusals": sum(|it| it.refusals),
                "orders": sum(|it| it.orders),
                "fill_rate_pct": share(filled, ended),
                "error_rate_pct": share(rejects, sum(|it| it.orders)),
                "avg_answer_ms": mean_ms(answer_ns, answers),
            },
            "alerts": self.alerts,
            "controls": self.controls,
            "orders_open": self.open.len(),
        })
    }
}

impl VenueStats {
    fn document(&self, name: &str) -> Value {
        json!({
            "venue": name,
            "updates": self.updates,
            "last_update": self.last_update.map(crate::commands::time_text),
            "disconnects": self.down,
            "gaps": self.gaps,
            "conflated": self.conflated,
            "answers": self.answers,
            "avg_answer_ms": mean_ms(self.answer_ns, self.answers),
            "slow_answers": self.slow_answers,
            "rejects": self.rejects,
            "unknown": self.unknown,
        })
    }
}

impl TaskStats {
    fn document(&self, name: &str) -> Value {
        let slippage =
            (self.slippage_of > 0).then(|| self.slippage as f64 / 1e6 / self.slippage_of as f64);
        json!({
            "id": name,
            "decisions": self.decisions,
            "executions": self.executions,
            "refusals": self.refusals,
            "orders": self.orders,
            "fills": self.fills,
            "fill_rate_pct": share(self.filled, self.ended),
            "volume": self.volume.trimmed().to_string(),
            "fees": self.fees.trimmed().to_string(),
            "avg_slippage_bps": slippage,
        })
    }
}

/// How much worse than its limit a fill is, in millionths of a basis point; better is negative.
fn slippage(side: Side, limit: Price, price: Price) -> i128 {
    let (limit, price) = (i128::from(limit.mantissa()), i128::from(price.mantissa()));
    let worse = match side {
        Side::Buy => price - limit,
        Side::Sell => limit - price,
    };
    let unit = i128::from(Bps::parse("1").map_or(1_000_000, Bps::millionths));
    if limit == 0 {
        0
    } else {
        worse * 10_000 * unit / limit
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

fn mean_ms(nanos: i128, count: u64) -> Option<f64> {
    (count > 0).then(|| nanos as f64 / 1e6 / count as f64)
}
