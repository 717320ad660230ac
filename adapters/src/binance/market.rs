//! Market messages in core's numbers.

use onetape_core::event::{
    Body, DepthUpdate, FundingRate, Level, Mark, OpenInterest, Quote, Status, StatusEvent, Trade,
};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::time::Ts;
use serde::Deserialize;

use super::orders::{some, time};
use super::{Market, Message, WireLevel, WireTrade};
use crate::counts::{Counts, Unused};
use crate::directory::Directory;
use crate::error::WireError;
use crate::json::{need, read};
use crate::news::{MarketNews, News};
use crate::number::Num;

/// Appends what a message of a stream is. One of another symbol is counted.
pub(super) fn tell(
    market: Market,
    message: &Message<'_>,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let (symbol, stamp, id) = match message {
        Message::Quote(it) => (&it.symbol, it.time, it.update_id),
        Message::Diff(it) => (&it.symbol, it.time, 0),
        Message::Trade(it) | Message::Aggregate(it) => (&it.symbol, it.time, it.id),
        Message::Mark(it) => (&it.symbol, it.time, 0),
        Message::Snapshot(_) | Message::Ignored => return Ok(()),
    };
    let Ok(listed) = directory.symbol(symbol) else {
        counts.add(Unused::OtherSymbol, symbol);
        return Ok(());
    };
    let of = &listed.instrument;
    let mut push = |body| {
        let ts_venue = stamp.unwrap_or(Ts::UNKNOWN);
        out.push(News::Market(MarketNews { body, ts_venue, id }));
    };
    match message {
        Message::Quote(it) => push(Body::Quote(Quote {
            instrument: of.id,
            bid: level(it.bid, of)?,
            ask: level(it.ask, of)?,
        })),
        Message::Diff(it) => push(Body::Depth(Box::new(DepthUpdate {
            instrument: of.id,
            snapshot: false,
            first: it.first,
            last: it.last,
            prev: it.prev,
            bids: levels(&it.bids, of)?,
            asks: levels(&it.asks, of)?,
        }))),
        // Spot prints come one by one; futures prints only as what one order took at one price.
        Message::Trade(it) if market == Market::Spot && it.is_trade() => push(trade(it, of)?),
        Message::Aggregate(it) if market != Market::Spot => push(trade(it, of)?),
        Message::Trade(_) | Message::Aggregate(_) => {
            counts.add(Unused::NotNeeded, "prints in their other form");
        }
        Message::Mark(it) => {
            let index = it.index.map(|text| Num::new(text).money("i")).transpose()?;
            let mark = Num::new(it.mark).money("p")?;
            let instrument = of.id;
            push(Body::Mark(Mark {
                instrument,
                mark,
                index,
            }));
            if let (Some(rate), Some(settles_at)) = (it.rate, it.settles_at) {
                let rate = Num::new(rate).money("r")?;
                push(Body::Funding(FundingRate {
                    instrument,
                    rate,
                    settles_at,
                }));
            }
        }
        Message::Snapshot(_) | Message::Ignored => {}
    }
    Ok(())
}

fn trade(it: &WireTrade<'_>, of: &Instrument) -> Result<Body, WireError> {
    Ok(Body::Trade(Trade {
        instrument: of.id,
        price: Num::new(it.price).price("p", of)?,
        qty: Num::new(it.qty).qty("q", of)?,
        aggressor: match it.buyer_is_maker {
            true => Side::Sell,
            false => Side::Buy,
        },
    }))
}

fn level(level: WireLevel<'_>, of: &Instrument) -> Result<Level, WireError> {
    Ok(Level {
        price: Num::new(level.price).price("price of a level", of)?,
        qty: Num::new(level.qty).qty("quantity of a level", of)?,
    })
}

fn levels(all: &[WireLevel<'_>], of: &Instrument) -> Result<Vec<Level>, WireError> {
    all.iter().map(|it| level(*it, of)).collect()
}

/// The answer to `depth`: a whole book of an instrument.
pub(super) fn book(text: &str, of: &Instrument) -> Result<DepthUpdate, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Book<'a> {
        last_update_id: u64,
        #[serde(borrow)]
        bids: Option<Vec<Vec<Num<'a>>>>,
        asks: Option<Vec<Vec<Num<'a>>>>,
    }
    const MESSAGE: &str = "a depth snapshot";
    let book: Book<'_> = read(MESSAGE, text)?;
    let side = |all: &[Vec<Num<'_>>]| {
        let levels = all.iter().map(|pair| match pair.as_slice() {
            [price, qty, ..] => Ok(Level {
                price: price.price("price of a level", of)?,
                qty: qty.qty("quantity of a level", of)?,
            }),
            _ => Err(WireError::Field {
                message: MESSAGE,
                field: "bids, asks",
            }),
        });
        levels.collect::<Result<Vec<_>, _>>()
    };
    Ok(DepthUpdate {
        instrument: of.id,
        snapshot: true,
        first: book.last_update_id,
        last: book.last_update_id,
        prev: None,
        bids: side(need(MESSAGE, "bids", book.bids.as_ref())?)?,
        asks: side(need(MESSAGE, "asks", book.asks.as_ref())?)?,
    })
}

/// Market data that is asked for: `ticker/bookTicker`, `premiumIndex`, `openInterest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked<'a> {
    #[serde(borrow)]
    symbol: Option<Num<'a>>,
    bid_price: Option<Num<'a>>,
    bid_qty: Option<Num<'a>>,
    ask_price: Option<Num<'a>>,
    ask_qty: Option<Num<'a>>,
    mark_price: Option<Num<'a>>,
    index_price: Option<Num<'a>>,
    last_funding_rate: Option<Num<'a>>,
    next_funding_time: Option<Num<'a>>,
    open_interest: Option<Num<'a>>,
    time: Option<Num<'a>>,
}

const MESSAGE: &str = "market data";

/// What was asked for, by what is in the answer: one symbol's, or a list of those of all.
pub(super) fn asked(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Vec<MarketNews>, WireError> {
    if !text.trim_start().starts_with('[') {
        return one_asked(&read(MESSAGE, text)?, directory);
    }
    let all: Vec<Asked<'_>> = read(MESSAGE, text)?;
    let mut news = Vec::new();
    for it in &all {
        match one_asked(it, directory) {
            Ok(told) => news.extend(told),
            Err(WireError::Symbol(symbol)) => counts.add(Unused::OtherSymbol, &symbol),
            Err(why) => return Err(why),
        }
    }
    Ok(news)
}

fn one_asked(it: &Asked<'_>, directory: &Directory) -> Result<Vec<MarketNews>, WireError> {
    let symbol = need(MESSAGE, "symbol", it.symbol.as_ref())?;
    let of = &directory.symbol(symbol.text())?.instrument;
    let instrument = of.id;
    let ts_venue = time(it.time.as_ref())?;
    let mut bodies = Vec::new();
    if let Some(mark) = some(it.mark_price.as_ref(), |it| it.money("markPrice"))? {
        let index = some(it.index_price.as_ref(), |it| it.money("indexPrice"))?;
        bodies.push(Body::Mark(Mark {
            instrument,
            mark,
            index,
        }));
        let rate = some(it.last_funding_rate.as_ref(), |it| {
            it.money("lastFundingRate")
        })?;
        let settles_at = time(it.next_funding_time.as_ref())?;
        if let Some(rate) = rate.filter(|_| settles_at > Ts::from_nanos(0)) {
            bodies.push(Body::Funding(FundingRate {
                instrument,
                rate,
                settles_at,
            }));
        }
    } else if let Some(open) = &it.open_interest {
        let qty = open.qty("openInterest", of)?;
        bodies.push(Body::OpenInterest(OpenInterest { instrument, qty }));
    } else {
        let price = |field, value: &Option<Num<'_>>| {
            need(MESSAGE, field, value.as_ref()).and_then(|it| it.price(field, of))
        };
        let qty = |field, value: &Option<Num<'_>>| {
            need(MESSAGE, field, value.as_ref()).and_then(|it| it.qty(field, of))
        };
        bodies.push(Body::Quote(Quote {
            instrument,
            bid: Level {
                price: price("bidPrice", &it.bid_price)?,
                qty: qty("bidQty", &it.bid_qty)?,
            },
            ask: Level {
                price: price("askPrice", &it.ask_price)?,
                qty: qty("askQty", &it.ask_qty)?,
            },
        }));
    }
    let news = (bodies.into_iter()).map(|body| MarketNews::of(body, ts_venue));
    Ok(news.collect())
}

/// `contractInfo` of futures: whether a contract trades.
pub(super) fn contract(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Option<MarketNews>, WireError> {
    #[derive(Deserialize)]
    struct Contract<'a> {
        #[serde(borrow)]
        s: Num<'a>,
        cs: Num<'a>,
        #[serde(rename = "E")]
        time: Option<Num<'a>>,
    }
    let it: Contract<'_> = read("a contractInfo", text)?;
    let Ok(listed) = directory.symbol(it.s.text()) else {
        counts.add(Unused::OtherSymbol, it.s.text());
        return Ok(None);
    };
    let body = Body::Status(StatusEvent {
        instrument: listed.instrument.id,
        status: match it.cs.text() {
            "TRADING" => Status::Trading,
            _ => Status::Halted,
        },
    });
    Ok(Some(MarketNews::of(body, time(it.time.as_ref())?)))
}
