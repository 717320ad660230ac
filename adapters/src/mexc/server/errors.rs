//! The venue's codes and words for what is wrong.

use super::wire::Failed;
use crate::json::write;
use crate::server::outbound::Outbound;
use crate::server::wrong::{Filter, Wrong};

/// HTTP status, code and words.
pub fn words(wrong: &Wrong) -> (u16, i64, String) {
    let plain = |code, words: &str| (400, code, words.to_string());
    match wrong {
        Wrong::Route => (404, 404, "Not Found".to_string()),
        Wrong::Missing(name) => plain(
            700_004,
            &format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."),
        ),
        Wrong::OneOf(names) => plain(
            700_004,
            &format!(
                "Mandatory parameter '{}' was not sent.",
                names.join("' or '")
            ),
        ),
        Wrong::Bad(name) => plain(730_002, &format!("Parameter error: {name}")),
        Wrong::Precision(name) => plain(730_002, &format!("Parameter error: scale of {name}")),
        Wrong::Surplus(name) | Wrong::Twice(name) => {
            plain(730_002, &format!("Parameter error: {name}"))
        }
        Wrong::Unsupported(what) => plain(33_333, what),
        Wrong::NoKey => plain(700_001, "API-key format invalid"),
        Wrong::Key => plain(10_072, "Api key info invalid"),
        Wrong::Signature => plain(700_002, "Signature for this request is not valid."),
        Wrong::KeyKind | Wrong::NotLoggedOn => {
            plain(700_007, "No permission to access the endpoint")
        }
        Wrong::Late | Wrong::Early => plain(
            700_003,
            "Timestamp for this request is outside of the recvWindow.",
        ),
        Wrong::Window => plain(700_005, "recvWindow must less than 60000"),
        Wrong::Symbol => plain(-1_121, "Invalid symbol."),
        Wrong::Filter(filter) => of_filter(*filter),
        Wrong::RateLimit(_) | Wrong::OrderLimit(_) => (429, 429, "Too Many Requests".to_string()),
        Wrong::Banned(_) => (403, 403, "Access Denied".to_string()),
        Wrong::Timeout => (504, 504, "Gateway Time-out".to_string()),
        Wrong::Unknown => (500, 500, "Internal error".to_string()),
        Wrong::Unavailable | Wrong::Busy => {
            let words = "service not available, please try again";
            (503, 503, words.to_string())
        }
        order => of_order(order),
    }
}

fn of_order(wrong: &Wrong) -> (u16, i64, String) {
    let (code, words) = match wrong {
        Wrong::Balance => (30_004, "Insufficient position"),
        Wrong::ClientId => (700_008, "Illegal characters found in parameter"),
        Wrong::WouldTake | Wrong::SelfTrade => (30_041, "current order type can not place order"),
        Wrong::WouldRest | Wrong::NoMarket => (30_010, "no valid trade price"),
        Wrong::NotOpen | Wrong::Restricted => (-2_011, "Unknown order sent"),
        Wrong::NoOrder => (-2_013, "Order does not exist."),
        Wrong::Halted => (30_016, "trading disabled"),
        _ => (730_002, "Parameter error"),
    };
    (400, code, words.to_string())
}

fn of_filter(filter: Filter) -> (u16, i64, String) {
    let (code, words) = match filter {
        Filter::Tick | Filter::Price => (730_002, "Parameter error: price"),
        Filter::Lot => (730_002, "Parameter error: quantity"),
        Filter::Band => (30_087, "Order price exceeds allowed range"),
        Filter::MinQty | Filter::Notional | Filter::MarketLot => (
            30_002,
            "The minimum transaction volume cannot be less than:",
        ),
        Filter::MaxQty | Filter::MaxNotional => (
            30_003,
            "The maximum transaction volume cannot be greater than:",
        ),
        Filter::Orders | Filter::AlgoOrders => (30_029, "Cannot exceed the maximum order limit"),
        Filter::Position => (30_032, "Cannot exceed the maximum position"),
    };
    (400, code, words.to_string())
}

/// The answer to what is wrong.
pub(super) fn refusal(wrong: &Wrong) -> Outbound {
    let (status, code, msg) = words(wrong);
    let answer = Outbound::json(status, write(&Failed { code, msg: &msg }));
    match wrong {
        Wrong::RateLimit(wait) | Wrong::OrderLimit(wait) => {
            // Whole seconds, never shorter than it is.
            let seconds = (wait.nanos().max(0).saturating_add(999_999_999)) / 1_000_000_000;
            answer.with("Retry-After", seconds)
        }
        _ => answer,
    }
}
