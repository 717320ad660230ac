//! Spot: what is asked of it, what it answers, and what its streams tell.

use onetape_core::num::Qty;

use super::frames::signed_frame;
use super::route::{self, Auth, Route};
use super::sign::{FrameParams, frame as raw_frame, now_millis};
use super::{Market, answer as answers, errors, hear as heard};
use crate::ask::{AmendAsk, Ask, Cx};
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
pub const ERRORS: &[Row] = errors::SPOT;
/// How depth messages connect.
pub const SYNC: SyncRule = SyncRule::Ranges;
/// Most levels of a book that one request gives.
pub const DEPTH_MAX: u32 = 5_000;

const VENUE: &str = "binance-spot";

/// A signed request over HTTP.
///
/// # Errors
/// When spot has no such request, or what is asked cannot be said in it.
pub fn rest(ask: &Ask, cx: &Cx<'_>) -> Result<Request, AskError> {
    route(ask, cx)?.request(ask, cx)
}

/// The same as a frame of the WebSocket interface.
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
    answers::reply(Market::Spot, ERRORS, ask, reply, cx, counts)
}

/// What came back in a frame.
///
/// # Errors
/// As for [`reply`].
pub fn answer(ask: &Ask, told: &FrameAnswer, cx: &Cx<'_>, counts: &mut Counts) -> Answered {
    answers::frame(Market::Spot, ERRORS, ask, told, cx, counts)
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
    heard::hear(Market::Spot, text, directory, counts, out)
}

/// Frames that begin feeds.
///
/// # Errors
/// When spot has no such feed.
pub fn subscribe(feeds: &[Feed], id: u64, cx: &Cx<'_>) -> Result<Vec<(Socket, Frame)>, AskError> {
    change("SUBSCRIBE", feeds, id, cx)
}

/// Frames that end feeds.
///
/// # Errors
/// When spot has no such feed.
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

/// The path of a connection below its address.
pub const fn path(socket: Socket) -> Option<&'static str> {
    match socket {
        Socket::Market => Some("/stream"),
        Socket::Orders => Some("/ws-api/v3"),
        Socket::Book | Socket::Account => None,
    }
}

fn change(
    method: &str,
    feeds: &[Feed],
    id: u64,
    cx: &Cx<'_>,
) -> Result<Vec<(Socket, Frame)>, AskError> {
    let (mut streams, mut frames) = (Vec::new(), Vec::new());
    for feed in feeds {
        let suffix = match feed {
            Feed::Quote(_) => "bookTicker",
            Feed::Depth(_) => "depth@100ms",
            Feed::Trades(_) => "trade",
            Feed::Account => {
                frames.push((Socket::Orders, account(method == "SUBSCRIBE", id, cx)?));
                continue;
            }
            Feed::Mark(_) => {
                return Err(AskError::Unsupported {
                    venue: VENUE,
                    what: feed.name(),
                });
            }
        };
        streams.extend(heard::stream(*feed, suffix, cx)?);
    }
    if !streams.is_empty() {
        frames.insert(0, (Socket::Market, heard::control(method, &streams, id)));
    }
    Ok(frames)
}

/// The account's stream comes on the connection of orders, by a signature of its own.
fn account(begin: bool, id: u64, cx: &Cx<'_>) -> Result<Frame, AskError> {
    let keys = cx.key("the account's stream")?;
    if !begin {
        return Ok(raw_frame(
            id,
            "userDataStream.unsubscribe",
            FrameParams::new(),
            None,
        ));
    }
    let mut params = FrameParams::new();
    params.insert("timestamp", now_millis(cx).into());
    Ok(raw_frame(
        id,
        "userDataStream.subscribe.signature",
        params,
        Some(keys),
    ))
}

#[rustfmt::skip]
fn route(ask: &Ask, cx: &Cx<'_>) -> Result<Route, AskError> {
    use Auth::{Public, Signed};
    use Method::{Delete, Get, Post, Put};
    let by_symbol = |id| Ok::<_, AskError>(route::symbol(&cx.listed(id)?.instrument));
    Ok(match ask {
        Ask::Time => Route::new(Get, "/api/v3/time", Some("time"), Public),
        Ask::Instruments => Route::new(Get, "/api/v3/exchangeInfo", Some("exchangeInfo"), Public),
        Ask::Depth { instrument, levels } => {
            let mut params = by_symbol(*instrument)?;
            params.push("limit", (*levels).clamp(1, DEPTH_MAX));
            Route::new(Get, "/api/v3/depth", Some("depth"), Public).with(params)
        }
        Ask::Quote(id) => Route::new(Get, "/api/v3/ticker/bookTicker", Some("ticker.book"), Public).with(by_symbol(*id)?),
        Ask::Place(place) => Route::new(Post, "/api/v3/order", Some("order.place"), Signed).with(new_order(place, cx)?),
        Ask::Test(place) => Route::new(Post, "/api/v3/order/test", Some("order.test"), Signed).with(new_order(place, cx)?),
        Ask::Cancel(order) => Route::new(Delete, "/api/v3/order", Some("order.cancel"), Signed).with(route::order(order, cx)?),
        Ask::CancelAll(id) => Route::new(Delete, "/api/v3/openOrders", Some("openOrders.cancelAll"), Signed).with(by_symbol(*id)?),
        Ask::Amend(amend) => Route::new(Put, "/api/v3/order/amend/keepPriority", Some("order.amend.keepPriority"), Signed).with(amended(amend, cx)?),
        Ask::Order(order) => Route::new(Get, "/api/v3/order", Some("order.status"), Signed).with(route::order(order, cx)?),
        Ask::OpenOrders(id) => {
            let params = id.map(by_symbol).transpose()?.unwrap_or_default();
            Route::new(Get, "/api/v3/openOrders", Some("openOrders.status"), Signed).with(params)
        }
        Ask::Orders(past) => Route::new(Get, "/api/v3/allOrders", Some("allOrders"), Signed).with(route::history(past, "orderId", cx)?),
        Ask::Trades(past) => Route::new(Get, "/api/v3/myTrades", Some("myTrades"), Signed).with(route::history(past, "fromId", cx)?),
        Ask::Balances => Route::new(Get, "/api/v3/account", Some("account.status"), Signed),
        Ask::Fees(id) => Route::new(Get, "/api/v3/account/commission", Some("account.commission"), Signed).with(by_symbol(*id)?),
        Ask::Mark(_) | Ask::OpenInterest(_) | Ask::Positions(_) | Ask::Settings(_) | Ask::SetLeverage { .. } | Ask::SetCrossLeverage { .. }
        | Ask::SetMarginMode { .. } | Ask::SetPositionMode(_) | Ask::PositionMode | Ask::Tiers(_) | Ask::FundingPaid(_)
        | Ask::DeadMan { .. } | Ask::StreamKey(_) => {
            return Err(AskError::Unsupported { venue: VENUE, what: ask.name() });
        }
    })
}

/// The answer tells what traded at once.
fn new_order(place: &onetape_core::command::Place, cx: &Cx<'_>) -> Result<Params, AskError> {
    let mut params = route::place(place, cx, false)?;
    params.push("newOrderRespType", "FULL");
    Ok(params)
}

/// Only a smaller quantity at the same price keeps the order; anything else is a new one.
fn amended(ask: &AmendAsk, cx: &Cx<'_>) -> Result<Params, AskError> {
    if !ask.same_price || ask.amend.qty >= ask.qty_now || ask.amend.qty <= Qty::ZERO {
        return Err(AskError::Order(
            "spot changes an order to a smaller quantity at the same price alone: cancel it and place another",
        ));
    }
    let listed = cx.listed(ask.order.instrument)?;
    let mut params = route::order(&ask.order, cx)?;
    // Without this the venue makes up a new id.
    let client = ask.order.client.text("", cx.directory.tag());
    params.push_some("newClientOrderId", client);
    params.push(
        "newQty",
        route::qty_text(&listed.instrument, ask.amend.qty.mantissa()),
    );
    Ok(params)
}
