//! What streams tell of news.

use onetape_core::event::Trade;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use serde::Serialize;
use serde_json::Value;

use super::channels::place;
use super::market::{changes, futures_trade, obu, spot_trade, ticker, top, update};
use super::own::{balance_news, futures_order, margin_news, position, spot_order, trade};
use super::replies::day;
use crate::directory::Listed;
use crate::gate::Market;
use crate::request::Frame;
use crate::server::Cx;
use crate::server::call::{Channel, Line, Stream};
use crate::server::news::News;
use crate::server::state::{BookState, Happened, OrderChange, Print};

/// The frames that a stream tells a piece of news in; none where it is not the stream's.
pub fn tell(market: Market, stream: &Stream, news: &News, _line: &Line, cx: &Cx<'_>) -> Vec<Frame> {
    let told = Told { market, stream, cx };
    let found = match (stream.channel, news) {
        (Channel::Quote, News::Top(state)) => told
            .of(state.quote.instrument)
            .map(|of| told.frame(top(&state.quote, state.update, of, state.at))),
        (Channel::Depth(_), News::Depth(book)) => told.depth(book),
        // The second kind of books begins with the whole of it.
        (Channel::Depth(_), News::Book(book)) if stream.name.contains(' ') => told.depth(book),
        (Channel::Prints, News::Print(print)) => told.print(print),
        (Channel::Mark(_), News::Mark(state)) => told
            .of(state.instrument)
            .map(|of| told.frame([ticker(of, state.mark, Some(state.index), Some(state.rate))])),
        (Channel::Ticker, News::Ticker(state)) => {
            let of = told.of(state.instrument);
            of.and_then(|_| day(market, state, cx))
                .map(|it| told.frame(it))
        }
        (Channel::Orders, News::Order(change)) => told.order(change),
        (Channel::Fills, News::Order(change)) => match &change.what {
            Happened::Traded(fill) => told
                .of(fill.instrument)
                .map(|of| told.frame([trade(market, fill, of, cx)])),
            _ => None,
        },
        _ => told.account(news),
    };
    found.into_iter().collect()
}

struct Told<'a> {
    market: Market,
    stream: &'a Stream,
    cx: &'a Cx<'a>,
}

impl<'a> Told<'a> {
    /// The instrument of the news, if the stream tells of it.
    fn of(&self, id: InstrumentId) -> Option<&'a Listed> {
        let mine = self.stream.instrument.is_none_or(|mine| mine == id);
        self.cx.directory.get(id).filter(|_| mine)
    }

    fn frame(&self, result: impl Serialize) -> Frame {
        let name = self.stream.name.as_str();
        let channel = name.split_once(' ').map_or(name, |(channel, _)| channel);
        Frame::Text(update(channel, self.cx.now, result))
    }

    fn depth(&self, book: &BookState) -> Option<Frame> {
        let of = self.of(book.update.instrument)?;
        let made = match self.stream.name.split_once(' ') {
            Some((_, stream)) => obu(stream, &book.update, of, book.at),
            None => changes(self.market, &book.update, of, book.at),
        };
        Some(self.frame(made))
    }

    fn print(&self, print: &Print) -> Option<Frame> {
        let of = self.of(print.instrument)?;
        let trade = Trade {
            instrument: print.instrument,
            price: print.price,
            qty: print.qty,
            aggressor: print.aggressor,
        };
        Some(match self.market {
            Market::Spot => self.frame(spot_trade(&trade, print.id, of, print.at)),
            Market::Usdt | Market::Btc => {
                self.frame([futures_trade(&trade, print.id, of, print.at)])
            }
        })
    }

    fn order(&self, change: &OrderChange) -> Option<Frame> {
        let order = &change.order;
        let of = self.of(order.instrument)?;
        let event = match (order.status.is_open(), &change.what) {
            (false, _) => "finish",
            (true, Happened::Came) => "put",
            (true, _) => "update",
        };
        Some(match self.market {
            Market::Spot => self.frame([spot_order(order, Some(event), of, self.cx)]),
            Market::Usdt | Market::Btc => {
                self.frame([futures_order(order, change.number, true, of)])
            }
        })
    }

    /// Balances and positions. What is told is a list, and one of nothing is not told.
    fn account(&self, news: &News) -> Option<Frame> {
        let list: Vec<Value> = match (self.stream.channel, news) {
            (Channel::Balances, News::Balances(all)) if place(self.market) == "spot" => {
                let each = all.iter();
                each.filter_map(|it| balance_news(it, self.cx)).collect()
            }
            (Channel::Balances, News::Margin(all, _)) => {
                let each = all.iter();
                let why = (Money::ZERO, "pnl", "");
                each.filter_map(|it| margin_news(it, why, it.at, self.cx))
                    .collect()
            }
            (Channel::Balances, News::Funding(paid, all)) => {
                let of = self.cx.directory.get(paid.instrument)?;
                let about = format!("{}:{}", of.instrument.symbol, paid.id);
                let mine = all.iter().filter(|it| it.asset == paid.asset);
                let why = (paid.amount, "fund", about.as_str());
                mine.filter_map(|it| margin_news(it, why, paid.at, self.cx))
                    .collect()
            }
            (Channel::Positions, News::Margin(_, all)) => {
                let each = all.iter();
                each.filter_map(|it| self.of(it.instrument).map(|of| position(it, of)))
                    .collect()
            }
            _ => Vec::new(),
        };
        (!list.is_empty()).then(|| self.frame(list))
    }
}
