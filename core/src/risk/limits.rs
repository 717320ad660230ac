//! Limits of one run.

use crate::num::Money;
use crate::time::Span;

/// What a run may do at most. `None` is no limit. Money is in quote units; quote assets of a run are taken to be
/// worth the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskLimits {
    /// Value of one order that opens or grows a position.
    pub max_order_notional: Option<Money>,
    /// Value of a position, with every open and unknown order of its direction filled.
    pub max_position_notional: Option<Money>,
    /// Loss of a UTC day, realised and unrealised, beyond which nothing is opened any more.
    pub max_daily_loss: Option<Money>,
    /// Age of a top of book beyond which nothing is sent on it.
    pub max_book_age: Option<Span>,
}
