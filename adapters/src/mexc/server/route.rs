//! The paths of the interface, and who may ask for them.

use crate::request::Method;

/// One request of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Ping,
    Time,
    Info,
    DefaultSymbols,
    Contracts,
    Depth,
    Prints,
    Quotes,
    Tickers,
    Candles,
    Place,
    Test,
    Batch,
    Cancel,
    CancelAll,
    Order,
    OpenOrders,
    Orders,
    Trades,
    Account,
    Coins,
    Fees,
    SelfSymbols,
    OpenKey,
    KeepKey,
    CloseKey,
    Keys,
}

/// What a line asks for.
const ROUTES: [(&str, What); 28] = [
    ("GET /api/v3/ping", What::Ping),
    ("GET /api/v3/time", What::Time),
    ("GET /api/v3/exchangeInfo", What::Info),
    ("GET /api/v3/defaultSymbols", What::DefaultSymbols),
    // Of the venue's futures, which this server does not have: clients ask all the same.
    ("GET /api/v1/contract/detail", What::Contracts),
    ("GET /api/v3/depth", What::Depth),
    ("GET /api/v3/trades", What::Prints),
    ("GET /api/v3/aggTrades", What::Prints),
    ("GET /api/v3/ticker/bookTicker", What::Quotes),
    ("GET /api/v3/ticker/24hr", What::Tickers),
    ("GET /api/v3/klines", What::Candles),
    ("POST /api/v3/order", What::Place),
    ("POST /api/v3/order/test", What::Test),
    ("POST /api/v3/batchOrders", What::Batch),
    ("DELETE /api/v3/order", What::Cancel),
    ("DELETE /api/v3/openOrders", What::CancelAll),
    ("GET /api/v3/order", What::Order),
    ("GET /api/v3/openOrders", What::OpenOrders),
    ("GET /api/v3/allOrders", What::Orders),
    ("GET /api/v3/myTrades", What::Trades),
    ("GET /api/v3/account", What::Account),
    ("GET /api/v3/capital/config/getall", What::Coins),
    ("GET /api/v3/tradeFee", What::Fees),
    ("GET /api/v3/selfSymbols", What::SelfSymbols),
    ("POST /api/v3/userDataStream", What::OpenKey),
    ("PUT /api/v3/userDataStream", What::KeepKey),
    ("DELETE /api/v3/userDataStream", What::CloseKey),
    ("GET /api/v3/userDataStream", What::Keys),
];

/// What is asked, with the line by which its answer is written.
pub(super) fn find(method: Method, path: &str) -> Option<(What, &'static str)> {
    let mut all = ROUTES.iter();
    let found = all.find(|(line, _)| line.split_once(' ') == Some((method.name(), path)))?;
    Some((found.1, found.0))
}

impl What {
    pub(super) const fn is_private(self) -> bool {
        !matches!(
            self,
            Self::Ping
                | Self::Time
                | Self::Info
                | Self::DefaultSymbols
                | Self::Contracts
                | Self::Depth
                | Self::Prints
                | Self::Quotes
                | Self::Tickers
                | Self::Candles
        )
    }
}
