//! Why something is refused, the same for all venues: each has its own codes and words for it.

use onetape_core::time::{Span, Ts};

/// Why a request is refused, or what fault answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No such path, method or channel.
    Route,
    /// The request, or its body, cannot be read at all.
    Broken,
    /// A parameter is missing; its name.
    Missing(&'static str),
    /// A parameter is empty or malformed; its name.
    Bad(&'static str),
    /// A parameter that is not one of the request's, or is there although another excludes it; its name.
    Surplus(String),
    /// A parameter is there twice; its name.
    Twice(String),
    /// None of several parameters, of which one must be there, is; their names.
    OneOf(&'static [&'static str]),
    /// No API key.
    NoKey,
    /// A key that nobody has.
    Key,
    /// The signature is not the key's.
    Signature,
    /// The key is of a kind that may not do this.
    KeyKind,
    /// The request is older than it may be.
    Late,
    /// The request comes from the future.
    Early,
    /// Its window is longer than any may be.
    Window,
    /// No such instrument.
    Symbol,
    /// The venue does not do what is asked, in its own words or ours.
    Unsupported(&'static str),
    /// An order breaks a rule of its instrument.
    Filter(Filter),
    /// A number has more decimals than its instrument; the parameter.
    Precision(&'static str),
    /// The account has not enough.
    Balance,
    /// An open order has this client id.
    Duplicate,
    /// A client id that is too long, or has characters that it must not.
    ClientId,
    /// It would take, and must not.
    WouldTake,
    /// It cannot trade at once, and must.
    WouldRest,
    /// There is nobody to trade with at all.
    NoMarket,
    /// It would open or grow a position, and must not.
    ReduceOnly,
    /// The position's side does not fit the position mode.
    PositionSide,
    /// There is no such order to cancel or change.
    NotOpen,
    /// There was never such an order.
    NoOrder,
    /// The order is there, and is not as the request wants it.
    Restricted,
    /// What is to be changed is so already.
    Same,
    /// The leverage is higher than the position, or the instrument, allows.
    Leverage,
    /// Open orders forbid it.
    OpenOrders,
    /// An open position forbids it.
    OpenPosition,
    /// The instrument does not trade now.
    Halted,
    /// It would trade with an order of the same account.
    SelfTrade,
    /// Too much was asked; wait so long.
    RateLimit(Span),
    /// Too many orders in a time.
    OrderLimit(Span),
    /// Nothing is answered until then.
    Banned(Ts),
    /// The key of the private stream is not, or no longer, one.
    StreamKey,
    /// The stream is there already.
    Subscribed,
    /// A connection has no account, and this needs one.
    NotLoggedOn,
    /// A fault: the answer does not come in time, and nobody knows whether it was done.
    Timeout,
    /// A fault: the answer says that it is not known whether it was done.
    Unknown,
    /// A fault: it was not done and may be tried again.
    Unavailable,
    /// A fault: the server is too busy and did not do it.
    Busy,
}

/// A rule of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The price is not on its grid.
    Tick,
    /// The price is below or above what it may be at all.
    Price,
    /// The price is too far from the market.
    Band,
    /// The quantity is not of whole steps.
    Lot,
    /// The quantity is too small.
    MinQty,
    /// The quantity is too large.
    MaxQty,
    /// The quantity of a market order is not of whole steps, or too small or large.
    MarketLot,
    /// The value is too small.
    Notional,
    /// The value is too large.
    MaxNotional,
    /// Too many orders are open.
    Orders,
    /// The position would be too large.
    Position,
    /// Too many conditional orders are open.
    AlgoOrders,
}
