//! Archives of data.binance.vision.

use onetape_data::catalog::Kind;
use onetape_data::import::{Accept, Options, binance_vision};
use proptest::prelude::*;

use crate::stored::{Shop, gzip, zip};

const QUOTES: &str =
    "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time
71,50000.10,1.250,50000.20,3.000,1709251200010,1709251200013
72,50000.10,1.200,50000.30,0.001,1709251200020,1709251200022
";

const SPOT_TRADES: &str = "31,61000.01000000,0.00100000,61.00001000,1735689600000123,True,True
32,61000.02000000,0.00250000,152.50005000,1735689600000123,False,True
";

const OLD_SPOT_AGG_TRADES: &str = "11,0.20000000,50.00000000,90,90,1608872400000,False,True
12,0.20010000,7.00000000,91,93,1608872400100,True,True
";

const FUTURES_AGG_TRADES: &str =
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker
5,61000.5,1e-3,8,9,1709251200000,true
6,61000.5,2,10,10,1709251200001,false
";

const BARS: &str = "1709251200000,100.1,101.5,99.9,100.2,12.5,1709251259999,1254.1,7,6.0,601.2,0
1709251260000,100.2,100.2,100.2,100.2,0,1709251319999,0,0,0,0,0
";

const FUNDING: &str = "calc_time,funding_interval_hours,last_funding_rate
1709251200003,8,0.00010000
1709280000001,8,-0.00002500
";

#[test]
fn quotes_are_stamped_with_the_time_of_the_transaction() {
    let shop = Shop::new(binance_vision);
    let name = "futures/um/daily/bookTicker/BTCUSDT/BTCUSDT-bookTicker-2024-03-01.zip";
    let path = shop.file(name, zip("BTCUSDT-bookTicker-2024-03-01.csv", QUOTES));
    let report = shop.run(&[path], &Options::default()).unwrap();
    let series = &report.sources[0].series[0];
    assert_eq!((series.quotes, series.rows, series.inferred), (2, 2, true));
    assert_eq!(
        shop.rows("binance-usdm:BTCUSDT", Kind::Quote),
        [
            "1709251200010000000 1709251200010000000 2 71 50000.10 1.250 50000.20 3.000",
            "1709251200020000000 1709251200020000000 3 72 50000.10 1.200 50000.30 0.001",
        ]
    );
}

#[test]
fn trades_of_spot_have_no_header_and_microseconds_since_2025() {
    let shop = Shop::new(binance_vision);
    shop.take("spot/BTCUSDT-trades-2025-01-01.csv", SPOT_TRADES);
    assert_eq!(
        shop.rows("binance-spot:BTCUSDT", Kind::Trade),
        [
            "1735689600000123000 1735689600000123000 1 31 61000.01000000 0.00100000 -1",
            "1735689600000123000 1735689600000123000 2 32 61000.02000000 0.00250000 1",
        ]
    );
}

#[test]
fn aggregated_trades_of_both_markets() {
    let shop = Shop::new(binance_vision);
    let spot = shop.file("spot/XYZUSDT-aggTrades-2020-12.csv", OLD_SPOT_AGG_TRADES);
    let name = "futures/um/XYZUSDT-aggTrades-2024-03-01.csv.gz";
    let futures = shop.file(name, gzip(FUTURES_AGG_TRADES));
    shop.run(&[spot, futures], &Options::default()).unwrap();
    assert_eq!(
        shop.rows("binance-spot:XYZUSDT", Kind::Trade),
        [
            "1608872400000000000 1608872400000000000 1 11 0.20000000 50.00000000 1",
            "1608872400100000000 1608872400100000000 2 12 0.20010000 7.00000000 -1",
        ]
    );
    assert_eq!(
        shop.rows("binance-usdm:XYZUSDT", Kind::Trade),
        [
            "1709251200000000000 1709251200000000000 2 5 61000.5 0.001 -1",
            "1709251200001000000 1709251200001000000 3 6 61000.5 2.000 1",
        ]
    );
}

#[test]
fn bars_are_stamped_at_their_close() {
    let shop = Shop::new(binance_vision);
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,\
                  taker_buy_quote_volume,ignore\n";
    shop.take("spot/ABCUSDT-1m-2024-03.csv", BARS);
    shop.take(
        "futures/um/ABCUSDT-1m-2024-03.csv",
        &format!("{header}{BARS}"),
    );
    for (venue, line) in [("binance-spot", 1), ("binance-usdm", 2)] {
        let (first, second) = ("1709251260000000000", "1709251320000000000");
        assert_eq!(
            shop.rows(&format!("{venue}:ABCUSDT"), Kind::Bar),
            [
                format!("{first} {first} {line} 60000000000 100.1 101.5 99.9 100.2 12.5"),
                format!(
                    "{second} {second} {} 60000000000 100.2 100.2 100.2 100.2 0.0",
                    line + 1
                ),
            ]
        );
    }
}

#[test]
fn bars_in_microseconds_close_a_microsecond_after_their_last() {
    let shop = Shop::new(binance_vision);
    let bar = "1735689600000000,1.0,1.0,1.0,1.0,2.0,1735693199999999,2.0,1,1.0,1.0,0\n";
    shop.take("spot/ABCUSDT-1h-2025-01.csv", bar);
    assert_eq!(
        shop.rows("binance-spot:ABCUSDT", Kind::Bar),
        ["1735693200000000000 1735693200000000000 1 3600000000000 1.0 1.0 1.0 1.0 2.0"]
    );
}

#[test]
fn funding_is_known_when_it_is_settled() {
    let shop = Shop::new(binance_vision);
    shop.take("futures/um/BTCUSDT-fundingRate-2024-03.csv", FUNDING);
    assert_eq!(
        shop.rows("binance-usdm:BTCUSDT", Kind::Funding),
        [
            "1709251200003000000 1709251200003000000 2 0.00010000 1709251200003000000",
            "1709280000001000000 1709280000001000000 3 -0.00002500 1709280000001000000",
        ]
    );
}

/// Quantities of coin-margined contracts are contracts, as they are stored.
#[test]
fn a_stated_instrument_gives_the_decimals() {
    let shop = Shop::new(binance_vision);
    shop.define("binance-coinm:BTCUSD_PERP", "inverse");
    shop.take(
        "futures/cm/BTCUSD_PERP-trades-2024-03-01.csv",
        "id,price,qty,base_qty,time,is_buyer_maker\n7,61000.5,3,0.0049,1709251200000,true\n",
    );
    assert_eq!(
        shop.rows("binance-coinm:BTCUSD_PERP", Kind::Trade),
        ["1709251200000000000 1709251200000000000 2 7 61000.50 3.000 -1"]
    );
    let fine =
        "id,price,qty,base_qty,time,is_buyer_maker\n8,61000.555,3,0.0049,1709337600000,true\n";
    let path = shop.file("futures/cm/BTCUSD_PERP-trades-2024-03-02.csv", fine);
    let why = shop.run(&[path], &Options::default()).unwrap_err();
    assert!(
        why.contains("line 2") && why.contains("has more than 2 decimals"),
        "{why}"
    );
}

/// Decimals are those of all files of a call, not of the first rows of the first file.
#[test]
fn decimals_are_taken_from_every_file() {
    let shop = Shop::new(binance_vision);
    let coarse = shop.file(
        "spot/QUSDT-trades-2024-03-01.csv",
        "1,10,1,10,1709251200000,true,true\n",
    );
    let fine = shop.file(
        "spot/QUSDT-trades-2024-03-02.csv",
        "2,10,1,10,1709337600000,true,true\n3,10.125,0.5,5,1709337600001,true,true\n",
    );
    shop.run(&[coarse, fine], &Options::default()).unwrap();
    let rows = shop.rows("binance-spot:QUSDT", Kind::Trade);
    assert_eq!(
        (rows.len(), rows[0].ends_with("10.000 1.0 -1")),
        (3, true),
        "{rows:?}"
    );
}

#[test]
fn the_venue_can_be_told_and_must_be_where_no_folder_tells() {
    let shop = Shop::new(binance_vision);
    let path = shop.file("BTCUSDT-trades-2025-01-01.csv", SPOT_TRADES);
    let why = shop
        .run(std::slice::from_ref(&path), &Options::default())
        .unwrap_err();
    assert!(why.contains("--venue binance-spot"), "{why}");
    let told = Options {
        venue: Some("binance-spot".to_string()),
        ..Options::default()
    };
    shop.run(&[path], &told).unwrap();
    assert_eq!(shop.rows("binance-spot:BTCUSDT", Kind::Trade).len(), 2);
}

#[test]
fn the_same_archive_is_not_taken_twice() {
    let shop = Shop::new(binance_vision);
    shop.take("spot/BTCUSDT-trades-2025-01-01.csv", SPOT_TRADES);
    let again = shop.take("spot/BTCUSDT-trades-2025-01-01.csv", SPOT_TRADES);
    assert!(again.sources[0].already_imported);
}

#[test]
fn entries_with_zeros_are_no_trades() {
    let shop = Shop::new(binance_vision);
    let text = SPOT_TRADES.to_string() + "33,0,0,0,1735689600000124,False,True\n";
    let path = shop.file("spot/BTCUSDT-trades-2025-01-01.csv", &text);
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
    let report = shop.run(&[path], &options).unwrap();
    let series = &report.sources[0].series[0];
    assert_eq!(
        (series.trades, series.rows, series.set_aside.non_trades),
        (3, 2, 1)
    );
}

#[test]
fn what_cannot_be_taken_is_refused_with_place_and_fix() {
    let good = ("spot/GOODUSDT-trades-2025-01-01.csv", SPOT_TRADES);
    let trades = "spot/BADUSDT-trades-2025-01-01.csv";
    let line = |more: &str| SPOT_TRADES.to_string() + more + "\n";
    for (name, text, says) in [
        (
            trades,
            line("33,1.0,1.0,1.0,1735689600000124,True"),
            ["line 3", "has 6 columns"],
        ),
        (
            trades,
            line("33,1.0,x,1.0,1735689600000124,True,True"),
            ["line 3", "\"x\""],
        ),
        (
            trades,
            line("33,1.0,1.0,1.0,1735689600000124,maybe,True"),
            ["line 3", "neither true nor false"],
        ),
        (
            trades,
            line("3y,1.0,1.0,1.0,1735689600000124,True,True"),
            ["line 3", "trade id \"3y\""],
        ),
        (
            trades,
            line("33,-1.0,1.0,1.0,1735689600000124,True,True"),
            ["line 3", "--accept bad-price"],
        ),
        (
            trades,
            line("33,1.0,1.0,1.0,1735689600124,True,True"),
            ["line 3", "split the file where the unit changes"],
        ),
        (
            trades,
            line("33,1.0,1.0,1.0,1735689600,True,True"),
            ["line 3", "neither in milliseconds nor"],
        ),
        (
            trades,
            line("33,1.0,1.0,1.0,1735689500000000,True,True"),
            ["line 3", "sort the file by time"],
        ),
        (
            trades,
            line("33,9999999999999.0,1.0,1.0,1735689600000124,True,True"),
            ["line 3", "more than 18 digits"],
        ),
        (trades, BARS.to_string(), ["line 1", "12 columns"]),
        (
            trades,
            "id,price,time\n1,2,3\n".to_string(),
            ["line 1", "no column qty"],
        ),
        (trades, String::new(), ["there is no row in it", "whole"]),
        (
            "spot/BADUSDT-1m-2025-01.csv",
            BARS.replace("1709251319999", "1709251259999"),
            ["line 2", "closes before it opens"],
        ),
        (
            "futures/cm/BADUSD_PERP-fundingRate-2024-03.csv",
            FUNDING.to_string(),
            ["not defined", "data import instruments"],
        ),
        (
            "futures/um/markPriceKlines/BADUSDT-1m-2024-03.csv",
            BARS.to_string(),
            ["no bars of trades", "leave the file out"],
        ),
        (
            "spot/BADUSDT-depth-2024-03-01.csv",
            line(""),
            ["does not tell", "SYMBOL-KIND-DATE"],
        ),
    ] {
        Shop::new(binance_vision).refuses(good, (name, text.as_bytes()), &says);
    }
}

#[test]
fn files_that_are_cut_off_are_refused() {
    let good = ("spot/GOODUSDT-trades-2025-01-01.csv", SPOT_TRADES);
    let text = (0..5_000)
        .map(|at| {
            format!(
                "{at},{}.5,0.{at},1,{},true,true\n",
                at % 97,
                1_735_689_600_000_000u64 + at
            )
        })
        .collect::<String>();
    for (name, bytes) in [
        ("spot/CUTUSDT-trades-2025-01-01.zip", zip("cut.csv", &text)),
        ("spot/CUTUSDT-trades-2025-01-01.csv.gz", gzip(&text)),
    ] {
        for length in [bytes.len() - 3, bytes.len() / 2, 40] {
            let bad = (name, &bytes[..length]);
            Shop::new(binance_vision).refuses(good, bad, &["cut off", "again"]);
        }
    }
    let mut damaged = zip("cut.csv", &text);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x40;
    let bad = ("spot/CUTUSDT-trades-2025-01-01.zip", damaged.as_slice());
    Shop::new(binance_vision).refuses(good, bad, &[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The rows are what a naive reading of the text gives: cells split at commas, decimals written out.
    #[test]
    fn rows_are_the_lines(
        lines in prop::collection::vec((1u64..100_000_000, 1u64..100_000, 0u64..900, any::<bool>()), 1..60),
        zipped in any::<bool>(),
    ) {
        let (mut text, mut expected, mut time) = (String::new(), Vec::new(), 1_709_251_200_000u64);
        for (at, (price, qty, gap, maker)) in lines.iter().enumerate() {
            time += gap;
            let price = format!("{}.{:02}", price / 100, price % 100);
            let qty = format!("{}.{:03}", qty / 1_000, qty % 1_000);
            text += &format!("{at},{price},{qty},1,{time},{maker},true\n");
            let (ts, side) = (format!("{time}000000"), if *maker { "-1" } else { "1" });
            expected.push(format!("{ts} {ts} {} {at} {price} {qty} {side}", at + 1));
        }
        let shop = Shop::new(binance_vision);
        let name = "spot/RUSDT-trades-2024-03-01.zip";
        let bytes = if zipped { zip("r.csv", &text) } else { text.into_bytes() };
        shop.run(&[shop.file(name, bytes)], &Options::default()).unwrap();
        prop_assert_eq!(shop.rows("binance-spot:RUSDT", Kind::Trade), expected);
    }
}
