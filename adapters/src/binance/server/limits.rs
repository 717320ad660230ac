//! Pings, lives and limits as the venue states them.

use onetape_core::time::Span;

use crate::binance::Market;
use crate::budget::Counted;
use crate::server::call::{Asked, Call, Past};
use crate::server::habits::{Charge, Habits, Scope, When};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 1_440 * MINUTE;

/// What the venue does by itself.
pub const fn habits(market: Market) -> Habits {
    let (every, within, messages) = match market {
        Market::Spot => (20 * SECOND, 60 * SECOND, 5),
        Market::Usdm | Market::Coinm => (3 * MINUTE, 10 * MINUTE, 10),
    };
    Habits {
        ping: Some((Span::from_millis(every), Span::from_millis(within))),
        messages: Some(messages),
        one_key: true,
        ban: Some((100, Span::from_millis(2 * MINUTE))),
        ..Habits::PLAIN
    }
}

/// What a request costs.
pub fn charges(market: Market, asked: &Asked) -> Vec<Charge> {
    let spot = market == Market::Spot;
    let minute = Span::from_millis(MINUTE);
    let limit = if spot { 6_000 } else { 2_400 };
    let amount = match spot {
        true => spot_weight(asked),
        false => usdm_weight(asked),
    };
    let mut weight = Charge::weight(minute, limit, amount);
    if spot && matches!(asked.call, Call::Place(_)) {
        weight.when = When::Failed;
    }
    let mut all = vec![weight];
    let orders = match &asked.call {
        Call::Place(_) => 1,
        Call::PlaceMany(all) => all.len() as u64,
        // It is told, and not used.
        Call::RateLimits => 0,
        _ => return all,
    };
    let limits: &[(i64, u64)] = match spot {
        true => &[(10 * SECOND, 100), (DAY, 200_000)],
        false => &[(10 * SECOND, 300), (MINUTE, 1_200)],
    };
    all.extend(limits.iter().map(|(over, limit)| Charge {
        counted: Counted::Orders,
        scope: Scope::Account,
        of: "",
        instrument: None,
        over: Span::from_millis(*over),
        limit: *limit,
        amount: orders,
        when: When::Done,
    }));
    all
}

fn spot_weight(asked: &Asked) -> u64 {
    let some = |all: &[_], one, many| if all.is_empty() { many } else { one };
    match &asked.call {
        Call::Depth { levels, .. } => match levels {
            0..=100 => 5,
            101..=500 => 25,
            501..=1_000 => 50,
            _ => 250,
        },
        Call::Prints(_) if asked.way.route.ends_with("aggTrades") => 4,
        Call::Prints(_) => 25,
        Call::Tickers(all) if asked.way.route.ends_with("price") => some(all, 2, 4),
        Call::Tickers(all) => some(all, 2, 80),
        Call::Quotes(all) => some(all, 2, 4),
        Call::Candles { .. } | Call::Subscribe(_) | Call::Logon => 2,
        Call::OpenOrders(of) => {
            if of.is_some() {
                6
            } else {
                80
            }
        }
        Call::Trades(Past { order: Some(_), .. }) => 5,
        Call::Instruments(_)
        | Call::Account
        | Call::Orders(_)
        | Call::Trades(_)
        | Call::Fees(_) => 20,
        Call::RateLimits => 40,
        Call::Order(_) | Call::Amend(_) => 4,
        _ => 1,
    }
}

fn usdm_weight(asked: &Asked) -> u64 {
    let some = |all: &[_], one, many| if all.is_empty() { many } else { one };
    match &asked.call {
        Call::Place(_) => 0,
        Call::Depth { levels, .. } => match levels {
            0..=50 => 2,
            51..=100 => 5,
            101..=500 => 10,
            _ => 20,
        },
        Call::Prints(_) if asked.way.route.ends_with("aggTrades") => 20,
        Call::Tickers(all) if asked.way.route.ends_with("price") => some(all, 1, 2),
        Call::Tickers(all) => some(all, 1, 40),
        Call::Quotes(all) => some(all, 2, 5),
        Call::Marks(all) => some(all, 1, 10),
        Call::OpenOrders(of) => {
            if of.is_some() {
                1
            } else {
                40
            }
        }
        Call::Prints(_)
        | Call::PlaceMany(_)
        | Call::Candles { .. }
        | Call::Account
        | Call::Balances
        | Call::Positions(_)
        | Call::Orders(_)
        | Call::Trades(_)
        | Call::Settings(_) => 5,
        Call::DeadMan(..) => 10,
        Call::Fees(_) => 20,
        Call::FundingPaid(_) | Call::PositionMode => 30,
        _ => 1,
    }
}
