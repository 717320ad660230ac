//! How a recording beside a run stands.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BesideFacts {
    /// The catalogue.
    pub catalog: PathBuf,
    /// The account file.
    pub account: PathBuf,
    /// Market events that went to the catalogue.
    pub market_rows: u64,
    /// Events in the account file.
    pub account_events: u64,
    /// Events that were left out.
    pub missed: u64,
    /// Why it ended before its time.
    pub failed: Option<String>,
}

impl BesideFacts {
    /// True when everything was recorded.
    pub const fn is_whole(&self) -> bool {
        self.missed == 0 && self.failed.is_none()
    }

    /// Why it is not whole, for people.
    pub fn trouble(&self) -> Option<String> {
        let left_out = || {
            format!(
                "it left out {} events, so that it is not whole",
                self.missed
            )
        };
        match &self.failed {
            Some(why) => Some(format!("it has ended, so that it is not whole: {why}")),
            None => (self.missed > 0).then(left_out),
        }
    }
}

/// How a recording stands, for whoever asks.
#[derive(Clone, Debug)]
pub struct BesideTold(Arc<Mutex<BesideFacts>>);

impl BesideTold {
    pub(super) fn new(catalog: &Path, account: &Path) -> Self {
        Self(Arc::new(Mutex::new(BesideFacts {
            catalog: catalog.to_path_buf(),
            account: account.to_path_buf(),
            ..BesideFacts::default()
        })))
    }

    fn lock(&self) -> MutexGuard<'_, BesideFacts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now.
    pub fn now(&self) -> BesideFacts {
        self.lock().clone()
    }

    pub(super) fn counted(&self, market_rows: u64, account_events: u64) {
        let mut facts = self.lock();
        (facts.market_rows, facts.account_events) = (market_rows, account_events);
    }

    /// Tells people at once when the first ones are left out.
    pub(super) fn miss(&self, count: u64) {
        let mut facts = self.lock();
        if facts.missed == 0 {
            tracing::warn!(
                "the recording cannot keep up and leaves market events out; trading goes on"
            );
        }
        facts.missed += count;
    }

    pub(super) fn fail(&self, why: &str) {
        tracing::warn!("the recording has ended, trading goes on: {why}");
        self.lock().failed.get_or_insert_with(|| why.to_string());
    }
}
