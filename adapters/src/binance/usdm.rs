//! USDⓈ-M futures: what is asked of them, what they answer, and what their streams tell.

use super::frames::signed_frame;
use super::route::{self, Auth, Route};
use super::{Market, answer as answers, errors, hear as heard};
use crate::ask::{AmendAsk, Ask, Cx, MarginMode, PositionMode, StreamKey};
use crate::counts::Counts;
use crate::directory::Directory;
use crate::error::{AskError, WireError};
use crate::feed::{Feed, Socket};
use crate::news::{Answered, FrameAnswer, News};
use crate::outcome::{Failure, Row};
use crate::params::Params;
use crate::request::{Frame, Method, Reply, Request};
use crate::sync::SyncRule;

/// What failures mean.
pub const ERRORS: &[Row] = errors::USDM;
/// How depth messages connect.
pub const SYNC: SyncRule = SyncRule::Named;
/// Numbers of levels of a book that one request gives.
pub const DEPTHS: [u32; 7] = [5, 10, 20, 50, 100, 500, 1_000];

const VENUE: &str = "binance-usdm";

/// A signed request over HTTP.
///
/// # Errors
/// When futures have no such request, or what is asked cannot be said in it.
pub fn rest(ask: &Ask, cx: &Cx<'_>) -> Result<Request, AskError> {
    route(ask, cx)?.request(ask, cx)
}

/// The same as a frame of the WebSocket interface, which has orders, positions and balances alone.
///
/// # Errors
/// As for [`rest`].
pub fn frame(ask: &Ask, id: u64, cx: &Cx<'_>) -> Result<Frame, AskError> {
    route(ask, cx)?.frame(ask, id, VENUE, cx)
}

/// What came back over HTTP.
///
/// # Errors
/// The failure, with what it means for the order behind it.
pub fn reply(ask: &Ask, reply: &Reply<'_>, cx: &Cx<'_>, counts: &mut Counts) -> Answered {
    answers::reply(Market::Usdm, ERRORS, ask, reply, cx, counts)
}

/// What came back in a frame.
///
/// # Errors
/// As for [`reply`].
pub fn answer(ask: &Ask, told: &FrameAnswer, cx: &Cx<'_>, counts: &mut Counts) -> Answered {
    answers::frame(Market::Usdm, ERRORS, ask, told, cx, counts)
}

/// What a failed reply means.
pub fn failure(reply: &Reply<'_>) -> Failure {
    errors::failure(ERRORS, reply)
}

/// A message of a stream, of market data or of the account.
///
/// # Errors
/// When it cannot be understood; what it holds is then not used.
pub fn hear(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    heard::hear(Market::Usdm, text, directory, counts, out)
}

/// Frames that begin feeds, by connection: a stream that is asked for on the wrong one never comes. The account's
/// stream needs no frame, its key is part of the connection's path.
///
/// # Errors
/// When an instrument is not one of the venue's.
pub fn subscribe(feeds: &[Feed], id: u64, cx: &Cx<'_>) -> Result<Vec<(Socket, Frame)>, AskError> {
    change("SUBSCRIBE", feeds, id, cx)
}

/// Frames that end feeds, by connection.
///
/// # Errors
/// When an instrument is not one of the venue's.
pub fn unsubscribe(feeds: &[Feed], id: u64, cx: &Cx<'_>) -> Result<Vec<(Socket, Frame)>, AskError> {
    change("UNSUBSCRIBE", feeds, id, cx)
}

/// The frame that logs a session on, so that later frames need no key. Only Ed25519 keys may.
///
/// # Errors
/// When there is no such key.
pub fn logon(id: u64, cx: &Cx<'_>) -> Result<Frame, AskError> {
    match cx.key("a logon")? {
        keys if keys.is_ed25519() => {
            Ok(signed_frame(id, "session.logon", &Params::new(), keys, cx))
        }
        _ => Err(AskError::Unsupported {
            venue: VENUE,
            what: "a logon with a key that is not Ed25519",
        }),
    }
}

/// The path of a connection below its address; the account's has the key of its stream.
pub fn path(socket: Socket, stream_key: &str) -> String {
    match socket {
        Socket::Market => "/market/stream".to_string(),
        Socket::Book => "/public/stream".to_string(),
        Socket::Account => format!("/private/ws/{stream_key}"),
        Socket::Orders => "/ws-fapi/v1".to_string(),
    }
}

fn change(
    method: &str,
    feeds: &[Feed],
    id: u64,
    cx: &Cx<'_>,
) -> Result<Vec<(Socket, Frame)>, AskError> {
    let (mut book, mut market) = (Vec::new(), Vec::new());
    for feed in feeds {
        let (streams, suffix) = match feed {
            Feed::Quote(_) => (&mut book, "bookTicker"),
            Feed::Depth(_) => (&mut book, "depth@100ms"),
            Feed::Trades(_) => (&mut market, "aggTrade"),
            Feed::Mark(_) => (&mut market, "markPrice@1s"),
            Feed::Account => continue,
        };
        streams.extend(heard::stream(*feed, suffix, cx)?);
    }
    let both = [(Socket::Book, book), (Socket::Market, market)];
    let used = both.into_iter().filter(|(_, streams)| !streams.is_empty());
    Ok(used
        .map(|(socket, streams)| (socket, heard::control(method, &streams, id)))
        .collect())
}

#[rustfmt::skip]
fn route(ask: &Ask, cx: &Cx<'_>) -> Result<Route, AskError> {
    use Auth::{Key, Public, Signed};
    use Method::{Delete, Get, Post, Put};
    let by_symbol = |id| Ok::<_, AskError>(route::symbol(&cx.listed(id)?.instrument));
    let any_symbol = |id: &Option<_>| Ok::<_, AskError>(id.map(by_symbol).transpose()?.unwrap_or_default());
    Ok(match ask {
        Ask::Time => Route::new(Get, "/fapi/v1/time", None, Public),
        Ask::Instruments => Route::new(Get, "/fapi/v1/exchangeInfo", None, Public),
        Ask::Depth { instrument, levels } => {
            let mut params = by_symbol(*instrument)?;
            let enough = DEPTHS.into_iter().find(|it| it >= levels);
            params.push("limit", enough.unwrap_or(1_000));
            Route::new(Get, "/fapi/v1/depth", Some("depth"), Public).with(params)
        }
        Ask::Quote(id) => Route::new(Get, "/fapi/v1/ticker/bookTicker", Some("ticker.book"), Public).with(by_symbol(*id)?),
        Ask::Mark(id) => Route::new(Get, "/fapi/v1/premiumIndex", None, Public).with(by_symbol(*id)?),
        Ask::OpenInterest(id) => Route::new(Get, "/fapi/v1/openInterest", None, Public).with(by_symbol(*id)?),
        Ask::Place(place) => Route::new(Post, "/fapi/v1/order", Some("order.place"), Signed).with(new_order(place, cx)?),
        Ask::Test(place) => Route::new(Post, "/fapi/v1/order/test", None, Signed).with(new_order(place, cx)?),
        Ask::Cancel(order) => Route::new(Delete, "/fapi/v1/order", Some("order.cancel"), Signed).with(route::order(order, cx)?),
        Ask::CancelAll(id) => Route::new(Delete, "/fapi/v1/allOpenOrders", None, Signed).with(by_symbol(*id)?),
        Ask::Amend(amend) => Route::new(Put, "/fapi/v1/order", Some("order.modify"), Signed).with(amended(amend, cx)?),
        Ask::Order(order) => Route::new(Get, "/fapi/v1/order", Some("order.status"), Signed).with(route::order(order, cx)?),
        Ask::OpenOrders(id) => Route::new(Get, "/fapi/v1/openOrders", None, Signed).with(any_symbol(id)?),
        Ask::Orders(past) => Route::new(Get, "/fapi/v1/allOrders", None, Signed).with(route::history(past, "orderId", cx)?),
        Ask::Trades(past) => Route::new(Get, "/fapi/v1/userTrades", None, Signed).with(route::history(past, "fromId", cx)?),
        Ask::Balances => Route::new(Get, "/fapi/v3/account", Some("v2/account.status"), Signed),
        Ask::Positions(id) => Route::new(Get, "/fapi/v3/positionRisk", Some("v2/account.position"), Signed).with(any_symbol(id)?),
        Ask::Settings(id) => Route::new(Get, "/fapi/v1/symbolConfig", None, Signed).with(by_symbol(*id)?),
        Ask::PositionMode => Route::new(Get, "/fapi/v1/positionSide/dual", None, Signed),
        Ask::SetLeverage { instrument, leverage } | Ask::SetCrossLeverage { instrument, leverage } => {
            let mut params = by_symbol(*instrument)?;
            params.push("leverage", leverage);
            Route::new(Post, "/fapi/v1/leverage", None, Signed).with(params)
        }
        Ask::SetMarginMode { instrument, mode } => {
            let mut params = by_symbol(*instrument)?;
            params.push("marginType", match mode { MarginMode::Cross => "CROSSED", MarginMode::Isolated => "ISOLATED" });
            Route::new(Post, "/fapi/v1/marginType", None, Signed).with(params)
        }
        Ask::SetPositionMode(mode) => {
            let mut params = Params::new();
            params.push("dualSidePosition", *mode == PositionMode::Hedge);
            Route::new(Post, "/fapi/v1/positionSide/dual", None, Signed).with(params)
        }
        Ask::Tiers(id) => Route::new(Get, "/fapi/v1/leverageBracket", None, Signed).with(by_symbol(*id)?),
        Ask::Fees(id) => Route::new(Get, "/fapi/v1/commissionRate", None, Signed).with(by_symbol(*id)?),
        Ask::FundingPaid(past) => {
            let mut params = route::history(&crate::ask::History { from_id: None, ..*past }, "fromId", cx)?;
            params.push("incomeType", "FUNDING_FEE");
            Route::new(Get, "/fapi/v1/income", None, Signed).with(params)
        }
        Ask::DeadMan { instrument: Some(id), after } => {
            let mut params = by_symbol(*id)?;
            params.push("countdownTime", after.nanos() / 1_000_000);
            Route::new(Post, "/fapi/v1/countdownCancelAll", None, Signed).with(params)
        }
        Ask::DeadMan { instrument: None, .. } => {
            return Err(AskError::Unsupported { venue: VENUE, what: "a dead-man timer of all instruments: set one for each" });
        }
        Ask::StreamKey(key) => match key {
            StreamKey::Open => Route::new(Post, "/fapi/v1/listenKey", Some("userDataStream.start"), Key),
            StreamKey::Keep(_) => Route::new(Put, "/fapi/v1/listenKey", Some("userDataStream.ping"), Key),
            StreamKey::Close(_) => Route::new(Delete, "/fapi/v1/listenKey", Some("userDataStream.stop"), Key),
        },
    })
}

/// The answer tells the final state of what ends at once, but no fills: those come by the account's stream.
fn new_order(place: &onetape_core::command::Place, cx: &Cx<'_>) -> Result<Params, AskError> {
    let mut params = route::place(place, cx, true)?;
    route::position(place, cx.position_mode, &mut params);
    params.push("newOrderRespType", "RESULT");
    Ok(params)
}

/// The venue wants side, quantity and price told, also what does not change.
fn amended(ask: &AmendAsk, cx: &Cx<'_>) -> Result<Params, AskError> {
    let of = &cx.listed(ask.order.instrument)?.instrument;
    let mut params = route::order(&ask.order, cx)?;
    params.push("side", route::side_word(ask.side));
    params.push("quantity", route::qty_text(of, ask.amend.qty.mantissa()));
    params.push("price", route::price_text(of, ask.amend.limit.mantissa()));
    Ok(params)
}
