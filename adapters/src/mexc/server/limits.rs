//! Pings, lives and limits as the venue states them.

use onetape_core::time::Span;

use crate::budget::Counted;
use crate::mexc::FEEDS_MAX;
use crate::server::call::{Asked, Call};
use crate::server::habits::{Charge, Habits, Scope, When};

/// What the venue does by itself: it does not ping, and closes what is silent.
pub const fn habits() -> Habits {
    Habits {
        idle: Some(Span::from_millis(60_000)),
        unused: Some(Span::from_millis(30_000)),
        messages: Some(100),
        streams: FEEDS_MAX,
        ban: Some((100, Span::from_millis(120_000))),
        ..Habits::PLAIN
    }
}

/// What a request costs: every kind of request has a limit of its own.
pub fn charges(asked: &Asked) -> Vec<Charge> {
    let amount = match &asked.call {
        Call::Ping | Call::Subscribe(_) | Call::Unsubscribe(_) => return Vec::new(),
        Call::Instruments(_)
        | Call::Orders(_)
        | Call::Trades(_)
        | Call::Account
        | Call::Balances => 10,
        Call::Order(_) => 2,
        Call::OpenOrders(_) => 3,
        _ => 1,
    };
    vec![Charge {
        counted: Counted::Weight,
        scope: match asked.account {
            Some(_) => Scope::Account,
            None => Scope::Address,
        },
        of: asked.way.route,
        instrument: None,
        over: Span::from_millis(10_000),
        limit: 500,
        amount,
        when: When::Always,
    }]
}
