//! Market data, rules and limits that are asked for come back as they are.

use onetape_core::event::{Body, OpenInterest};
use onetape_core::num::Qty;
use onetape_core::time::Span;

use super::super::encode_tests::directory;
use super::reply_tests::{book, mark, marked, money, read, top, way};
use super::tests::{BOTH, BTC, NOW, accounts, server};
use super::*;
use crate::ask::Ask;
use crate::binance::{budgets, instruments};
use crate::budget::Counted;
use crate::counts::Counts;
use crate::news::Answer;
use crate::request::Reply as Told;
use crate::server::call::Call;
use crate::server::reply::Reply;
use crate::server::state::LimitState;

#[test]
fn market_answers_come_back() {
    for market in BOTH {
        let depth = Ask::Depth {
            instrument: BTC,
            levels: 100,
        };
        let call = Call::Depth {
            instrument: BTC,
            levels: 100,
        };
        let found = read(
            market,
            &depth,
            &call,
            &way("", false),
            Reply::Depth(book(true, None)),
        );
        assert_eq!(found, Answer::Depth(Box::new(book(true, None).update)));
        let quotes = Call::Quotes(vec![BTC]);
        for one in [true, false] {
            let found = read(
                market,
                &Ask::Quote(BTC),
                &quotes,
                &way("", one),
                Reply::Quotes(vec![top()]),
            );
            let Answer::Market(found) = found else {
                panic!("market data")
            };
            assert_eq!(found[0].body, Body::Quote(top().quote));
        }
        let found = read(
            market,
            &Ask::Time,
            &Call::Time,
            &way("", false),
            Reply::Time(NOW),
        );
        assert_eq!(found, Answer::Time(NOW));
    }
    let found = read(
        Market::Usdm,
        &Ask::Mark(BTC),
        &Call::Marks(vec![BTC]),
        &way("", true),
        Reply::Marks(vec![mark()]),
    );
    let Answer::Market(found) = found else {
        panic!("market data")
    };
    let bodies: Vec<_> = found.into_iter().map(|it| it.body).collect();
    assert_eq!(bodies, marked());
    let open = Reply::OpenInterest(BTC, money("12.345"), NOW);
    let found = read(
        Market::Usdm,
        &Ask::OpenInterest(BTC),
        &Call::OpenInterest(BTC),
        &way("", true),
        open,
    );
    let Answer::Market(found) = found else {
        panic!("market data")
    };
    assert_eq!(
        found[0].body,
        Body::OpenInterest(OpenInterest {
            instrument: BTC,
            qty: Qty::new(12_345)
        })
    );
}

#[test]
fn rules_come_back() {
    let info = r#"{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT",
        "orderTypes":["LIMIT","MARKET"],"filters":[
        {"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"},
        {"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000","stepSize":"0.001"},
        {"filterType":"MARKET_LOT_SIZE","minQty":"0.002","maxQty":"100","stepSize":"0.002"},NOTIONAL]}]}"#;
    let spot = r#"{"filterType":"NOTIONAL","minNotional":"5","applyMinToMarket":true,"maxNotional":"9000000",
        "applyMaxToMarket":false},{"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"5","bidMultiplierDown":"0.2",
        "askMultiplierUp":"4","askMultiplierDown":"0.3"},{"filterType":"MAX_NUM_ORDERS","maxNumOrders":200},
        {"filterType":"MAX_POSITION","maxPosition":"10"}"#;
    let usdm = r#"{"filterType":"MIN_NOTIONAL","notional":"100"},{"filterType":"PERCENT_PRICE","multiplierUp":"1.05",
        "multiplierDown":"0.95"},{"filterType":"MAX_NUM_ORDERS","limit":200}"#;
    for (market, more) in [(Market::Spot, spot), (Market::Usdm, usdm)] {
        let text = info.replace("NOTIONAL]", &format!("{more}]"));
        let mut rules = instruments(market, &text, &mut Counts::default()).unwrap();
        let all = Reply::Instruments(rules.clone());
        let found = read(
            market,
            &Ask::Instruments,
            &Call::Instruments(Vec::new()),
            &way("", false),
            all,
        );
        if market == Market::Usdm {
            let words = ["GTC", "IOC", "FOK", "GTX", "GTD"].map(str::to_string);
            rules[0].limits.times_in_force = words.to_vec();
        }
        assert_eq!(found, Answer::Instruments(rules));
    }
}

#[test]
fn limits_are_told() {
    let (directory, accounts) = (directory(Market::Spot), accounts());
    let cx = server(&directory, &accounts);
    let limit = |counted, seconds: i64, used| LimitState {
        counted,
        over: Span::from_millis(seconds * 1_000),
        limit: 100,
        used,
        resets_at: NOW,
    };
    let limits = vec![
        limit(Counted::Weight, 60, 17),
        limit(Counted::Orders, 10, 3),
        limit(Counted::Orders, 86_400, 4),
    ];
    let asked = Asked {
        account: None,
        call: Call::Ping,
        way: way("", false),
    };
    let replied = Replied {
        result: Ok(Reply::Done),
        limits,
    };
    let out = reply(Market::Spot, &asked, &replied, &cx);
    let headers: Vec<_> = out
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let found = budgets(&Told {
        status: 200,
        headers: &headers,
        body: out.text(),
    });
    let found: Vec<_> = found
        .iter()
        .map(|it| {
            (
                it.counted,
                it.over.unwrap().nanos() / 1_000_000_000,
                it.used,
            )
        })
        .collect();
    let expected = [
        (Counted::Weight, 60, Some(17)),
        (Counted::Orders, 10, Some(3)),
        (Counted::Orders, 86_400, Some(4)),
    ];
    assert_eq!(found, expected);
    let framed = answer(Market::Spot, &asked, &replied, &cx);
    let found = crate::binance::budgets_of_text(&framed);
    let found: Vec<_> = found
        .iter()
        .map(|it| {
            (
                it.counted,
                it.over.unwrap().nanos() / 1_000_000_000,
                it.used,
            )
        })
        .collect();
    assert_eq!(found, expected);
}
