//! The venue's protobuf messages. Field numbers are the venue's; what a message leaves out is empty, 0 or false, and
//! fields that are not named here are passed over.

use prost::{Message, Oneof};

/// The one message that binary frames hold (`PushDataV3ApiWrapper`).
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Push {
    /// The channel, such as `spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT`.
    #[prost(string, tag = "1")]
    pub channel: String,
    /// Symbol.
    #[prost(string, optional, tag = "3")]
    pub symbol: Option<String>,
    /// The venue's id of the symbol.
    #[prost(string, optional, tag = "4")]
    pub symbol_id: Option<String>,
    /// When it was made, in milliseconds.
    #[prost(int64, optional, tag = "5")]
    pub create_time: Option<i64>,
    /// When it was sent, in milliseconds.
    #[prost(int64, optional, tag = "6")]
    pub send_time: Option<i64>,
    /// What it says; none for a kind that is not known.
    #[prost(
        oneof = "Body",
        tags = "301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 311, 312, 313, 314, 315"
    )]
    pub body: Option<Body>,
}

/// What a frame can say.
#[derive(Clone, PartialEq, Eq, Oneof)]
pub enum Body {
    /// Trades one by one.
    #[prost(message, tag = "301")]
    Deals(Unread),
    /// Changes of depth one by one.
    #[prost(message, tag = "302")]
    IncreaseDepths(Unread),
    /// The best levels of a book.
    #[prost(message, tag = "303")]
    LimitDepths(LimitDepths),
    /// An order of ours.
    #[prost(message, tag = "304")]
    PrivateOrders(PrivateOrders),
    /// Top of book.
    #[prost(message, tag = "305")]
    BookTicker(Unread),
    /// A trade of ours.
    #[prost(message, tag = "306")]
    PrivateDeals(PrivateDeals),
    /// A balance of ours.
    #[prost(message, tag = "307")]
    PrivateAccount(PrivateAccount),
    /// A candle.
    #[prost(message, tag = "308")]
    Kline(Kline),
    /// A summary of the last day.
    #[prost(message, tag = "309")]
    MiniTicker(Unread),
    /// Summaries of the last day.
    #[prost(message, tag = "310")]
    MiniTickers(Unread),
    /// Tops of book.
    #[prost(message, tag = "311")]
    BookTickerBatch(BookTickerBatch),
    /// Changes of depth.
    #[prost(message, tag = "312")]
    IncreaseDepthsBatch(Unread),
    /// Changes of depth, added up over a while.
    #[prost(message, tag = "313")]
    AggreDepths(AggreDepths),
    /// Trades of a while.
    #[prost(message, tag = "314")]
    AggreDeals(AggreDeals),
    /// The last top of book of a while.
    #[prost(message, tag = "315")]
    AggreBookTicker(AggreBookTicker),
}

impl Body {
    /// The field's number.
    pub const fn number(&self) -> u32 {
        match self {
            Self::Deals(_) => 301,
            Self::IncreaseDepths(_) => 302,
            Self::LimitDepths(_) => 303,
            Self::PrivateOrders(_) => 304,
            Self::BookTicker(_) => 305,
            Self::PrivateDeals(_) => 306,
            Self::PrivateAccount(_) => 307,
            Self::Kline(_) => 308,
            Self::MiniTicker(_) => 309,
            Self::MiniTickers(_) => 310,
            Self::BookTickerBatch(_) => 311,
            Self::IncreaseDepthsBatch(_) => 312,
            Self::AggreDepths(_) => 313,
            Self::AggreDeals(_) => 314,
            Self::AggreBookTicker(_) => 315,
        }
    }
}

/// A message whose fields nobody here wants.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Unread {}

/// A price and a quantity.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Level {
    /// Price.
    #[prost(string, tag = "1")]
    pub price: String,
    /// Quantity; zero removes the level.
    #[prost(string, tag = "2")]
    pub quantity: String,
}

/// The best levels of a book.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct LimitDepths {
    /// Asks, best first.
    #[prost(message, repeated, tag = "1")]
    pub asks: Vec<Level>,
    /// Bids, best first.
    #[prost(message, repeated, tag = "2")]
    pub bids: Vec<Level>,
    /// The channel without its symbol.
    #[prost(string, tag = "3")]
    pub event_type: String,
    /// Version of the book.
    #[prost(string, tag = "4")]
    pub version: String,
    /// Time of the matching engine in milliseconds.
    #[prost(int64, optional, tag = "5")]
    pub last_order_create_time: Option<i64>,
}

/// Changes of a book: quantities that stand there now.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct AggreDepths {
    /// Asks.
    #[prost(message, repeated, tag = "1")]
    pub asks: Vec<Level>,
    /// Bids.
    #[prost(message, repeated, tag = "2")]
    pub bids: Vec<Level>,
    /// The channel without its symbol.
    #[prost(string, tag = "3")]
    pub event_type: String,
    /// First version that the message covers.
    #[prost(string, tag = "4")]
    pub from_version: String,
    /// Last version that the message covers.
    #[prost(string, tag = "5")]
    pub to_version: String,
    /// Time of the matching engine in milliseconds.
    #[prost(int64, optional, tag = "6")]
    pub last_order_create_time: Option<i64>,
}

/// Trades of a while.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct AggreDeals {
    /// The trades.
    #[prost(message, repeated, tag = "1")]
    pub deals: Vec<Deal>,
    /// The channel without its symbol.
    #[prost(string, tag = "2")]
    pub event_type: String,
}

/// A trade.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Deal {
    /// Price.
    #[prost(string, tag = "1")]
    pub price: String,
    /// Quantity.
    #[prost(string, tag = "2")]
    pub quantity: String,
    /// Who took: 1 a buyer, 2 a seller.
    #[prost(int32, tag = "3")]
    pub trade_type: i32,
    /// When, in milliseconds.
    #[prost(int64, tag = "4")]
    pub time: i64,
    /// Id; older frames do not tell.
    #[prost(string, tag = "5")]
    pub trade_id: String,
}

/// Top of book.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct AggreBookTicker {
    /// Best bid; empty on an empty side.
    #[prost(string, tag = "1")]
    pub bid_price: String,
    /// What stands there.
    #[prost(string, tag = "2")]
    pub bid_quantity: String,
    /// Best ask; empty on an empty side.
    #[prost(string, tag = "3")]
    pub ask_price: String,
    /// What stands there.
    #[prost(string, tag = "4")]
    pub ask_quantity: String,
    /// Version of the book; older frames do not tell.
    #[prost(string, optional, tag = "5")]
    pub version: Option<String>,
    /// Time of the matching engine in milliseconds; older frames do not tell.
    #[prost(int64, optional, tag = "6")]
    pub last_order_create_time: Option<i64>,
}

/// Tops of book.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BookTickerBatch {
    /// The tops, of one symbol.
    #[prost(message, repeated, tag = "1")]
    pub items: Vec<AggreBookTicker>,
    /// Version of the book.
    #[prost(string, optional, tag = "2")]
    pub version: Option<String>,
    /// Time of the matching engine in milliseconds.
    #[prost(int64, optional, tag = "3")]
    pub last_order_create_time: Option<i64>,
}

/// A candle; as a rule of an interval that is still running.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Kline {
    /// How long it is, such as `Min15`.
    #[prost(string, tag = "1")]
    pub interval: String,
    /// When it starts, in seconds.
    #[prost(int64, tag = "2")]
    pub window_start: i64,
    /// First price.
    #[prost(string, tag = "3")]
    pub opening_price: String,
    /// Last price.
    #[prost(string, tag = "4")]
    pub closing_price: String,
    /// Highest price.
    #[prost(string, tag = "5")]
    pub highest_price: String,
    /// Lowest price.
    #[prost(string, tag = "6")]
    pub lowest_price: String,
    /// Quantity that traded.
    #[prost(string, tag = "7")]
    pub volume: String,
    /// Its value.
    #[prost(string, tag = "8")]
    pub amount: String,
    /// When it ends, in seconds.
    #[prost(int64, tag = "9")]
    pub window_end: i64,
}

/// A balance of ours.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PrivateAccount {
    /// The asset.
    #[prost(string, tag = "1")]
    pub vcoin_name: String,
    /// The venue's id of it.
    #[prost(string, tag = "2")]
    pub coin_id: String,
    /// What is free.
    #[prost(string, tag = "3")]
    pub balance_amount: String,
    /// By how much that changed.
    #[prost(string, tag = "4")]
    pub balance_amount_change: String,
    /// What is locked.
    #[prost(string, tag = "5")]
    pub frozen_amount: String,
    /// By how much that changed.
    #[prost(string, tag = "6")]
    pub frozen_amount_change: String,
    /// Why.
    #[prost(string, tag = "7")]
    pub r#type: String,
    /// When, in milliseconds.
    #[prost(int64, tag = "8")]
    pub time: i64,
}

/// A trade of ours.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PrivateDeals {
    /// Price.
    #[prost(string, tag = "1")]
    pub price: String,
    /// Quantity.
    #[prost(string, tag = "2")]
    pub quantity: String,
    /// Its value.
    #[prost(string, tag = "3")]
    pub amount: String,
    /// Our side: 1 bought, 2 sold.
    #[prost(int32, tag = "4")]
    pub trade_type: i32,
    /// True when our order rested.
    #[prost(bool, tag = "5")]
    pub is_maker: bool,
    /// True when both sides are ours.
    #[prost(bool, tag = "6")]
    pub is_self_trade: bool,
    /// Id, such as `505979017439002624X1`.
    #[prost(string, tag = "7")]
    pub trade_id: String,
    /// Our id of the order; empty when it had none.
    #[prost(string, tag = "8")]
    pub client_order_id: String,
    /// The venue's id of the order.
    #[prost(string, tag = "9")]
    pub order_id: String,
    /// What it cost.
    #[prost(string, tag = "10")]
    pub fee_amount: String,
    /// In which asset.
    #[prost(string, tag = "11")]
    pub fee_currency: String,
    /// When, in milliseconds.
    #[prost(int64, tag = "12")]
    pub time: i64,
}

/// An order of ours.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PrivateOrders {
    /// The venue's id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Our id.
    #[prost(string, tag = "2")]
    pub client_id: String,
    /// Price.
    #[prost(string, tag = "3")]
    pub price: String,
    /// Quantity.
    #[prost(string, tag = "4")]
    pub quantity: String,
    /// Its value.
    #[prost(string, tag = "5")]
    pub amount: String,
    /// Average price of what traded.
    #[prost(string, tag = "6")]
    pub avg_price: String,
    /// 1 limit, 2 post-only, 3 immediate-or-cancel, 4 fill-or-kill, 5 market, 100 stop.
    #[prost(int32, tag = "7")]
    pub order_type: i32,
    /// 1 buys, 2 sells.
    #[prost(int32, tag = "8")]
    pub trade_type: i32,
    /// True when it rested.
    #[prost(bool, tag = "9")]
    pub is_maker: bool,
    /// Value that is left.
    #[prost(string, tag = "10")]
    pub remain_amount: String,
    /// Quantity that is left.
    #[prost(string, tag = "11")]
    pub remain_quantity: String,
    /// What the last trade brought.
    #[prost(string, tag = "12")]
    pub last_deal_quantity: String,
    /// What traded in all.
    #[prost(string, tag = "13")]
    pub cumulative_quantity: String,
    /// Its value.
    #[prost(string, tag = "14")]
    pub cumulative_amount: String,
    /// 1 new, 2 filled, 3 partly filled, 4 cancelled, 5 cancelled with fills.
    #[prost(int32, tag = "15")]
    pub status: i32,
    /// When it was placed, in milliseconds.
    #[prost(int64, tag = "16")]
    pub create_time: i64,
}
