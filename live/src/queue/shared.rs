//! The lanes between the tasks of one thread, or of several.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Arrival, Full, Inbox, InboxCounts, InboxLimits};
use crate::stamp::SteadyClock;

#[derive(Debug)]
struct Shared {
    inbox: Mutex<Inbox>,
    /// Something came.
    came: Notify,
    /// There may be room again.
    room: Notify,
}

impl Shared {
    /// Each change of the lanes is one call, so a panic elsewhere leaves them whole.
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Brings what came.
#[derive(Clone, Debug)]
pub struct Sender(Arc<Shared>);

/// Takes what is next.
#[derive(Debug)]
pub struct Receiver(Arc<Shared>);

/// Lanes with two ends.
pub fn channel(limits: InboxLimits) -> (Sender, Receiver) {
    let shared = Arc::new(Shared {
        inbox: Mutex::new(Inbox::new(limits)),
        came: Notify::new(),
        room: Notify::new(),
    });
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

impl Sender {
    /// Brings something at once. The market always finds room.
    ///
    /// # Errors
    /// [`Full`] when it is control or account and there is no room.
    pub fn try_send(&self, mut arrival: Arrival) -> Result<(), Full> {
        arrival.queued = SteadyClock::read();
        self.0.inbox().push(arrival)?;
        self.0.came.notify_one();
        Ok(())
    }

    /// Brings something, and waits for room: who reads a socket reads no further meanwhile.
    pub async fn send(&self, mut arrival: Arrival) {
        loop {
            let room = self.0.room.notified();
            tokio::pin!(room);
            // Room that is made from here on is not missed.
            room.as_mut().enable();
            match self.try_send(arrival) {
                Ok(()) => return,
                Err(Full(back)) => arrival = *back,
            }
            room.await;
        }
    }
}

impl Receiver {
    /// What is next, if something waits.
    pub fn try_next(&self) -> Option<Arrival> {
        let next = self.0.inbox().pop();
        if next.is_some() {
            self.0.room.notify_waiters();
        }
        next
    }

    /// What is next, as soon as something waits. Dropping the future loses nothing.
    pub async fn next(&self) -> Arrival {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.0.came.notified().await;
        }
    }

    /// What became of what came.
    pub fn counts(&self) -> InboxCounts {
        self.0.inbox().counts()
    }
}
