//! Frames of MEXC from messages that somebody decoded.

use onetape_adapters::mexc::proto::{
    AggreBookTicker, AggreDeals, AggreDepths, Body as Wire, BookTickerBatch, Deal, Kline, Level,
    LimitDepths, PrivateAccount, PrivateDeals, PrivateOrders, Push, Unread,
};
use serde_json::Value;

/// A frame from a message that somebody decoded: keys in any case, lists with `List` behind their name.
pub(crate) fn push_of(value: &Value) -> Option<Push> {
    let all = value.as_object()?;
    let word = |key: &str| find(value, key).map(text);
    let millis = |key: &str| word(key).and_then(|text| text.parse().ok());
    let channel = word("channel")?;
    let known = ["channel", "symbol", "symbolid", "createtime", "sendtime"];
    let named = all
        .iter()
        .find(|(key, _)| !known.contains(&key.to_lowercase().as_str()));
    Some(Push {
        symbol: word("symbol"),
        symbol_id: word("symbolId"),
        create_time: millis("createTime"),
        send_time: millis("sendTime"),
        body: named.and_then(|(key, inner)| body_of(&key.to_lowercase(), &channel, inner)),
        channel,
    })
}

fn find<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let mut all = value.as_object()?.iter();
    let wanted = key.to_lowercase();
    all.find(|(name, _)| {
        let name = name.to_lowercase();
        name == wanted || name.strip_suffix("list") == Some(&wanted)
    })
    .map(|(_, inner)| inner)
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}

fn body_of(key: &str, channel: &str, inner: &Value) -> Option<Wire> {
    let word = |key: &str| find(inner, key).map(text).unwrap_or_default();
    let number = |key: &str| word(key).parse::<i64>().unwrap_or_default();
    let small = |key: &str| number(key) as i32;
    let some = |key: &str| find(inner, key).map(text);
    let list = |key: &str| {
        find(inner, key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let levels = |key: &str| {
        let each = list(key).into_iter();
        each.map(|level| Level {
            price: find(&level, "price").map(text).unwrap_or_default(),
            quantity: find(&level, "quantity").map(text).unwrap_or_default(),
        })
        .collect::<Vec<_>>()
    };
    Some(match key {
        "publicaggredeals" => Wire::AggreDeals(deals(&list("deals"), word("eventType"))),
        // The venue's page shows this kind under an old name.
        "publicdeals" if channel.contains("aggre") => {
            Wire::AggreDeals(deals(&list("deals"), word("eventType")))
        }
        "publicdeals" => Wire::Deals(Unread {}),
        "publicincreasedepths" => Wire::IncreaseDepths(Unread {}),
        "publicaggredepths" => Wire::AggreDepths(AggreDepths {
            asks: levels("asks"),
            bids: levels("bids"),
            event_type: word("eventType"),
            from_version: word("fromVersion"),
            to_version: word("toVersion"),
            last_order_create_time: some("lastOrderCreateTime").and_then(|it| it.parse().ok()),
        }),
        "publiclimitdepths" => Wire::LimitDepths(LimitDepths {
            asks: levels("asks"),
            bids: levels("bids"),
            event_type: word("eventType"),
            version: word("version"),
            last_order_create_time: None,
        }),
        "publicaggrebookticker" => Wire::AggreBookTicker(top(inner)),
        "publicbooktickerbatch" => Wire::BookTickerBatch(BookTickerBatch {
            items: list("items").iter().map(top).collect(),
            version: some("version"),
            last_order_create_time: None,
        }),
        "publicspotkline" => Wire::Kline(Kline {
            interval: word("interval"),
            window_start: number("windowStart"),
            ..Kline::default()
        }),
        "privateaccount" => Wire::PrivateAccount(PrivateAccount {
            vcoin_name: word("vcoinName"),
            coin_id: word("coinId"),
            balance_amount: word("balanceAmount"),
            balance_amount_change: word("balanceAmountChange"),
            frozen_amount: word("frozenAmount"),
            frozen_amount_change: word("frozenAmountChange"),
            r#type: word("type"),
            time: number("time"),
        }),
        "privatedeals" => Wire::PrivateDeals(PrivateDeals {
            price: word("price"),
            quantity: word("quantity"),
            amount: word("amount"),
            trade_type: small("tradeType"),
            is_maker: word("isMaker") == "true",
            is_self_trade: word("isSelfTrade") == "true",
            trade_id: word("tradeId"),
            client_order_id: word("clientOrderId"),
            order_id: word("orderId"),
            fee_amount: word("feeAmount"),
            fee_currency: word("feeCurrency"),
            time: number("time"),
        }),
        "privateorders" => Wire::PrivateOrders(PrivateOrders {
            id: word("id"),
            client_id: word("clientId"),
            price: word("price"),
            quantity: word("quantity"),
            amount: word("amount"),
            avg_price: word("avgPrice"),
            order_type: small("orderType"),
            trade_type: small("tradeType"),
            is_maker: word("isMaker") == "true",
            remain_amount: word("remainAmount"),
            remain_quantity: word("remainQuantity"),
            last_deal_quantity: word("lastDealQuantity"),
            cumulative_quantity: word("cumulativeQuantity"),
            cumulative_amount: word("cumulativeAmount"),
            status: small("status"),
            create_time: number("createTime"),
        }),
        _ => return None,
    })
}

fn top(inner: &Value) -> AggreBookTicker {
    let word = |key: &str| find(inner, key).map(text).unwrap_or_default();
    let some = |key: &str| find(inner, key).map(text);
    AggreBookTicker {
        bid_price: word("bidPrice"),
        bid_quantity: word("bidQuantity"),
        ask_price: word("askPrice"),
        ask_quantity: word("askQuantity"),
        version: some("version"),
        last_order_create_time: some("lastOrderCreateTime").and_then(|it| it.parse().ok()),
    }
}

fn deals(list: &[Value], event_type: String) -> AggreDeals {
    let each = list.iter().map(|deal| {
        let word = |key: &str| find(deal, key).map(text).unwrap_or_default();
        Deal {
            price: word("price"),
            quantity: word("quantity"),
            trade_type: word("tradeType").parse().unwrap_or_default(),
            time: word("time").parse().unwrap_or_default(),
            trade_id: word("tradeId"),
        }
    });
    AggreDeals {
        deals: each.collect(),
        event_type,
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let each = (0..text.len() / 2).map(|at| text.get(2 * at..2 * at + 2));
    each.map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}
