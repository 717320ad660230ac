//! MEXC's codes of failures, and what each means for the request behind it.

use onetape_core::event::RejectReason as Why;

use crate::outcome::{Class, Row};

const fn refused(code: &'static str, why: Why) -> Row {
    Row::code(code, Class::Reject).because(why)
}

const fn plain(code: &'static str) -> Row {
    Row::code(code, Class::Reject)
}

const fn fatal(code: &'static str) -> Row {
    Row::code(code, Class::Fatal)
}

/// By code; a code counts before a status.
pub const TABLE: &[Row] = &[
    // Orders that are refused.
    refused("30004", Why::Balance),
    refused("30005", Why::Balance),
    refused("10101", Why::Balance),
    refused("30002", Why::MinNotional),
    refused("30003", Why::Quantity),
    refused("30027", Why::Quantity),
    refused("30032", Why::Quantity),
    refused("30010", Why::NoMarket),
    refused("30025", Why::NoMarket),
    refused("30000", Why::Halted),
    refused("30001", Why::Halted),
    refused("30016", Why::Halted),
    refused("30029", Why::RateLimit),
    plain("30018"),
    plain("30019"),
    plain("30020"),
    plain("30014"),
    plain("30021"),
    plain("30026"),
    plain("30041"),
    plain("30087"),
    plain("10007"),
    plain("-1121"),
    plain("33333"),
    plain("44444"),
    plain("700004"),
    plain("700005"),
    plain("700008"),
    plain("700013"),
    plain("730002"),
    // A wrong signature is a fault of the program or of one key, and trying again does not mend it.
    plain("700002"),
    // Cancels and queries.
    Row::code("-2011", Class::CancelUnknown),
    Row::code("-2013", Class::QueryUnknown),
    // Not done, and may be tried again.
    Row::code("700003", Class::Retryable),
    Row::code("429", Class::RateLimited).because(Why::RateLimit),
    // Keys and permissions.
    fatal("10001"),
    fatal("10072"),
    fatal("700001"),
    fatal("700006"),
    fatal("700007"),
    // What stands before the interface: it lets nothing through for a while.
    Row::code("403", Class::Banned),
    Row::code("", Class::Banned).at(403),
    Row::code("", Class::Fatal).at(401),
];
