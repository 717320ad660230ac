//! Where market events go.

use onetape_core::event::Body;
use onetape_core::time::Ts;

use crate::queue::{Arrival, Origin, Sender};

/// A market event that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When, by our clock.
    pub received: Ts,
    /// What the venue told beside it.
    pub origin: Origin,
    /// What.
    pub body: Body,
}

/// Takes market events. They are given in the order in which they came.
pub trait Outlet: Clone + Send + Sync + 'static {
    /// Takes one. What cannot be taken must be told in what follows.
    fn bring(&self, told: Told);
}

impl Outlet for Sender {
    fn bring(&self, told: Told) {
        let Told {
            received,
            origin,
            body,
        } = told;
        // The market's lane always has room: under pressure it is drawn together, and that is told.
        let _ = self.try_send(Arrival {
            received,
            origin,
            body,
        });
    }
}
