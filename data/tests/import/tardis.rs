//! Files of tardis.dev: quotes, trades, tickers of derivatives, and what is wrong with some.

use onetape_data::catalog::{Catalog, Kind};
use onetape_data::import::{Accept, Options, tardis};
use proptest::prelude::*;

use crate::stored::{Shop, gzip};

pub(crate) const T: u64 = 1_709_251_200_000_000;

const QUOTES: &str =
    "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount
binance,XYZUSDT,1709251200100000,1709251200100000,3,1.61,1.6,2.5
binance,XYZUSDT,1709251200200000,1709251200203000,3,1.62,,
binance,XYZUSDT,1709251200300000,1709251200304000,1e-7,1.625,1.6,2.5
";

const TRADES: &str = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount
binance-futures,XYZUSDT,1709251200100000,1709251200104000,81,buy,1.61,3
binance-futures,XYZUSDT,1709251200100000,1709251200104000,82,sell,1.605,0.5
";

const TICKER: &str = "exchange,symbol,timestamp,local_timestamp,funding_timestamp,funding_rate,predicted_funding_rate,open_interest,last_price,index_price,mark_price
binance-futures,XYZUSDT,1709251200000000,1709251200005000,,,,1000.5,1.6,,
binance-futures,XYZUSDT,1709251201000000,1709251201005000,1709280000000000,0.0001,,1000.5,1.6,1.601,1.602
binance-futures,XYZUSDT,1709251202000000,1709251202005000,1709280000000000,0.0001,,1000.5,1.61,1.601,1.602
binance-futures,XYZUSDT,1709251203000000,1709251203005000,1709280000000000,0.000123456789,,1001,1.61,,1.603
";

#[test]
fn quotes_without_a_side_are_counted_and_left_out() {
    let shop = Shop::new(tardis);
    let path = shop.file("quotes.csv.gz", gzip(QUOTES));
    let report = shop.run(&[path], &Options::default()).unwrap();
    let series = &report.sources[0].series[0];
    assert_eq!(
        (series.quotes, series.rows, series.set_aside.one_sided),
        (3, 2, 1)
    );
    assert_eq!(
        shop.rows("binance-spot:XYZUSDT", Kind::Quote),
        [
            // A venue's time that is the receive time is none.
            "1709251200100000000 null 2 0 1.600 2.5000000 1.610 3.0000000",
            "1709251200304000000 1709251200300000000 4 0 1.600 2.5000000 1.625 0.0000001",
        ]
    );
}

#[test]
fn trades_have_both_stamps() {
    let shop = Shop::new(tardis);
    shop.take("trades.csv", TRADES);
    assert_eq!(
        shop.rows("binance-usdm:XYZUSDT", Kind::Trade),
        [
            "1709251200104000000 1709251200100000000 2 81 1.610 3.0 1",
            "1709251200104000000 1709251200100000000 3 82 1.605 0.5 -1",
        ]
    );
    let catalog = Catalog::open(&shop.root()).unwrap();
    assert_eq!(
        catalog.all_files()[0].delay_ns,
        Some((4_000_000, 4_000_000))
    );
}

#[test]
fn a_ticker_tells_what_is_new() {
    let shop = Shop::new(tardis);
    let report = shop.take("ticker.csv", TICKER);
    let source = &report.sources[0];
    let series = &source.series[0];
    assert_eq!((series.marks, series.fundings, series.interests), (2, 2, 2));
    assert_eq!((source.ignored, series.set_aside.rounded), (1, 1));
    let name = "binance-usdm:XYZUSDT";
    assert_eq!(
        shop.rows(name, Kind::Mark),
        [
            "1709251201005000000 1709251201000000000 3 1.60200000 1.60100000",
            "1709251203005000000 1709251203000000000 5 1.60300000 null",
        ]
    );
    assert_eq!(
        shop.rows(name, Kind::Funding),
        [
            "1709251201005000000 1709251201000000000 3 0.00010000 1709280000000000000",
            "1709251203005000000 1709251203000000000 5 0.00012346 1709280000000000000",
        ]
    );
    assert_eq!(
        shop.rows(name, Kind::Interest),
        [
            "1709251200005000000 1709251200000000000 2 1000.50000000",
            "1709251203005000000 1709251203000000000 5 1001.00000000",
        ]
    );
}

/// One call makes one definition that holds all of its files.
#[test]
fn files_of_one_call_share_their_decimals() {
    let shop = Shop::new(tardis);
    let fine = TRADES.replace("1.605", "1.60512");
    let paths = [
        shop.file("quotes.csv", QUOTES.replace("binance,", "binance-futures,")),
        shop.file("trades.csv", fine),
        shop.file("ticker.csv", TICKER),
    ];
    shop.run(&paths, &Options::default()).unwrap();
    let rows = shop.rows("binance-usdm:XYZUSDT", Kind::Quote);
    assert!(
        rows[0].ends_with("1.60000000 2.50000000 1.61000000 3.00000000"),
        "{rows:?}"
    );
}

#[test]
fn a_file_may_hold_several_symbols() {
    let shop = Shop::new(tardis);
    let more = "binance-futures,ABCUSDT,1709251200100000,1709251200104000,9,buy,7.5,2\n";
    let last = "binance-futures,XYZUSDT,1709251200100000,1709251200105000,83,buy,1.6,1\n";
    let report = shop.take("trades.csv", &[TRADES, more, last].concat());
    let names: Vec<_> = (report.sources[0].series.iter())
        .map(|series| (series.instrument.as_str(), series.trades))
        .collect();
    assert_eq!(
        names,
        [("binance-usdm:ABCUSDT", 1), ("binance-usdm:XYZUSDT", 3)]
    );
}

#[test]
fn exchanges_have_the_names_of_their_venues_unless_told() {
    for (exchange, told, name) in [
        ("binance", None, "binance-spot:XYZUSDT"),
        ("gate-io", None, "gate-spot:XYZUSDT"),
        ("mexc", None, "mexc-spot:XYZUSDT"),
        ("kraken", None, "kraken:XYZUSDT"),
        ("kraken", Some("mine"), "mine:XYZUSDT"),
    ] {
        let shop = Shop::new(tardis);
        let path = shop.file("trades.csv", TRADES.replace("binance-futures", exchange));
        let options = Options {
            venue: told.map(str::to_string),
            ..Options::default()
        };
        shop.run(&[path], &options).unwrap();
        assert_eq!(shop.rows(name, Kind::Trade).len(), 2);
    }
}

/// What counts contracts is not stored as if it counted the base asset.
#[test]
fn contracts_are_taken_only_where_the_instrument_counts_them() {
    let shop = Shop::new(tardis);
    shop.define("binance-coinm:BTCUSD_PERP", "inverse");
    shop.define("gate-usdt:BTC_USDT", "linear");
    let inverse = TRADES.replace("binance-futures,XYZUSDT", "binance-delivery,BTCUSD_PERP");
    shop.take("inverse.csv", &inverse.replace("1.605", "1.6"));
    let rows = shop.rows("binance-coinm:BTCUSD_PERP", Kind::Trade);
    assert!(rows[0].ends_with(" 81 1.61 3.000 1"), "{rows:?}");
    let linear = TRADES.replace("binance-futures,XYZUSDT", "gate-io-futures,BTC_USDT");
    let why = (shop.run(&[shop.file("linear.csv", linear)], &Options::default())).unwrap_err();
    assert!(
        why.contains("line 2") && why.contains("count contracts"),
        "{why}"
    );
}

#[test]
fn trades_without_a_side_are_none() {
    let shop = Shop::new(tardis);
    let path = shop.file(
        "trades.csv",
        TRADES.replace("sell", "unknown").replace("81,", "a-b,"),
    );
    let why = shop
        .run(std::slice::from_ref(&path), &Options::default())
        .unwrap_err();
    assert!(
        why.contains("line 3:") && why.contains("--accept non-trade"),
        "{why}"
    );
    let accept = Accept {
        non_trades: true,
        ..Accept::default()
    };
    let options = Options {
        accept,
        ..Options::default()
    };
    shop.run(&[path], &options).unwrap();
    // A name that is no number is not kept.
    assert_eq!(
        shop.rows("binance-usdm:XYZUSDT", Kind::Trade),
        ["1709251200104000000 1709251200100000000 2 0 1.610 3.0 1"]
    );
}

#[test]
fn what_cannot_be_taken_is_refused_with_place_and_fix() {
    let good = ("good.csv", TRADES);
    let line = |more: &str| TRADES.replace("XYZ", "BAD") + more + "\n";
    for (name, text, says) in [
        (
            "bad.csv",
            line("binance-futures,BADUSDT,1709251200100000,1709251200104000,83,buy,1"),
            ["line 4", "7 columns"],
        ),
        (
            "bad.csv",
            line("binance-futures,BADUSDT,1709251200100000,1709251200104000,83,buy,1.x,1"),
            ["line 4", "\"1.x\""],
        ),
        (
            "bad.csv",
            line("binance-futures,BADUSDT,1709251200100000,1709251200104000,83,long,1,1"),
            ["line 4", "\"long\""],
        ),
        (
            "bad.csv",
            line("binance-futures,BADUSDT,1709251200100000,1709251200104,83,buy,1,1"),
            ["line 4", "not a time in microseconds"],
        ),
        (
            "bad.csv",
            line("binance-futures,BADUSDT,1709251200100000,1709251100000000,83,buy,1,1"),
            ["line 4", "sort the file by time"],
        ),
        (
            "bad.csv",
            line("binance-futures,BADUSDT,1709251200100000,1709251200104000,83,buy,-1,1"),
            ["line 4", "--accept bad-price"],
        ),
        (
            "bad.csv",
            line("binance-delivery,BADUSD,1709251200100000,1709251200104000,83,buy,1,1"),
            ["line 4", "data import instruments"],
        ),
        (
            "bad.csv",
            line("binance-futures,BAD/X,1709251200100000,1709251200104000,83,buy,1,1"),
            ["line 4", "symbol"],
        ),
        (
            "bad.csv",
            "exchange,symbol,timestamp,local_timestamp,asks[0].price\n".to_string(),
            ["line 1", "incremental_book_L2"],
        ),
        (
            "bad.csv",
            TRADES.lines().next().unwrap().to_string(),
            ["no line of it can be used", "whole"],
        ),
        (
            "bad.csv",
            String::new(),
            ["it is empty", "fetch the file again"],
        ),
        (
            "binance_liquidations_2024-03-01_BAD.csv",
            TRADES.replace("XYZ", "BAD"),
            ["liquidations", "leave the file out"],
        ),
    ] {
        Shop::new(tardis).refuses(good, (name, text.as_bytes()), &says);
    }
    let packed = gzip(&TRADES.replace("XYZ", "BAD"));
    for length in [packed.len() - 1, packed.len() / 2] {
        Shop::new(tardis).refuses(
            good,
            ("bad.csv.gz", &packed[..length]),
            &["cut off", "whole"],
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The rows are what a naive reading of the text gives, wherever the columns stand.
    #[test]
    fn rows_are_the_lines(
        lines in prop::collection::vec((1u64..100_000_000, 1u64..100_000, 0u64..900, any::<bool>()), 1..60),
        turned in any::<bool>(),
    ) {
        let mut cells = vec!["exchange,symbol,timestamp,local_timestamp,id,side,price,amount".to_string()];
        let (mut expected, mut time) = (Vec::new(), T);
        for (at, (price, qty, gap, bought)) in lines.iter().enumerate() {
            time += gap;
            let price = format!("{}.{:02}", price / 100, price % 100);
            let qty = format!("{}.{:03}", qty / 1_000, qty % 1_000);
            let (side, number) = if *bought { ("buy", "1") } else { ("sell", "-1") };
            cells.push(format!("okex,A-USDT,{},{time},{at},{side},{price},{qty}", time - 7));
            expected.push(format!("{time}000 {}000 {} {at} {price} {qty} {number}", time - 7, at + 2));
        }
        let turn = |line: &String| line.split(',').rev().collect::<Vec<_>>().join(",");
        let cells = if turned { cells.iter().map(turn).collect() } else { cells };
        let shop = Shop::new(tardis);
        shop.take("trades.csv", &cells.join("\n"));
        prop_assert_eq!(shop.rows("okex:A-USDT", Kind::Trade), expected);
    }
}
