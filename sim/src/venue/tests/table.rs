//! Tables in text: `ms | what happens | what the venue says | what then holds`, one line a moment. Lines that begin
//! with `#` show the arithmetic.

use super::*;
use onetape_core::command::Amend;
use onetape_core::event::{LevelChange, Status, StatusEvent};
use rust_decimal::Decimal;

/// Walks a table; every line must come out as it says.
pub(super) fn check(stand: &mut Stand, id: InstrumentId, table: &str) {
    let lines = table.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [ms, what, says, holds] = columns[..] else {
            panic!("four columns: {line}");
        };
        stand.now = ms.parse::<i64>().unwrap() * 1_000_000;
        let out = happen(stand, id, what);
        let said: Vec<String> = out.iter().filter_map(|body| word(stand, body)).collect();
        assert_eq!(said.join("; "), says, "{line}");
        for fact in holds.split_whitespace() {
            let (name, value) = fact.split_once('=').unwrap();
            assert_eq!(read(stand, id, name), value, "{fact} of {line}");
        }
    }
}

fn happen(stand: &mut Stand, id: InstrumentId, what: &str) -> Vec<Body> {
    let words: Vec<&str> = what.split_whitespace().collect();
    match words[..] {
        ["halt"] => show(stand, status(id, Status::Halted)),
        ["resume"] => show(stand, status(id, Status::Trading)),
        ["cancel", n] => {
            let mut out = Vec::new();
            stand.venue.on_cancel(order(n), &mut out);
            out
        }
        ["amend", n, "to", qty, "at", limit] => {
            let Level { price, qty } = stand.level(id, (limit, qty));
            let amend = Amend {
                order: order(n),
                instrument: id,
                qty,
                limit: price,
            };
            deliver(stand, |venue, floor, out| {
                venue.on_amend(floor, &amend, out)
            })
        }
        [aggressor @ ("sold" | "bought"), qty, "at", price] => {
            let Level { price, qty } = stand.level(id, (price, qty));
            let aggressor = if aggressor == "sold" { SELL } else { BUY };
            show(
                stand,
                Body::Trade(Trade {
                    instrument: id,
                    price,
                    qty,
                    aggressor,
                }),
            )
        }
        [side @ ("bid" | "ask"), level] => {
            let level = stand.level(id, level.split_once('x').unwrap());
            show(
                stand,
                Body::Level(LevelChange {
                    instrument: id,
                    side: if side == "bid" { BUY } else { SELL },
                    level,
                }),
            )
        }
        ["quote", bid, ask] => {
            let [bid, ask] = [bid, ask].map(|text| stand.level(id, text.split_once('x').unwrap()));
            show(
                stand,
                Body::Quote(Quote {
                    instrument: id,
                    bid,
                    ask,
                }),
            )
        }
        [kind @ ("book" | "diff"), ref levels @ ..] => {
            let middle = levels.iter().position(|word| *word == "/").unwrap();
            let level = |text: &&str| stand.level(id, text.split_once('x').unwrap());
            let update = DepthUpdate {
                instrument: id,
                snapshot: kind == "book",
                first: 0,
                last: 0,
                prev: None,
                bids: levels[..middle].iter().map(level).collect(),
                asks: levels[middle + 1..].iter().map(level).collect(),
            };
            show(stand, Body::Depth(Box::new(update)))
        }
        [side @ ("buy" | "sell"), qty, "at", limit, ref more @ ..] => {
            place(stand, id, side, (limit, qty), more)
        }
        _ => panic!("{what}"),
    }
}

fn status(instrument: InstrumentId, status: Status) -> Body {
    Body::Status(StatusEvent { instrument, status })
}

fn place(
    stand: &mut Stand,
    id: InstrumentId,
    side: &str,
    at: (&str, &str),
    more: &[&str],
) -> Vec<Body> {
    let Level { price, qty } = stand.level(id, (if at.0 == "market" { "1" } else { at.0 }, at.1));
    let tif = match more.first() {
        Some(&"post") => POST,
        Some(&"ioc") => IOC,
        Some(&"fok") => FOK,
        _ => GTC,
    };
    let place = Place {
        order: order(&stand.orders.to_string()),
        task: TaskId(0),
        instrument: id,
        side: if side == "buy" { BUY } else { SELL },
        qty,
        limit: (at.0 != "market").then_some(price),
        time_in_force: tif,
        reduce_only: more.contains(&"reduce"),
        tag: LegTag::default(),
    };
    stand.orders += 1;
    deliver(stand, |venue, floor, out| {
        venue.on_place(floor, &place, out)
    })
}

fn order(n: &str) -> OrderId {
    OrderId {
        epoch: 1,
        n: n.parse().unwrap(),
    }
}

pub(super) fn show(stand: &mut Stand, body: Body) -> Vec<Body> {
    let event = Event {
        ts: Ts::from_nanos(stand.now),
        body,
    };
    let moved = stand.market.apply(&event);
    let quiet = stand.venue.is_quiet() && !matches!(event.body, Body::Funding(_));
    let before = format!("{:?}", stand.venue);
    let out = deliver(stand, |venue, floor, out| {
        venue.on_market(floor, &event, moved, out)
    });
    if quiet {
        assert_eq!((before, 0), (format!("{:?}", stand.venue), out.len()));
    }
    out
}

pub(super) fn deliver(
    stand: &mut Stand,
    what: impl FnOnce(&mut Venue, Floor<'_>, &mut Vec<Body>),
) -> Vec<Body> {
    let mut out = Vec::new();
    let floor = Floor {
        names: &stand.names,
        market: &stand.market,
        liquidity: stand.liquidity,
        now: Ts::from_nanos(stand.now),
    };
    what(&mut stand.venue, floor, &mut out);
    out
}

/// News of orders; balances are read where a table asks for them.
fn word(stand: &Stand, body: &Body) -> Option<String> {
    let Body::Order(news) = body else {
        return None;
    };
    let said = match &news.kind {
        OrderEventKind::Accepted => "accepted".to_string(),
        OrderEventKind::Cancelled => "cancelled".to_string(),
        OrderEventKind::Expired => "expired".to_string(),
        OrderEventKind::CancelRejected => "cancel_rejected".to_string(),
        OrderEventKind::Amended { .. } => "amended".to_string(),
        OrderEventKind::Rejected(reason) => format!("rejected {}", reason.name()),
        OrderEventKind::AmendRejected(reason) => format!("amend_rejected {}", reason.name()),
        OrderEventKind::Filled(fill) => {
            let spot = stand.names.instrument(SPOT);
            let (qty, price) = (spot.qty_decimal(fill.qty), spot.price_decimal(fill.price));
            let role = if fill.maker { "" } else { " taker" };
            format!("fill {}@{}{role}", qty.normalize(), price.normalize())
        }
        other => panic!("{other:?}"),
    };
    Some(format!("#{} {said}", news.order.n))
}

/// `ahead0` and `left0` of order 0, `BTC` and `free:BTC` of the account, `held` of the instrument.
fn read(stand: &Stand, id: InstrumentId, name: &str) -> String {
    let account = stand.venue.account();
    let asset = |name: &str| {
        let at = stand.names.assets.iter().position(|asset| asset == name);
        AssetId(at.unwrap() as u16)
    };
    let spot = stand.names.instrument(SPOT);
    let resting = |n: &str| {
        let slot = stand.venue.orders.find(order(n));
        slot.map(|slot| &stand.venue.orders[slot])
    };
    if let Some(n) = name.strip_prefix("ahead") {
        let Some(parts) = resting(n).expect("at rest").ahead.parts() else {
            return "?".to_string();
        };
        let units = Decimal::from(parts) / Decimal::from(1 << 16);
        return (units / Decimal::ONE_THOUSAND).normalize().to_string();
    }
    if let Some(n) = name.strip_prefix("left") {
        let left = resting(n).map_or(Qty::ZERO, |order| order.left);
        return spot.qty_decimal(left).normalize().to_string();
    }
    match name.strip_prefix("free:") {
        Some(free) => account.free(asset(free)).to_string(),
        None if name == "held" => {
            let held = account.position(id).qty;
            spot.qty_decimal(held).normalize().to_string()
        }
        None => account.total(asset(name)).to_string(),
    }
}
