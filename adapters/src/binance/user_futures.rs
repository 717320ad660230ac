//! The account's stream of futures.

use onetape_core::time::Ts;
use serde::Deserialize;

use super::account::{margin_mode, position_side};
use super::orders::{amount, charge, client, origin, side, some, state, time};
use crate::counts::{Counts, Unused};
use crate::directory::Directory;
use crate::error::WireError;
use crate::json::{need, read};
use crate::news::News;
use crate::number::Num;
use crate::report::{
    BalanceReport, FundingReport, OrderReport, PositionReport, ReportState, Settings, TradeReport,
};

/// The order within `ORDER_TRADE_UPDATE`. Upper and lower case are different keys.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Update<'a> {
    #[serde(borrow, rename = "s")]
    symbol: Option<Num<'a>>,
    #[serde(rename = "c")]
    client: Option<Num<'a>>,
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
    #[serde(rename = "i")]
    order: Option<Num<'a>>,
    #[serde(rename = "l")]
    last_qty: Option<Num<'a>>,
    #[serde(rename = "L")]
    last_price: Option<Num<'a>>,
    #[serde(rename = "z")]
    filled: Option<Num<'a>>,
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

const MESSAGE: &str = "an ORDER_TRADE_UPDATE";

/// News of an order.
pub(super) fn order(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    #[derive(Deserialize)]
    struct Whole<'a> {
        #[serde(borrow)]
        o: Update<'a>,
    }
    let Whole { o: it } = read(MESSAGE, text)?;
    let symbol = need(MESSAGE, "s", it.symbol.as_ref())?.text();
    let Ok(listed) = directory.symbol(symbol) else {
        counts.add(Unused::OtherSymbol, symbol);
        return Ok(());
    };
    let of = &listed.instrument;
    let kind = need(MESSAGE, "x", it.kind.as_ref())?.text();
    let status = state(need(MESSAGE, "X", it.status.as_ref())?.text(), counts);
    let state = match (kind, status) {
        ("AMENDMENT", ReportState::Open | ReportState::PartiallyFilled) => ReportState::Amended,
        (_, state) => state,
    };
    let venue_id = need(MESSAGE, "i", it.order.as_ref())?.text().to_string();
    let whose = client(&it.client, &None, directory);
    let mut report = OrderReport::new(of.id, whose, venue_id, state);
    report.origin = origin(it.client.as_ref().map_or("", |it| it.text()));
    report.side = it.side.as_ref().and_then(|word| side(word.text()));
    report.qty = some(it.qty.as_ref(), |it| it.qty("q", of))?;
    report.filled = some(it.filled.as_ref(), |it| it.qty("z", of))?;
    report.limit =
        some(it.price.as_ref(), |it| it.price("p", of))?.filter(|price| price.mantissa() > 0);
    report.at = time(it.time.as_ref())?;
    let last = some(it.last_qty.as_ref(), |it| it.qty("l", of))?.filter(|qty| qty.mantissa() > 0);
    // A liquidation is `CALCULATED` and trades too.
    if let Some(qty) = last.filter(|_| matches!(kind, "TRADE" | "CALCULATED")) {
        report.trades.push(TradeReport {
            client: report.client.clone(),
            venue_id: report.venue_id.clone(),
            instrument: of.id,
            trade_id: need(MESSAGE, "t", it.trade.as_ref())?.count("t")?,
            side: report.side,
            price: need(MESSAGE, "L", it.last_price.as_ref())?.price("L", of)?,
            qty,
            fee: charge(&it.commission, &it.commission_asset)?,
            maker: it.maker,
            at: report.at,
        });
    }
    out.push(News::Order(Box::new(report)));
    Ok(())
}

#[derive(Deserialize)]
struct Account<'a> {
    #[serde(borrow)]
    a: Changes<'a>,
    #[serde(rename = "T")]
    time: Option<Num<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changes<'a> {
    #[serde(borrow, rename = "m")]
    reason: Option<Num<'a>>,
    #[serde(rename = "B")]
    balances: Vec<Balance<'a>>,
    #[serde(rename = "P")]
    positions: Vec<Position<'a>>,
}

#[derive(Deserialize)]
struct Balance<'a> {
    #[serde(borrow, rename = "a")]
    asset: Num<'a>,
    #[serde(rename = "wb")]
    wallet: Num<'a>,
    #[serde(rename = "bc")]
    change: Option<Num<'a>>,
}

#[derive(Deserialize)]
struct Position<'a> {
    #[serde(borrow, rename = "s")]
    symbol: Num<'a>,
    #[serde(rename = "pa")]
    qty: Num<'a>,
    #[serde(rename = "ep")]
    entry: Option<Num<'a>>,
    #[serde(rename = "up")]
    unrealised: Option<Num<'a>>,
    #[serde(rename = "mt")]
    mode: Option<Num<'a>>,
    #[serde(rename = "iw")]
    margin: Option<Num<'a>>,
    #[serde(rename = "ps")]
    side: Option<Num<'a>>,
}

/// `ACCOUNT_UPDATE`: what changed of balances and positions. Funding of a position with its own margin names it, funding
/// of the others does not.
pub(super) fn account(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let whole: Account<'_> = read("an ACCOUNT_UPDATE", text)?;
    let at = time(whole.time.as_ref())?;
    let is_funding = whole
        .a
        .reason
        .as_ref()
        .is_some_and(|it| it.text() == "FUNDING_FEE");
    let of = match whole.a.positions.as_slice() {
        [one] => directory.symbol(one.symbol.text()).ok(),
        _ => None,
    };
    for balance in &whole.a.balances {
        let Ok(asset) = directory.asset(balance.asset.text()) else {
            counts.add(Unused::OtherAsset, balance.asset.text());
            continue;
        };
        if is_funding {
            out.push(News::Funding(FundingReport {
                instrument: of.map(|listed| listed.instrument.id),
                asset,
                amount: amount(&balance.change, "bc")?,
                id: 0,
                at,
            }));
        }
        out.push(News::Balance(BalanceReport {
            asset,
            free: balance.wallet.money("wb")?,
            locked: onetape_core::num::Money::ZERO,
            at,
        }));
    }
    for position in &whole.a.positions {
        told_position(position, at, directory, counts, out)?;
    }
    Ok(())
}

fn told_position(
    it: &Position<'_>,
    at: Ts,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let Ok(listed) = directory.symbol(it.symbol.text()) else {
        counts.add(Unused::OtherSymbol, it.symbol.text());
        return Ok(());
    };
    out.push(News::Position(PositionReport {
        instrument: listed.instrument.id,
        side: position_side(it.side.as_ref()),
        qty: it.qty.qty("pa", &listed.instrument)?,
        entry: some(it.entry.as_ref(), |it| it.money("ep"))?,
        mark: None,
        liquidation: None,
        unrealised: some(it.unrealised.as_ref(), |it| it.money("up"))?,
        margin: some(it.margin.as_ref(), |it| it.money("iw"))?,
        leverage: None,
        mode: it.mode.as_ref().and_then(|it| margin_mode(it.text())),
        at,
    }));
    Ok(())
}

/// `ACCOUNT_CONFIG_UPDATE`: a leverage, or whether assets are margin together.
pub(super) fn settings(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    #[derive(Deserialize)]
    struct Whole<'a> {
        #[serde(borrow)]
        ac: Option<Leverage<'a>>,
        ai: Option<Assets>,
    }
    #[derive(Deserialize)]
    struct Leverage<'a> {
        #[serde(borrow)]
        s: Num<'a>,
        l: Num<'a>,
    }
    #[derive(Deserialize)]
    struct Assets {
        j: bool,
    }
    let whole: Whole<'_> = read("an ACCOUNT_CONFIG_UPDATE", text)?;
    if let Some(it) = whole.ac {
        match directory.symbol(it.s.text()) {
            Ok(listed) => out.push(News::Settings(Settings {
                instrument: Some(listed.instrument.id),
                leverage: u32::try_from(it.l.count("l")?).ok(),
                ..Settings::default()
            })),
            Err(_) => counts.add(Unused::OtherSymbol, it.s.text()),
        }
    }
    if let Some(it) = whole.ai {
        out.push(News::Settings(Settings {
            multi_asset: Some(it.j),
            ..Settings::default()
        }));
    }
    Ok(())
}
