//! The venue's labels and words for what is wrong.

use serde::Serialize;

use crate::gate::Market;
use crate::server::wrong::{Filter, Wrong};

/// A label and words.
#[derive(Serialize)]
pub(super) struct Failed<'a> {
    pub(super) label: &'a str,
    pub(super) message: &'a str,
}

/// HTTP status, label and words.
pub fn words(market: Market, wrong: &Wrong) -> (u16, &'static str, String) {
    let bad = |words: String| (400, "INVALID_PARAM_VALUE", words);
    let plain = |status, label, words: &str| (status, label, words.to_string());
    match wrong {
        Wrong::Route => plain(404, "NOT_FOUND", "Not found"),
        Wrong::Broken => plain(400, "INVALID_REQUEST_BODY", "Request body cannot be read"),
        Wrong::Missing(name) => (
            400,
            "MISSING_REQUIRED_PARAM",
            format!("Missing required parameter: {name}"),
        ),
        Wrong::OneOf(names) => (
            400,
            "MISSING_REQUIRED_PARAM",
            format!("Missing required parameter: {}", names.join(" or ")),
        ),
        Wrong::Bad(name) => bad(format!("Invalid parameter `{name}`")),
        Wrong::Surplus(name) | Wrong::Twice(name) => bad(format!("Invalid parameter `{name}`")),
        Wrong::ClientId => bad("Invalid parameter `text`".to_string()),
        Wrong::Unsupported(what) => bad((*what).to_string()),
        Wrong::Precision(_) => plain(400, "INVALID_PRECISION", "Invalid precision"),
        Wrong::NoKey => plain(401, "MISSING_REQUIRED_HEADER", "Missing required header"),
        Wrong::Key => plain(401, "INVALID_KEY", "Invalid key provided"),
        Wrong::Signature => plain(401, "INVALID_SIGNATURE", "Signature mismatch"),
        Wrong::KeyKind => plain(403, "FORBIDDEN", "Account has no permission"),
        Wrong::NotLoggedOn => plain(401, "INVALID_CREDENTIALS", "Invalid credentials provided"),
        Wrong::Late | Wrong::Early | Wrong::Window => plain(
            403,
            "REQUEST_EXPIRED",
            "Request `Timestamp` is far from the server time",
        ),
        Wrong::RateLimit(_) | Wrong::OrderLimit(_) => (
            429,
            "TOO_MANY_REQUESTS",
            match market {
                Market::Spot => "Request Rate limit Exceeded (211)",
                Market::Usdt | Market::Btc => "Request Rate limit Exceeded (311)",
            }
            .to_string(),
        ),
        Wrong::Banned(_) => plain(403, "IP_FORBIDDEN", "Request IP not in whitelist"),
        Wrong::Timeout | Wrong::Unknown => plain(500, "INTERNAL", "Internal server error"),
        Wrong::Unavailable => plain(500, "SERVER_ERROR", "Internal server error"),
        Wrong::Busy => plain(503, "TOO_BUSY", "Server is too busy at the moment"),
        Wrong::NotOpen | Wrong::NoOrder | Wrong::Restricted => {
            plain(404, "ORDER_NOT_FOUND", "Order not found")
        }
        other => {
            let (label, words) = match market {
                Market::Spot => of_spot(other),
                Market::Usdt | Market::Btc => of_futures(other),
            };
            plain(400, label, words)
        }
    }
}

const fn of_spot(wrong: &Wrong) -> (&'static str, &'static str) {
    match wrong {
        Wrong::Symbol => ("INVALID_CURRENCY_PAIR", "Invalid currency pair"),
        Wrong::Balance => ("BALANCE_NOT_ENOUGH", "Not enough balance"),
        Wrong::Duplicate => ("REPEATED_CREATION", "Repeated creation"),
        Wrong::WouldTake => (
            "POC_FILL_IMMEDIATELY",
            "Order would match and take immediately so its cancelled",
        ),
        Wrong::WouldRest => ("FOK_NOT_FILL", "FOK order cannot be filled completely"),
        Wrong::NoMarket => ("ORDER_BOOK_NOT_FOUND", "Insufficient liquidity"),
        Wrong::Halted => ("TRADE_RESTRICTED", "Trading is restricted"),
        Wrong::SelfTrade => ("STP_NOT_ALLOWED", "Self-trade prevention is not allowed"),
        Wrong::Filter(Filter::MinQty | Filter::Notional | Filter::MarketLot) => {
            ("AMOUNT_TOO_LITTLE", "Your order size is too small")
        }
        Wrong::Filter(Filter::MaxQty | Filter::MaxNotional | Filter::Position) => {
            ("AMOUNT_TOO_MUCH", "Amount exceeds maximum allowed")
        }
        Wrong::Filter(Filter::Tick | Filter::Lot) => ("INVALID_PRECISION", "Invalid precision"),
        Wrong::Filter(Filter::Orders | Filter::AlgoOrders) => {
            ("TOO_MANY_ORDERS", "Too many open orders")
        }
        Wrong::Same => ("NO_CHANGE", "No change is made"),
        _ => ("INVALID_PARAM_VALUE", "Invalid parameter"),
    }
}

const fn of_futures(wrong: &Wrong) -> (&'static str, &'static str) {
    match wrong {
        Wrong::Symbol => ("CONTRACT_NOT_FOUND", "Contract not found"),
        Wrong::Balance => ("INSUFFICIENT_AVAILABLE", "Balance is not enough"),
        Wrong::Duplicate => ("REPEATED_CREATION", "Repeated creation"),
        Wrong::WouldTake => (
            "ORDER_POC_IMMEDIATE",
            "POC order will be finished immediately",
        ),
        Wrong::WouldRest => ("ORDER_FOK", "Killed for FOK"),
        Wrong::NoMarket => ("CONTRACT_NO_COUNTER", "No counter order found"),
        Wrong::ReduceOnly => ("POSITION_EMPTY", "Position is empty"),
        Wrong::PositionSide => ("POSITION_DUAL_MODE", "Operation forbidden in dual-mode"),
        Wrong::Leverage => ("LEVERAGE_TOO_HIGH", "leverage too high"),
        Wrong::OpenOrders => ("ORDER_PENDING", "Operation forbidden with pending orders"),
        Wrong::OpenPosition => (
            "POSITION_HOLDING",
            "Operation forbidden with holding position",
        ),
        Wrong::Halted => (
            "CONTRACT_IN_DELISTING",
            "Contract is delisting, only reduce-only order or close order is allowed",
        ),
        Wrong::SelfTrade => ("STP_NOT_ALLOWED", "Self-trade prevention is not allowed"),
        Wrong::Same => ("NO_CHANGE", "No change is made"),
        Wrong::Filter(Filter::MinQty | Filter::Notional | Filter::MarketLot) => {
            ("SIZE_TOO_SMALL", "Order size does not reach minimum")
        }
        Wrong::Filter(Filter::MaxQty | Filter::MaxNotional) => {
            ("SIZE_TOO_LARGE", "Order size exceeds maximum")
        }
        Wrong::Filter(Filter::Band) => (
            "PRICE_TOO_DEVIATED",
            "Order price deviates too much from mark price",
        ),
        Wrong::Filter(Filter::Position) => ("RISK_LIMIT_EXCEEDED", "Risk limit exceeded"),
        Wrong::Filter(Filter::Orders | Filter::AlgoOrders) => {
            ("TOO_MANY_ORDERS", "Too many open orders")
        }
        _ => ("INVALID_PARAM_VALUE", "Invalid parameter"),
    }
}
