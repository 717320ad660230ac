//! Where market events go.

use onetape_core::event::Body;
use onetape_core::time::Ts;

use crate::queue::{Arrival, Sender};

/// A market event that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When, by our clock.
    pub received: Ts,
    /// When, by the venue; [`Ts::UNKNOWN`] where not told.
    pub ts_venue: Ts,
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
        let Told { received, body, .. } = told;
        // The market's lane always has room: under pressure it is drawn together, and that is told.
        let _ = self.try_send(Arrival::new(received, body));
    }
}
