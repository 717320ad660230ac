//! Events, described.

use onetape_core::approval::Verdict;
use onetape_core::event::{
    AccountEvent, Bar, Body, Control, FeedNews, Fill, Level, OrderEvent, OrderEventKind, Quote,
    RunEnded, RunEvent, RunStarted,
};
use onetape_core::fault::{FaultEvent, FaultPhase};
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::task::{ParamChange, TaskAction};
use serde_json::{Value, json};

use super::known::Known;
use super::render::{Item, plain, shaped, time, word};

/// What an event is called, and what it says.
pub(super) fn items(body: &Body, known: &Known) -> (String, Vec<Item>) {
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
        Body::Level(change) => {
            let id = change.instrument;
            let side = word("side", change.side.name());
            (
                "level",
                vec![of(id), side, level("level", id, change.level, known)],
            )
        }
        Body::Bar(bar) => ("bar", bar_items(bar, known)),
        Body::OpenInterest(interest) => {
            let id = interest.instrument;
            let items = vec![of(id), word("qty", known.qty(Some(id), interest.qty))];
            ("open_interest", items)
        }
        Body::Status(status) => (
            "status",
            vec![of(status.instrument), word("state", status.status.name())],
        ),
        Body::Order(order) => ("order", order_items(order, known)),
        Body::Account(account) => return account_items(account, known),
        Body::Timer(timer) => (
            "timer",
            vec![word("task", known.task(timer.task)), plain("id", timer.id)],
        ),
        Body::Control(control) => ("control", control_items(control, known)),
        Body::Fault(fault) => ("fault", fault_items(fault, known)),
        Body::Notice(notice) => (
            "notice",
            vec![
                word("about", notice.kind.name()),
                word("text", &*notice.text),
            ],
        ),
        Body::Run(run) => match &**run {
            RunEvent::Started(started) => ("run_started", started_items(started)),
            RunEvent::Ended(ended) => ("run_ended", ended_items(ended, known)),
            RunEvent::Resumed(resumed) => ("run_resumed", vec![plain("epoch", resumed.epoch)]),
        },
    };
    (what.to_string(), items)
}

fn bar_items(bar: &Bar, known: &Known) -> Vec<Item> {
    let id = Some(bar.instrument);
    let price = |name, price| word(name, known.price(id, price));
    vec![
        word("instrument", known.instrument(bar.instrument)),
        plain("span_ns", bar.span.nanos()),
        price("open", bar.open),
        price("high", bar.high),
        price("low", bar.low),
        price("close", bar.close),
        word("volume", known.qty(id, bar.volume)),
    ]
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
        FeedNews::Conflated => "conflated",
    }
}

fn verdict_items(verdict: &Verdict, known: &Known) -> Vec<Item> {
    let order = if verdict.approved { "approve" } else { "deny" };
    let mut items = vec![
        word("order", order),
        word("item", known.item(&verdict.item)),
        word("who", &*verdict.who),
    ];
    items.extend(verdict.why.iter().map(|why| word("why", &**why)));
    items
}

fn control_items(control: &Control, known: &Known) -> Vec<Item> {
    let order = match control {
        Control::Pause => return vec![word("order", "pause")],
        Control::Resume => return vec![word("order", "resume")],
        Control::Halt => return vec![word("order", "halt")],
        Control::ResetBreaker(kind) => {
            return vec![word("order", "reset_breaker"), word("breaker", kind.name())];
        }
        Control::AcceptBalances => return vec![word("order", "accept_balances")],
        Control::Verdict(verdict) => return verdict_items(verdict, known),
        Control::Task(order) => order,
    };
    let task = order
        .task
        .map_or_else(|| "all".to_string(), |task| known.task(task));
    let mut items = vec![word("task", task), word("order", order.action.name())];
    match &order.action {
        TaskAction::Stop(ending) | TaskAction::Remove(ending) => {
            items.push(word("legs", ending.name()))
        }
        TaskAction::Update(changes) => items.push(changed(changes)),
        TaskAction::Execute(given) => {
            items.push(plain("buy_leg", u64::from(given.buy) + 1));
            items.push(plain("sell_leg", u64::from(given.sell) + 1));
            items.push(word("qty", given.quantity.trimmed().to_string()));
        }
        TaskAction::Start | TaskAction::Pause | TaskAction::Resume | TaskAction::Archive => {}
    }
    items
}

/// Parameters that change, with what held before.
fn changed(changes: &[ParamChange]) -> Item {
    let text = |change: &ParamChange| {
        let old = change.old.as_deref().unwrap_or("none");
        format!("{}:{old}->{}", change.name, change.new)
    };
    let texts: Vec<String> = changes.iter().map(text).collect();
    let json = changes
        .iter()
        .map(|change| json!({"name": change.name, "old": change.old, "new": change.new}));
    shaped("set", texts.join(","), Value::Array(json.collect()))
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
        OrderEventKind::Amended { qty, limit } => (
            "amended",
            vec![
                word("qty", known.qty(id, *qty)),
                word("price", known.price(id, *limit)),
            ],
        ),
        OrderEventKind::AmendRejected(reason) => {
            ("amend_rejected", vec![word("why", reason.name())])
        }
    };
    items.push(word("state", state));
    items.extend(more);
    items
}

fn fault_items(fault: &FaultEvent, known: &Known) -> Vec<Item> {
    let mut items = vec![word("fault", fault.kind.name())];
    match fault.phase {
        FaultPhase::Once => {}
        FaultPhase::Begins => items.push(word("phase", "begins")),
        FaultPhase::Ends => items.push(word("phase", "ends")),
    }
    items.push(word("venue", known.venue(fault.venue)));
    let instrument = fault.instrument;
    items.extend(instrument.map(|id| word("instrument", known.instrument(id))));
    items.extend(fault.order.map(|id| word("order", id.client_text())));
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
        AccountEvent::Liquidated {
            instrument,
            qty,
            realised,
        } => {
            let items = vec![
                word("instrument", known.instrument(*instrument)),
                word("quantity", known.qty(Some(*instrument), *qty)),
                money("realised", *realised),
            ];
            let name = if qty.is_zero() {
                "loss_borne"
            } else {
                "liquidated"
            };
            (name.to_string(), items)
        }
        AccountEvent::Deleveraged {
            instrument,
            qty,
            price,
        } => {
            let items = vec![
                word("instrument", known.instrument(*instrument)),
                word("quantity", known.qty(Some(*instrument), *qty)),
                word("price", known.price(Some(*instrument), *price)),
            ];
            ("deleveraged".to_string(), items)
        }
        AccountEvent::Foreign {
            instrument,
            qty,
            price,
            fee_asset,
            fee,
        } => {
            let items = vec![
                word("instrument", known.instrument(*instrument)),
                word("quantity", known.qty(Some(*instrument), *qty)),
                word("price", known.price(Some(*instrument), *price)),
                money("fee", *fee),
                word("fee_asset", known.asset(*fee_asset)),
            ];
            ("foreign_trade".to_string(), items)
        }
        AccountEvent::LiquidationFee { instrument, amount } => {
            let name = word("instrument", known.instrument(*instrument));
            let items = vec![name, money("amount", *amount)];
            ("liquidation_fee".to_string(), items)
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
        shaped("tape", tape.len().to_string(), Value::Array(tape)),
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
