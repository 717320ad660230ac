//! Which request of the venue answers what is asked: its way over HTTP, its method in a frame, and its parameters.

use onetape_core::command::{Place, TimeInForce};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::num::format_fixed;

use super::frames::signed_frame;
use super::sign::{Sender, carried, frame, frame_params, signed};
use crate::ask::{Ask, Cx, History, OrderRef, PositionMode};
use crate::error::AskError;
use crate::params::Params;
use crate::request::{Frame, Method, Request};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Auth {
    Public,
    Key,
    Signed,
}

/// One request, before it is signed.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// Its method in a frame, where it has one.
    pub(super) frame: Option<&'static str>,
    pub(super) auth: Auth,
    pub(super) params: Params,
}

impl Route {
    pub(super) const fn new(
        method: Method,
        path: &'static str,
        frame: Option<&'static str>,
        auth: Auth,
    ) -> Self {
        Self {
            method,
            path,
            frame,
            auth,
            params: Params::new(),
        }
    }

    pub(super) fn with(mut self, params: Params) -> Self {
        self.params = params;
        self
    }

    /// As an HTTP request.
    pub(super) fn request(self, ask: &Ask, cx: &Cx<'_>) -> Result<Request, AskError> {
        let Self {
            method,
            path,
            params,
            ..
        } = self;
        Ok(match self.auth {
            Auth::Public => carried(method, path, &params, Sender::Nobody),
            Auth::Key => carried(method, path, &params, Sender::Key(cx.key(ask.name())?)),
            Auth::Signed => signed(method, path, params, cx.key(ask.name())?, cx),
        })
    }

    /// As a frame.
    pub(super) fn frame(
        self,
        ask: &Ask,
        id: u64,
        venue: &'static str,
        cx: &Cx<'_>,
    ) -> Result<Frame, AskError> {
        let method = self.frame.ok_or(AskError::Unsupported {
            venue,
            what: ask.name(),
        })?;
        Ok(match self.auth {
            Auth::Public => frame(id, method, frame_params(&self.params), None),
            Auth::Key => {
                let mut params = frame_params(&self.params);
                params.insert("apiKey", cx.key(ask.name())?.key().into());
                frame(id, method, params, None)
            }
            Auth::Signed => signed_frame(id, method, &self.params, cx.key(ask.name())?, cx),
        })
    }
}

/// `symbol=…`.
pub(super) fn symbol(of: &Instrument) -> Params {
    let mut params = Params::new();
    params.push("symbol", &of.symbol);
    params
}

/// A price of an instrument as text.
pub(super) fn price_text(of: &Instrument, mantissa: i64) -> String {
    format_fixed(mantissa, of.price_decimals)
}

/// A quantity of an instrument as text.
pub(super) fn qty_text(of: &Instrument, mantissa: i64) -> String {
    format_fixed(mantissa, of.qty_decimals)
}

/// The parameters of a new order. Futures call a resting order that never takes by its time in force, spot by its type.
pub(super) fn place(place: &Place, cx: &Cx<'_>, futures: bool) -> Result<Params, AskError> {
    let of = &cx.listed(place.instrument)?.instrument;
    if place.qty.mantissa() <= 0 {
        return Err(AskError::Order("its quantity is not above zero"));
    }
    let (kind, time_in_force) = match (place.limit, place.time_in_force) {
        (Some(_), TimeInForce::GoodTillCancelled) => ("LIMIT", Some("GTC")),
        (Some(_), TimeInForce::ImmediateOrCancel) => ("LIMIT", Some("IOC")),
        (Some(_), TimeInForce::FillOrKill) => ("LIMIT", Some("FOK")),
        (Some(_), TimeInForce::PostOnly) if futures => ("LIMIT", Some("GTX")),
        (Some(_), TimeInForce::PostOnly) => ("LIMIT_MAKER", None),
        (None, TimeInForce::PostOnly) => {
            return Err(AskError::Order(
                "it may not take and has no price to rest at",
            ));
        }
        (None, TimeInForce::FillOrKill) => {
            return Err(AskError::Order("a market order cannot be all or nothing"));
        }
        (None, _) => ("MARKET", None),
    };
    let mut params = symbol(of);
    params.push("side", side_word(place.side));
    params.push("type", kind);
    params.push_some("timeInForce", time_in_force);
    params.push("quantity", qty_text(of, place.qty.mantissa()));
    let price = place.limit.map(|limit| price_text(of, limit.mantissa()));
    params.push_some("price", price);
    params.push("newClientOrderId", cx.directory.client_text(place.order));
    Ok(params)
}

/// The word of a side.
pub(super) const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// Which of two positions an order is for, or that it may only reduce the one.
pub(super) fn position(place: &Place, mode: PositionMode, params: &mut Params) {
    match (mode, place.side, place.reduce_only) {
        (PositionMode::OneWay, _, true) => drop(params.push("reduceOnly", "true")),
        (PositionMode::OneWay, _, false) => {}
        (PositionMode::Hedge, Side::Buy, false) | (PositionMode::Hedge, Side::Sell, true) => {
            params.push("positionSide", "LONG");
        }
        (PositionMode::Hedge, Side::Sell, false) | (PositionMode::Hedge, Side::Buy, true) => {
            params.push("positionSide", "SHORT");
        }
    }
}

/// An order, by the venue's id where that is known.
pub(super) fn order(order: &OrderRef, cx: &Cx<'_>) -> Result<Params, AskError> {
    let mut params = symbol(&cx.listed(order.instrument)?.instrument);
    let client = order.client.text("", cx.directory.tag());
    match (&order.venue_id, client) {
        (Some(id), _) if !id.is_empty() => params.push("orderId", id),
        (_, Some(client)) => params.push("origClientOrderId", client),
        (_, None) => return Err(AskError::Order("neither of its ids is known")),
    };
    Ok(params)
}

/// A stretch of the past: from an id, else from a time.
pub(super) fn history(
    history: &History,
    id_name: &'static str,
    cx: &Cx<'_>,
) -> Result<Params, AskError> {
    let mut params = symbol(&cx.listed(history.instrument)?.instrument);
    match (history.from_id, history.since) {
        (Some(id), _) => drop(params.push(id_name, id)),
        (None, Some(since)) => drop(params.push("startTime", since.nanos() / 1_000_000)),
        (None, None) => {}
    }
    params.push("limit", history.limit.clamp(1, 1_000));
    Ok(params)
}
