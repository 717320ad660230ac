//! Books of tardis.dev: rows gathered into messages, and the book that they make.

use std::collections::BTreeMap;

use onetape_data::catalog::{Catalog, Kind};
use onetape_data::import::{Options, tardis};
use proptest::prelude::*;

use crate::stored::Shop;
use crate::tardis::T;

const HEADER: &str = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";

/// Rows from (stamp, snapshot, side, price, amount).
fn book(rows: &[(u64, bool, &str, &str, &str)]) -> String {
    let line = |(ts, snapshot, side, price, amount): &(u64, bool, &str, &str, &str)| {
        let ts = T + ts;
        format!(
            "binance,XYZUSDT,{},{ts},{snapshot},{side},{price},{amount}\n",
            ts - 5
        )
    };
    HEADER.to_string() + &rows.iter().map(line).collect::<String>()
}

/// Cells of a stored level: stamp, place, snapshot, side, price, quantity, last of its message.
fn levels(shop: &Shop) -> Vec<String> {
    let rows = shop.rows("binance-spot:XYZUSDT", Kind::Depth);
    let cells = rows.iter().map(|row| {
        let cells: Vec<&str> = row.split(' ').collect();
        let ts: u64 = cells[0].parse::<u64>().unwrap() / 1_000 - T;
        assert_eq!(cells[3..6], ["0", "0", "null"], "{row}");
        format!("{ts} {} {}", cells[2], cells[6..].join(" "))
    });
    cells.collect()
}

#[test]
fn rows_of_one_stamp_are_one_message() {
    let shop = Shop::new(tardis);
    let report = shop.take(
        "book.csv",
        &book(&[
            (0, true, "bid", "1.50", "2"),
            (0, true, "ask", "1.60", "1"),
            (10, false, "bid", "1.50", "0"),
            (10, false, "bid", "1.49", "3"),
            (20, false, "ask", "1.60", "1.5"),
        ]),
    );
    let series = &report.sources[0].series[0];
    assert_eq!((series.depth_snapshots, series.depth_diffs), (1, 2));
    assert_eq!((series.messages, series.rows), (3, 5));
    assert_eq!(
        levels(&shop),
        [
            "0 2 true 1 1.50 2.0 false",
            "0 2 true -1 1.60 1.0 true",
            "10 4 false 1 1.50 0.0 false",
            "10 4 false 1 1.49 3.0 true",
            "20 6 false -1 1.60 1.5 true",
        ]
    );
}

#[test]
fn changes_before_the_first_snapshot_are_left_out() {
    let shop = Shop::new(tardis);
    let report = shop.take(
        "book.csv",
        &book(&[
            (0, false, "bid", "1.40", "2"),
            (5, false, "bid", "1.41", "2"),
            (9, true, "bid", "1.50", "2"),
            (12, false, "bid", "1.50", "1"),
        ]),
    );
    let series = &report.sources[0].series[0];
    assert_eq!((series.set_aside.before_snapshot, series.rows), (2, 2));
    assert_eq!(
        levels(&shop),
        ["9 4 true 1 1.50 2 true", "12 5 false 1 1.50 1 true"]
    );
}

/// A second snapshot clears the book; one that goes on under a later stamp does not.
#[test]
fn a_snapshot_may_go_on_and_may_come_again() {
    let shop = Shop::new(tardis);
    shop.take(
        "book.csv",
        &book(&[
            (0, true, "bid", "1.50", "2"),
            (1, true, "ask", "1.60", "2"),
            (2, false, "ask", "1.60", "1"),
            (2, true, "ask", "1.70", "1"),
        ]),
    );
    assert_eq!(
        levels(&shop),
        [
            "0 2 true 1 1.50 2 true",
            "1 3 false -1 1.60 2 true",
            "2 4 false -1 1.60 1 true",
            "2 5 true -1 1.70 1 true",
        ]
    );
}

#[test]
fn books_that_never_start_and_levels_that_are_none_are_refused() {
    let good = book(&[(0, true, "bid", "1.50", "2")]).replace("XYZ", "GOOD");
    let bad = |rows: &[(u64, bool, &str, &str, &str)], says: &[&str]| {
        let text = book(rows);
        Shop::new(tardis).refuses(("good.csv", &good), ("bad.csv", text.as_bytes()), says);
    };
    bad(
        &[(0, false, "bid", "1.50", "2")],
        &["no snapshot", "fetch the whole file"],
    );
    bad(
        &[(0, true, "buy", "1.50", "2")],
        &["line 2", "neither bid nor ask"],
    );
    bad(
        &[(0, true, "bid", "0", "2")],
        &["line 2", "--accept bad-price"],
    );
    bad(
        &[(0, true, "bid", "1.50", "-2")],
        &["line 2", "--accept bad-price"],
    );
    bad(&[(0, true, "bid", "1.50", "")], &["line 2", "\"\""]);
}

/// What a reader of the files is told to do: clear at the first row of a snapshot, then set level by level.
fn naive(rows: &[(u64, bool, bool, u8, u8)]) -> BTreeMap<(bool, u8), u8> {
    let (mut book, mut in_snapshot, mut known) = (BTreeMap::new(), false, false);
    for (_, snapshot, bid, price, qty) in rows {
        if *snapshot && !in_snapshot {
            book.clear();
            known = true;
        }
        in_snapshot = *snapshot;
        match (known, qty) {
            (false, _) => {}
            (true, 0) => drop(book.remove(&(*bid, *price))),
            (true, qty) => drop(book.insert((*bid, *price), *qty)),
        }
    }
    book
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_messages_make_the_book_of_a_naive_reader(
        mut rows in prop::collection::vec((0u64..3, prop::bool::weighted(0.2), any::<bool>(), 1u8..9, 0u8..4), 1..60),
    ) {
        // A snapshot is somewhere, or the file is refused.
        rows.push((1, true, true, 5, 1));
        let mut ts = 0;
        let text: Vec<_> = rows.iter().map(|(gap, snapshot, bid, price, qty)| {
            ts += gap;
            let side = if *bid { "bid" } else { "ask" };
            format!("binance,XYZUSDT,{},{},{snapshot},{side},{price},{qty}\n", T + ts, T + ts)
        }).collect();
        let shop = Shop::new(tardis);
        shop.take("book.csv", &(HEADER.to_string() + &text.concat()));
        let mut book = BTreeMap::new();
        let mut whole = true;
        for row in shop.rows("binance-spot:XYZUSDT", Kind::Depth) {
            let cells: Vec<&str> = row.split(' ').collect();
            if whole && cells[6] == "true" {
                book.clear();
            }
            whole = cells[10] == "true";
            let key = (cells[7] == "1", cells[8].parse::<u8>().unwrap());
            match cells[9].parse::<u8>().unwrap() {
                0 => drop(book.remove(&key)),
                qty => drop(book.insert(key, qty)),
            }
        }
        prop_assert_eq!(book, naive(&rows));
    }
}

#[test]
fn books_are_not_single_levels() {
    let shop = Shop::new(tardis);
    let text = book(&[
        (0, true, "bid", "1.50", "2"),
        (1, false, "bid", "1.50", "1"),
    ]);
    let path = shop.file("book.csv", text);
    shop.run(&[path], &Options::default()).unwrap();
    assert!(!Catalog::open(&shop.root()).unwrap().all_files()[0].single_levels);
}
