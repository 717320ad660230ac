//! Messages of streams.

use onetape_core::event::{Body, DepthUpdate, Level, Mark, OpenInterest, Quote, Trade};
use onetape_core::num::Qty;
use onetape_core::time::Ts;
use serde::Deserialize;

use super::decode::{self, Frame};
use super::reports::{self, listed};
use super::wire::{Text, is_zero};
use super::{Market, Message, WireLevel, WireQuote, WireTicker, WireTrade, WireUpdate, api, user};
use crate::counts::{Counts, Unused};
use crate::directory::{Directory, Listed};
use crate::error::WireError;
use crate::news::{FrameAnswer, MarketNews, News};
use crate::number::Num;
use crate::report::{FundingReport, OrderReport, Origin, ReportState};

/// Channels of which nothing is wanted.
const NOT_NEEDED: [&str; 19] = [
    "candlesticks",
    "contract_stats",
    "public_liquidates",
    "priceorders",
    "autoorders",
    "order_book",
    "margin_balances",
    "cross_balances",
    "funding_balances",
    "cross_loan",
    // Orders and trades tell of these with ids: by them they are booked once.
    "liquidates",
    "auto_deleverages",
    "position_closes",
    "position_adl_rank",
    "reduce_risk_limits",
    "orders_v3",
    "usertrades_v3",
    "unified_assets",
    "unified_loan",
];

/// Hears a message: what it says is appended to `out`, what is of no use is counted.
pub(super) fn hear(
    market: Market,
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    let frame: Frame<'_> =
        serde_json::from_str(text).map_err(|why| WireError::json("a message", &why))?;
    if frame.request_id.is_some() {
        return answer(text, out);
    }
    let channel = frame.channel();
    let (place, name) = channel.split_once('.').unwrap_or(("", channel));
    let ours = match market {
        Market::Spot => "spot",
        Market::Usdt | Market::Btc => "futures",
    };
    match (frame.event(), name) {
        _ if place != ours => counts.add(Unused::UnknownKind, channel),
        (_, "pong") => out.push(News::Pong),
        ("subscribe" | "unsubscribe", _) => subscription(&frame, counts, out),
        ("update" | "all", _) => {
            let mut heard = Heard {
                market,
                directory,
                counts,
                out,
            };
            return heard.update(name, &frame);
        }
        _ => counts.add(Unused::UnknownKind, channel),
    }
    Ok(())
}

/// The answer to a request has its own decoder: what was asked is needed to read it.
fn answer(text: &str, out: &mut Vec<News>) -> Result<(), WireError> {
    let read = api::answer(text)?;
    out.push(News::Answer(FrameAnswer {
        id: Num::new(read.request)
            .count("request_id")
            .unwrap_or_default(),
        status: read.status,
        receipt: read.is_ack,
        text: text.into(),
    }));
    Ok(())
}

fn subscription(frame: &Frame<'_>, counts: &mut Counts, out: &mut Vec<News>) {
    #[derive(Deserialize, Default)]
    struct Refusal<'a> {
        #[serde(borrow)]
        code: Option<Text<'a>>,
        message: Option<String>,
    }
    let what = frame.id.map_or(frame.channel(), |id| id.0).to_string();
    if !frame.is_accepted() {
        let words = frame.error.map_or("", |error| error.get());
        let read: Refusal<'_> = serde_json::from_str(words).unwrap_or_default();
        let code = read.code.unwrap_or_default().0;
        let words = read.message.unwrap_or_default();
        out.push(News::Refused(what, format!("{code} {words}")));
    } else if frame.event() == "subscribe" {
        out.push(News::Subscribed(what));
    } else {
        counts.add(Unused::NotNeeded, "ends of subscriptions");
    }
}

struct Heard<'a> {
    market: Market,
    directory: &'a Directory,
    counts: &'a mut Counts,
    out: &'a mut Vec<News>,
}

impl Heard<'_> {
    fn update(&mut self, name: &str, frame: &Frame<'_>) -> Result<(), WireError> {
        let result = frame.result.map_or("null", |result| result.get());
        match name {
            "orders" | "orders_v2" => self.orders(result),
            "usertrades" | "usertrades_v2" => self.trades_of_ours(result),
            "balances" => self.balances(result),
            "positions" => self.positions(result),
            _ if NOT_NEEDED.contains(&name) => {
                self.counts.add(Unused::NotNeeded, frame.channel());
                Ok(())
            }
            _ => {
                let time = frame
                    .time_ms
                    .and_then(|text| crate::stamp::of_millis(text.0));
                self.market(frame, time.unwrap_or(Ts::UNKNOWN))
            }
        }
    }

    fn market(&mut self, frame: &Frame<'_>, time: Ts) -> Result<(), WireError> {
        match decode::update(frame.channel(), frame.result)? {
            Message::Quote(quote) => self.quote(&quote),
            Message::Update(update) => self.depth(&update),
            Message::Trades(trades) => trades.iter().try_for_each(|trade| self.trade(trade)),
            Message::Tickers(tickers) if self.market != Market::Spot => {
                (tickers.iter()).try_for_each(|ticker| self.ticker(ticker, time))
            }
            // Tickers of spot have prices without their sizes.
            Message::Tickers(_) | Message::Candles(_) | Message::Answer { .. } => {
                self.counts.add(Unused::NotNeeded, frame.channel());
                Ok(())
            }
            Message::Ignored => {
                self.counts.add(Unused::UnknownKind, frame.channel());
                Ok(())
            }
        }
    }

    fn push(&mut self, body: Body, time: Option<Ts>, id: u64) {
        self.out.push(News::Market(MarketNews {
            body,
            ts_venue: time.unwrap_or(Ts::UNKNOWN),
            id,
        }));
    }

    fn quote(&mut self, read: &WireQuote<'_>) -> Result<(), WireError> {
        let Some(listed) = listed(read.symbol, self.directory, self.counts) else {
            return Ok(());
        };
        let side = |at: Option<WireLevel<'_>>| match at {
            Some(at) => level(at, listed),
            // An empty side is a level of nothing.
            None => Ok(Level::default()),
        };
        let quote = Quote {
            instrument: listed.instrument.id,
            bid: side(read.bid)?,
            ask: side(read.ask)?,
        };
        self.push(Body::Quote(quote), read.time, read.update_id);
        Ok(())
    }

    fn depth(&mut self, read: &WireUpdate<'_>) -> Result<(), WireError> {
        let Some(listed) = listed(read.symbol, self.directory, self.counts) else {
            return Ok(());
        };
        let update = DepthUpdate {
            instrument: listed.instrument.id,
            snapshot: read.full,
            // A whole book stands at its last id, whatever it says of its first.
            first: if read.full { read.last } else { read.first },
            last: read.last,
            prev: None,
            bids: levels(&read.bids, listed)?,
            asks: levels(&read.asks, listed)?,
        };
        self.push(Body::Depth(Box::new(update)), read.time, 0);
        Ok(())
    }

    fn trade(&mut self, read: &WireTrade<'_>) -> Result<(), WireError> {
        let Some(listed) = listed(read.symbol, self.directory, self.counts) else {
            return Ok(());
        };
        if read.is_internal {
            // Taken over in a liquidation: no trade in the book.
            self.counts.add(Unused::NotNeeded, "internal trades");
            return Ok(());
        }
        let WireTrade { price, size, .. } = *read;
        let Level { price, qty } = level(WireLevel { price, size }, listed)?;
        let trade = Trade {
            instrument: listed.instrument.id,
            price,
            qty,
            aggressor: read.aggressor,
        };
        self.push(Body::Trade(trade), read.time, read.id);
        Ok(())
    }

    /// The funding rate is in it too, but not when it is paid: that comes by REST.
    fn ticker(&mut self, read: &WireTicker<'_>, time: Ts) -> Result<(), WireError> {
        let Some(listed) = listed(read.symbol, self.directory, self.counts) else {
            return Ok(());
        };
        let instrument = listed.instrument.id;
        if let Some(mark) = read.mark {
            let mark = Num::new(mark).money("mark_price")?;
            let index = read.index.filter(|text| !is_zero(text));
            let index = index.map(|text| Num::new(text).money("index_price"));
            let body = Body::Mark(Mark {
                instrument,
                mark,
                index: index.transpose()?,
            });
            self.push(body, Some(time), 0);
        }
        if let Some(open) = read.open_interest {
            let qty = listed.shown("total_size", &Num::new(open))?;
            let body = Body::OpenInterest(OpenInterest { instrument, qty });
            self.push(body, Some(time), 0);
        }
        Ok(())
    }

    fn orders(&mut self, result: &str) -> Result<(), WireError> {
        for read in user::orders(result)? {
            if let Some(listed) = listed(read.symbol, self.directory, self.counts) {
                let report = reports::order(&read, listed, self.directory, self.counts)?;
                self.out.push(News::Order(Box::new(report)));
            }
        }
        Ok(())
    }

    fn trades_of_ours(&mut self, result: &str) -> Result<(), WireError> {
        for read in user::fills(result)? {
            let symbol = read.symbol.unwrap_or_default();
            let Some(listed) = listed(symbol, self.directory, self.counts) else {
                continue;
            };
            let trade = reports::trade(self.market, &read, listed, self.directory)?;
            let news = match reports::origin(read.text) {
                Origin::Account => News::Trade(Box::new(trade)),
                // The venue's own doing has no order of ours: its report carries the trade.
                origin => {
                    let (client, id) = (trade.client.clone(), trade.venue_id.clone());
                    let state = ReportState::PartiallyFilled;
                    let mut report = OrderReport::new(trade.instrument, client, id, state);
                    (report.side, report.at) = (trade.side, trade.at);
                    report.origin = origin;
                    report.trades.push(trade);
                    News::Order(Box::new(report))
                }
            };
            self.out.push(news);
        }
        Ok(())
    }

    fn balances(&mut self, result: &str) -> Result<(), WireError> {
        for read in user::balances(result)? {
            let Some(balance) = reports::balance(&read, self.directory, self.counts)? else {
                continue;
            };
            if let (Some(change), true) = (read.change, self.market != Market::Spot) {
                let contract = read.text.split_once(':').map(|(contract, _)| contract);
                let known = contract.and_then(|name| self.directory.symbol(name).ok());
                let moved = FundingReport {
                    instrument: known.map(|listed| listed.instrument.id),
                    asset: balance.asset,
                    amount: Num::new(change).money("change")?,
                    id: 0,
                    at: balance.at,
                };
                match read.reason {
                    "fund" => self.out.push(News::Funding(moved)),
                    "dnw" => self.out.push(News::BalanceMoved(moved)),
                    // Profit and fees are in the trades.
                    _ => {}
                }
            }
            self.out.push(News::Balance(balance));
        }
        Ok(())
    }

    fn positions(&mut self, result: &str) -> Result<(), WireError> {
        for read in user::positions(result)? {
            if let Some(listed) = listed(read.symbol, self.directory, self.counts) {
                let position = reports::position(&read, listed, self.counts)?;
                self.out.push(News::Position(position));
            }
        }
        Ok(())
    }
}

/// A level in base units.
pub(super) fn level(at: WireLevel<'_>, listed: &Listed) -> Result<Level, WireError> {
    Ok(Level {
        price: Num::new(at.price).price("price", &listed.instrument)?,
        qty: match at.size {
            "" => Qty::ZERO,
            size => listed.shown("size", &Num::new(size))?,
        },
    })
}

pub(super) fn levels(side: &[WireLevel<'_>], listed: &Listed) -> Result<Vec<Level>, WireError> {
    side.iter().map(|at| level(*at, listed)).collect()
}
