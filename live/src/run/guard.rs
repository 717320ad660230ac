//! The last look before orders leave.

use onetape_core::engine::Gateway;
use onetape_core::event::{OrderEvent, OrderEventKind, RejectReason};
use onetape_core::journal::Committed;
use onetape_core::strategy::Outgoing;
use onetape_core::time::Ts;

use super::Side;
use crate::control::HaltFlag;
use crate::journal::Latch;

/// Alerts that wait to be told; more than that in one turn of the loop say nothing new.
const ALERTS_MAX: usize = 64;

/// Lets nothing through that could open anything while a halt holds or after the journal failed. What is taken back
/// always passes: a stop without it would leave orders at rest.
#[derive(Debug)]
pub struct Guarded<G> {
    inner: G,
    halt: HaltFlag,
    latch: Latch,
    held: Vec<OrderEvent>,
    alerts: Vec<String>,
    /// Orders that were let through, and that were held.
    sent: u64,
    blocked: u64,
    /// Everything that was let through.
    passed: u64,
}

impl<G> Guarded<G> {
    /// Around what takes the orders.
    pub const fn new(inner: G, halt: HaltFlag, latch: Latch) -> Self {
        Self {
            inner,
            halt,
            latch,
            held: Vec::new(),
            alerts: Vec::new(),
            sent: 0,
            blocked: 0,
            passed: 0,
        }
    }

    /// What takes the orders.
    pub const fn inner_mut(&mut self) -> &mut G {
        &mut self.inner
    }

    /// What takes the orders.
    pub const fn inner(&self) -> &G {
        &self.inner
    }

    /// Whether nothing may leave.
    pub fn is_shut(&self) -> bool {
        self.halt.is_set() || self.latch.is_set()
    }

    /// The journal's latch.
    pub const fn latch(&self) -> &Latch {
        &self.latch
    }

    /// The flag of a halt.
    pub const fn halt(&self) -> &HaltFlag {
        &self.halt
    }

    /// Orders that were let through, and that were held.
    pub const fn counts(&self) -> (u64, u64) {
        (self.sent, self.blocked)
    }

    /// Orders, changes and cancels that were let through.
    pub(super) const fn passed(&self) -> u64 {
        self.passed
    }

    /// What became of orders that were held, for the tape.
    pub(super) fn take_held(&mut self) -> Vec<OrderEvent> {
        std::mem::take(&mut self.held)
    }

    /// What people should know.
    pub(super) fn take_alerts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.alerts)
    }

    fn hold(&mut self, outgoing: &Outgoing) -> bool {
        if !self.is_shut() {
            return false;
        }
        let news = match outgoing {
            Outgoing::Place(place) => OrderEvent {
                order: place.get().order,
                kind: OrderEventKind::NotSent,
            },
            Outgoing::Amend(amend) => OrderEvent {
                order: amend.get().order,
                kind: OrderEventKind::AmendRejected(RejectReason::Halted),
            },
            Outgoing::Cancel { .. } | Outgoing::Alert(_) => return false,
        };
        self.blocked += 1;
        self.held.push(news);
        true
    }
}

impl<G: Side> Gateway for Guarded<G> {
    fn send(&mut self, now: Ts, outgoing: Outgoing, proof: &Committed) {
        if let Outgoing::Alert(words) = &outgoing {
            if self.alerts.len() < ALERTS_MAX {
                self.alerts.push(words.to_string());
            }
            return;
        }
        if self.hold(&outgoing) {
            return;
        }
        self.sent += u64::from(matches!(outgoing, Outgoing::Place(_)));
        self.passed += 1;
        self.inner.send(now, outgoing, proof);
    }
}
