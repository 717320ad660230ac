//! What was seen of the market on an order's way.

use onetape_core::time::Ts;

use crate::fold::price::Top;

/// Tops of an order's instrument, and when the order was where.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct Seen {
    /// When it was decided on.
    pub(in crate::fold) decided_at: Ts,
    /// The top that it was meant for.
    pub(in crate::fold) decided: Option<Top>,
    /// When the venue's first word on it came.
    pub(in crate::fold) answered_at: Option<Ts>,
    /// The top then.
    pub(in crate::fold) arrived: Option<Top>,
}
