//! Every request that is answered: its way over HTTP, its method in a frame, who may ask, and what it means.

use onetape_core::time::Span;

use super::args::Args;
use super::reading;
use crate::ask::{MarginMode, PositionMode, StreamKey};
use crate::binance::Market;
use crate::binance::route::Auth;
use crate::request::Method;
use crate::server::Cx;
use crate::server::accounts::AccountId;
use crate::server::call::{Call, Past, Way};
use crate::server::wrong::Wrong;

/// Who asks what.
pub(super) type Understood = (Option<AccountId>, Call);

/// One request.
pub(super) struct Row {
    method: Method,
    path: &'static str,
    /// Its method in a frame; empty for none. It is also the row's name where it has one.
    frame: &'static str,
    pub(super) auth: Auth,
    what: What,
    /// What answers are written by.
    pub(super) name: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Ping,
    Time,
    Info,
    Depth,
    Prints,
    Aggregates,
    Candles,
    Day,
    Price,
    Book,
    Mark,
    FundingRates,
    OpenInterest,
    Place,
    Test,
    Batch,
    Cancel,
    CancelMany,
    CancelAll,
    Shrink,
    Modify,
    Order,
    OpenOrders,
    Orders,
    Trades,
    Account,
    Balances,
    Positions,
    Fees,
    Limits,
    Settings,
    Leverage,
    MarginMode,
    Mode,
    SetMode,
    Tiers,
    Income,
    DeadMan,
    KeyOpen,
    KeyKeep,
    KeyClose,
    Logon,
    Logout,
    Status,
    Begin,
    End,
    Streams,
}

const fn row(
    method: Method,
    path: &'static str,
    frame: &'static str,
    auth: Auth,
    what: What,
) -> Row {
    let name = if path.is_empty() { frame } else { path };
    Row {
        method,
        path,
        frame,
        auth,
        what,
        name,
    }
}

#[rustfmt::skip]
const SPOT: &[Row] = {
    use Auth::{Public, Signed};
    use Method::{Delete, Get, Post, Put};
    &[
        row(Get, "/api/v3/ping", "ping", Public, What::Ping),
        row(Get, "/api/v3/time", "time", Public, What::Time),
        row(Get, "/api/v3/exchangeInfo", "exchangeInfo", Public, What::Info),
        row(Get, "/api/v3/depth", "depth", Public, What::Depth),
        row(Get, "/api/v3/trades", "trades.recent", Public, What::Prints),
        row(Get, "/api/v3/historicalTrades", "trades.historical", Public, What::Prints),
        row(Get, "/api/v3/aggTrades", "trades.aggregate", Public, What::Aggregates),
        row(Get, "/api/v3/klines", "klines", Public, What::Candles),
        row(Get, "/api/v3/ticker/24hr", "ticker.24hr", Public, What::Day),
        row(Get, "/api/v3/ticker/price", "ticker.price", Public, What::Price),
        row(Get, "/api/v3/ticker/bookTicker", "ticker.book", Public, What::Book),
        row(Post, "/api/v3/order", "order.place", Signed, What::Place),
        row(Post, "/api/v3/order/test", "order.test", Signed, What::Test),
        row(Delete, "/api/v3/order", "order.cancel", Signed, What::Cancel),
        row(Delete, "/api/v3/openOrders", "openOrders.cancelAll", Signed, What::CancelAll),
        row(Put, "/api/v3/order/amend/keepPriority", "order.amend.keepPriority", Signed, What::Shrink),
        row(Get, "/api/v3/order", "order.status", Signed, What::Order),
        row(Get, "/api/v3/openOrders", "openOrders.status", Signed, What::OpenOrders),
        row(Get, "/api/v3/allOrders", "allOrders", Signed, What::Orders),
        row(Get, "/api/v3/myTrades", "myTrades", Signed, What::Trades),
        row(Get, "/api/v3/account", "account.status", Signed, What::Account),
        row(Get, "/api/v3/account/commission", "account.commission", Signed, What::Fees),
        row(Get, "/api/v3/rateLimit/order", "account.rateLimits.orders", Signed, What::Limits),
        row(Get, "", "session.logon", Signed, What::Logon),
        row(Get, "", "session.logout", Public, What::Logout),
        row(Get, "", "session.status", Public, What::Status),
        row(Get, "", "session.subscriptions", Public, What::Streams),
        row(Get, "", "userDataStream.subscribe.signature", Signed, What::Begin),
        row(Get, "", "userDataStream.subscribe", Public, What::Begin),
        row(Get, "", "userDataStream.unsubscribe", Public, What::End),
    ]
};

#[rustfmt::skip]
const USDM: &[Row] = {
    use Auth::{Key, Public, Signed};
    use Method::{Delete, Get, Post, Put};
    &[
        row(Get, "/fapi/v1/ping", "ping", Public, What::Ping),
        row(Get, "/fapi/v1/time", "time", Public, What::Time),
        row(Get, "/fapi/v1/exchangeInfo", "exchangeInfo", Public, What::Info),
        row(Get, "/fapi/v1/depth", "depth", Public, What::Depth),
        row(Get, "/fapi/v1/trades", "", Public, What::Prints),
        row(Get, "/fapi/v1/historicalTrades", "", Public, What::Prints),
        row(Get, "/fapi/v1/aggTrades", "", Public, What::Aggregates),
        row(Get, "/fapi/v1/klines", "", Public, What::Candles),
        row(Get, "/fapi/v1/ticker/24hr", "", Public, What::Day),
        row(Get, "/fapi/v1/ticker/price", "", Public, What::Price),
        row(Get, "/fapi/v2/ticker/price", "ticker.price", Public, What::Price),
        row(Get, "/fapi/v1/ticker/bookTicker", "ticker.book", Public, What::Book),
        row(Get, "/fapi/v1/premiumIndex", "", Public, What::Mark),
        row(Get, "/fapi/v1/fundingRate", "", Public, What::FundingRates),
        row(Get, "/fapi/v1/openInterest", "", Public, What::OpenInterest),
        row(Post, "/fapi/v1/order", "order.place", Signed, What::Place),
        row(Post, "/fapi/v1/order/test", "", Signed, What::Test),
        row(Post, "/fapi/v1/batchOrders", "", Signed, What::Batch),
        row(Put, "/fapi/v1/order", "order.modify", Signed, What::Modify),
        row(Delete, "/fapi/v1/order", "order.cancel", Signed, What::Cancel),
        row(Delete, "/fapi/v1/batchOrders", "", Signed, What::CancelMany),
        row(Delete, "/fapi/v1/allOpenOrders", "", Signed, What::CancelAll),
        row(Get, "/fapi/v1/order", "order.status", Signed, What::Order),
        row(Get, "/fapi/v1/openOrder", "", Signed, What::Order),
        row(Get, "/fapi/v1/openOrders", "", Signed, What::OpenOrders),
        row(Get, "/fapi/v1/allOrders", "", Signed, What::Orders),
        row(Get, "/fapi/v1/userTrades", "", Signed, What::Trades),
        row(Get, "/fapi/v2/account", "account.status", Signed, What::Account),
        row(Get, "/fapi/v3/account", "v2/account.status", Signed, What::Account),
        row(Get, "/fapi/v2/balance", "account.balance", Signed, What::Balances),
        row(Get, "/fapi/v3/balance", "v2/account.balance", Signed, What::Balances),
        row(Get, "/fapi/v2/positionRisk", "account.position", Signed, What::Positions),
        row(Get, "/fapi/v3/positionRisk", "v2/account.position", Signed, What::Positions),
        row(Get, "/fapi/v1/commissionRate", "", Signed, What::Fees),
        row(Get, "/fapi/v1/rateLimit/order", "", Signed, What::Limits),
        row(Get, "/fapi/v1/symbolConfig", "", Signed, What::Settings),
        row(Post, "/fapi/v1/leverage", "", Signed, What::Leverage),
        row(Post, "/fapi/v1/marginType", "", Signed, What::MarginMode),
        row(Get, "/fapi/v1/positionSide/dual", "", Signed, What::Mode),
        row(Post, "/fapi/v1/positionSide/dual", "", Signed, What::SetMode),
        row(Get, "/fapi/v1/leverageBracket", "", Signed, What::Tiers),
        row(Get, "/fapi/v1/income", "", Signed, What::Income),
        row(Post, "/fapi/v1/countdownCancelAll", "", Signed, What::DeadMan),
        row(Post, "/fapi/v1/listenKey", "userDataStream.start", Key, What::KeyOpen),
        row(Put, "/fapi/v1/listenKey", "userDataStream.ping", Key, What::KeyKeep),
        row(Delete, "/fapi/v1/listenKey", "userDataStream.stop", Key, What::KeyClose),
        row(Get, "", "session.logon", Signed, What::Logon),
        row(Get, "", "session.logout", Public, What::Logout),
        row(Get, "", "session.status", Public, What::Status),
    ]
};

const fn rows(market: Market) -> &'static [Row] {
    match market {
        Market::Spot => SPOT,
        Market::Usdm | Market::Coinm => USDM,
    }
}

pub(super) fn by_path(market: Market, method: Method, path: &str) -> Option<&'static Row> {
    let mut all = rows(market).iter();
    all.find(|it| it.method == method && it.path == path && !path.is_empty())
}

pub(super) fn by_frame(market: Market, word: &str) -> Option<&'static Row> {
    let mut all = rows(market).iter();
    all.find(|it| it.frame == word && !word.is_empty())
}

impl Row {
    /// True for what only an Ed25519 key may ask.
    pub(super) fn is_logon(&self) -> bool {
        self.what == What::Logon
    }

    /// True for a stream of the account that is begun without a signature, on a connection that is logged on.
    pub(super) const fn needs_logon(&self) -> bool {
        matches!(self.what, What::Begin) && matches!(self.auth, Auth::Public)
    }
}

/// What a request means, once it is known whose it is. All of its parameters must have been taken.
pub(super) fn call(
    market: Market,
    row: &Row,
    args: &mut Args,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<Call, Wrong> {
    let call = meant(market, row.what, args, cx, way)?;
    args.end()?;
    Ok(call)
}

#[rustfmt::skip]
fn meant(market: Market, what: What, args: &mut Args, cx: &Cx<'_>, way: &mut Way) -> Result<Call, Wrong> {
    let spot = market == Market::Spot;
    let id = |args: &mut Args| Ok::<_, Wrong>(args.listed(cx)?.instrument.id);
    let any = |args: &mut Args| Ok::<_, Wrong>(args.some_listed(cx)?.map(|it| it.instrument.id));
    Ok(match what {
        What::Ping => Call::Ping,
        What::Time => Call::Time,
        What::Info => {
            args.ignore(&["permissions", "showPermissionSets", "symbolStatus"]);
            Call::Instruments(symbols(args, cx, way)?)
        }
        What::Depth => Call::Depth { instrument: id(args)?, levels: depth(spot, args)? },
        What::Prints => {
            let past = reading::past(args, cx, "fromId", 500, 1_000)?;
            Call::Prints(named(past)?)
        }
        What::Aggregates => {
            let past = reading::past(args, cx, "fromId", 500, 1_000)?;
            Call::Prints(named(past)?)
        }
        What::Candles => {
            let span = span(&args.text("interval")?)?;
            args.ignore(&["timeZone"]);
            Call::Candles { span, past: named(reading::past(args, cx, "fromId", 500, 1_500)?)? }
        }
        What::Day | What::Price => {
            way.echo = args.some("type")?.unwrap_or_default();
            args.ignore(&["symbolStatus"]);
            Call::Tickers(symbols(args, cx, way)?)
        }
        What::Book => Call::Quotes(symbols(args, cx, way)?),
        What::Mark => Call::Marks(symbols(args, cx, way)?),
        What::FundingRates => Call::FundingRates(reading::past(args, cx, "fromId", 100, 1_000)?),
        What::OpenInterest => Call::OpenInterest(id(args)?),
        What::Place => Call::Place(Box::new(reading::order(market, args, cx, way)?)),
        What::Test => Call::Test(Box::new(reading::order(market, args, cx, way)?)),
        What::Batch => reading::batch(market, args, cx, way)?,
        What::Cancel => reading::cancel(args, cx, way)?,
        What::CancelMany => reading::cancel_many(args, cx)?,
        What::CancelAll => Call::CancelAll(Some(id(args)?), None),
        What::Shrink => reading::shrink(args, cx, way)?,
        What::Modify => reading::modify(args, cx, way)?,
        What::Order => Call::Order(reading::which(args, cx, way)?),
        What::OpenOrders => Call::OpenOrders(any(args)?),
        What::Orders => Call::Orders(named(reading::past(args, cx, "orderId", 500, 1_000)?)?),
        What::Trades => Call::Trades(named(reading::past(args, cx, "fromId", 500, 1_000)?)?),
        What::Account => {
            // Whether balances of nothing are left out.
            way.one = args.flag("omitZeroBalances")?.unwrap_or(false);
            Call::Account
        }
        What::Balances => Call::Balances,
        What::Positions => Call::Positions(any(args)?),
        What::Fees => Call::Fees(Some(id(args)?)),
        What::Limits => Call::RateLimits,
        What::Settings => Call::Settings(any(args)?),
        What::Leverage => {
            let instrument = id(args)?;
            let leverage = args.count("leverage")?.ok_or(Wrong::Missing("leverage"))?;
            match u32::try_from(leverage) {
                Ok(leverage @ 1..=125) => Call::SetLeverage { instrument, leverage },
                _ => return Err(Wrong::Leverage),
            }
        }
        What::MarginMode => {
            let instrument = id(args)?;
            let mode = match args.text("marginType")?.as_str() {
                "CROSSED" => MarginMode::Cross,
                "ISOLATED" => MarginMode::Isolated,
                _ => return Err(Wrong::Bad("marginType")),
            };
            Call::SetMarginMode { instrument, mode }
        }
        What::Mode => Call::PositionMode,
        What::SetMode => {
            let dual = args.flag("dualSidePosition")?.ok_or(Wrong::Missing("dualSidePosition"))?;
            Call::SetPositionMode(if dual { PositionMode::Hedge } else { PositionMode::OneWay })
        }
        What::Tiers => {
            let id = any(args)?;
            way.one = id.is_some();
            Call::Tiers(id)
        }
        What::Income => {
            let kind = args.some("incomeType")?;
            args.ignore(&["page"]);
            match kind.as_deref() {
                None | Some("FUNDING_FEE") => Call::FundingPaid(reading::past(args, cx, "fromId", 100, 1_000)?),
                Some(_) => return Err(Wrong::Bad("incomeType")),
            }
        }
        What::DeadMan => {
            let instrument = id(args)?;
            let after = args.millis("countdownTime")?;
            Call::DeadMan(Some(instrument), after)
        }
        What::KeyOpen => Call::StreamKey(StreamKey::Open),
        What::KeyKeep => Call::StreamKey(StreamKey::Keep(args.some("listenKey")?.unwrap_or_default())),
        What::KeyClose => Call::StreamKey(StreamKey::Close(args.some("listenKey")?.unwrap_or_default())),
        What::Logon => Call::Logon,
        What::Logout => Call::Logout,
        What::Status => Call::LogonStatus,
        What::Begin => Call::Subscribe(vec![super::connection::account_stream(0)]),
        What::End => {
            let number = args.count("subscriptionId")?;
            Call::Unsubscribe(number.into_iter().map(super::connection::account_stream).collect())
        }
        What::Streams => Call::Subscriptions,
    })
}

/// A stretch of the past must be one instrument's.
fn named(past: Past) -> Result<Past, Wrong> {
    match past.instrument {
        Some(_) => Ok(past),
        None => Err(Wrong::Missing("symbol")),
    }
}

/// One symbol, a list of them, or none for all.
fn symbols(
    args: &mut Args,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<Vec<onetape_core::names::InstrumentId>, Wrong> {
    if let Some(one) = args.some_listed(cx)? {
        way.one = true;
        return Ok(vec![one.instrument.id]);
    }
    let Some(text) = args.some("symbols")? else {
        return Ok(Vec::new());
    };
    let all: Vec<String> = serde_json::from_str(&text).map_err(|_| Wrong::Bad("symbols"))?;
    let found = all.iter().map(|symbol| {
        let listed = cx.directory.symbol(symbol);
        listed.map_or(Err(Wrong::Symbol), |it| Ok(it.instrument.id))
    });
    found.collect()
}

/// Spot takes any number of levels, futures some.
fn depth(spot: bool, args: &mut Args) -> Result<u32, Wrong> {
    if spot {
        return args.limit(100, crate::binance::spot::DEPTH_MAX);
    }
    match args.limit(500, u32::MAX)? {
        levels @ (5 | 10 | 20 | 50 | 100 | 500 | 1_000) => Ok(levels),
        _ => Err(Wrong::Bad("limit")),
    }
}

/// The length of a bar behind its word.
pub(super) fn span(word: &str) -> Result<Span, Wrong> {
    let minutes = match word {
        "1s" => return Ok(Span::from_millis(1_000)),
        "1m" => 1,
        "3m" => 3,
        "5m" => 5,
        "15m" => 15,
        "30m" => 30,
        "1h" => 60,
        "2h" => 120,
        "4h" => 240,
        "6h" => 360,
        "8h" => 480,
        "12h" => 720,
        "1d" => 1_440,
        "3d" => 4_320,
        "1w" => 10_080,
        _ => return Err(Wrong::Bad("interval")),
    };
    Ok(Span::from_millis(minutes * 60_000))
}
