//! What Gate says of our own orders, trades, balances and positions: the same records by REST and by WebSocket.
//!
//! Spot counts in base units and tells the side; futures count contracts whose sign is the side. Numbers are the
//! venue's own texts still.

use onetape_core::instrument::Side;
use onetape_core::time::Ts;
use serde::Deserialize;

use super::DecodeError;
use super::decode::{field, told};
use super::wire::{Many, Text};
use super::wire::{is_zero, unsigned};
use crate::stamp;

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireOrder<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// The venue's id.
    pub id: &'a str,
    /// Our id with its prefix `t-`; other texts are marks of the venue or of its pages.
    pub text: &'a str,
    /// Which way; none where the record does not tell.
    pub side: Option<Side>,
    /// How much was asked for, without a sign: quote units for a spot market buy.
    pub size: &'a str,
    /// How much of it is left, without a sign; none where the record does not tell.
    pub left: Option<&'a str>,
    /// What traded, where the record tells it in the units of a quantity.
    pub filled: Option<&'a str>,
    /// Limit.
    pub price: Option<&'a str>,
    /// Average price of what traded.
    pub average: Option<&'a str>,
    /// What that cost in quote units, where the record tells it.
    pub filled_total: Option<&'a str>,
    /// Whether it is still there, and if not, why.
    pub state: WireState<'a>,
    /// True for an order of the venue that closes what the account cannot carry.
    pub is_liquidation: bool,
    /// True for a market buy on spot, whose size is an amount of quote units.
    pub is_quote_sized: bool,
    /// When it changed last, by the venue's clock.
    pub time: Option<Ts>,
}

/// Whether an order is still at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireState<'a> {
    /// It rests, or is about to.
    Open,
    /// The venue has it; how it stands was not told.
    Acknowledged,
    /// All of it traded.
    Filled,
    /// Gone by a cancel.
    Cancelled,
    /// Gone by its own terms or the venue's rules: the venue's word for it.
    Ended(&'a str),
    /// A word that is not known.
    Unknown(&'a str),
}

/// A trade of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFill<'a> {
    /// Symbol; answers to a request for one pair leave it out.
    pub symbol: Option<&'a str>,
    /// The venue's id of the trade.
    pub id: &'a str,
    /// The venue's id of the order.
    pub order: &'a str,
    /// Our id of the order, if it has one.
    pub text: &'a str,
    /// Which way.
    pub side: Side,
    /// How much, without a sign.
    pub size: &'a str,
    /// Price.
    pub price: &'a str,
    /// True when our order rested.
    pub maker: bool,
    /// What it cost, positive when paid; in `fee_asset`, else in the venue's default.
    pub fee: &'a str,
    /// The asset of the fee, where the record tells it.
    pub fee_asset: Option<&'a str>,
    /// What it cost in the venue's own token.
    pub gt_fee: &'a str,
    /// What it cost in points.
    pub point_fee: &'a str,
    /// When, by the venue's clock.
    pub time: Option<Ts>,
}

/// A balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireBalance<'a> {
    /// The asset, as the venue writes it: futures write small letters, or nothing.
    pub asset: &'a str,
    /// All of it, where the record tells it.
    pub total: Option<&'a str>,
    /// What is free.
    pub available: Option<&'a str>,
    /// What is locked.
    pub locked: Option<&'a str>,
    /// By how much it changed; futures.
    pub change: Option<&'a str>,
    /// Why it changed, such as `fund` or `order-create`.
    pub reason: &'a str,
    /// What it is about, such as `BTC_USDT:3914424`; futures.
    pub text: &'a str,
    /// The venue's id of the entry, in its account book.
    pub id: &'a str,
    /// When, by the venue's clock.
    pub time: Option<Ts>,
}

/// A position in a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WirePosition<'a> {
    /// Contract.
    pub symbol: &'a str,
    /// Signed contracts.
    pub size: &'a str,
    /// Average price.
    pub entry: &'a str,
    /// Leverage; 0 is cross margin.
    pub leverage: &'a str,
    /// Leverage of a position in cross margin.
    pub cross_leverage: Option<&'a str>,
    /// Price of liquidation.
    pub liquidation: Option<&'a str>,
    /// Margin behind it.
    pub margin: Option<&'a str>,
    /// Mark price.
    pub mark: Option<&'a str>,
    /// Profit that is not taken.
    pub unrealised: Option<&'a str>,
    /// When it changed last, by the venue's clock.
    pub time: Option<Ts>,
    /// `single`, `dual_long` or `dual_short`.
    pub mode: &'a str,
}

#[derive(Deserialize)]
struct Order<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow, alias = "contract")]
    currency_pair: Option<Text<'a>>,
    #[serde(borrow)]
    side: Option<Text<'a>>,
    #[serde(borrow, alias = "size")]
    amount: Option<Text<'a>>,
    #[serde(borrow)]
    left: Option<Text<'a>>,
    #[serde(borrow)]
    filled_amount: Option<Text<'a>>,
    #[serde(borrow)]
    filled_total: Option<Text<'a>>,
    is_liq: Option<bool>,
    #[serde(borrow)]
    price: Option<Text<'a>>,
    #[serde(borrow)]
    avg_deal_price: Option<Text<'a>>,
    #[serde(borrow)]
    fill_price: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    event: Option<Text<'a>>,
    #[serde(borrow)]
    finish_as: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    update_time_ms: Option<Text<'a>>,
    #[serde(borrow)]
    update_time: Option<Text<'a>>,
    #[serde(borrow)]
    finish_time: Option<Text<'a>>,
    #[serde(borrow)]
    create_time: Option<Text<'a>>,
    succeeded: Option<bool>,
}

/// Reads one order or a list of them, of spot or of futures.
///
/// # Errors
/// When the text is neither.
pub fn orders(text: &str) -> Result<Vec<WireOrder<'_>>, DecodeError> {
    let read: Many<Order<'_>> = serde_json::from_str(text)?;
    (read.0.iter())
        .filter(|order| order.succeeded != Some(false))
        .map(order)
        .collect()
}

/// Reads the answer to `/spot/open_orders`: orders by pair.
///
/// # Errors
/// When the text is no such answer.
pub fn open_orders(text: &str) -> Result<Vec<WireOrder<'_>>, DecodeError> {
    #[derive(Deserialize)]
    struct OfPair<'a> {
        #[serde(borrow)]
        orders: Vec<Order<'a>>,
    }
    let pairs: Vec<OfPair<'_>> = serde_json::from_str(text)?;
    pairs
        .iter()
        .flat_map(|pair| &pair.orders)
        .map(order)
        .collect()
}

fn order<'a>(read: &Order<'a>) -> Result<WireOrder<'a>, DecodeError> {
    let is_spot = read.side.is_some() || read.kind.is_some();
    let (negative, size) = unsigned(word(read.amount));
    let side = match (read.side.map(|side| side.0), size) {
        (Some("buy"), _) => Some(Side::Buy),
        (Some("sell"), _) => Some(Side::Sell),
        (Some(_), _) => return Err(field("orders", "side")),
        // A close of a whole position has no size of its own.
        (None, size) if is_zero(size) => None,
        (None, _) if negative => Some(Side::Sell),
        (None, _) => Some(Side::Buy),
    };
    let is_quote_sized = side == Some(Side::Buy) && word(read.kind) == "market";
    // On spot `fill_price` is what was paid in all, on futures it is a price.
    let average = if is_spot {
        read.avg_deal_price
    } else {
        read.fill_price
    };
    let moments = [
        read.update_time_ms,
        read.update_time,
        read.finish_time,
        read.create_time,
    ];
    Ok(WireOrder {
        symbol: word(read.currency_pair),
        id: read.id.0,
        text: word(read.text),
        side,
        size,
        left: told(read.left).map(|left| unsigned(left).1),
        filled: told(read.filled_amount).filter(|_| is_quote_sized),
        price: told(read.price).filter(|price| !is_zero(price)),
        average: told(average).filter(|price| !is_zero(price)),
        filled_total: told(read.filled_total),
        state: state(read),
        is_liquidation: read.is_liq == Some(true),
        is_quote_sized,
        time: (moments.into_iter().flatten().next()).and_then(|text| stamp::of_either(text.0)),
    })
}

fn state<'a>(read: &Order<'a>) -> WireState<'a> {
    let finish = word(read.finish_as);
    let gone = match finish {
        "" | "open" => None,
        "filled" => Some(WireState::Filled),
        "cancelled" => Some(WireState::Cancelled),
        other => Some(WireState::Ended(other)),
    };
    // Spot's channel tells an event; answers tell a status. `closed` is filled whole.
    match (word(read.event), word(read.status)) {
        ("put" | "update", _) => WireState::Open,
        ("finish", _) | (_, "finished") => gone.unwrap_or(match read.left {
            Some(left) if is_zero(left.0) => WireState::Filled,
            _ => WireState::Cancelled,
        }),
        (_, "open") => WireState::Open,
        (_, "closed") => gone.unwrap_or(WireState::Filled),
        (_, "cancelled") => gone.unwrap_or(WireState::Cancelled),
        // The short answer to an order with `action_mode` ACK.
        ("", "") => gone.unwrap_or(WireState::Acknowledged),
        ("", other) | (other, _) => WireState::Unknown(other),
    }
}

#[derive(Deserialize)]
struct Fill<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow, alias = "contract")]
    currency_pair: Option<Text<'a>>,
    #[serde(borrow)]
    side: Option<Text<'a>>,
    #[serde(borrow, alias = "size")]
    amount: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    role: Option<Text<'a>>,
    #[serde(borrow)]
    fee: Option<Text<'a>>,
    #[serde(borrow)]
    fee_currency: Option<Text<'a>>,
    #[serde(borrow)]
    gt_fee: Option<Text<'a>>,
    #[serde(borrow)]
    point_fee: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    create_time_ms: Option<Text<'a>>,
    #[serde(borrow)]
    create_time: Option<Text<'a>>,
}

/// Reads one trade of ours or a list of them, of spot or of futures.
///
/// # Errors
/// When the text is neither.
pub fn fills(text: &str) -> Result<Vec<WireFill<'_>>, DecodeError> {
    let read: Many<Fill<'_>> = serde_json::from_str(text)?;
    read.0.iter().map(fill).collect()
}

fn fill<'a>(read: &Fill<'a>) -> Result<WireFill<'a>, DecodeError> {
    let (negative, size) = unsigned(read.amount.0);
    let side = match read.side.map(|side| side.0) {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        None if negative => Side::Sell,
        None => Side::Buy,
        Some(_) => return Err(field("usertrades", "side")),
    };
    let maker = match word(read.role) {
        "maker" => true,
        "taker" => false,
        _ => return Err(field("usertrades", "role")),
    };
    let time = match (read.create_time_ms, read.create_time) {
        (Some(text), _) => stamp::of_either(text.0),
        (None, Some(text)) => stamp::of_seconds(text.0),
        (None, None) => None,
    };
    Ok(WireFill {
        symbol: told(read.currency_pair),
        id: read.id.0,
        order: read.order_id.0,
        text: word(read.text),
        side,
        size,
        price: read.price.0,
        maker,
        fee: word(read.fee),
        fee_asset: told(read.fee_currency),
        gt_fee: word(read.gt_fee),
        point_fee: word(read.point_fee),
        time,
    })
}

#[derive(Deserialize)]
struct Balance<'a> {
    #[serde(borrow)]
    currency: Option<Text<'a>>,
    #[serde(borrow, alias = "balance")]
    total: Option<Text<'a>>,
    #[serde(borrow)]
    available: Option<Text<'a>>,
    #[serde(borrow, alias = "freeze")]
    locked: Option<Text<'a>>,
    #[serde(borrow)]
    change: Option<Text<'a>>,
    #[serde(borrow, rename = "type", alias = "change_type")]
    reason: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow, alias = "timestamp_ms")]
    time_ms: Option<Text<'a>>,
    #[serde(borrow)]
    time: Option<Text<'a>>,
}

/// Reads one balance or a list of them: `/spot/accounts`, `/futures/usdt/accounts`, and both channels of balances.
///
/// # Errors
/// When the text is neither.
pub fn balances(text: &str) -> Result<Vec<WireBalance<'_>>, DecodeError> {
    let read: Many<Balance<'_>> = serde_json::from_str(text)?;
    let each = read.0.iter().map(|read| WireBalance {
        // Entries of the account book do not name it: it is the one that the contract settles in.
        asset: word(read.currency),
        total: told(read.total),
        available: told(read.available),
        locked: told(read.locked),
        change: told(read.change),
        reason: word(read.reason),
        text: word(read.text),
        id: word(read.id),
        time: (read.time_ms.or(read.time)).and_then(|text| stamp::of_either(text.0)),
    });
    Ok(each.collect())
}

#[derive(Deserialize)]
struct Position<'a> {
    #[serde(borrow)]
    contract: Text<'a>,
    #[serde(borrow)]
    size: Text<'a>,
    #[serde(borrow)]
    entry_price: Option<Text<'a>>,
    #[serde(borrow)]
    leverage: Option<Text<'a>>,
    #[serde(borrow)]
    lever: Option<Text<'a>>,
    #[serde(borrow)]
    cross_leverage_limit: Option<Text<'a>>,
    #[serde(borrow)]
    liq_price: Option<Text<'a>>,
    #[serde(borrow)]
    margin: Option<Text<'a>>,
    #[serde(borrow)]
    mark_price: Option<Text<'a>>,
    #[serde(borrow)]
    unrealised_pnl: Option<Text<'a>>,
    #[serde(borrow)]
    time_ms: Option<Text<'a>>,
    #[serde(borrow)]
    update_time: Option<Text<'a>>,
    #[serde(borrow)]
    mode: Option<Text<'a>>,
}

/// Reads one position or a list of them.
///
/// # Errors
/// When the text is neither.
pub fn positions(text: &str) -> Result<Vec<WirePosition<'_>>, DecodeError> {
    let read: Many<Position<'_>> = serde_json::from_str(text)?;
    Ok((read.0.iter())
        .map(|read| WirePosition {
            symbol: read.contract.0,
            size: read.size.0,
            entry: word(read.entry_price),
            leverage: word(read.leverage.or(read.lever)),
            cross_leverage: told(read.cross_leverage_limit),
            liquidation: told(read.liq_price),
            margin: told(read.margin),
            mark: told(read.mark_price),
            unrealised: told(read.unrealised_pnl),
            time: (read.time_ms.or(read.update_time)).and_then(|text| stamp::of_either(text.0)),
            mode: word(read.mode),
        })
        .collect())
}

fn word(text: Option<Text<'_>>) -> &str {
    text.unwrap_or_default().0
}
