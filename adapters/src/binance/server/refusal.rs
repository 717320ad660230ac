//! Refusals in Binance's own codes and words.

use serde_json::json;

use crate::binance::Market;
use crate::server::call::Call;
use crate::server::outbound::Outbound;
use crate::server::wrong::{Filter, Wrong};

/// What was asked, where that chooses the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failing {
    MarginMode,
    PositionMode,
    Stream,
    Other,
}

impl Failing {
    pub(super) const fn of(call: &Call) -> Self {
        match call {
            Call::SetMarginMode { .. } => Self::MarginMode,
            Call::SetPositionMode(_) => Self::PositionMode,
            Call::Subscribe(_) | Call::Unsubscribe(_) => Self::Stream,
            _ => Self::Other,
        }
    }
}

/// A refusal as the venue says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) status: u16,
    /// `None` where the body is words alone.
    pub(super) code: Option<i32>,
    pub(super) message: String,
    /// Seconds to wait.
    pub(super) wait: Option<i64>,
}

/// The answer over HTTP.
pub(super) fn outbound(market: Market, wrong: &Wrong, failing: &Failing) -> Outbound {
    let said = said(market, wrong, failing);
    let out = match said.code {
        Some(code) => {
            let body = json!({ "code": code, "msg": said.message });
            Outbound::json(said.status, body.to_string())
        }
        None => Outbound {
            status: said.status,
            headers: vec![("Content-Type", "text/html".to_string())],
            body: said.message.into_bytes(),
        },
    };
    match said.wait {
        Some(seconds) => out.with("Retry-After", seconds),
        None => out,
    }
}

/// Status, code and words of a refusal.
pub(super) fn said(market: Market, wrong: &Wrong, failing: &Failing) -> Said {
    let (status, wait) = match wrong {
        Wrong::Route => (404, None),
        Wrong::Key | Wrong::KeyKind | Wrong::NotLoggedOn => (401, None),
        Wrong::RateLimit(wait) | Wrong::OrderLimit(wait) => {
            (429, Some(wait.nanos().div_euclid(1_000_000_000).max(1)))
        }
        Wrong::Banned(_) => (418, None),
        Wrong::Timeout => (408, None),
        Wrong::Unknown | Wrong::Unavailable | Wrong::Busy => (503, None),
        _ => (400, None),
    };
    let (code, message) = match market {
        Market::Spot => spot(wrong).unwrap_or_else(|| both(wrong)),
        Market::Usdm | Market::Coinm => usdm(wrong, *failing).unwrap_or_else(|| both(wrong)),
    };
    Said {
        status,
        code,
        message,
        wait,
    }
}

type Words = (Option<i32>, String);

fn words(code: i32, message: impl Into<String>) -> Words {
    (Some(code), message.into())
}

/// What both say alike.
fn both(wrong: &Wrong) -> Words {
    match wrong {
        Wrong::Route => words(-1_020, "This operation is not supported."),
        Wrong::Broken => words(-1_100, "Illegal characters found in a parameter."),
        Wrong::Missing(name) => words(
            -1_102,
            format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."),
        ),
        Wrong::Bad(name) => bad(name),
        Wrong::Surplus(name) => words(
            -1_104,
            format!("Not all sent parameters were read; '{name}' was not."),
        ),
        Wrong::Twice(_) => words(-1_101, "Duplicate values for a parameter detected."),
        Wrong::OneOf(names) => {
            let names: Vec<_> = names.iter().map(|it| format!("'{it}'")).collect();
            let names = names.join(" or ");
            words(
                -1_102,
                format!("Param {names} must be sent, but both were empty/null!"),
            )
        }
        Wrong::NoKey => words(-2_014, "API-key format invalid."),
        Wrong::Key | Wrong::KeyKind | Wrong::NotLoggedOn => {
            words(-2_015, "Invalid API-key, IP, or permissions for action.")
        }
        Wrong::Signature => words(-1_022, "Signature for this request is not valid."),
        Wrong::Late => words(
            -1_021,
            "Timestamp for this request is outside of the recvWindow.",
        ),
        Wrong::Early => words(
            -1_021,
            "Timestamp for this request was 1000ms ahead of the server's time.",
        ),
        Wrong::Window => words(-1_131, "recvWindow must be less than 60000."),
        Wrong::Symbol => words(-1_121, "Invalid symbol."),
        Wrong::Unsupported(super::reading::ALGO) => words(-4_120, super::reading::ALGO),
        Wrong::Unsupported(what) => {
            words(-1_020, format!("This operation is not supported: {what}"))
        }
        Wrong::Precision(name) => words(
            -1_111,
            format!("Parameter '{name}' has too much precision."),
        ),
        Wrong::ClientId => words(
            -1_100,
            "Illegal characters found in parameter 'newClientOrderId'.",
        ),
        Wrong::NotOpen => words(-2_011, "Unknown order sent."),
        Wrong::NoOrder => words(-2_013, "Order does not exist."),
        Wrong::Restricted => words(-2_011, "Order was not canceled due to cancel restrictions."),
        Wrong::Subscribed => words(-2_035, "Subscription already active."),
        Wrong::StreamKey => words(-1_125, "This listenKey does not exist."),
        Wrong::Banned(until) => words(
            -1_003,
            format!(
                "Way too many requests; IP banned until {}.",
                until.nanos() / 1_000_000
            ),
        ),
        Wrong::RateLimit(_) => words(-1_003, "Too many requests; please slow down."),
        Wrong::OrderLimit(_) => words(-1_015, "Too many new orders."),
        Wrong::Timeout => words(
            -1_007,
            "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        ),
        Wrong::Unknown => (
            None,
            "Unknown error, please check your request or try again later.".to_string(),
        ),
        Wrong::Unavailable => (None, "Service Unavailable.".to_string()),
        Wrong::Busy => words(
            -1_008,
            "Server is currently overloaded with other requests. Please try again in a few minutes.",
        ),
        _ => words(-1_013, "Invalid message."),
    }
}

/// A parameter of a wrong form: the words have codes of their own.
fn bad(name: &str) -> Words {
    match name {
        "type" => words(-1_116, "Invalid orderType."),
        "side" => words(-1_117, "Invalid side."),
        "timeInForce" => words(-1_115, "Invalid timeInForce."),
        "interval" => words(-1_120, "Invalid interval."),
        "newOrderRespType" => words(-1_122, "Invalid newOrderRespType."),
        name => words(
            -1_100,
            format!("Illegal characters found in parameter '{name}'."),
        ),
    }
}

fn spot(wrong: &Wrong) -> Option<Words> {
    Some(match wrong {
        Wrong::Filter(filter) => {
            let name = match filter {
                Filter::Tick | Filter::Price => "PRICE_FILTER",
                Filter::Band => "PERCENT_PRICE_BY_SIDE",
                Filter::Lot | Filter::MinQty | Filter::MaxQty => "LOT_SIZE",
                Filter::MarketLot => "MARKET_LOT_SIZE",
                Filter::Notional | Filter::MaxNotional => "NOTIONAL",
                Filter::Orders => "MAX_NUM_ORDERS",
                Filter::AlgoOrders => "MAX_NUM_ALGO_ORDERS",
                Filter::Position => "MAX_POSITION",
            };
            words(-1_013, format!("Filter failure: {name}"))
        }
        Wrong::Balance => words(
            -2_010,
            "Account has insufficient balance for requested action.",
        ),
        Wrong::Duplicate => words(-2_010, "Duplicate order sent."),
        Wrong::WouldTake => words(-2_010, "Order would immediately match and take."),
        Wrong::Halted => words(-2_010, "Market is closed."),
        Wrong::Same => words(-2_038, "Order amend is not supported: nothing changes."),
        _ => return None,
    })
}

fn usdm(wrong: &Wrong, failing: Failing) -> Option<Words> {
    Some(match wrong {
        Wrong::Route => words(-5_000, "Path or method is invalid."),
        Wrong::Filter(filter) => match filter {
            Filter::Tick => words(-4_014, "Price not increased by tick size."),
            Filter::Price => words(-4_001, "Price less than 0 or outside its limits."),
            Filter::Band => words(
                -4_016,
                "Limit price is beyond the PERCENT_PRICE filter limit.",
            ),
            Filter::Lot => words(-4_023, "Qty not increased by step size."),
            Filter::MinQty => words(-4_003, "Quantity less than or equal to zero."),
            Filter::MaxQty | Filter::MarketLot | Filter::MaxNotional => {
                words(-4_005, "Quantity greater than max quantity.")
            }
            Filter::Notional => words(
                -4_164,
                "Order's notional must be no smaller than the minimum (unless you choose reduce only)",
            ),
            Filter::Orders => words(-2_025, "Reach max open order limit."),
            Filter::AlgoOrders => words(-4_045, "Reach max stop order limit."),
            Filter::Position => words(
                -2_027,
                "Exceeded the maximum allowable position at current leverage.",
            ),
        },
        Wrong::Balance => words(-2_019, "Margin is insufficient."),
        Wrong::Duplicate => words(-4_116, "ClientOrderId is duplicated."),
        Wrong::ClientId => words(
            -4_015,
            "Client order id length should not be more than 36 chars",
        ),
        Wrong::WouldTake => words(
            -5_022,
            "Due to the order could not be executed as maker, the Post Only order will be rejected. \
             The order will not be recorded in the order history.",
        ),
        Wrong::WouldRest => words(
            -5_021,
            "Due to the order could not be filled immediately, the FOK order has been rejected. \
             The order will not be recorded in the order history.",
        ),
        Wrong::NoMarket => words(
            -4_131,
            "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
        ),
        Wrong::ReduceOnly => words(-2_022, "ReduceOnly Order is rejected."),
        Wrong::PositionSide => words(
            -4_061,
            "Order's position side does not match user's setting.",
        ),
        Wrong::Leverage => words(-4_028, "Leverage is not valid"),
        Wrong::Same => match failing {
            Failing::MarginMode => words(-4_046, "No need to change margin type."),
            Failing::PositionMode => words(-4_059, "No need to change position side."),
            _ => words(-5_027, "No need to modify the order."),
        },
        Wrong::OpenOrders if failing == Failing::MarginMode => words(
            -4_047,
            "Margin type cannot be changed if there exists open orders.",
        ),
        Wrong::OpenOrders => words(
            -4_067,
            "Position side cannot be changed if there exists open orders.",
        ),
        Wrong::OpenPosition if failing == Failing::MarginMode => words(
            -4_048,
            "Margin type cannot be changed if there exists position.",
        ),
        Wrong::OpenPosition => words(
            -4_068,
            "Position side cannot be changed if there exists position.",
        ),
        Wrong::Halted => words(-4_108, "This contract is pending delivering or settling."),
        Wrong::NotOpen => words(-2_011, "Unknown order sent."),
        Wrong::Busy => words(
            -1_008,
            "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. \
             Please try again.",
        ),
        _ => return None,
    })
}
