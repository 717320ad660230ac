//! When what happened last happened.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onetape_core::time::Ts;

use crate::stamp::SteadyClock;

/// Orders of one decision that are looked at; there are two or three.
const ORDERS_MAX: usize = 64;

#[derive(Debug, Default)]
struct Shared {
    write_began: AtomicI64,
    write_ended: AtomicI64,
    /// Requests that were handed to a connection's own task: when their last byte left is not known.
    handed: AtomicU64,
    orders: Mutex<Vec<Departure>>,
}

/// One order on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// When it was a signed frame.
    pub signed: Ts,
    /// When the system had taken its last byte.
    pub written: Ts,
}

/// When the journal was last written, and when orders left. Clones are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Moments(Arc<Shared>);

impl PartialEq for Moments {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Moments {}

impl Moments {
    /// The journal is written from here on; the answer is for [`Moments::wrote`].
    pub fn writing(&self) {
        let now = SteadyClock::read().nanos();
        self.0.write_began.store(now, Ordering::Relaxed);
    }

    /// The journal is written.
    pub fn wrote(&self) {
        let now = SteadyClock::read().nanos();
        self.0.write_ended.store(now, Ordering::Relaxed);
    }

    /// Since when, and until when, the journal was last written.
    pub fn write(&self) -> (Ts, Ts) {
        let of = |at: &AtomicI64| Ts::from_nanos(at.load(Ordering::Relaxed));
        (of(&self.0.write_began), of(&self.0.write_ended))
    }

    /// An order was signed at a moment and is written now.
    pub fn left(&self, signed: Ts) {
        let written = SteadyClock::read();
        self.departed(Departure { signed, written });
    }

    pub(super) fn departed(&self, order: Departure) {
        let mut orders = self.orders();
        if orders.len() < ORDERS_MAX {
            orders.push(order);
        }
    }

    /// An order was handed to a connection's own task.
    pub fn handed(&self) {
        self.0.handed.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were.
    pub fn handed_over(&self) -> u64 {
        self.0.handed.load(Ordering::Relaxed)
    }

    /// Orders that left since the last call, in order.
    pub fn take(&self, into: &mut Vec<Departure>) {
        into.clear();
        into.append(&mut self.orders());
    }

    /// Each change is whole in itself.
    fn orders(&self) -> MutexGuard<'_, Vec<Departure>> {
        self.0.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
