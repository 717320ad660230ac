//! What venues do by themselves, and how much they take: pings, lives of connections, limits.

use onetape_core::names::InstrumentId;
use onetape_core::time::Span;

use crate::budget::Counted;

/// What a venue does by itself and how much it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// How often the server asks whether a connection lives, and for how long it waits for the answer.
    pub ping: Option<(Span, Span)>,
    /// A connection whose client says nothing for so long is closed.
    pub idle: Option<Span>,
    /// A connection that has no stream for so long is closed.
    pub unused: Option<Span>,
    /// Messages a second that a connection for streams may send.
    pub messages: Option<u32>,
    /// Streams that a connection carries.
    pub streams: usize,
    /// How long a connection lives.
    pub life: Span,
    /// How long the key of a private stream is good without being kept.
    pub key_life: Span,
    /// True where asking for a key gives the one that there is.
    pub one_key: bool,
    /// Connections that an address may open, and in which time.
    pub connections: (u64, Span),
    /// After so many refusals for a limit, within the limit's time, the address is banned for so long.
    pub ban: Option<(u32, Span)>,
}

impl Habits {
    /// Of no venue in particular: a connection lives a day.
    pub(crate) const PLAIN: Self = Self {
        ping: None,
        idle: None,
        unused: None,
        messages: None,
        streams: 1_024,
        life: Span::from_millis(86_400_000),
        key_life: Span::from_millis(3_600_000),
        one_key: false,
        connections: (300, Span::from_millis(300_000)),
        ban: None,
    };
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The address that asks.
    Address,
    /// The account.
    Account,
}

/// When a request is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whatever becomes of it.
    Always,
    /// Where it fails.
    Failed,
    /// Where an order came in by it.
    Done,
}

/// What a request costs of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// What is counted.
    pub counted: Counted,
    /// Whose limit it is.
    pub scope: Scope,
    /// Of which request alone; empty for all together.
    pub of: &'static str,
    /// Of which instrument alone.
    pub instrument: Option<InstrumentId>,
    /// In which time.
    pub over: Span,
    /// How much there is.
    pub limit: u64,
    /// How much the request costs.
    pub amount: u64,
    /// When it is counted.
    pub when: When,
}

impl Charge {
    /// Of a limit of the address on weight.
    pub(crate) const fn weight(over: Span, limit: u64, amount: u64) -> Self {
        Self {
            counted: Counted::Weight,
            scope: Scope::Address,
            of: "",
            instrument: None,
            over,
            limit,
            amount,
            when: When::Always,
        }
    }

    /// Of a limit on requests of one kind.
    pub(crate) const fn requests(scope: Scope, of: &'static str, over: Span, limit: u64) -> Self {
        Self {
            counted: Counted::Requests,
            scope,
            of,
            instrument: None,
            over,
            limit,
            amount: 1,
            when: When::Always,
        }
    }
}
