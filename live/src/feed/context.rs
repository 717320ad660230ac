//! What the parts of a venue's market data share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::ear::Ear;
use super::options::FeedOptions;
use super::outlet::{Outlet, Told};
use crate::venue::VenueSetup;

/// Snapshots that are fetched at a time.
const SNAPSHOTS_MAX: usize = 4;

/// The venue, and where its events go.
pub(super) struct Context<O> {
    pub(super) setup: VenueSetup,
    pub(super) options: FeedOptions,
    pub(super) out: O,
    pub(super) permits: Semaphore,
}

impl<O: Outlet> Context<O> {
    pub(super) fn new(setup: VenueSetup, options: FeedOptions, out: O) -> Arc<Self> {
        Arc::new(Self {
            setup,
            options,
            out,
            permits: Semaphore::new(SNAPSHOTS_MAX),
        })
    }
}

/// An ear that several tasks use. Each change is one call, and what it tells leaves before the next one begins, so that
/// events stay in their order.
#[derive(Clone)]
pub(super) struct SharedEar(pub(super) Arc<Mutex<Ear>>);

impl SharedEar {
    pub(super) fn new(ear: Ear) -> Self {
        Self(Arc::new(Mutex::new(ear)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Ear> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something, and brings what it tells.
    pub(super) fn tell<O: Outlet, T>(
        &self,
        out: &O,
        act: impl FnOnce(&mut Ear, &mut Vec<Told>) -> T,
    ) -> T {
        let mut told = Vec::new();
        let mut ear = self.lock();
        let done = act(&mut ear, &mut told);
        for it in told {
            out.bring(it);
        }
        done
    }
}
