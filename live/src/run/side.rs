//! What takes the orders of a run and answers them through the queue.

use onetape_core::engine::Gateway;
use onetape_core::event::Event;
use onetape_core::time::Ts;

/// What takes the orders: connections to venues, or simulated venues. What it has to say comes through the queue.
pub trait Side: Gateway {
    /// Every event, once it is folded in.
    fn saw(&mut self, event: &Event) {
        let _ = event;
    }

    /// Brings what is due by now into the queue.
    fn pass(&mut self, now: Ts) {
        let _ = now;
    }

    /// When it wants [`Side::pass`] again, if nothing comes before.
    fn wakes_at(&self) -> Option<Ts> {
        None
    }

    /// How its parts are: the name of each, and why it is not well.
    fn health(&self) -> Vec<(String, Option<String>)> {
        Vec::new()
    }

    /// The run cannot go on, and no decision can be journaled any more: everything that rests is to be taken back.
    fn abandon(&mut self) {}
}
