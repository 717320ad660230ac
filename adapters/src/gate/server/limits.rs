//! Pings, lives and limits as the venue states them.

use onetape_core::time::Span;

use crate::gate::Market;
use crate::server::call::{Asked, Call};
use crate::server::habits::{Charge, Habits, Scope};

/// What the venue does by itself. How often it pings is not told.
pub const fn habits(market: Market) -> Habits {
    let _ = market;
    Habits {
        ping: Some((Span::from_millis(20_000), Span::from_millis(60_000))),
        ..Habits::PLAIN
    }
}

/// What a request costs: every kind of request has a limit of its own.
pub fn charges(market: Market, asked: &Asked) -> Vec<Charge> {
    let (second, ten) = (Span::from_millis(1_000), Span::from_millis(10_000));
    let placed = |instrument| match market {
        Market::Spot => Charge {
            instrument,
            ..Charge::requests(Scope::Account, "place", second, 10)
        },
        Market::Usdt | Market::Btc => Charge::requests(Scope::Account, "place", second, 100),
    };
    // Over a connection futures count cancels with new orders.
    let shared = market != Market::Spot && asked.way.route.starts_with("futures.");
    vec![match &asked.call {
        Call::Ping | Call::Subscribe(_) | Call::Unsubscribe(_) | Call::Logon => return Vec::new(),
        Call::Place(order) => placed(Some(order.instrument)),
        Call::PlaceMany(all) => {
            let mut sound = all.iter().flatten();
            let mut charge = placed(sound.next().map(|it| it.instrument));
            charge.amount = all.len() as u64;
            charge
        }
        Call::Amend(change) => placed(change.which.instrument),
        Call::AmendLoose(change) => placed(change.which.instrument),
        Call::Cancel(_) | Call::CancelAll(..) if shared => placed(None),
        Call::Cancel(_) | Call::CancelMany(_) | Call::CancelAll(..) => {
            Charge::requests(Scope::Account, "cancel", second, 200)
        }
        call => {
            let scope = match asked.account {
                Some(_) => Scope::Account,
                None => Scope::Address,
            };
            Charge::requests(scope, kind(call), ten, 200)
        }
    }]
}

/// Which limit a request counts for, where every address and account has one for each.
const fn kind(call: &Call) -> &'static str {
    match call {
        Call::Instruments(_) => "instruments",
        Call::Depth { .. } => "depth",
        Call::Prints(_) => "prints",
        Call::Tickers(_) => "tickers",
        Call::Candles { .. } => "candles",
        Call::Marks(_) => "marks",
        Call::FundingRates(_) => "funding",
        Call::Order(_) => "order",
        Call::OpenOrders(_) => "open",
        Call::Orders(_) => "orders",
        Call::Trades(_) => "trades",
        Call::Account | Call::Balances => "account",
        Call::Positions(_) => "positions",
        _ => "other",
    }
}
