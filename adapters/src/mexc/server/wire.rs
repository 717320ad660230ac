//! The JSON of answers, key by key as the venue writes it.

use serde::Serialize;

/// A code and the venue's words.
#[derive(Serialize)]
pub(super) struct Failed<'a> {
    pub(super) code: i64,
    pub(super) msg: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Time {
    pub(super) server_time: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Info<'a> {
    pub(super) timezone: &'static str,
    pub(super) server_time: i64,
    pub(super) rate_limits: [(); 0],
    pub(super) exchange_filters: [(); 0],
    pub(super) symbols: Vec<Symbol<'a>>,
}

/// Rules of an instrument. The names of two fields mislead: they are the smallest quantity and the smallest value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Symbol<'a> {
    pub(super) symbol: &'a str,
    pub(super) status: &'static str,
    pub(super) base_asset: &'a str,
    pub(super) base_asset_precision: u8,
    pub(super) quote_asset: &'a str,
    pub(super) quote_precision: u8,
    pub(super) quote_asset_precision: u8,
    pub(super) base_commission_precision: u8,
    pub(super) quote_commission_precision: u8,
    pub(super) order_types: [&'static str; 3],
    pub(super) is_spot_trading_allowed: bool,
    pub(super) is_margin_trading_allowed: bool,
    pub(super) quote_amount_precision: String,
    pub(super) base_size_precision: String,
    pub(super) permissions: [&'static str; 1],
    pub(super) filters: [(); 0],
    pub(super) max_quote_amount: String,
    pub(super) maker_commission: String,
    pub(super) taker_commission: String,
    pub(super) quote_amount_precision_market: String,
    pub(super) max_quote_amount_market: String,
    pub(super) full_name: &'a str,
    pub(super) trade_side_type: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Book {
    pub(super) last_update_id: u64,
    pub(super) bids: Vec<[String; 2]>,
    pub(super) asks: Vec<[String; 2]>,
    pub(super) timestamp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Top<'a> {
    pub(super) symbol: &'a str,
    pub(super) bid_price: String,
    pub(super) bid_qty: String,
    pub(super) ask_price: String,
    pub(super) ask_qty: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trade {
    pub(super) id: Option<u64>,
    pub(super) price: String,
    pub(super) qty: String,
    pub(super) quote_qty: String,
    pub(super) time: i64,
    pub(super) is_buyer_maker: bool,
    pub(super) is_best_match: bool,
}

#[derive(Serialize)]
pub(super) struct AggTrade {
    #[serde(rename = "a")]
    pub(super) number: (),
    #[serde(rename = "f")]
    pub(super) first: (),
    #[serde(rename = "l")]
    pub(super) last: (),
    #[serde(rename = "p")]
    pub(super) price: String,
    #[serde(rename = "q")]
    pub(super) qty: String,
    #[serde(rename = "T")]
    pub(super) time: i64,
    #[serde(rename = "m")]
    pub(super) buyer_maker: bool,
    #[serde(rename = "M")]
    pub(super) best_match: bool,
}

/// The answer to a new order: no state, no fills, and not the client's id.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Placed<'a> {
    pub(super) symbol: &'a str,
    pub(super) order_id: String,
    pub(super) order_list_id: i8,
    pub(super) price: String,
    pub(super) orig_qty: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) side: &'static str,
    pub(super) transact_time: i64,
}

/// An order as it stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order<'a> {
    pub(super) symbol: &'a str,
    /// In answers to cancels: the order's own id, as `client_order_id` is the cancel's there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) orig_client_order_id: Option<String>,
    pub(super) order_id: String,
    pub(super) order_list_id: i8,
    pub(super) client_order_id: String,
    pub(super) price: String,
    pub(super) orig_qty: String,
    pub(super) executed_qty: String,
    pub(super) cummulative_quote_qty: String,
    pub(super) status: &'static str,
    pub(super) time_in_force: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) side: &'static str,
    pub(super) stop_price: &'static str,
    pub(super) iceberg_qty: &'static str,
    pub(super) time: i64,
    pub(super) update_time: i64,
    pub(super) is_working: bool,
    pub(super) orig_quote_order_qty: String,
}

/// A trade of the account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fill<'a> {
    pub(super) symbol: &'a str,
    pub(super) id: String,
    pub(super) order_id: String,
    pub(super) order_list_id: i8,
    pub(super) price: String,
    pub(super) qty: String,
    pub(super) quote_qty: String,
    pub(super) commission: String,
    pub(super) commission_asset: &'a str,
    pub(super) time: i64,
    pub(super) is_buyer: bool,
    pub(super) is_maker: bool,
    pub(super) is_best_match: bool,
    pub(super) is_self_trade: bool,
    pub(super) client_order_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account<'a> {
    pub(super) can_trade: bool,
    pub(super) can_withdraw: bool,
    pub(super) can_deposit: bool,
    pub(super) update_time: Option<i64>,
    pub(super) account_type: &'static str,
    pub(super) balances: Vec<Balance<'a>>,
    pub(super) permissions: [&'static str; 1],
}

#[derive(Serialize)]
pub(super) struct Balance<'a> {
    pub(super) asset: &'a str,
    pub(super) free: String,
    pub(super) locked: String,
}

/// An answer in an envelope.
#[derive(Serialize)]
pub(super) struct Enveloped<T> {
    pub(super) data: T,
    pub(super) code: u16,
    pub(super) msg: &'static str,
    pub(super) timestamp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fee {
    pub(super) maker_commission: String,
    pub(super) taker_commission: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListenKey<T> {
    pub(super) listen_key: T,
}

/// The answer to a text frame.
#[derive(Serialize)]
pub(super) struct Said {
    pub(super) id: u64,
    pub(super) code: u16,
    pub(super) msg: String,
}
