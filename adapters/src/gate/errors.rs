//! Gate's labels of failures, and what each means for the request behind it. Labels count, never messages.

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

/// Spot and futures share their labels; those of one are no others' with another meaning.
pub const TABLE: &[Row] = &[
    // Orders that are refused.
    refused("BALANCE_NOT_ENOUGH", Why::Balance),
    refused("QUANTITY_NOT_ENOUGH", Why::Balance),
    refused("MARGIN_BALANCE_NOT_ENOUGH", Why::Balance),
    refused("INSUFFICIENT_AVAILABLE", Why::Balance),
    refused("LIQUIDATE_IMMEDIATELY", Why::Balance),
    refused("INVALID_PRECISION", Why::TickSize),
    refused("AMOUNT_TOO_LITTLE", Why::MinNotional),
    refused("AMOUNT_TOO_MUCH", Why::Quantity),
    refused("SIZE_TOO_SMALL", Why::Quantity),
    refused("SIZE_TOO_LARGE", Why::Quantity),
    refused("POC_FILL_IMMEDIATELY", Why::WouldTake),
    refused("ORDER_POC_IMMEDIATE", Why::WouldTake),
    refused("FOK_NOT_FILL", Why::NoMarket),
    refused("ORDER_FOK", Why::NoMarket),
    refused("ORDER_BOOK_NOT_FOUND", Why::NoMarket),
    refused("CONTRACT_NO_COUNTER", Why::NoMarket),
    refused("INCREASE_POSITION", Why::ReduceOnly),
    refused("REDUCE_EXCEEDED", Why::ReduceOnly),
    refused("POSITION_EMPTY", Why::ReduceOnly),
    refused("CONTRACT_IN_DELISTING", Why::Halted),
    refused("TRADE_RESTRICTED", Why::Halted),
    refused("RISK_LIMIT_EXCEEDED", Why::Leverage),
    refused("LEVERAGE_TOO_HIGH", Why::Leverage),
    refused("TOO_MANY_ORDERS", Why::RateLimit),
    refused("STP_NOT_ALLOWED", Why::SelfTrade),
    plain("INVALID_PARAM_VALUE"),
    plain("INVALID_PROTOCOL"),
    plain("INVALID_ARGUMENT"),
    plain("INVALID_REQUEST_BODY"),
    plain("MISSING_REQUIRED_PARAM"),
    plain("MISSING_REQUIRED_HEADER"),
    plain("BAD_REQUEST"),
    plain("INVALID_CONTENT_TYPE"),
    plain("NOT_ACCEPTABLE"),
    plain("METHOD_NOT_ALLOWED"),
    plain("NOT_FOUND"),
    plain("INVALID_CURRENCY"),
    plain("INVALID_CURRENCY_PAIR"),
    plain("CONTRACT_NOT_FOUND"),
    plain("MARGIN_NOT_SUPPORTED"),
    plain("PRICE_TOO_DEVIATED"),
    plain("PRICE_OVER_LIQUIDATION"),
    plain("PRICE_OVER_BANKRUPT"),
    plain("POSITION_HOLDING"),
    plain("POSITION_NOT_FOUND"),
    plain("POSITION_DUAL_MODE"),
    plain("POSITION_CROSS_MARGIN"),
    plain("POSITION_IN_LIQUIDATION"),
    plain("POSITION_IN_CLOSE"),
    plain("ORDER_PENDING"),
    plain("LEVERAGE_TOO_LOW"),
    plain("RISK_LIMIT_TOO_HIGH"),
    plain("RISK_LIMIT_TOO_LOW"),
    plain("RISK_LIMIT_NOT_MULTIPLE"),
    plain("USER_NOT_FOUND"),
    plain("SUB_ACCOUNT_NOT_FOUND"),
    // A wrong signature is a fault of the program or of one key, and trying again does not mend it.
    plain("INVALID_SIGNATURE"),
    // Cancels and queries.
    Row::code("ORDER_NOT_FOUND", Class::CancelUnknown),
    Row::code("CLIENT_ID_NOT_FOUND", Class::CancelUnknown),
    Row::code("ORDER_NOT_OWNED", Class::CancelUnknown),
    Row::code("ORDER_CLOSED", Class::CancelUnknown),
    Row::code("ORDER_FINISHED", Class::CancelUnknown),
    Row::code("ORDER_CANCELLED", Class::AlreadyDone),
    Row::code("NO_CHANGE", Class::AlreadyDone),
    Row::code("CANCEL_FAIL", Class::Ambiguous),
    Row::code("REPEATED_CREATION", Class::DuplicateClientId),
    // Not done, and may be tried again.
    Row::code("REQUEST_EXPIRED", Class::Retryable),
    Row::code("TOO_MANY_REQUESTS", Class::RateLimited).because(Why::RateLimit),
    Row::code("TOO_FAST", Class::RateLimited).because(Why::RateLimit),
    // Keys and permissions.
    fatal("INVALID_KEY"),
    fatal("INVALID_CREDENTIALS"),
    fatal("FORBIDDEN"),
    fatal("IP_FORBIDDEN"),
    fatal("READ_ONLY"),
    fatal("ACCOUNT_LOCKED"),
    fatal("SUB_ACCOUNT_LOCKED"),
    // Nobody knows.
    Row::code("INTERNAL", Class::Ambiguous),
    Row::code("SERVER_ERROR", Class::Ambiguous),
    Row::code("TOO_BUSY", Class::Ambiguous),
    // Errors of subscriptions have numbers: a bad body, a bad argument, the server, the signature.
    plain("1"),
    plain("2"),
    Row::code("3", Class::Retryable),
    fatal("4"),
    // Without a label that is known.
    Row::status(401, 401, Class::Fatal),
    Row::status(403, 403, Class::Fatal),
];
