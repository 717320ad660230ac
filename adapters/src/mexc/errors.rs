//! MEXC's codes of failures, and what each means for the request behind it.

use onetape_core::event::RejectReason as Why;

use crate::outcome::{Class, Row};

/// By code; a code counts before a status.
pub const TABLE: &[Row] = &[
    // Orders that are refused.
    Row::refused("30004", Why::Balance),
    Row::refused("30005", Why::Balance),
    Row::refused("10101", Why::Balance),
    Row::refused("30002", Why::MinNotional),
    Row::refused("30003", Why::Quantity),
    Row::refused("30027", Why::Quantity),
    Row::refused("30032", Why::Quantity),
    Row::refused("30010", Why::NoMarket),
    Row::refused("30025", Why::NoMarket),
    Row::refused("30000", Why::Halted),
    Row::refused("30001", Why::Halted),
    Row::refused("30016", Why::Halted),
    Row::refused("30029", Why::RateLimit),
    Row::plain("30018"),
    Row::plain("30019"),
    Row::plain("30020"),
    Row::plain("30014"),
    Row::plain("30021"),
    Row::plain("30026"),
    Row::plain("30041"),
    Row::plain("30087"),
    Row::plain("10007"),
    Row::plain("-1121"),
    Row::plain("33333"),
    Row::plain("44444"),
    Row::plain("700004"),
    Row::plain("700005"),
    Row::plain("700008"),
    Row::plain("700013"),
    Row::plain("730002"),
    // A wrong signature is a fault of the program or of one key, and trying again does not mend it.
    Row::plain("700002"),
    // Cancels and queries.
    Row::code("-2011", Class::CancelUnknown),
    Row::code("-2013", Class::QueryUnknown),
    // Not done, and may be tried again.
    Row::code("700003", Class::Retryable),
    Row::code("429", Class::RateLimited).because(Why::RateLimit),
    // Keys and permissions.
    Row::fatal("10001"),
    Row::fatal("10072"),
    Row::fatal("700001"),
    Row::fatal("700006"),
    Row::fatal("700007"),
    // What stands before the interface: it lets nothing through for a while.
    Row::code("403", Class::Banned),
    Row::code("", Class::Banned).at(403),
    Row::code("", Class::Fatal).at(401),
];
