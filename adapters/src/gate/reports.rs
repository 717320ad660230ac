//! Records of our own orders, trades and accounts in core's numbers: contracts become base units here.

use onetape_core::instrument::Side;
use onetape_core::num::{Money, Qty};
use onetape_core::time::Ts;

use super::Market;
use super::asking::PREFIX;
use super::user::{WireBalance, WireFill, WireOrder, WirePosition, WireState};
use super::wire::is_zero;
use crate::ask::MarginMode;
use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::directory::{Directory, Listed};
use crate::error::WireError;
use crate::number::Num;
use crate::report::{
    BalanceReport, Charge, OrderReport, Origin, PositionReport, PositionSide, ReportState,
    TradeReport, trade_number,
};

/// The instrument of a record; `None`, and counted, for one that this run does not have.
pub(super) fn listed<'a>(
    symbol: &str,
    directory: &'a Directory,
    counts: &mut Counts,
) -> Option<&'a Listed> {
    let found = directory.symbol(symbol).ok();
    if found.is_none() {
        counts.add(Unused::OtherSymbol, symbol);
    }
    found
}

/// Our id behind the venue's text for it.
pub(super) fn client(text: &str, directory: &Directory) -> ClientId {
    match text {
        // The venue's words for none.
        "" | "-" => ClientId::Untold,
        text => directory.client(text, PREFIX),
    }
}

/// Whose order it is, by the marks that the venue leaves in place of our id.
pub(in crate::gate) fn origin(text: &str) -> Origin {
    if text.starts_with("liq-") || text.starts_with("liquidat") {
        Origin::Liquidation
    } else if text.starts_with("auto_deleverag") {
        Origin::Deleveraging
    } else if text.starts_with("settlement") || text.starts_with("delivery") {
        Origin::Settlement
    } else {
        Origin::Account
    }
}

pub(super) fn order(
    read: &WireOrder<'_>,
    listed: &Listed,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<OrderReport, WireError> {
    let qty = |field, text: &str| listed.qty(field, &Num::new(text));
    let size = match read.size {
        "" => None,
        _ if read.is_quote_sized => None,
        text => Some(qty("size", text)?),
    };
    let left = read.left.map(|text| match read.is_quote_sized {
        true => Ok(None),
        false => qty("left", text).map(Some),
    });
    let filled = match (read.filled, size, left.transpose()?.flatten(), read.state) {
        (Some(text), ..) => Some(qty("filled_amount", text)?),
        (None, Some(size), Some(left), _) => Some(size - left),
        (None, Some(size), None, WireState::Filled) => Some(size),
        _ => None,
    };
    let state = state(read.state, filled, counts);
    let id = read.id.to_string();
    let whose = client(read.text, directory);
    let mut report = OrderReport::new(listed.instrument.id, whose, id, state);
    report.side = read.side;
    report.qty = size;
    report.filled = filled;
    report.filled_quote = match read.filled_total {
        Some(text) => Some(Num::new(text).money("filled_total")?),
        None => None,
    };
    // The futures' channel writes prices as JSON numbers; one with stray digits is no reason to lose the news.
    report.limit = read.price.and_then(|text| {
        let limit = Num::new(text).price("price", &listed.instrument);
        if limit.is_err() {
            counts.add(Unused::UnknownWord, "price of an order");
        }
        limit.ok()
    });
    report.origin = match read.state {
        WireState::Ended("liquidated") => Origin::Liquidation,
        WireState::Ended("auto_deleveraged") => Origin::Deleveraging,
        _ if read.is_liquidation => Origin::Liquidation,
        _ => origin(read.text),
    };
    report.at = read.time.unwrap_or(Ts::UNKNOWN);
    Ok(report)
}

fn state(state: WireState<'_>, filled: Option<Qty>, counts: &mut Counts) -> ReportState {
    match state {
        WireState::Open if filled.is_some_and(|filled| filled > Qty::ZERO) => {
            ReportState::PartiallyFilled
        }
        WireState::Open => ReportState::Open,
        WireState::Acknowledged => ReportState::Acknowledged,
        WireState::Filled => ReportState::Filled,
        WireState::Cancelled => ReportState::Cancelled,
        WireState::Ended(word) => {
            if !ENDS.contains(&word) {
                counts.add(Unused::UnknownWord, word);
            }
            ReportState::Expired
        }
        WireState::Unknown(word) => {
            counts.add(Unused::UnknownWord, word);
            ReportState::Unclear
        }
    }
}

/// The venue's words for ends of orders that nobody wished for.
const ENDS: [&str; 16] = [
    "ioc",
    "poc",
    "fok",
    "stp",
    "small",
    "depth_not_enough",
    "trader_not_enough",
    "liquidate_cancelled",
    "price_protect_cancelled",
    "unknown",
    "liquidated",
    "auto_deleveraged",
    "reduce_only",
    "position_closed",
    "reduce_out",
    "succeeded",
];

pub(super) fn trade(
    market: Market,
    read: &WireFill<'_>,
    listed: &Listed,
    directory: &Directory,
) -> Result<TradeReport, WireError> {
    let instrument = &listed.instrument;
    Ok(TradeReport {
        client: client(read.text, directory),
        venue_id: read.order.to_string(),
        instrument: instrument.id,
        trade_id: trade_number(read.id),
        side: Some(read.side),
        price: Num::new(read.price).price("price", instrument)?,
        qty: listed.qty("size", &Num::new(read.size))?,
        fee: charge(market, read)?,
        maker: Some(read.maker),
        at: read.time.unwrap_or(Ts::UNKNOWN),
    })
}

/// A trade is charged in one asset: its default, the venue's own token, or points.
fn charge(market: Market, read: &WireFill<'_>) -> Result<Option<Charge>, WireError> {
    let charge = |asset: &str, text: &str| {
        let amount = match text {
            "" => Money::ZERO,
            text => Num::new(text).money("fee")?,
        };
        Ok(Some(Charge {
            asset: asset.to_ascii_uppercase(),
            amount,
        }))
    };
    if is_zero(read.fee) && !is_zero(read.gt_fee) {
        return charge("GT", read.gt_fee);
    }
    if is_zero(read.fee) && !is_zero(read.point_fee) {
        return charge("POINT", read.point_fee);
    }
    let mut parts = read.symbol.unwrap_or_default().split('_');
    let (base, quote) = (parts.next(), parts.next());
    let default = match (market, read.side) {
        (Market::Usdt, _) => Some("USDT"),
        (Market::Btc, _) => Some("BTC"),
        // Spot takes its fee from what was bought.
        (Market::Spot, Side::Buy) => base,
        (Market::Spot, Side::Sell) => quote,
    };
    match read.fee_asset.or(default).filter(|asset| !asset.is_empty()) {
        Some(asset) => charge(asset, read.fee),
        None => Ok(None),
    }
}

/// A balance; `None`, and counted, for an asset that this run does not have.
pub(super) fn balance(
    read: &WireBalance<'_>,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Option<BalanceReport>, WireError> {
    let name = read.asset.to_ascii_uppercase();
    let Ok(asset) = directory.asset(&name) else {
        counts.add(Unused::OtherAsset, &name);
        return Ok(None);
    };
    let amount = |field, text: Option<&str>| match text {
        Some(text) => Num::new(text).money(field),
        None => Ok(Money::ZERO),
    };
    // Futures tell a total, spot tells its parts.
    let (free, locked) = match (read.available, read.total) {
        (None, total) => (amount("balance", total)?, Money::ZERO),
        (available, _) => (
            amount("available", available)?,
            amount("locked", read.locked)?,
        ),
    };
    Ok(Some(BalanceReport {
        asset,
        free,
        locked,
        at: read.time.unwrap_or(Ts::UNKNOWN),
    }))
}

pub(super) fn position(
    read: &WirePosition<'_>,
    listed: &Listed,
    counts: &mut Counts,
) -> Result<PositionReport, WireError> {
    let side = match read.mode {
        "" | "single" => PositionSide::Net,
        "dual_long" => PositionSide::Long,
        "dual_short" => PositionSide::Short,
        other => {
            counts.add(Unused::UnknownWord, other);
            PositionSide::Net
        }
    };
    let money = |field, text: Option<&str>| match text {
        Some(text) if !is_zero(text) => Num::new(text).money(field).map(Some),
        _ => Ok(None),
    };
    let (mode, leverage) = leverage(read);
    Ok(PositionReport {
        instrument: listed.instrument.id,
        side,
        qty: listed.qty("size", &Num::new(read.size))?,
        entry: money("entry_price", Some(read.entry))?,
        mark: money("mark_price", read.mark)?,
        liquidation: money("liq_price", read.liquidation)?,
        unrealised: money("unrealised_pnl", read.unrealised)?,
        margin: money("margin", read.margin)?,
        leverage,
        mode,
        at: read.time.unwrap_or(Ts::UNKNOWN),
    })
}

/// A leverage of 0 is cross margin, which has its own.
pub(super) fn leverage(read: &WirePosition<'_>) -> (Option<MarginMode>, Option<u32>) {
    let whole = |text: &str| Num::new(text).count("leverage").ok();
    let whole = |text| whole(text).and_then(|number| u32::try_from(number).ok());
    match read.leverage {
        "" => (None, None),
        text if is_zero(text) => (Some(MarginMode::Cross), read.cross_leverage.and_then(whole)),
        text => (Some(MarginMode::Isolated), whole(text)),
    }
}
