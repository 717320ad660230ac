//! Simulated venues as a live run's gateway: their answers go through the queue like those of real ones.

use onetape_core::engine::Gateway;
use onetape_core::event::Event;
use onetape_core::journal::Committed;
use onetape_core::strategy::Outgoing;
use onetape_core::time::{Span, Ts};
use onetape_live::queue::{Arrival, Full, Sender};
use onetape_live::run::Side;
use onetape_sim::Paper;

/// While the queue has no room, answers are brought again so much later.
const RETRY: Span = Span::from_millis(1);

/// The venues of a run on paper.
pub struct PaperSide {
    paper: Paper,
    to: Sender,
    /// What the queue had no room for.
    held: Option<Arrival>,
    now: Ts,
}

impl PaperSide {
    /// Answers go to `to`.
    pub const fn new(paper: Paper, to: Sender) -> Self {
        Self {
            paper,
            to,
            held: None,
            now: Ts::UNKNOWN,
        }
    }

    /// True when it went; else it is held.
    fn bring(&mut self, arrival: Arrival) -> bool {
        match self.to.try_send(arrival) {
            Ok(()) => true,
            Err(Full(back)) => {
                self.held = Some(*back);
                false
            }
        }
    }
}

impl Gateway for PaperSide {
    fn send(&mut self, now: Ts, outgoing: Outgoing, proof: &Committed) {
        self.paper.send(now, outgoing, proof);
    }
}

impl Side for PaperSide {
    fn saw(&mut self, event: &Event) {
        if event.body.is_market() {
            self.paper.see(event);
        }
    }

    fn pass(&mut self, now: Ts) {
        self.now = now;
        self.paper.open(now);
        self.paper.pass(now);
        if let Some(held) = self.held.take()
            && !self.bring(held)
        {
            return;
        }
        while let Some(body) = self.paper.answer(now) {
            if !self.bring(Arrival::own(now, body)) {
                return;
            }
        }
    }

    fn wakes_at(&self) -> Option<Ts> {
        match self.held {
            Some(_) => Some(self.now + RETRY),
            None => self.paper.wakes_at(),
        }
    }
}
