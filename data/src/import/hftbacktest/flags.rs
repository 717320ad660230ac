//! The flags of hftbacktest's events (its version 2).

/// What an event is stands in the lowest byte.
pub(crate) const KIND_MASK: u64 = 0xff;
/// A level of the book is changed.
pub(crate) const DEPTH: u64 = 1;
/// A trade.
pub(crate) const TRADE: u64 = 2;
/// Levels up to a price, of a side, or all of them are gone.
pub(crate) const CLEAR: u64 = 3;
/// A level of a snapshot.
pub(crate) const SNAPSHOT: u64 = 4;
/// A best bid or ask.
pub(crate) const BBO: u64 = 5;
/// The first of the kinds of single orders (L3).
pub(crate) const ORDERS_FROM: u64 = 10;

/// Bid, or a buyer took.
pub(crate) const BUY: u64 = 1 << 29;
/// Ask, or a seller took.
pub(crate) const SELL: u64 = 1 << 28;
/// Valid on the venue's clock.
pub(crate) const EXCH: u64 = 1 << 31;
/// Valid on the recorder's clock.
pub(crate) const LOCAL: u64 = 1 << 30;
