//! The account's stream of spot.

use onetape_core::event::RejectReason;
use serde::Deserialize;

use super::orders::{charge, client, positive, side, some, state, time};
use crate::counts::{Counts, Unused};
use crate::directory::{Directory, Listed};
use crate::error::WireError;
use crate::json::{need, read};
use crate::news::News;
use crate::number::Num;
use crate::report::{BalanceReport, FundingReport, OrderReport, ReportState, TradeReport};

/// `executionReport`. Upper and lower case are different keys.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Execution<'a> {
    #[serde(borrow, rename = "s")]
    symbol: Option<Num<'a>>,
    #[serde(rename = "c")]
    client: Option<Num<'a>>,
    #[serde(rename = "C")]
    original: Option<Num<'a>>,
    #[serde(rename = "S")]
    side: Option<Num<'a>>,
    #[serde(rename = "q")]
    qty: Option<Num<'a>>,
    #[serde(rename = "p")]
    price: Option<Num<'a>>,
    #[serde(rename = "x")]
    kind: Option<Num<'a>>,
    #[serde(rename = "X")]
    status: Option<Num<'a>>,
    #[serde(rename = "r")]
    reason: Option<Num<'a>>,
    #[serde(rename = "i")]
    order: Option<Num<'a>>,
    #[serde(rename = "l")]
    last_qty: Option<Num<'a>>,
    #[serde(rename = "L")]
    last_price: Option<Num<'a>>,
    #[serde(rename = "z")]
    filled: Option<Num<'a>>,
    #[serde(rename = "Z")]
    filled_quote: Option<Num<'a>>,
    #[serde(rename = "n")]
    commission: Option<Num<'a>>,
    #[serde(rename = "N")]
    commission_asset: Option<Num<'a>>,
    #[serde(rename = "t")]
    trade: Option<Num<'a>>,
    #[serde(rename = "T")]
    time: Option<Num<'a>>,
    #[serde(rename = "m")]
    maker: Option<bool>,
}

const MESSAGE: &str = "an executionReport";

/// News of an order.
pub(super) fn order(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let it: Execution<'_> = read(MESSAGE, text)?;
    let symbol = need(MESSAGE, "s", it.symbol.as_ref())?.text();
    let Ok(listed) = directory.symbol(symbol) else {
        counts.add(Unused::OtherSymbol, symbol);
        return Ok(());
    };
    let of = &listed.instrument;
    let kind = need(MESSAGE, "x", it.kind.as_ref())?.text();
    // Only where an order is taken back is the original's id apart.
    let whose = match kind {
        "CANCELED" => client(&it.client, &it.original, directory),
        _ => client(&it.client, &None, directory),
    };
    let venue_id = need(MESSAGE, "i", it.order.as_ref())?.text().to_string();
    let mut report = OrderReport::new(of.id, whose, venue_id, it.state(kind, counts)?);
    report.side = it.side.as_ref().and_then(|word| side(word.text()));
    report.qty = some(it.qty.as_ref(), |it| it.qty("q", of))?;
    report.filled = some(it.filled.as_ref(), |it| it.qty("z", of))?;
    report.filled_quote = some(it.filled_quote.as_ref(), |it| it.money("Z"))?;
    report.limit =
        some(it.price.as_ref(), |it| it.price("p", of))?.filter(|price| price.mantissa() > 0);
    report.at = time(it.time.as_ref())?;
    if kind == "TRADE" {
        let trade = it.trade(&report, listed)?;
        report.trades.push(trade);
    }
    out.push(News::Order(Box::new(report)));
    Ok(())
}

impl Execution<'_> {
    fn state(&self, kind: &str, counts: &mut Counts) -> Result<ReportState, WireError> {
        let status = need(MESSAGE, "X", self.status.as_ref())?.text();
        Ok(match (kind, state(status, counts)) {
            ("REPLACED", ReportState::Open | ReportState::PartiallyFilled) => ReportState::Amended,
            (_, ReportState::Rejected(_)) => {
                ReportState::Rejected(self.reason.as_ref().map(|it| reason(it.text())))
            }
            (_, state) => state,
        })
    }

    fn trade(&self, order: &OrderReport, listed: &Listed) -> Result<TradeReport, WireError> {
        let of = &listed.instrument;
        let qty = need(MESSAGE, "l", self.last_qty.as_ref())?.qty("l", of)?;
        Ok(TradeReport {
            client: order.client.clone(),
            venue_id: order.venue_id.clone(),
            instrument: of.id,
            trade_id: need(MESSAGE, "t", self.trade.as_ref())?.count("t")?,
            side: order.side,
            price: need(MESSAGE, "L", self.last_price.as_ref())?.price("L", of)?,
            qty: positive(qty, "l")?,
            fee: charge(&self.commission, &self.commission_asset)?,
            maker: self.maker,
            at: order.at,
        })
    }
}

/// Core's word for why an order was refused.
fn reason(word: &str) -> RejectReason {
    match word {
        "INSUFFICIENT_BALANCE" | "INSUFFICIENT_BALANCES" => RejectReason::Balance,
        "LOT_SIZE" => RejectReason::LotSize,
        "PRICE_FILTER" => RejectReason::TickSize,
        "MIN_NOTIONAL" | "NOTIONAL" => RejectReason::MinNotional,
        "WOULD_MATCH_IMMEDIATELY" => RejectReason::WouldTake,
        "MARKET_CLOSED" | "TRADING_PAUSED" => RejectReason::Halted,
        _ => RejectReason::Other,
    }
}

/// `outboundAccountPosition`: balances that may have changed, in total.
pub(super) fn balances(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    #[derive(Deserialize)]
    struct Told<'a> {
        #[serde(borrow, rename = "B")]
        balances: Vec<Balance<'a>>,
        u: Option<Num<'a>>,
    }
    #[derive(Deserialize)]
    struct Balance<'a> {
        #[serde(borrow)]
        a: Num<'a>,
        f: Num<'a>,
        l: Num<'a>,
    }
    let told: Told<'_> = read("an outboundAccountPosition", text)?;
    let at = time(told.u.as_ref())?;
    for balance in &told.balances {
        match directory.asset(balance.a.text()) {
            Ok(asset) => out.push(News::Balance(BalanceReport {
                asset,
                free: balance.f.money("f")?,
                locked: balance.l.money("l")?,
                at,
            })),
            Err(_) => counts.add(Unused::OtherAsset, balance.a.text()),
        }
    }
    Ok(())
}

/// `balanceUpdate`: a transfer.
pub(super) fn moved(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    #[derive(Deserialize)]
    struct Told<'a> {
        #[serde(borrow)]
        a: Num<'a>,
        d: Num<'a>,
        #[serde(rename = "T")]
        time: Option<Num<'a>>,
    }
    let told: Told<'_> = read("a balanceUpdate", text)?;
    match directory.asset(told.a.text()) {
        Ok(asset) => out.push(News::BalanceMoved(FundingReport {
            instrument: None,
            asset,
            amount: told.d.money("d")?,
            id: 0,
            at: time(told.time.as_ref())?,
        })),
        Err(_) => counts.add(Unused::OtherAsset, told.a.text()),
    }
    Ok(())
}
