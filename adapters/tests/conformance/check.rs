//! Numbers of a decoded message against those of an independent read of its JSON.

use std::collections::BTreeSet;

use onetape_adapters::news::{Answer, MarketNews, News};
use onetape_adapters::report::{OrderReport, PositionReport, TradeReport};
use onetape_adapters::rules::Rules;
use onetape_core::event::Body;
use onetape_core::num::{Money, format_fixed};
use serde_json::Value;

use crate::world::DECIMALS;

/// Numbers as plain texts without zeros that say nothing.
pub(crate) type Numbers = BTreeSet<String>;

/// A decimal without zeros at its ends and without a sign of nothing.
pub(crate) fn stripped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let whole = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    };
    match whole.trim_start_matches('0') {
        "" => "0".to_string(),
        rest if rest.starts_with('.') => format!("{sign}0{rest}"),
        rest => format!("{sign}{rest}"),
    }
}

/// A JSON text or number as such a text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => stripped(text),
        other => stripped(&other.to_string()),
    }
}

/// A mantissa as such a text.
pub(crate) fn decimal(mantissa: i64, decimals: u8) -> String {
    stripped(&format_fixed(mantissa, decimals))
}

fn money(amount: Money) -> String {
    stripped(&amount.decimal().to_string())
}

fn is_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            digits.starts_with(|it: char| it.is_ascii_digit())
                && digits.bytes().all(|it| it.is_ascii_digit() || it == b'.')
        }
        _ => false,
    }
}

/// All numbers below a value.
pub(crate) fn numbers(value: &Value, found: &mut Numbers) {
    match value {
        Value::Array(all) => all.iter().for_each(|it| numbers(it, found)),
        Value::Object(all) => all.values().for_each(|it| numbers(it, found)),
        other if is_number(other) => drop(found.insert(plain(other))),
        _ => {}
    }
}

/// All numbers that stand at one of these keys, wherever; lists below them whole.
pub(crate) fn numbers_at(value: &Value, keys: &[&str], found: &mut Numbers) {
    match value {
        Value::Array(all) => all.iter().for_each(|it| numbers_at(it, keys, found)),
        Value::Object(all) => {
            for (key, inner) in all {
                if keys.contains(&key.as_str()) {
                    numbers(inner, found);
                } else {
                    numbers_at(inner, keys, found);
                }
            }
        }
        _ => {}
    }
}

/// True when a key stands anywhere in a value.
pub(crate) fn has_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Array(all) => all.iter().any(|it| has_key(it, key)),
        Value::Object(all) => all.contains_key(key) || all.values().any(|it| has_key(it, key)),
        _ => false,
    }
}

/// Checks both ways: what stands at `must` was decoded, and what was decoded stands somewhere in the message. Gives how
/// many numbers were found again.
pub(crate) fn compare(found: &Numbers, message: &Value, must: &[&str]) -> Result<usize, String> {
    let (mut all, mut wanted) = (Numbers::new(), Numbers::new());
    numbers(message, &mut all);
    numbers_at(message, must, &mut wanted);
    let lost: Vec<_> = wanted
        .iter()
        .filter(|it| *it != "0" && !found.contains(*it))
        .collect();
    if !lost.is_empty() {
        return Err(format!(
            "{lost:?} at {must:?} are lost; decoded were {found:?}"
        ));
    }
    let made: Vec<_> = found
        .iter()
        .filter(|it| *it != "0" && !all.contains(*it))
        .collect();
    match made.is_empty() {
        true => Ok(found.len()),
        false => Err(format!(
            "{made:?} were decoded and do not stand in the message"
        )),
    }
}

/// The numbers of news.
pub(crate) fn of_news(news: &[News]) -> Numbers {
    let mut found = Numbers::new();
    for piece in news {
        match piece {
            News::Market(market) => of_market(market, &mut found),
            News::Order(order) => of_order(order, &mut found),
            News::Trade(trade) => of_trade(trade, &mut found),
            News::Balance(balance) => {
                found.insert(money(balance.free));
                found.insert(money(balance.locked));
            }
            News::BalanceMoved(moved) | News::Funding(moved) => {
                found.insert(money(moved.amount));
            }
            News::Position(position) => of_position(position, &mut found),
            News::Margin(margin) => drop(found.insert(money(margin.wallet))),
            News::Settings(settings) => {
                found.extend(settings.leverage.map(|it| it.to_string()));
            }
            _ => {}
        }
    }
    found
}

/// The numbers of an answer.
pub(crate) fn of_answer(answer: &Answer) -> Numbers {
    let mut found = Numbers::new();
    match answer {
        Answer::Depth(depth) => of_body(&Body::Depth(depth.clone()), &mut found),
        Answer::Market(all) => all.iter().for_each(|it| of_market(it, &mut found)),
        Answer::Order(order) => of_order(order, &mut found),
        Answer::Orders(all) => all.iter().for_each(|it| of_order(it, &mut found)),
        Answer::Trades(all) => all.iter().for_each(|it| of_trade(it, &mut found)),
        Answer::Balances(balances, margins) => {
            for balance in balances {
                found.insert(money(balance.free));
                found.insert(money(balance.locked));
            }
            for margin in margins {
                found.insert(money(margin.wallet));
                found.extend(margin.available.map(money));
                found.extend(margin.unrealised.map(money));
                found.extend(margin.initial.map(money));
                found.extend(margin.maintenance.map(money));
            }
        }
        Answer::Positions(all) => all.iter().for_each(|it| of_position(it, &mut found)),
        Answer::Settings(settings) => found.extend(settings.leverage.map(|it| it.to_string())),
        Answer::Funding(all) => found.extend(all.iter().map(|it| money(it.amount))),
        Answer::Time(time) => drop(found.insert((time.nanos() / 1_000_000).to_string())),
        Answer::Instruments(all) => all.iter().for_each(|it| of_rules(it, &mut found)),
        Answer::Tiers(_, tiers) => {
            for tier in tiers {
                found.insert(money(tier.up_to));
                found.insert(money(tier.maintenance));
                found.insert(tier.max_leverage.to_string());
            }
        }
        Answer::Fees(fees) => found.extend([fees.maker, fees.taker].map(money)),
        Answer::Done | Answer::Received | Answer::StreamKey(_) => {}
    }
    found
}

fn of_market(market: &MarketNews, found: &mut Numbers) {
    of_body(&market.body, found);
}

fn of_body(body: &Body, found: &mut Numbers) {
    let mut fixed = |mantissa: i64| found.extend([decimal(mantissa, DECIMALS)]);
    match body {
        Body::Quote(quote) => {
            for level in [quote.bid, quote.ask] {
                fixed(level.price.mantissa());
                fixed(level.qty.mantissa());
            }
        }
        Body::Trade(trade) => {
            fixed(trade.price.mantissa());
            fixed(trade.qty.mantissa());
        }
        Body::Depth(depth) => {
            for level in depth.bids.iter().chain(&depth.asks) {
                fixed(level.price.mantissa());
                fixed(level.qty.mantissa());
            }
            found.insert(depth.last.to_string());
        }
        Body::Mark(mark) => {
            found.insert(money(mark.mark));
            found.extend(mark.index.map(money));
        }
        Body::Funding(funding) => drop(found.insert(money(funding.rate))),
        Body::OpenInterest(interest) => fixed(interest.qty.mantissa()),
        _ => {}
    }
}

/// Ids that are numbers are found again too.
fn id(text: &str, found: &mut Numbers) {
    if is_number(&Value::from(text)) {
        found.insert(stripped(text));
    }
}

fn of_order(order: &OrderReport, found: &mut Numbers) {
    id(&order.venue_id, found);
    found.extend(order.qty.map(|it| decimal(it.mantissa(), DECIMALS)));
    found.extend(order.filled.map(|it| decimal(it.mantissa(), DECIMALS)));
    found.extend(order.limit.map(|it| decimal(it.mantissa(), DECIMALS)));
    found.extend(order.filled_quote.map(money));
    order.trades.iter().for_each(|it| of_trade(it, found));
}

fn of_trade(trade: &TradeReport, found: &mut Numbers) {
    id(&trade.venue_id, found);
    found.insert(trade.trade_id.to_string());
    found.insert(decimal(trade.price.mantissa(), DECIMALS));
    found.insert(decimal(trade.qty.mantissa(), DECIMALS));
    found.extend(trade.fee.as_ref().map(|fee| money(fee.amount)));
}

fn of_position(position: &PositionReport, found: &mut Numbers) {
    found.insert(decimal(position.qty.mantissa(), DECIMALS));
    let amounts = [
        position.entry,
        position.mark,
        position.liquidation,
        position.unrealised,
        position.margin,
    ];
    found.extend(amounts.into_iter().flatten().map(money));
    found.extend(position.leverage.map(|it| it.to_string()));
}

fn of_rules(rules: &Rules, found: &mut Numbers) {
    let limits = &rules.limits;
    found.extend([rules.tick, rules.lot, rules.min_qty, rules.min_notional].map(money));
    let amounts = [
        rules.max_qty,
        limits.min_price,
        limits.max_price,
        limits.market_lot,
        limits.market_min_qty,
        limits.market_max_qty,
        limits.max_notional,
        limits.max_position,
    ];
    found.extend(amounts.into_iter().flatten().map(money));
    if let Some(band) = limits.band {
        found.extend([band.bid.0, band.bid.1, band.ask.0, band.ask.1].map(money));
    }
    let counts = [
        limits.max_orders,
        limits.max_algo_orders,
        limits.max_iceberg_orders,
        limits.iceberg_parts,
        limits.max_amends,
    ];
    found.extend(counts.into_iter().flatten().map(|it| it.to_string()));
}
