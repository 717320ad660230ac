//! What streams tell of news.

use onetape_core::command::TimeInForce;
use onetape_core::event::Trade;
use onetape_core::instrument::Instrument;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;

use super::numbers::{millis, money, price, qty};
use super::{order_text, push};
use crate::mexc::proto::{
    AggreBookTicker, Body, BookTickerBatch, LimitDepths, PrivateAccount, PrivateDeals,
    PrivateOrders,
};
use crate::request::Frame;
use crate::server::Cx;
use crate::server::call::{Channel, Line, Stream};
use crate::server::news::News;
use crate::server::state::{
    BalanceState, BookState, FillState, Happened, OrderState, OrderStatus, TopState,
};

/// The frames that a stream tells a piece of news in; none where it is not the stream's.
pub fn tell(stream: &Stream, news: &News, _line: &Line, cx: &Cx<'_>) -> Vec<Frame> {
    let told = Told { stream, cx };
    let found = match (stream.channel, news) {
        (Channel::Quote, News::Top(top)) => told.top(top),
        (Channel::Depth(_), News::Depth(book)) => told.depth(book),
        (Channel::Levels(..), News::Book(book)) => told.levels(book),
        (Channel::Prints, News::Print(it)) => told.of(it.instrument).map(|of| {
            let trade = Trade {
                instrument: it.instrument,
                price: it.price,
                qty: it.qty,
                aggressor: it.aggressor,
            };
            let body = push::deal(&stream.name, &trade, &it.id.to_string(), of, it.at);
            told.frame(Some(of), body)
        }),
        (Channel::Orders, News::Order(change)) => told.order(&change.order, &change.what),
        (Channel::Fills, News::Order(change)) => match &change.what {
            Happened::Traded(fill) => told.fill(fill),
            _ => None,
        },
        (Channel::Balances, News::Balances(all)) => {
            return (all.iter().filter_map(|it| told.balance(it))).collect();
        }
        _ => None,
    };
    found.into_iter().collect()
}

struct Told<'a> {
    stream: &'a Stream,
    cx: &'a Cx<'a>,
}

impl<'a> Told<'a> {
    /// The instrument of the news, if the stream tells of it.
    fn of(&self, id: InstrumentId) -> Option<&'a Instrument> {
        let mine = self.stream.instrument.is_none_or(|mine| mine == id);
        let found = self.cx.directory.get(id).filter(|_| mine);
        found.map(|it| &it.instrument)
    }

    fn frame(&self, of: Option<&Instrument>, body: Body) -> Frame {
        Frame::Binary(push::frame(&self.stream.name, of, self.cx.now, body))
    }

    fn top(&self, state: &TopState) -> Option<Frame> {
        let of = self.of(state.quote.instrument)?;
        let top: AggreBookTicker = push::top(&state.quote, state.update, of, state.at);
        let body = match self.stream.name.contains("bookTicker.batch") {
            true => Body::BookTickerBatch(BookTickerBatch {
                items: vec![top],
                version: Some(state.update.to_string()),
                last_order_create_time: Some(millis(state.at)),
            }),
            false => Body::AggreBookTicker(top),
        };
        Some(self.frame(Some(of), body))
    }

    fn depth(&self, state: &BookState) -> Option<Frame> {
        let of = self.of(state.update.instrument)?;
        let body = push::depth(&self.stream.name, &state.update, of, state.at);
        Some(self.frame(Some(of), body))
    }

    fn levels(&self, state: &BookState) -> Option<Frame> {
        let of = self.of(state.update.instrument)?;
        let Channel::Levels(most, _) = self.stream.channel else {
            return None;
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let body = Body::LimitDepths(LimitDepths {
            asks: push::levels(state.update.asks.iter().take(most), of),
            bids: push::levels(state.update.bids.iter().take(most), of),
            event_type: push::kind_of(&self.stream.name),
            version: state.update.last.to_string(),
            last_order_create_time: Some(millis(state.at)),
        });
        Some(self.frame(Some(of), body))
    }

    fn order(&self, order: &OrderState, what: &Happened) -> Option<Frame> {
        let of = self.of(order.instrument)?;
        let last = match what {
            Happened::Traded(fill) => Some(fill),
            _ => None,
        };
        let body = Body::PrivateOrders(private_order(order, last, of));
        Some(self.frame(Some(of), body))
    }

    fn fill(&self, fill: &FillState) -> Option<Frame> {
        let of = self.of(fill.instrument)?;
        let body = Body::PrivateDeals(PrivateDeals {
            price: price(of, fill.price),
            quantity: qty(of, fill.qty),
            amount: money(of.notional(fill.price, fill.qty)),
            trade_type: push::side_number(fill.side),
            is_maker: fill.maker,
            is_self_trade: false,
            trade_id: fill.id.to_string(),
            client_order_id: fill.client.clone(),
            order_id: order_text(fill.order),
            fee_amount: money(fill.fee),
            fee_currency: self.cx.directory.asset_name(fill.fee_asset)?.to_string(),
            time: millis(fill.at),
        });
        Some(self.frame(Some(of), body))
    }

    fn balance(&self, state: &BalanceState) -> Option<Frame> {
        let body = Body::PrivateAccount(PrivateAccount {
            vcoin_name: self.cx.directory.asset_name(state.asset)?.to_string(),
            coin_id: String::new(),
            balance_amount: money(state.free),
            // What stood before is not known here: clients take the amounts.
            balance_amount_change: "0".to_string(),
            frozen_amount: money(state.locked),
            frozen_amount_change: "0".to_string(),
            r#type: "ENTRUST".to_string(),
            time: millis(state.at),
        });
        Some(self.frame(None, body))
    }
}

fn private_order(order: &OrderState, last: Option<&FillState>, of: &Instrument) -> PrivateOrders {
    let left = order.qty - order.filled;
    // A market order has no price that its value could be told by.
    let worth = |qty| order.limit.map_or(Money::ZERO, |at| of.notional(at, qty));
    let filled = of.qty_decimal(order.filled);
    let average = order.filled_quote.decimal().checked_div(filled);
    PrivateOrders {
        id: order_text(order.id),
        client_id: order.client.clone(),
        price: order
            .limit
            .map_or_else(|| "0".to_string(), |at| price(of, at)),
        quantity: qty(of, order.qty),
        amount: money(order.quote_size.unwrap_or_else(|| worth(order.qty))),
        avg_price: average.map_or_else(
            || "0".to_string(),
            |it| it.round_dp(18).normalize().to_string(),
        ),
        order_type: match (order.limit, order.time_in_force) {
            (None, _) => 5,
            (_, TimeInForce::GoodTillCancelled) => 1,
            (_, TimeInForce::PostOnly) => 2,
            (_, TimeInForce::ImmediateOrCancel) => 3,
            (_, TimeInForce::FillOrKill) => 4,
        },
        trade_type: push::side_number(order.side),
        is_maker: last.is_none_or(|fill| fill.maker),
        remain_amount: money(worth(left)),
        remain_quantity: qty(of, left),
        last_deal_quantity: last.map_or_else(|| "0".to_string(), |fill| qty(of, fill.qty)),
        cumulative_quantity: qty(of, order.filled),
        cumulative_amount: money(order.filled_quote),
        status: match order.status {
            OrderStatus::New => 1,
            OrderStatus::Filled => 2,
            OrderStatus::Partial => 3,
            _ if order.filled.is_zero() => 4,
            _ => 5,
        },
        create_time: millis(order.created),
    }
}
