//! What the decoder makes of messages as Gate sends them, of broken ones and of any text.

use super::*;
use proptest::prelude::*;

fn ok(text: &str) -> Message<'_> {
    decode(text).unwrap().message
}

fn level<'a>(price: &'a str, size: &'a str) -> WireLevel<'a> {
    WireLevel { price, size }
}

fn ns(nanos: i64) -> Option<Ts> {
    Some(Ts::from_nanos(nanos))
}

#[test]
fn updates_have_levels_in_two_forms() {
    let text = r#"{"time":1600000002,"channel":"spot.order_book_update","event":"update","result":{"t":1600000002978,"e":"depthUpdate","E":1600000002,"s":"XYZ_ETH","U":5,"u":7,"b":[["0.0010","53.2"]],"a":[["0.0011","0"],["0.0012","1"]]}}"#;
    let Message::Update(update) = ok(text) else {
        panic!()
    };
    assert_eq!(
        (update.symbol, update.first, update.last),
        ("XYZ_ETH", 5, 7)
    );
    assert_eq!(update.time, ns(1_600_000_002_978_000_000));
    assert_eq!(update.bids, [level("0.0010", "53.2")]);
    assert_eq!(update.asks, [level("0.0011", "0"), level("0.0012", "1")]);

    // Sizes are numbers here, and texts where the connection asks for decimals.
    let text = r#"{"time_ms":1,"channel":"futures.order_book_update","event":"update","result":{"U":8,"a":[{"p":"0.29","s":0},{"p":"0.30","s":"1.5"}],"b":[],"s":"XYZ_USDT","t":1600000002978,"u":8}}"#;
    let Message::Update(update) = ok(text) else {
        panic!()
    };
    assert_eq!(update.asks, [level("0.29", "0"), level("0.30", "1.5")]);
    assert!(update.bids.is_empty() && !update.full);

    let text = r#"{"channel":"futures.order_book_update","event":"update","result":{"full":true,"s":"XYZ_USDT","u":9,"a":null}}"#;
    let Message::Update(update) = ok(text) else {
        panic!()
    };
    assert_eq!((update.full, update.first, update.last), (true, 9, 9));
    let text = r#"{"channel":"futures.order_book_update","event":"update","result":{"s":"XYZ_USDT","u":9}}"#;
    assert!(decode(text).unwrap_err().to_string().contains(r#""U""#));
}

#[test]
fn quotes_may_lack_a_side() {
    let text = r#"{"channel":"futures.book_ticker","event":"update","result":{"t":1600000002621,"u":4,"s":"XYZ_USDT","b":"0.7379","B":814,"a":"","A":0}}"#;
    let Message::Quote(quote) = ok(text) else {
        panic!()
    };
    assert_eq!((quote.bid, quote.ask), (Some(level("0.7379", "814")), None));
    assert_eq!(
        (quote.update_id, quote.time),
        (4, ns(1_600_000_002_621_000_000))
    );
}

#[test]
fn trades_tell_their_side_in_two_ways() {
    let text = r#"{"channel":"spot.trades","event":"update","result":{"id":81,"create_time":1600000003,"create_time_ms":"1600000003708.2642","side":"sell","currency_pair":"XYZ_USDT","amount":"0.2010000000","price":"121.58"}}"#;
    let Message::Trades(trades) = ok(text) else {
        panic!()
    };
    let [trade] = trades.as_slice() else { panic!() };
    assert_eq!((trade.price, trade.size), ("121.58", "0.2010000000"));
    assert_eq!((trade.id, trade.aggressor), (81, Side::Sell));
    assert_eq!(trade.time, ns(1_600_000_003_708_264_200));

    // Prices come as texts or numbers; of a number its digits count, not the float nearest to it.
    let text = r#"{"channel":"futures.trades","event":"update","result":[{"contract":"XYZ_USDT","create_time":1600000005,"id":9,"price":0.8360000000000000001,"size":-90},{"contract":"XYZ_USDT","create_time_ms":1600000005931,"id":10,"price":"0.9","size":5,"is_internal":true}]}"#;
    let Message::Trades(trades) = ok(text) else {
        panic!()
    };
    assert_eq!(
        (trades[0].price, trades[0].size),
        ("0.8360000000000000001", "90")
    );
    assert_eq!(
        (trades[0].aggressor, trades[1].aggressor),
        (Side::Sell, Side::Buy)
    );
    assert_eq!(trades[0].time, ns(1_600_000_005_000_000_000));
    assert!(!trades[0].is_internal && trades[1].is_internal);
    for (from, to) in [
        (r#""sell""#, r#""up""#),
        (r#""amount":"0.2010000000","#, ""),
    ] {
        let text = r#"{"channel":"spot.trades","event":"update","result":{"id":81,"side":"sell","amount":"0.2010000000","currency_pair":"XYZ_USDT","price":"1"}}"#;
        assert!(decode(&text.replace(from, to)).is_err(), "{from}");
    }
}

#[test]
fn candles_and_tickers() {
    let text = r#"{"channel":"spot.candlesticks","event":"update","result":{"t":"1600000020","v":"0","c":"4","h":"5","l":"2","o":"3","n":"1m_XYZ_USDT"}}"#;
    let Message::Candles(candles) = ok(text) else {
        panic!()
    };
    assert_eq!((candles[0].symbol, candles[0].closed), ("XYZ_USDT", None));
    assert_eq!(candles[0].span, Span::from_millis(60_000));
    assert_eq!(candles[0].start, Ts::from_nanos(1_600_000_020_000_000_000));
    let text = r#"{"channel":"futures.candlesticks","event":"update","result":[{"t":1600000020,"v":1,"c":"4","h":"5","l":"2","o":"3","n":"4h_XYZ_USDT","w":true}]}"#;
    let Message::Candles(candles) = ok(text) else {
        panic!()
    };
    assert_eq!(candles[0].span, Span::from_millis(4 * 3_600_000));
    assert_eq!(candles[0].closed, Some(true));
    assert!(decode(&text.replace("4h_", "4y_")).is_err());

    let text = r#"{"channel":"spot.tickers","event":"update","result":{"currency_pair":"XYZ_BTC","last":"2","lowest_ask":"3","highest_bid":"1"}}"#;
    let Message::Tickers(tickers) = ok(text) else {
        panic!()
    };
    assert_eq!(
        (tickers[0].bid, tickers[0].ask, tickers[0].mark),
        (Some("1"), Some("3"), None)
    );
}

#[test]
fn answers_and_the_unknown() {
    let text = r#"{"channel":"spot.trades","event":"subscribe","error":null,"result":{"status":"success"}}"#;
    assert_eq!(ok(text), Message::Answer { accepted: true });
    let text = r#"{"channel":"spot.trades","event":"subscribe","error":{"code":2,"message":"x"},"result":null}"#;
    assert_eq!(ok(text), Message::Answer { accepted: false });
    for text in [
        "{}",
        r#"{"channel":"spot.pong"}"#,
        r#"{"channel":"options.trades","event":"update","result":[]}"#,
        r#"{"channel":"futures.order_book","event":"all","result":{}}"#,
        r#"{"method":"trades.update","params":[1]}"#,
    ] {
        assert_eq!(ok(text), Message::Ignored, "{text}");
    }
}

#[test]
fn rest_books_and_rules() {
    let book = snapshot(r#"{"id":77,"current":1600000005113,"update":1600000004591,"asks":[["2","0.5"]],"bids":[["1","3"]]}"#).unwrap();
    assert_eq!(
        (book.last, book.time),
        (Some(77), ns(1_600_000_004_591_000_000))
    );
    assert_eq!(
        (book.bids, book.asks),
        (vec![level("1", "3")], vec![level("2", "0.5")])
    );
    let book = snapshot(r#"{"id":78,"current":1600000005.1,"update":1600000004.35,"asks":[{"s":803,"p":"2"}],"bids":[]}"#).unwrap();
    assert_eq!(book.time, ns(1_600_000_004_350_000_000));
    assert_eq!(book.asks, [level("2", "803")]);

    let pairs = currency_pairs(r#"[{"id":"XYZ_USDC","base":"XYZ","quote":"USDC","min_base_amount":"0.001","amount_precision":4,"precision":2}]"#).unwrap();
    assert_eq!(
        (pairs[0].tick.as_str(), pairs[0].step.as_str()),
        ("0.01", "0.0001")
    );
    assert_eq!(
        (pairs[0].min_size, pairs[0].multiplier),
        (Some("0.001"), None)
    );
    let contracts = contracts(r#"[{"name":"XYZ_USDT","order_price_round":"0.01","order_size_min":1,"order_size_max":1000000,"quanto_multiplier":"0.0001"}]"#).unwrap();
    let found = &contracts[0];
    assert_eq!(
        (found.base, found.quote, found.multiplier),
        ("XYZ", "USDT", Some("0.0001"))
    );
    assert_eq!(
        (found.min_size, found.max_size),
        (Some("1"), Some("1000000"))
    );
}

#[test]
fn markets_are_told_by_channel_and_symbol() {
    for (channel, symbol, market) in [
        ("spot.trades", "BTC_USDT", Some(Market::Spot)),
        ("futures.trades", "BTC_USDT", Some(Market::Usdt)),
        ("futures.trades", "BTC_USDT_20220930", Some(Market::Usdt)),
        ("futures.trades", "BTC_USD_20220624", Some(Market::Btc)),
        ("futures.trades", "BTCUSDT", None),
        ("options.trades", "BTC_USDT", None),
    ] {
        assert_eq!(Market::of(channel, symbol), market, "{channel} {symbol}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_message_or_an_error(text in ".{0,200}") {
        let _ = decode(&text);
        let _ = snapshot(&text);
        let _ = contracts(&text);
        let _ = currency_pairs(&text);
    }

    #[test]
    fn any_result_is_a_message_or_an_error(
        place in prop::sample::select(vec!["spot", "futures"]),
        name in prop::sample::select(vec!["trades", "tickers", "candlesticks", "book_ticker", "order_book_update"]),
        key in prop::sample::select(vec!["id", "s", "u", "U", "b", "n", "t", "price"]),
        value in prop::sample::select(vec!["1", "-1", "null", "[]", "{}", r#""x""#, "1e400", r#""\u0041""#]),
    ) {
        let text = format!(r#"{{"channel":"{place}.{name}","event":"update","result":{{"{key}":{value}}}}}"#);
        let _ = decode(&text);
        let text = format!(r#"{{"channel":"{place}.{name}","event":"update","result":[{{"{key}":{value}}}]}}"#);
        let _ = decode(&text);
    }
}
