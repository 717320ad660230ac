//! Answers over HTTP.

use onetape_core::command::TimeInForce;
use onetape_core::event::Level;
use onetape_core::instrument::{Instrument, Side};
use onetape_core::num::{Money, Price};
use onetape_core::time::Ts;

use super::errors::{refusal, words};
use super::numbers::{millis, money, price, qty};
use super::order_text;
use super::wire::{
    Account, AggTrade, Balance, Book, Enveloped, Failed, Fee, Fill, Info, ListenKey, Order, Placed,
    Symbol, Time, Top, Trade,
};
use crate::json::write;
use crate::rules::{Rules, TradeStatus};
use crate::server::Cx;
use crate::server::call::Way;
use crate::server::outbound::Outbound;
use crate::server::reply::{AccountState, Replied, Reply};
use crate::server::state::{
    BalanceState, BookState, FillState, OrderState, OrderStatus, Print, Stretch, TopState,
};
use crate::server::wrong::Wrong;

/// The answer to a request.
pub fn reply(way: &Way, replied: &Replied, cx: &Cx<'_>) -> Outbound {
    match &replied.result {
        Err(wrong) => refusal(wrong),
        Ok(reply) => body(way, reply, cx).map_or_else(
            // What nobody asked this way: a fault of the server that must not look like an answer.
            || refusal(&Wrong::Unknown),
            |body| Outbound::json(200, body),
        ),
    }
}

fn body(way: &Way, reply: &Reply, cx: &Cx<'_>) -> Option<String> {
    Some(match reply {
        Reply::Done => done(way),
        Reply::Time(at) => write(&Time {
            server_time: millis(*at),
        }),
        Reply::Instruments(rules) => instruments(way, rules, cx),
        Reply::Depth(book) => depth(book, cx)?,
        Reply::Prints(prints) if way.route == "GET /api/v3/aggTrades" => {
            write(&each(prints, |it| aggregate(it, cx))?)
        }
        Reply::Prints(prints) => write(&each(prints, |it| print(it, cx))?),
        Reply::Quotes(tops) => list(way, each(tops, |it| top(it, cx))?)?,
        Reply::Tickers(days) => list(way, each(days, |it| day(it, cx))?)?,
        Reply::Candles(bars) => write(&each(bars, |it| bar(it, cx))?),
        Reply::Order(state, _) => order(way, state, cx)?,
        Reply::Each(all) => batch(all, cx)?,
        Reply::Orders(all) => {
            let cancelled = way.route == "DELETE /api/v3/openOrders";
            write(&each(all, |it| order_of(it, cancelled, cx))?)
        }
        Reply::Trades(all) => write(&each(all, |it| fill(it, cx))?),
        Reply::Account(state) => account(way, state, cx)?,
        Reply::Fees(fees) => fees.first().map(|fee| {
            write(&Enveloped {
                data: Fee {
                    maker_commission: money(fee.maker),
                    taker_commission: money(fee.taker),
                },
                code: 0,
                msg: "success",
                timestamp: millis(cx.now),
            })
        })?,
        Reply::StreamKey(key) => write(&ListenKey { listen_key: key }),
        Reply::Streams(keys) => write(&ListenKey { listen_key: keys }),
        _ => return None,
    })
}

/// Each in the venue's words; `None` where one is of an instrument that is not the venue's.
fn each<'s, T, O>(all: &'s [T], one: impl Fn(&'s T) -> Option<O>) -> Option<Vec<O>> {
    all.iter().map(one).collect()
}

/// One by itself where it was asked for by name.
fn list<T: serde::Serialize>(way: &Way, all: Vec<T>) -> Option<String> {
    match way.one {
        true => all.first().map(write),
        false => Some(write(&all)),
    }
}

fn done(way: &Way) -> String {
    match way.route {
        "PUT /api/v3/userDataStream" | "DELETE /api/v3/userDataStream" => write(&ListenKey {
            listen_key: &way.echo,
        }),
        "GET /api/v1/contract/detail" => r#"{"success":true,"code":0,"data":[]}"#.to_string(),
        _ => "{}".to_string(),
    }
}

fn instruments(way: &Way, rules: &[Rules], cx: &Cx<'_>) -> String {
    if way.route != "GET /api/v3/exchangeInfo" {
        let names: Vec<_> = rules.iter().map(|it| it.symbol.as_str()).collect();
        return write(&Enveloped {
            data: names,
            code: 200,
            msg: "success",
            timestamp: millis(cx.now),
        });
    }
    write(&Info {
        timezone: "CST",
        server_time: millis(cx.now),
        rate_limits: [],
        exchange_filters: [],
        symbols: rules.iter().map(symbol).collect(),
    })
}

/// Steps are told as numbers of decimals here.
fn symbol(rules: &Rules) -> Symbol<'_> {
    let places = |step: Money| u8::try_from(step.decimal().normalize().scale()).unwrap_or(u8::MAX);
    let most = rules.limits.max_notional;
    let most = most.map_or_else(|| "2000000".to_string(), money);
    let (status, sides) = match &rules.status {
        TradeStatus::Trading => ("1", 1),
        TradeStatus::CancelOnly | TradeStatus::Restricted(_) => ("1", 4),
        TradeStatus::Halted(_) => ("2", 1),
    };
    let (base, quote) = (places(rules.lot), places(rules.tick));
    Symbol {
        symbol: &rules.symbol,
        status,
        base_asset: &rules.base,
        base_asset_precision: base,
        quote_asset: &rules.quote,
        quote_precision: quote,
        quote_asset_precision: quote,
        base_commission_precision: base,
        quote_commission_precision: quote,
        order_types: ["LIMIT", "MARKET", "LIMIT_MAKER"],
        is_spot_trading_allowed: true,
        is_margin_trading_allowed: false,
        quote_amount_precision: money(rules.min_notional),
        base_size_precision: money(rules.min_qty),
        permissions: ["SPOT"],
        filters: [],
        max_quote_amount: most.clone(),
        maker_commission: "0".to_string(),
        taker_commission: "0.0005".to_string(),
        quote_amount_precision_market: money(rules.min_notional),
        max_quote_amount_market: most,
        full_name: &rules.base,
        trade_side_type: sides,
    }
}

fn depth(book: &BookState, cx: &Cx<'_>) -> Option<String> {
    let of = instrument(book.update.instrument, cx)?;
    let side = |levels: &[Level]| -> Vec<[String; 2]> {
        let each = levels.iter();
        each.map(|at| [price(of, at.price), qty(of, at.qty)])
            .collect()
    };
    Some(write(&Book {
        last_update_id: book.update.last,
        bids: side(&book.update.bids),
        asks: side(&book.update.asks),
        timestamp: millis(book.at),
    }))
}

fn instrument<'a>(id: onetape_core::names::InstrumentId, cx: &Cx<'a>) -> Option<&'a Instrument> {
    cx.directory.get(id).map(|it| &it.instrument)
}

fn print(print: &Print, cx: &Cx<'_>) -> Option<Trade> {
    let of = instrument(print.instrument, cx)?;
    Some(Trade {
        id: Some(print.id),
        price: price(of, print.price),
        qty: qty(of, print.qty),
        quote_qty: money(of.notional(print.price, print.qty)),
        time: millis(print.at),
        is_buyer_maker: print.aggressor == Side::Sell,
        is_best_match: true,
    })
}

/// A print without its number: the venue leaves it and those of its parts empty here.
fn aggregate(print: &Print, cx: &Cx<'_>) -> Option<AggTrade> {
    let of = instrument(print.instrument, cx)?;
    Some(AggTrade {
        number: (),
        first: (),
        last: (),
        price: price(of, print.price),
        qty: qty(of, print.qty),
        time: millis(print.at),
        buyer_maker: print.aggressor == Side::Sell,
        best_match: true,
    })
}

fn top<'a>(state: &TopState, cx: &Cx<'a>) -> Option<Top<'a>> {
    let of = instrument(state.quote.instrument, cx)?;
    let side = |at: Level| match at.price.mantissa() {
        0 => (String::new(), String::new()),
        _ => (price(of, at.price), qty(of, at.qty)),
    };
    let (bid_price, bid_qty) = side(state.quote.bid);
    let (ask_price, ask_qty) = side(state.quote.ask);
    Some(Top {
        symbol: &of.symbol,
        bid_price,
        bid_qty,
        ask_price,
        ask_qty,
    })
}

fn day(day: &Stretch, cx: &Cx<'_>) -> Option<serde_json::Value> {
    let of = instrument(day.instrument, cx)?;
    let change = Money::new(of.price_decimal(day.close)) - Money::new(of.price_decimal(day.open));
    let open = of.price_decimal(day.open);
    let share = change.decimal().checked_div(open).unwrap_or_default();
    let best = |side: fn(&onetape_core::event::Quote) -> Level| {
        let level = day.top.as_ref().map(side).unwrap_or_default();
        (price(of, level.price), qty(of, level.qty))
    };
    let (bid, ask) = (best(|it| it.bid), best(|it| it.ask));
    Some(serde_json::json!({
        "symbol": of.symbol,
        "priceChange": money(change),
        "priceChangePercent": share.round_dp(8).normalize().to_string(),
        "prevClosePrice": price(of, day.open),
        "lastPrice": price(of, day.close),
        "bidPrice": bid.0,
        "bidQty": bid.1,
        "askPrice": ask.0,
        "askQty": ask.1,
        "openPrice": price(of, day.open),
        "highPrice": price(of, day.high),
        "lowPrice": price(of, day.low),
        "volume": qty(of, day.volume),
        "quoteVolume": money(day.quote_volume),
        "openTime": millis(day.from),
        "closeTime": millis(day.to),
        "count": null,
    }))
}

fn bar(bar: &Stretch, cx: &Cx<'_>) -> Option<serde_json::Value> {
    let of = instrument(bar.instrument, cx)?;
    let at = |it: Price| price(of, it);
    Some(serde_json::json!([
        millis(bar.from),
        at(bar.open),
        at(bar.high),
        at(bar.low),
        at(bar.close),
        qty(of, bar.volume),
        millis(bar.to),
        money(bar.quote_volume),
    ]))
}

/// The kind of an order, which is its time in force too.
pub(super) const fn kind(order: &OrderState) -> &'static str {
    match (order.limit, order.time_in_force) {
        (None, _) => "MARKET",
        (Some(_), TimeInForce::GoodTillCancelled) => "LIMIT",
        (Some(_), TimeInForce::PostOnly) => "LIMIT_MAKER",
        (Some(_), TimeInForce::ImmediateOrCancel) => "IMMEDIATE_OR_CANCEL",
        (Some(_), TimeInForce::FillOrKill) => "FILL_OR_KILL",
    }
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

fn status(order: &OrderState) -> &'static str {
    match order.status {
        OrderStatus::New => "NEW",
        OrderStatus::Partial => "PARTIALLY_FILLED",
        OrderStatus::Filled => "FILLED",
        _ if order.filled.is_zero() => "CANCELED",
        _ => "PARTIALLY_CANCELED",
    }
}

/// An order, as the request that was made for it is answered.
fn order(way: &Way, state: &OrderState, cx: &Cx<'_>) -> Option<String> {
    let of = instrument(state.instrument, cx)?;
    Some(match way.route {
        "GET /api/v3/order" => write(&order_of(state, false, cx)?),
        // A cancel names the order by its own id and by that of the cancel.
        "DELETE /api/v3/order" => write(&order_of(state, true, cx)?),
        "POST /api/v3/order/test" => "{}".to_string(),
        _ => write(&Placed {
            symbol: &of.symbol,
            order_id: order_text(state.id),
            order_list_id: -1,
            price: limit(state, of),
            orig_qty: qty(of, state.qty),
            kind: kind(state),
            side: side(state.side),
            transact_time: millis(state.created),
        }),
    })
}

fn limit(state: &OrderState, of: &Instrument) -> String {
    state
        .limit
        .map_or_else(|| "0".to_string(), |it| price(of, it))
}

fn order_of<'a>(state: &OrderState, cancelled: bool, cx: &Cx<'a>) -> Option<Order<'a>> {
    let of = instrument(state.instrument, cx)?;
    let quote = state.quote_size.map_or_else(|| "0".to_string(), money);
    Some(Order {
        symbol: &of.symbol,
        orig_client_order_id: cancelled.then(|| state.client.clone()),
        order_id: order_text(state.id),
        order_list_id: -1,
        client_order_id: state.client.clone(),
        price: limit(state, of),
        orig_qty: qty(of, state.qty),
        executed_qty: qty(of, state.filled),
        cummulative_quote_qty: money(state.filled_quote),
        status: status(state),
        time_in_force: "GTC",
        kind: kind(state),
        side: side(state.side),
        stop_price: "0",
        iceberg_qty: "0",
        time: millis(state.created),
        update_time: millis(state.updated),
        is_working: true,
        orig_quote_order_qty: quote,
    })
}

/// Each order of a request that made several, or why it was refused.
fn batch(all: &[Result<OrderState, Wrong>], cx: &Cx<'_>) -> Option<String> {
    let one = |result: &Result<OrderState, Wrong>| match result {
        Ok(state) => {
            let of = instrument(state.instrument, cx)?;
            Some(serde_json::json!({
                "symbol": of.symbol,
                "orderId": order_text(state.id),
                "newClientOrderId": state.client,
            }))
        }
        Err(wrong) => {
            let (_, code, msg) = words(wrong);
            serde_json::to_value(Failed { code, msg: &msg }).ok()
        }
    };
    let list: Option<Vec<_>> = all.iter().map(one).collect();
    list.map(|list| write(&list))
}

fn fill<'a>(fill: &'a FillState, cx: &Cx<'a>) -> Option<Fill<'a>> {
    let of = instrument(fill.instrument, cx)?;
    Some(Fill {
        symbol: &of.symbol,
        id: fill.id.to_string(),
        order_id: order_text(fill.order),
        order_list_id: -1,
        price: price(of, fill.price),
        qty: qty(of, fill.qty),
        quote_qty: money(of.notional(fill.price, fill.qty)),
        commission: money(fill.fee),
        commission_asset: cx.directory.asset_name(fill.fee_asset)?,
        time: millis(fill.at),
        is_buyer: fill.side == Side::Buy,
        is_maker: fill.maker,
        is_best_match: true,
        is_self_trade: false,
        client_order_id: Some(fill.client.clone()).filter(|it| !it.is_empty()),
    })
}

fn balance<'a>(state: &BalanceState, cx: &Cx<'a>) -> Option<Balance<'a>> {
    Some(Balance {
        asset: cx.directory.asset_name(state.asset)?,
        free: money(state.free),
        locked: money(state.locked),
    })
}

fn account(way: &Way, state: &AccountState, cx: &Cx<'_>) -> Option<String> {
    let balances = each(&state.balances, |it| balance(it, cx))?;
    if way.route == "GET /api/v3/capital/config/getall" {
        // Networks of withdrawals: a local exchange has none.
        let coins = balances.iter();
        let coins: Vec<_> = coins
            .map(|it| serde_json::json!({"coin": it.asset, "name": it.asset, "networkList": []}))
            .collect();
        return Some(write(&coins));
    }
    Some(write(&Account {
        can_trade: true,
        can_withdraw: false,
        can_deposit: false,
        update_time: Some(millis(state.at)).filter(|_| state.at != Ts::UNKNOWN),
        account_type: "SPOT",
        balances,
        permissions: ["SPOT"],
    }))
}
