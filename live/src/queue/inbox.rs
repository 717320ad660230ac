//! The three lanes.

use std::collections::VecDeque;

use onetape_core::event::Body;
use onetape_core::time::Ts;

use super::conflate::conflate;

/// What a venue told beside a market event, which a recording keeps and nobody decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The venue's own time; [`Ts::UNKNOWN`] where not told.
    pub ts_venue: Ts,
    /// Its number of a print or a quote; 0 where not told.
    pub id: u64,
}

impl Default for Origin {
    fn default() -> Self {
        Self {
            ts_venue: Ts::UNKNOWN,
            id: 0,
        }
    }
}

/// Something that came, before it is an event of the tape.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// When it was received; of what was drawn together, the last of it.
    pub received: Ts,
    /// What a venue told beside it; of what was drawn together, that of the last.
    pub origin: Origin,
    /// What it is.
    pub body: Body,
}

impl Arrival {
    /// What no venue told anything beside of.
    pub fn own(received: Ts, body: Body) -> Self {
        Self {
            received,
            origin: Origin::default(),
            body,
        }
    }
}

/// Which goes first: in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// What people and supervisors ordered.
    Control,
    /// Orders, balances, positions.
    Account,
    /// What everybody sees.
    Market,
}

impl Lane {
    /// Where a body waits.
    pub fn of(body: &Body) -> Self {
        match body {
            Body::Control(_) | Body::Run(_) => Self::Control,
            body if body.is_market() => Self::Market,
            _ => Self::Account,
        }
    }
}

/// How much waits at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxLimits {
    /// Orders of people.
    pub control: usize,
    /// Account messages.
    pub account: usize,
    /// Market messages, before they are drawn together. Where instruments are so many that even then more are left, twice
    /// what is left.
    pub market: usize,
}

impl Default for InboxLimits {
    fn default() -> Self {
        Self {
            control: 64,
            account: 4_096,
            market: 4_096,
        }
    }
}

/// How much came and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxCounts {
    /// Taken in.
    pub arrived: u64,
    /// Handed on.
    pub handed: u64,
    /// Market messages that were drawn into others.
    pub drawn: u64,
    /// Times that the market was drawn together.
    pub pressed: u64,
    /// Arrivals that had to wait.
    pub refused: u64,
}

/// There is no room, and what came may not be dropped: it is given back.
#[derive(Debug, PartialEq)]
pub struct Full(pub Box<Arrival>);

/// What waits.
#[derive(Clone, Debug)]
pub struct Inbox {
    limits: InboxLimits,
    control: VecDeque<Arrival>,
    account: VecDeque<Arrival>,
    market: VecDeque<Arrival>,
    /// Length of the market's lane at which it is drawn together.
    press_at: usize,
    counts: InboxCounts,
}

impl Inbox {
    /// An empty one. Every limit is at least one.
    pub fn new(limits: InboxLimits) -> Self {
        let limits = InboxLimits {
            control: limits.control.max(1),
            account: limits.account.max(1),
            market: limits.market.max(1),
        };
        Self {
            limits,
            control: VecDeque::new(),
            account: VecDeque::new(),
            market: VecDeque::new(),
            press_at: limits.market,
            counts: InboxCounts::default(),
        }
    }

    /// Takes something in. The market always finds room.
    ///
    /// # Errors
    /// [`Full`] for control and account, when their lane has no room.
    pub fn push(&mut self, arrival: Arrival) -> Result<(), Full> {
        let lane = Lane::of(&arrival.body);
        let (waiting, most) = match lane {
            Lane::Control => (&mut self.control, self.limits.control),
            Lane::Account => (&mut self.account, self.limits.account),
            Lane::Market => (&mut self.market, usize::MAX),
        };
        if waiting.len() >= most {
            self.counts.refused += 1;
            return Err(Full(Box::new(arrival)));
        }
        waiting.push_back(arrival);
        self.counts.arrived += 1;
        if lane == Lane::Market && self.market.len() > self.press_at {
            self.press();
        }
        Ok(())
    }

    /// What is next.
    pub fn pop(&mut self) -> Option<Arrival> {
        let next = self
            .control
            .pop_front()
            .or_else(|| self.account.pop_front())
            .or_else(|| self.market.pop_front());
        self.counts.handed += u64::from(next.is_some());
        if self.market.is_empty() {
            self.press_at = self.limits.market;
        }
        next
    }

    /// How much waits in a lane.
    pub fn len(&self, lane: Lane) -> usize {
        match lane {
            Lane::Control => self.control.len(),
            Lane::Account => self.account.len(),
            Lane::Market => self.market.len(),
        }
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.control.is_empty() && self.account.is_empty() && self.market.is_empty()
    }

    /// What became of what came.
    pub const fn counts(&self) -> InboxCounts {
        self.counts
    }

    fn press(&mut self) {
        let (market, drawn) = conflate(std::mem::take(&mut self.market));
        self.market = market;
        self.counts.drawn += drawn;
        self.counts.pressed += 1;
        // Looked at again only when as much again came, so that each message is looked at a few times at most.
        self.press_at = self.limits.market.max(self.market.len() * 2);
    }
}
