//! Answers that are the same for everybody: the time, books, marks, open interest, margin tiers.

use onetape_core::event::{Body, DepthUpdate, FundingRate, Level, Mark, OpenInterest, Quote};
use onetape_core::instrument::MarginTier;
use onetape_core::time::Ts;
use serde::Deserialize;

use super::hear::{level, levels};
use super::rest;
use super::wire::{Many, Text};
use crate::directory::Listed;
use crate::error::WireError;
use crate::json::read as json;
use crate::news::MarketNews;
use crate::number::Num;
use crate::stamp;

pub(super) fn time(body: &str) -> Result<Ts, WireError> {
    #[derive(Deserialize)]
    struct Time<'a> {
        #[serde(borrow)]
        server_time: Text<'a>,
    }
    let read: Time<'_> = json("time", body)?;
    stamp::of_either(read.server_time.0).ok_or(WireError::Field {
        message: "time",
        field: "server_time",
    })
}

pub(super) fn book(body: &str, listed: &Listed) -> Result<DepthUpdate, WireError> {
    let read = rest::snapshot(body)?;
    let last = read.last.ok_or(WireError::Field {
        message: "order_book",
        field: "id",
    })?;
    Ok(DepthUpdate {
        instrument: listed.instrument.id,
        snapshot: true,
        first: last,
        last,
        prev: None,
        bids: levels(&read.bids, listed)?,
        asks: levels(&read.asks, listed)?,
    })
}

pub(super) fn top(body: &str, listed: &Listed) -> Result<MarketNews, WireError> {
    let read = rest::snapshot(body)?;
    let first = |side: &[super::WireLevel<'_>]| {
        let best = side.first().map(|at| level(*at, listed));
        best.unwrap_or(Ok(Level::default()))
    };
    let quote = Quote {
        instrument: listed.instrument.id,
        bid: first(&read.bids)?,
        ask: first(&read.asks)?,
    };
    let ts_venue = read.time.unwrap_or(Ts::UNKNOWN);
    Ok(MarketNews::of(Body::Quote(quote), ts_venue))
}

/// Mark, index and funding of a contract.
pub(super) fn marks(body: &str, listed: &Listed) -> Result<Vec<MarketNews>, WireError> {
    #[derive(Deserialize)]
    struct Contract<'a> {
        #[serde(borrow)]
        mark_price: Num<'a>,
        #[serde(borrow, default)]
        index_price: Num<'a>,
        #[serde(borrow, default)]
        funding_rate: Num<'a>,
        #[serde(borrow)]
        funding_next_apply: Option<Text<'a>>,
    }
    let read: Many<Contract<'_>> = json("contracts", body)?;
    let instrument = listed.instrument.id;
    let news = |body| MarketNews::of(body, Ts::UNKNOWN);
    let mut list = Vec::new();
    for contract in &read.0 {
        let index = match contract.index_price.is_none() {
            true => None,
            false => Some(contract.index_price.money("index_price")?),
        };
        list.push(news(Body::Mark(Mark {
            instrument,
            mark: contract.mark_price.money("mark_price")?,
            index,
        })));
        let next = contract.funding_next_apply;
        let next = next.and_then(|text| stamp::of_seconds(text.0));
        if let (Some(settles_at), false) = (next, contract.funding_rate.is_none()) {
            list.push(news(Body::Funding(FundingRate {
                instrument,
                rate: contract.funding_rate.money("funding_rate")?,
                settles_at,
            })));
        }
    }
    Ok(list)
}

pub(super) fn tiers(body: &str, symbol: &str) -> Result<Vec<MarginTier>, WireError> {
    #[derive(Deserialize)]
    struct Tier<'a> {
        #[serde(borrow)]
        contract: Option<Text<'a>>,
        #[serde(borrow)]
        risk_limit: Num<'a>,
        #[serde(borrow)]
        maintenance_rate: Num<'a>,
        #[serde(borrow)]
        leverage_max: Num<'a>,
    }
    let read: Vec<Tier<'_>> = json("risk_limit_tiers", body)?;
    let mine = |it: &&Tier<'_>| it.contract.is_none_or(|name| name.0 == symbol);
    let each = read.iter().filter(mine).map(|it| {
        // A leverage between two whole ones is not reached.
        let whole = it.leverage_max.text().split('.').next().unwrap_or_default();
        let most = Num::new(whole).count("leverage_max")?;
        Ok(MarginTier {
            up_to: it.risk_limit.money("risk_limit")?,
            maintenance: it.maintenance_rate.money("maintenance_rate")?,
            max_leverage: u32::try_from(most).unwrap_or(u32::MAX),
        })
    });
    let mut list = each.collect::<Result<Vec<_>, WireError>>()?;
    list.sort_by_key(|tier| tier.up_to);
    Ok(list)
}

pub(super) fn open_interest(body: &str, listed: &Listed) -> Result<Vec<MarketNews>, WireError> {
    #[derive(Deserialize)]
    struct Ticker<'a> {
        #[serde(borrow)]
        contract: Num<'a>,
        #[serde(borrow)]
        total_size: Num<'a>,
    }
    let read: Many<Ticker<'_>> = json("tickers", body)?;
    let symbol = listed.instrument.symbol.as_str();
    let mine = read.0.iter().filter(|it| it.contract.text() == symbol);
    let each = mine.map(|it| {
        let qty = listed.shown("total_size", &it.total_size)?;
        let instrument = listed.instrument.id;
        let body = Body::OpenInterest(OpenInterest { instrument, qty });
        Ok(MarketNews::of(body, Ts::UNKNOWN))
    });
    each.collect()
}
