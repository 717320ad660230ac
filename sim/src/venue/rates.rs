//! How many orders a venue takes in a time.

use std::collections::VecDeque;

use onetape_core::time::Ts;

use crate::config::RateLimit;

/// The rate limits of one venue with what counted toward each of them.
///
/// Windows slide and are exact: in any stretch `[t, t + per)` at most so many new orders and amendments are let in.
/// What is let in counts whatever becomes of it; what is refused here does not; cancels never do.
#[derive(Clone, Debug)]
pub(super) struct Rates(Vec<(RateLimit, VecDeque<Ts>)>);

impl Rates {
    /// Nothing counted yet.
    pub(super) fn new(limits: &[RateLimit]) -> Self {
        let windows = limits.iter().map(|limit| (*limit, VecDeque::new()));
        Self(windows.collect())
    }

    /// Counts an order or amendment that arrives now; false when one of the limits has no room for it, and then
    /// none of them counts it.
    pub(super) fn admit(&mut self, now: Ts) -> bool {
        for (limit, counted) in &mut self.0 {
            while counted
                .front()
                .is_some_and(|&first| first + limit.per <= now)
            {
                counted.pop_front();
            }
            if counted.len() >= limit.orders as usize {
                return false;
            }
        }
        for (_, counted) in &mut self.0 {
            counted.push_back(now);
        }
        true
    }
}
