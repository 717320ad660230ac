//! What the decoder makes of real messages, of broken ones and of any text.

use super::*;
use proptest::prelude::*;

fn ok(text: &str) -> (Option<Market>, Message<'_>) {
    let decoded = decode(text).unwrap();
    (decoded.market, decoded.message)
}

#[test]
fn quotes_of_both_markets() {
    let (market, message) = ok(
        r#"{"stream":"xyzusdt@bookTicker","data":{"u":7,"s":"XYZUSDT","b":"1.50","B":"20.0","a":"1.60","A":"3.0","new":[1]}}"#,
    );
    let Message::Quote(quote) = message else {
        panic!()
    };
    assert_eq!(market, Some(Market::Spot));
    assert_eq!(
        (quote.symbol.as_ref(), quote.update_id, quote.time),
        ("XYZUSDT", 7, None)
    );
    assert_eq!(
        (
            quote.bid.price,
            quote.bid.qty,
            quote.ask.price,
            quote.ask.qty
        ),
        ("1.50", "20.0", "1.60", "3.0")
    );

    let (market, message) = ok(
        r#"{"stream":"xyzusdt@bookTicker","data":{"e":"bookTicker","u":8,"s":"XYZUSDT","b":"1.5","B":"2","a":"1.6","A":"3","T":1700000000001,"E":1700000000002}}"#,
    );
    let Message::Quote(quote) = message else {
        panic!()
    };
    assert_eq!(market, Some(Market::Usdm));
    assert_eq!(quote.time, Some(Ts::from_nanos(1_700_000_000_001_000_000)));

    let (market, message) = ok(r#"{"u":9,"s":"X","b":"1","B":"2","a":"3","A":"4"}"#);
    assert!(matches!(
        (market, message),
        (Some(Market::Spot), Message::Quote(_))
    ));
}

#[test]
fn aggregates_have_an_id_of_their_own() {
    let text = r#"{"stream":"xyzusdt@aggTrade","data":{"e":"aggTrade","E":1700000000003,"s":"XYZUSDT","a":15,"p":"0.3528","q":"58.0","f":90,"l":92,"T":1700000000002,"m":true,"M":true}}"#;
    let (market, message) = ok(text);
    let Message::Aggregate(trade) = message else {
        panic!()
    };
    assert_eq!(market, Some(Market::Spot));
    assert_eq!((trade.id, trade.price, trade.qty), (15, "0.3528", "58.0"));
    assert!(trade.buyer_is_maker && trade.is_trade());
    assert_eq!(trade.time, Some(Ts::from_nanos(1_700_000_000_002_000_000)));
    assert_eq!(channel(text).as_deref(), Some("aggTrade"));
    assert!(decode(&text.replace(r#""a":15,"#, "")).is_err());
    assert_eq!(channel(r#"{"e":"kline"}"#).as_deref(), Some("kline"));
    assert_eq!(channel("{}"), None);
}

#[test]
fn depth_of_both_markets() {
    let (market, message) = ok(
        r#"{"stream":"xyzusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000002,"s":"XYZUSDT","U":5,"u":6,"b":[["1.5","0.0"],["1.4","2",[]]],"a":[]}}"#,
    );
    let Message::Diff(diff) = message else {
        panic!()
    };
    assert_eq!(market, Some(Market::Spot));
    assert_eq!((diff.first, diff.last, diff.prev), (5, 6, None));
    assert_eq!(
        diff.bids[1],
        WireLevel {
            price: "1.4",
            qty: "2"
        }
    );
    assert!(diff.asks.is_empty());

    let (market, message) = ok(
        r#"{"stream":"xyzusdt@depth@0ms","data":{"e":"depthUpdate","E":1700000000002,"T":1700000000001,"s":"XYZUSDT","U":5,"u":6,"pu":4,"b":[],"a":[["2","1"]]}}"#,
    );
    let Message::Diff(diff) = message else {
        panic!()
    };
    assert_eq!((market, diff.prev), (Some(Market::Usdm), Some(4)));

    for (extra, expected) in [
        ("", Market::Spot),
        (r#""E":1700000000002,"T":1700000000001,"#, Market::Usdm),
    ] {
        let text = format!(r#"{{"lastUpdateId":12,{extra}"bids":[["1","2"]],"asks":[["3","4"]]}}"#);
        let (market, message) = ok(&text);
        let Message::Snapshot(snapshot) = message else {
            panic!()
        };
        assert_eq!(
            (market, snapshot.last, snapshot.symbol),
            (Some(expected), 12, None)
        );
        assert_eq!((snapshot.bids.len(), snapshot.asks.len()), (1, 1));
    }
}

#[test]
fn trades_and_entries_that_are_none() {
    let (market, message) = ok(
        r#"{"stream":"xyzusdt@trade","data":{"e":"trade","E":1700000000002,"s":"XYZUSDT","t":3,"p":"1.5","q":"2","T":1700000000001,"m":true,"M":true}}"#,
    );
    let Message::Trade(trade) = message else {
        panic!()
    };
    assert_eq!(
        (market, trade.id, trade.buyer_is_maker, trade.is_trade()),
        (Some(Market::Spot), 3, true, true)
    );
    for (kind, is_trade) in [("MARKET", true), ("NA", false), ("INSURANCE_FUND", false)] {
        let text = format!(
            r#"{{"stream":"xyzusdt@trade","data":{{"e":"trade","E":1,"T":1,"s":"XYZUSDT","t":3,"p":"0","q":"0","X":"{kind}","m":false}}}}"#
        );
        let (market, message) = ok(&text);
        let Message::Trade(trade) = message else {
            panic!()
        };
        assert_eq!((market, trade.is_trade()), (Some(Market::Usdm), is_trade));
    }
}

#[test]
fn marks_carry_funding() {
    let (market, message) = ok(
        r#"{"stream":"xyzusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000000002,"s":"XYZUSDT","p":"1.5","i":"1.4","P":"1.3","r":"-0.0001","T":1700000100000}}"#,
    );
    let Message::Mark(mark) = message else {
        panic!()
    };
    assert_eq!(
        (market, mark.mark, mark.index, mark.rate),
        (Some(Market::Usdm), "1.5", Some("1.4"), Some("-0.0001"))
    );
    assert_eq!(
        mark.settles_at,
        Some(Ts::from_nanos(1_700_000_100_000_000_000))
    );
    let (_, message) = ok(r#"{"e":"markPriceUpdate","E":1,"s":"X_251226","p":"1","r":"","T":0}"#);
    let Message::Mark(mark) = message else {
        panic!()
    };
    assert_eq!((mark.index, mark.rate, mark.settles_at), (None, None, None));
}

#[test]
fn coin_margined_streams_are_told_apart() {
    for extra in [r#""st":2"#, r#""ps":"BTCUSD""#] {
        let text = format!(
            r#"{{"e":"trade","E":1,"T":1,"s":"BTCUSD_PERP","t":3,"p":"1","q":"1","X":"MARKET","m":false,{extra}}}"#
        );
        assert_eq!(ok(&text).0, Some(Market::Coinm));
    }
    let text = r#"{"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":3,"p":"1","q":"1","X":"MARKET","m":false,"st":1,"ps":"BTCUSDT"}"#;
    assert_eq!(ok(text).0, Some(Market::Usdm));
}

#[test]
fn what_is_not_known_is_ignored() {
    for text in [
        r#"{"result":null,"id":1}"#,
        r#"{"stream":"xyzusdt@depth5@100ms","data":{"e":"depthUpdate","U":1,"u":2,"pu":1,"s":"X","b":[],"a":[]}}"#,
        r#"{"stream":"xyzusdt@depth20","data":{"lastUpdateId":1,"bids":[],"asks":[]}}"#,
        r#"{"stream":"!markPrice@arr@1s","data":[{"e":"markPriceUpdate"}]}"#,
        r#"{"stream":"xyzusdt@kline_1m","data":{"e":"kline","k":{"t":1},"b":{"x":[1.5,-1,null,"q"]}}}"#,
        r#"{"stream":"odd","data":7}"#,
        r#"{}"#,
    ] {
        assert_eq!(ok(text), (None, Message::Ignored), "{text}");
    }
}

#[test]
fn broken_texts_and_unsound_fields_are_errors() {
    for text in [
        "",
        "{",
        "[]",
        "7",
        r#"{"stream":"x@trade","data":{"e":"trade""#,
        "{} {}",
    ] {
        assert!(matches!(decode(text), Err(DecodeError::Json(_))), "{text}");
    }
    for (text, field) in [
        (
            r#"{"stream":"x@trade","data":{"s":"X","t":1,"p":1.5,"q":"1","m":true}}"#,
            "p",
        ),
        (
            r#"{"stream":"x@trade","data":{"s":"X","t":-1,"p":"1","q":"1","m":true}}"#,
            "t",
        ),
        (
            r#"{"stream":"x@depth","data":{"s":"X","U":1,"u":2,"b":[["1"]],"a":[]}}"#,
            "b",
        ),
        (
            r#"{"stream":"x@bookTicker","data":{"u":1,"b":"1","B":"1","a":"1","A":"1"}}"#,
            "s",
        ),
        (r#"{"lastUpdateId":1,"bids":[]}"#, "asks"),
    ] {
        let why = decode(text).unwrap_err();
        assert!(
            matches!(why, DecodeError::Field { field: found, .. } if found == field),
            "{why}"
        );
    }
}

#[test]
fn escaped_symbols_are_read() {
    let text = r#"{"u":9,"s":"\u5e01USDT","b":"1","B":"2","a":"3","A":"4"}"#;
    let (_, Message::Quote(quote)) = ok(text) else {
        panic!()
    };
    assert_eq!(quote.symbol, "币USDT");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,64}") {
        let _ = decode(&text);
    }

    #[test]
    fn no_cut_or_flipped_message_panics(at in 0usize..150, byte in 32u8..127) {
        let good = r#"{"stream":"x@depth","data":{"e":"depthUpdate","E":1,"s":"X","U":1,"u":2,"pu":0,"b":[["1","2"],["3","4"]],"a":[["5","6"]],"T":5}}"#;
        let at = at.min(good.len() - 1);
        let _ = decode(&good[..at]);
        let mut bytes = good.as_bytes().to_vec();
        bytes[at] = byte;
        let _ = decode(std::str::from_utf8(&bytes).unwrap());
    }
}

#[test]
fn the_stream_of_all_top_of_book_messages_is_read() {
    let text = r#"{"stream":"!bookTicker","data":{"e":"bookTicker","u":7,"s":"1000SHIBUSDT","b":"0.012345","B":"5","a":"0.012350","A":"6","T":1723161255000,"E":1723161255001}}"#;
    let decoded = decode(text).unwrap();
    assert_eq!(decoded.market, Some(Market::Usdm));
    assert!(matches!(decoded.message, Message::Quote(quote) if quote.symbol == "1000SHIBUSDT"));
}
