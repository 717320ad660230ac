//! Answers of the REST interface.

use onetape_core::instrument::Side;
use serde::Deserialize;

use crate::error::WireError;
use crate::json::read as json;
use crate::number::Num;

/// An instrument's rules. The venue has no filters: they follow from precisions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireSymbol<'a> {
    /// Symbol.
    #[serde(borrow)]
    pub symbol: Num<'a>,
    /// `1` online, `2` paused, `3` offline; in old answers `ENABLED`.
    #[serde(borrow, default)]
    pub status: Num<'a>,
    /// What is bought.
    #[serde(borrow)]
    pub base_asset: Num<'a>,
    /// What the price counts.
    #[serde(borrow)]
    pub quote_asset: Num<'a>,
    /// Decimals of quantities.
    pub base_asset_precision: u8,
    /// Decimals of prices.
    pub quote_precision: Option<u8>,
    /// Decimals of prices, where the other is left out.
    pub quote_asset_precision: Option<u8>,
    /// Smallest quantity of an order, despite its name.
    #[serde(borrow, default)]
    pub base_size_precision: Num<'a>,
    /// Smallest value of an order, despite its name.
    #[serde(borrow, default)]
    pub quote_amount_precision: Num<'a>,
    /// Largest value of an order.
    #[serde(borrow, default)]
    pub max_quote_amount: Num<'a>,
    /// Whether orders by this interface are taken at all.
    pub is_spot_trading_allowed: Option<bool>,
    /// `1` both sides, `2` buys, `3` sells, `4` none.
    #[serde(borrow, default)]
    pub trade_side_type: Num<'a>,
}

impl WireSymbol<'_> {
    /// True when orders of both sides are taken.
    pub fn is_trading(&self) -> bool {
        let on = matches!(self.status.text(), "1" | "ENABLED");
        let both = matches!(self.trade_side_type.text(), "" | "1");
        on && both && self.is_spot_trading_allowed != Some(false)
    }
}

/// Reads the answer to `/api/v3/exchangeInfo`: a list of symbols, or one of them alone.
///
/// # Errors
/// When the text is neither.
pub fn symbols(text: &str) -> Result<Vec<WireSymbol<'_>>, WireError> {
    #[derive(Deserialize)]
    struct Info<'a> {
        #[serde(borrow)]
        symbols: Option<Vec<WireSymbol<'a>>>,
    }
    let info: Info<'_> = json("exchangeInfo", text)?;
    match info.symbols {
        Some(list) => Ok(list),
        None => Ok(vec![json("exchangeInfo", text)?]),
    }
}

/// A depth book.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireBook<'a> {
    /// Version of the book: of the same count as those of the stream.
    pub last_update_id: u64,
    /// Bids, best first.
    #[serde(borrow)]
    pub bids: Vec<[Num<'a>; 2]>,
    /// Asks, best first.
    #[serde(borrow)]
    pub asks: Vec<[Num<'a>; 2]>,
    /// When, in milliseconds.
    #[serde(borrow, default)]
    pub timestamp: Num<'a>,
}

/// Reads the answer to `/api/v3/depth`.
///
/// # Errors
/// When the text is no such answer.
pub fn depth(text: &str) -> Result<WireBook<'_>, WireError> {
    json("depth", text)
}

/// A top of book.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireTop<'a> {
    /// Symbol.
    #[serde(borrow)]
    pub symbol: Num<'a>,
    /// Best bid; empty on an empty side.
    #[serde(borrow, default)]
    pub bid_price: Num<'a>,
    /// What stands there.
    #[serde(borrow, default)]
    pub bid_qty: Num<'a>,
    /// Best ask; empty on an empty side.
    #[serde(borrow, default)]
    pub ask_price: Num<'a>,
    /// What stands there.
    #[serde(borrow, default)]
    pub ask_qty: Num<'a>,
}

/// Reads the answer to `/api/v3/ticker/bookTicker`: one or a list.
///
/// # Errors
/// When the text is neither.
pub fn tops(text: &str) -> Result<Vec<WireTop<'_>>, WireError> {
    one_or_many("bookTicker", text)
}

/// A public trade.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireTrade<'a> {
    /// Price.
    #[serde(borrow)]
    pub price: Num<'a>,
    /// Quantity.
    #[serde(borrow)]
    pub qty: Num<'a>,
    /// When, in milliseconds.
    #[serde(borrow, default)]
    pub time: Num<'a>,
    /// True when a seller took.
    pub is_buyer_maker: bool,
}

/// Reads the answer to `/api/v3/trades`.
///
/// # Errors
/// When the text is no such answer.
pub fn trades(text: &str) -> Result<Vec<WireTrade<'_>>, WireError> {
    json("trades", text)
}

/// An order as it stands. The answer to a placement has no state, no fills and no id of ours.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireOrder<'a> {
    /// Symbol.
    #[serde(borrow)]
    pub symbol: Num<'a>,
    /// The venue's id: a text.
    #[serde(borrow)]
    pub order_id: Num<'a>,
    /// Our id; in the answer to a cancel perhaps that of the cancel.
    #[serde(borrow, default)]
    pub client_order_id: Num<'a>,
    /// Our id in the answer to a cancel.
    #[serde(borrow, default)]
    pub orig_client_order_id: Num<'a>,
    /// Limit.
    #[serde(borrow, default)]
    pub price: Num<'a>,
    /// Quantity.
    #[serde(borrow, default, alias = "Qty")]
    pub orig_qty: Num<'a>,
    /// What traded of it.
    #[serde(borrow, default)]
    pub executed_qty: Num<'a>,
    /// `NEW`, `PARTIALLY_FILLED`, `FILLED`, `CANCELED`, `PARTIALLY_CANCELED`.
    #[serde(borrow, default)]
    pub status: Num<'a>,
    /// `LIMIT`, `MARKET`, `LIMIT_MAKER`, `IMMEDIATE_OR_CANCEL`, `FILL_OR_KILL`.
    #[serde(borrow, default, rename = "type")]
    pub kind: Num<'a>,
    /// `BUY` or `SELL`.
    #[serde(borrow, default)]
    pub side: Num<'a>,
    /// When it changed last, in milliseconds.
    #[serde(borrow, default)]
    pub update_time: Num<'a>,
    /// When it was placed, in milliseconds.
    #[serde(borrow, default)]
    pub time: Num<'a>,
    /// When it was placed, in milliseconds, in the answer to a placement.
    #[serde(borrow, default)]
    pub transact_time: Num<'a>,
}

/// Reads one order or a list of them.
///
/// # Errors
/// When the text is neither.
pub fn orders(text: &str) -> Result<Vec<WireOrder<'_>>, WireError> {
    one_or_many("order", text)
}

/// A side by the word of the venue.
pub fn side(word: &str) -> Option<Side> {
    match word {
        "BUY" => Some(Side::Buy),
        "SELL" => Some(Side::Sell),
        _ => None,
    }
}

/// A trade of ours.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireFill<'a> {
    /// Symbol.
    #[serde(borrow)]
    pub symbol: Num<'a>,
    /// Id of the trade.
    #[serde(borrow)]
    pub id: Num<'a>,
    /// The venue's id of the order.
    #[serde(borrow)]
    pub order_id: Num<'a>,
    /// Our id of the order.
    #[serde(borrow, default)]
    pub client_order_id: Num<'a>,
    /// Price.
    #[serde(borrow)]
    pub price: Num<'a>,
    /// Quantity.
    #[serde(borrow)]
    pub qty: Num<'a>,
    /// What it cost.
    #[serde(borrow, default)]
    pub commission: Num<'a>,
    /// In which asset.
    #[serde(borrow, default)]
    pub commission_asset: Num<'a>,
    /// When, in milliseconds.
    #[serde(borrow, default)]
    pub time: Num<'a>,
    /// True when we bought.
    pub is_buyer: bool,
    /// True when our order rested.
    pub is_maker: bool,
}

/// Reads the answer to `/api/v3/myTrades`.
///
/// # Errors
/// When the text is no such answer.
pub fn fills(text: &str) -> Result<Vec<WireFill<'_>>, WireError> {
    json("myTrades", text)
}

/// An account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireAccount<'a> {
    /// Whether the account may trade.
    pub can_trade: Option<bool>,
    /// Whether the account may withdraw. That the key may not, the venue does not tell.
    pub can_withdraw: Option<bool>,
    /// Balances.
    #[serde(borrow)]
    pub balances: Vec<WireBalance<'a>>,
}

/// A balance.
#[derive(Debug, Deserialize)]
pub struct WireBalance<'a> {
    /// The asset.
    #[serde(borrow)]
    pub asset: Num<'a>,
    /// What is free.
    #[serde(borrow)]
    pub free: Num<'a>,
    /// What is locked.
    #[serde(borrow)]
    pub locked: Num<'a>,
}

/// Reads the answer to `/api/v3/account`.
///
/// # Errors
/// When the text is no such answer.
pub fn account(text: &str) -> Result<WireAccount<'_>, WireError> {
    json("account", text)
}

/// Reads the answers to `/api/v3/userDataStream`: the keys, of which a request makes one.
///
/// # Errors
/// When the text is no such answer.
pub fn listen_keys(text: &str) -> Result<Vec<String>, WireError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Keys {
        One(String),
        Many(Vec<String>),
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        listen_key: Keys,
    }
    let answer: Answer = json("userDataStream", text)?;
    Ok(match answer.listen_key {
        Keys::One(key) => vec![key],
        Keys::Many(keys) => keys,
    })
}

/// Reads the answers to `/api/v3/defaultSymbols` and `/api/v3/selfSymbols`: what may be traded by this interface.
///
/// # Errors
/// When the text is no such answer.
pub fn allowed(text: &str) -> Result<Vec<Num<'_>>, WireError> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        data: Vec<Num<'a>>,
    }
    json::<Answer<'_>>("selfSymbols", text).map(|answer| answer.data)
}

/// Rates of fees, as fractions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireFee<'a> {
    /// Of orders that rest.
    #[serde(borrow)]
    pub maker_commission: Num<'a>,
    /// Of orders that take.
    #[serde(borrow)]
    pub taker_commission: Num<'a>,
}

/// Reads the answer to `/api/v3/tradeFee`.
///
/// # Errors
/// When the text is no such answer.
pub fn fee(text: &str) -> Result<WireFee<'_>, WireError> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        data: WireFee<'a>,
    }
    json::<Answer<'_>>("tradeFee", text).map(|answer| answer.data)
}

/// Reads the answer to `/api/v3/time`, in milliseconds.
///
/// # Errors
/// When the text is no such answer.
pub fn server_time(text: &str) -> Result<i64, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        server_time: i64,
    }
    json::<Answer>("time", text).map(|answer| answer.server_time)
}

/// A code and a message; both are empty where the text has none.
pub fn error_of(text: &str) -> (String, String) {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow, default)]
        code: Num<'a>,
        #[serde(default)]
        msg: Option<String>,
    }
    match serde_json::from_str::<Body<'_>>(text) {
        Ok(body) => (body.code.text().to_string(), body.msg.unwrap_or_default()),
        Err(_) => (String::new(), text.to_string()),
    }
}

fn one_or_many<'a, T: Deserialize<'a>>(
    message: &'static str,
    text: &'a str,
) -> Result<Vec<T>, WireError> {
    if text.trim_start().starts_with('[') {
        json(message, text)
    } else {
        json(message, text).map(|one| vec![one])
    }
}
