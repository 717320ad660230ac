//! Orders and executions of the REST and WebSocket interfaces, which spot and futures write alike.

use onetape_core::instrument::Side;
use onetape_core::num::{Money, Qty};
use onetape_core::time::Ts;
use serde::Deserialize;

use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::directory::{Directory, Listed};
use crate::error::WireError;
use crate::json::need;
use crate::number::Num;
use crate::report::{Charge, OrderReport, Origin, ReportState, TradeReport};

/// An order as answers tell it. Which fields there are depends on the request and on `newOrderRespType`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireOrder<'a> {
    #[serde(borrow)]
    pub(super) symbol: Option<Num<'a>>,
    order_id: Option<Num<'a>>,
    client_order_id: Option<Num<'a>>,
    orig_client_order_id: Option<Num<'a>>,
    status: Option<Num<'a>>,
    side: Option<Num<'a>>,
    price: Option<Num<'a>>,
    orig_qty: Option<Num<'a>>,
    /// Of a changed order.
    qty: Option<Num<'a>>,
    executed_qty: Option<Num<'a>>,
    cummulative_quote_qty: Option<Num<'a>>,
    cumulative_quote_qty: Option<Num<'a>>,
    /// Of futures; placing no longer tells it.
    cum_quote: Option<Num<'a>>,
    transact_time: Option<Num<'a>>,
    update_time: Option<Num<'a>>,
    fills: Vec<WireFill<'a>>,
    /// An entry of a batch that failed.
    code: Option<Num<'a>>,
    /// An entry of a cancel that ended a list of orders.
    pub(super) contingency_type: Option<Num<'a>>,
}

/// An execution within the answer to a new order.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireFill<'a> {
    #[serde(borrow)]
    price: Option<Num<'a>>,
    qty: Option<Num<'a>>,
    commission: Option<Num<'a>>,
    commission_asset: Option<Num<'a>>,
    trade_id: Option<Num<'a>>,
}

const ORDER: &str = "an order";

impl WireOrder<'_> {
    /// True for an entry of a list that tells an error in an order's place.
    pub(super) const fn is_failure(&self) -> bool {
        self.code.is_some() && self.order_id.is_none()
    }

    /// In core's numbers.
    pub(super) fn report(
        &self,
        directory: &Directory,
        counts: &mut Counts,
    ) -> Result<OrderReport, WireError> {
        let symbol = need(ORDER, "symbol", self.symbol.as_ref())?;
        let listed = directory.symbol(symbol.text())?;
        let of = &listed.instrument;
        let client = client(&self.client_order_id, &self.orig_client_order_id, directory);
        let venue_id = need(ORDER, "orderId", self.order_id.as_ref())?.text();
        let state = match &self.status {
            Some(word) => state(word.text(), counts),
            None => ReportState::Acknowledged,
        };
        let mut report = OrderReport::new(of.id, client, venue_id.to_string(), state);
        report.side = match &self.side {
            Some(word) => side(word.text()),
            None => None,
        };
        let whole = self.orig_qty.as_ref().or(self.qty.as_ref());
        report.qty = some(whole, |it| it.qty("origQty", of))?;
        report.filled = some(self.executed_qty.as_ref(), |it| it.qty("executedQty", of))?;
        report.limit = some(self.price.as_ref(), |it| it.price("price", of))?
            .filter(|price| price.mantissa() > 0);
        let quote = (self.cummulative_quote_qty.as_ref())
            .or(self.cumulative_quote_qty.as_ref())
            .or(self.cum_quote.as_ref());
        // Old orders have -1 where the venue did not count it.
        report.filled_quote = some(quote, |it| it.money("cummulativeQuoteQty"))?
            .filter(|amount| !amount.is_negative());
        report.origin = origin(self.client_order_id.as_ref().map_or("", |it| it.text()));
        report.at = time(self.transact_time.as_ref().or(self.update_time.as_ref()))?;
        for fill in &self.fills {
            match self.fill(fill, &report, listed) {
                Ok(trade) => report.trades.push(trade),
                // The order's own numbers show that a fill is missing, and it is asked for.
                Err(_) => counts.add(Unused::Unsound, "fills"),
            }
        }
        Ok(report)
    }

    fn fill(
        &self,
        fill: &WireFill<'_>,
        order: &OrderReport,
        listed: &Listed,
    ) -> Result<TradeReport, WireError> {
        let of = &listed.instrument;
        const FILL: &str = "a fill";
        Ok(TradeReport {
            client: order.client.clone(),
            venue_id: order.venue_id.clone(),
            instrument: order.instrument,
            trade_id: need(FILL, "tradeId", fill.trade_id.as_ref())?.count("tradeId")?,
            side: order.side,
            price: need(FILL, "price", fill.price.as_ref())?.price("price", of)?,
            qty: positive(need(FILL, "qty", fill.qty.as_ref())?.qty("qty", of)?, "qty")?,
            fee: charge(&fill.commission, &fill.commission_asset)?,
            maker: Some(false),
            at: order.at,
        })
    }
}

/// An execution of `myTrades` and `userTrades`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireUserTrade<'a> {
    #[serde(borrow)]
    pub(super) symbol: Option<Num<'a>>,
    id: Option<Num<'a>>,
    order_id: Option<Num<'a>>,
    price: Option<Num<'a>>,
    qty: Option<Num<'a>>,
    commission: Option<Num<'a>>,
    commission_asset: Option<Num<'a>>,
    time: Option<Num<'a>>,
    /// Of spot.
    is_buyer: Option<bool>,
    is_maker: Option<bool>,
    /// Of futures.
    side: Option<Num<'a>>,
    maker: Option<bool>,
}

impl WireUserTrade<'_> {
    /// In core's numbers.
    pub(super) fn report(&self, directory: &Directory) -> Result<TradeReport, WireError> {
        const TRADE: &str = "a trade of ours";
        let symbol = need(TRADE, "symbol", self.symbol.as_ref())?;
        let of = &directory.symbol(symbol.text())?.instrument;
        let buyer = |is: bool| if is { Side::Buy } else { Side::Sell };
        Ok(TradeReport {
            client: ClientId::Untold,
            venue_id: need(TRADE, "orderId", self.order_id.as_ref())?
                .text()
                .to_string(),
            instrument: of.id,
            trade_id: need(TRADE, "id", self.id.as_ref())?.count("id")?,
            side: match &self.side {
                Some(word) => side(word.text()),
                None => self.is_buyer.map(buyer),
            },
            price: need(TRADE, "price", self.price.as_ref())?.price("price", of)?,
            qty: positive(
                need(TRADE, "qty", self.qty.as_ref())?.qty("qty", of)?,
                "qty",
            )?,
            fee: charge(&self.commission, &self.commission_asset)?,
            maker: self.is_maker.or(self.maker),
            at: time(self.time.as_ref())?,
        })
    }
}

/// The client's id of an order: in the answer to a cancel, and in news of one, the original stands apart.
pub(super) fn client(
    own: &Option<Num<'_>>,
    original: &Option<Num<'_>>,
    directory: &Directory,
) -> ClientId {
    let original = original.as_ref().filter(|it| !it.is_none());
    let told = original.or(own.as_ref());
    told.map_or(ClientId::Untold, |it| directory.client(it.text(), ""))
}

/// The state behind a word of `status` or `X`.
pub(super) fn state(word: &str, counts: &mut Counts) -> ReportState {
    match word {
        "NEW" | "PENDING_NEW" => ReportState::Open,
        "PARTIALLY_FILLED" => ReportState::PartiallyFilled,
        "FILLED" => ReportState::Filled,
        "CANCELED" => ReportState::Cancelled,
        "EXPIRED" | "EXPIRED_IN_MATCH" => ReportState::Expired,
        "REJECTED" => ReportState::Rejected(None),
        other => {
            counts.add(Unused::UnknownWord, other);
            ReportState::Unclear
        }
    }
}

/// Whose order it was, by the ids that the venue gives its own.
pub(super) fn origin(client: &str) -> Origin {
    if client.starts_with("autoclose-") {
        Origin::Liquidation
    } else if client.starts_with("adl_autoclose") {
        Origin::Deleveraging
    } else if client.starts_with("settlement_autoclose-")
        || client.starts_with("delivery_autoclose-")
    {
        Origin::Settlement
    } else {
        Origin::Account
    }
}

/// The side behind its word.
pub(super) fn side(word: &str) -> Option<Side> {
    match word {
        "BUY" => Some(Side::Buy),
        "SELL" => Some(Side::Sell),
        _ => None,
    }
}

/// A fee, where both its parts are told.
pub(super) fn charge(
    amount: &Option<Num<'_>>,
    asset: &Option<Num<'_>>,
) -> Result<Option<Charge>, WireError> {
    let amount = some(amount.as_ref(), |it| it.money("commission"))?;
    let asset = asset.as_ref().filter(|it| !it.is_none());
    Ok(amount.zip(asset).map(|(amount, asset)| Charge {
        asset: asset.text().to_string(),
        amount,
    }))
}

/// Milliseconds, or microseconds where the connection asked for them.
pub(super) fn time(stamp: Option<&Num<'_>>) -> Result<Ts, WireError> {
    let Some(stamp) = stamp.filter(|it| !it.is_none()) else {
        return Ok(Ts::UNKNOWN);
    };
    Ok(super::decode::moment(stamp.count("time")?).unwrap_or(Ts::UNKNOWN))
}

/// Reads what is there and not empty.
pub(super) fn some<'n, 'a: 'n, T>(
    value: Option<&'n Num<'a>>,
    read: impl FnOnce(&'n Num<'a>) -> Result<T, WireError>,
) -> Result<Option<T>, WireError> {
    value.filter(|it| !it.is_none()).map(read).transpose()
}

/// An amount, zero where it is not told.
pub(super) fn amount(value: &Option<Num<'_>>, field: &'static str) -> Result<Money, WireError> {
    Ok(some(value.as_ref(), |it| it.money(field))?.unwrap_or(Money::ZERO))
}

/// A quantity above zero.
pub(super) fn positive(qty: Qty, field: &'static str) -> Result<Qty, WireError> {
    match qty.mantissa() > 0 {
        true => Ok(qty),
        false => Err(WireError::Field {
            message: "an execution",
            field,
        }),
    }
}
