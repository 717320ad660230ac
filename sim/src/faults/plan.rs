//! What goes wrong in a run: which kinds, how often, and at which moments.

use onetape_core::event::RejectReason;
use onetape_core::fault::FaultKind;
use onetape_core::names::{InstrumentId, VenueId};
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

use super::swarm;

const KINDS: usize = FaultKind::ALL.len();

/// How often each kind comes, in millionths: of the orders or words that it can come over, or, of what comes over a
/// venue by time, how many an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultRates([u32; KINDS]);

impl FaultRates {
    /// Nothing.
    pub const NONE: Self = Self([0; KINDS]);

    /// The rate of a kind, in millionths.
    pub const fn of(&self, kind: FaultKind) -> u32 {
        self.0[kind as usize]
    }

    /// Sets the rate of a kind, in millionths.
    pub const fn set(&mut self, kind: FaultKind, millionths: u32) {
        self.0[kind as usize] = millionths;
    }

    /// True when no kind ever comes.
    pub fn are_none(&self) -> bool {
        self.0 == [0; KINDS]
    }

    /// Swarm rates of a seed: most kinds are off, the others have a rate drawn below their ceiling. `redraw` counts the
    /// draws for one seed; from the third on all kinds are on at their ceilings.
    pub fn swarm(seed: u64, redraw: u32) -> Self {
        swarm::rates(seed, redraw)
    }
}

/// A fault at a moment. One that comes over orders comes over the next one that it can.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduled {
    /// When.
    pub at: Ts,
    /// What.
    pub kind: FaultKind,
    /// At which venue.
    pub venue: VenueId,
    /// On which instrument alone; any of the venue where it is not said.
    pub instrument: Option<InstrumentId>,
    /// How long it lasts, or what it delays, where that is not drawn.
    pub duration: Option<Span>,
    /// Why an order is refused, where that is not drawn.
    pub reason: Option<RejectReason>,
    /// Its size, where that is not drawn: how many times slower; which part of a position is closed, or of an order
    /// executed; a funding rate.
    pub size: Option<Decimal>,
}

/// What goes wrong in a run. What is drawn depends on the seed, the venue, the kind, and on the order or the number of
/// what it is drawn for, never on what was drawn before.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPlan {
    /// Seed of every draw.
    pub seed: u64,
    /// How often what is not scheduled comes.
    pub rates: FaultRates,
    /// What is scheduled.
    pub at: Vec<Scheduled>,
    /// Nothing new is drawn from then on.
    pub until: Option<Ts>,
    /// Without a word for so long an order is told to be unknown.
    pub unknown_after: Span,
    /// How long the question takes what became of it.
    pub query: Span,
    /// How long after that an order that is not found was surely never there; one that arrives later is not taken.
    pub fence: Span,
}

impl FaultPlan {
    /// A plan in which nothing goes wrong yet, with spans for one venue in the same city: see the page of scenarios.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            rates: FaultRates::NONE,
            at: Vec::new(),
            until: None,
            unknown_after: Span::from_nanos(250_000_000),
            query: Span::from_nanos(50_000_000),
            fence: Span::from_nanos(1_000_000_000),
        }
    }
}
