//! What is refused, with its place and its fix, and nothing written.

use std::fs;

use onetape_data::import::Accept;

use crate::common::{
    BOTH, BUY, DEPTH, DESCR, SELL, TRADE, body, import_array, import_table, npy, npy_of,
};

fn array_refused(bytes: &[u8], says: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let (file, root) = (dir.path().join("a.npy"), dir.path().join("catalog"));
    fs::write(&file, bytes).unwrap();
    let why = import_array(&root, &file).unwrap_err();
    for part in ["a.npy: "].iter().chain(says) {
        assert!(why.contains(part), "{part:?} is not in {why:?}");
    }
    assert!(!root.exists(), "something was written");
}

#[test]
fn arrays_that_cannot_be_taken() {
    let good = (DEPTH | BUY | BOTH, 1, 2, 100.0, 1.0);
    let with = |event| npy(&[good, event]);
    array_refused(
        &with((DEPTH | BOTH, 3, 4, 100.0, 1.0)),
        &["row 1: ", "name no side", "mend the array"],
    );
    array_refused(
        &with((TRADE | BUY | SELL | BOTH, 3, 4, 100.0, 1.0)),
        &["row 1: ", "no side that took"],
    );
    array_refused(
        &with((DEPTH | BUY | BOTH, 3, 4, 100.05, 1.0)),
        &[
            "row 1: the price 100.05 is not a number of 1 decimals",
            "--tick",
        ],
    );
    array_refused(
        &with((DEPTH | BUY | BOTH, 3, 4, 100.0, 0.0001)),
        &["row 1: the quantity 0.0001", "--lot"],
    );
    array_refused(
        &with((DEPTH | BUY | BOTH, 3, 4, f64::NAN, 1.0)),
        &["row 1: the price NaN is not a finite"],
    );
    array_refused(
        &with((DEPTH | BUY | BOTH, 3, 4, -1.0, 1.0)),
        &["not above zero", "--accept bad-price"],
    );
    array_refused(
        &with((TRADE | BUY | BOTH, 3, 4, 1.0, 0.0)),
        &["not above zero", "--accept bad-price"],
    );
    array_refused(
        &with((10 | BUY | BOTH, 3, 4, 1.0, 1.0)),
        &["row 1: an event of kind 10 (single orders, L3)"],
    );
    array_refused(
        &with((5 | BUY | BOTH, 3, 4, 1.0, 1.0)),
        &["row 1: an event of kind 5 (best bid and ask)"],
    );
    array_refused(
        &with((77 << 8 | BUY | BOTH, 3, 4, 1.0, 1.0)),
        &["row 1: an event of the unknown kind 0"],
    );
    let whole = npy(&[good; 3]);
    array_refused(
        &whole[..whole.len() - 70],
        &["it is cut off after 1 of 3 rows", "whole"],
    );
    array_refused(
        &[&whole[..], b"x"].concat(),
        &["more bytes follow the 3 rows"],
    );
    array_refused(&npy(&[]), &["no row that can be used"]);
    let floats = npy_of("'<f8'", 3, &body(&[good; 3]));
    array_refused(
        &floats,
        &["no fields", "hftbacktest version 2", "migration2"],
    );
    let other = DESCR.replace("('qty', '<f8')", "('qty', '<f4')");
    array_refused(
        &npy_of(&other, 3, &body(&[good; 3])),
        &["field qty is of type \"<f4\"", "event_dtype"],
    );
    array_refused(b"time,px\n", &["not a NumPy array"]);
}

const MAP: &str = r#"
[[table]]
files = "trades*.csv"
kind = "trade"
time = { column = "time", unit = "ms" }
instrument = { columns = ["symbol"], names = { BTC = "v:BTCUSDT" } }
columns = { px = "price", qty = "size", side = "side" }
[[instrument]]
name = "v:BTCUSDT"
kind = "spot"
"#;

const TABLE: &str = "time,symbol,price,size,side\n1723161254000,BTC,61837.5,0.25,buy\n";

fn table_refused(map: &str, table: &str, says: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let (file, root) = (dir.path().join("trades.csv"), dir.path().join("catalog"));
    fs::write(&file, table).unwrap();
    fs::write(dir.path().join("map.toml"), map).unwrap();
    let why = import_table(
        &root,
        &[file],
        &dir.path().join("map.toml"),
        Accept::default(),
    )
    .unwrap_err();
    for part in says {
        assert!(why.contains(part), "{part:?} is not in {why:?}");
    }
    assert!(!root.exists(), "something was written");
}

#[test]
fn tables_that_cannot_be_taken() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("map.toml"), MAP).unwrap();
    fs::write(dir.path().join("trades.csv"), TABLE).unwrap();
    let (file, map) = (dir.path().join("trades.csv"), dir.path().join("map.toml"));
    import_table(
        &dir.path().join("catalog"),
        &[file],
        &map,
        Accept::default(),
    )
    .unwrap();

    let line = |bad: &str| format!("{TABLE}{bad}\n");
    for (bad, says) in [
        (
            "1723161254000,BTC,61837.5x,0.25,buy",
            ["line 3: ", "the price \"61837.5x\" is not a plain decimal"],
        ),
        (
            "1723161254000,BTC,0,0.25,buy",
            [
                "line 3: the price 0 is not above zero",
                "--accept bad-price",
            ],
        ),
        (
            "1723161254000,BTC,1,0,buy",
            [
                "line 3: the quantity 0 is not above zero",
                "--accept bad-price",
            ],
        ),
        (
            "1723161254000,BTC,1,-1,buy",
            ["line 3: the quantity -1 is negative", "--accept bad-price"],
        ),
        (
            "1723161254000,BTC,,1,buy",
            ["line 3: the price \"\" is missing", "mend or remove"],
        ),
        (
            "1723161254000,BTC,1,1,bid",
            [
                "line 3: the side \"bid\" is neither buy nor sell",
                "side = { column",
            ],
        ),
        (
            "1723161254000,BTC,1,1,",
            ["line 3: the side is missing", "mend or remove"],
        ),
        (
            "noon,BTC,1,1,buy",
            [
                "line 3: the time \"noon\" is not a time in milliseconds",
                "mend or remove",
            ],
        ),
        (
            "1723161254000,ETH,1,1,buy",
            [
                "line 3: the mapping file names no instrument for \"ETH\"",
                "skip_others",
            ],
        ),
        (
            "1723161254000,BTC,1,1",
            ["line 3: the line has 4 columns", "mend or remove"],
        ),
        (
            "1723161254000,BTC,1.0000000000000001,1,buy",
            [
                "line 3: the price 1.0000000000000001 has 16 decimals",
                "price_decimals",
            ],
        ),
    ] {
        table_refused(MAP, &line(bad), &says);
    }
    for (from, to, says) in [
        (
            "px = \"price\"",
            "px = \"prize\"",
            [
                "no column \"prize\" (did you mean \"price\"?)",
                "its columns are time, symbol",
            ],
        ),
        (
            "column = \"time\"",
            "column = \"tine\"",
            ["did you mean \"time\"?", "map.toml"],
        ),
        (
            "unit = \"ms\"",
            "unit = \"min\"",
            ["unit \"min\" is none of s, ms, us, ns", "map.toml"],
        ),
        (
            "unit = \"ms\"",
            "format = \"%Y\", zone = \"Europe/Lodnon\"",
            ["zone \"Europe/Lodnon\"", "Europe/London"],
        ),
        (
            "kind = \"trade\"",
            "kind = \"trades\"",
            ["map.toml, line 4: ", "unknown variant `trades`"],
        ),
        (
            "qty = \"size\", ",
            "",
            [
                "table 1 (trades*.csv): columns has no qty",
                "mend the mapping file",
            ],
        ),
        (
            "qty = \"size\"",
            "qty = \"size\", quantity = \"size\"",
            ["columns of a trade has no quantity, only px, qty", "mend"],
        ),
        (
            "trades*.csv",
            "quotes*.csv",
            ["no table of", "only quotes*.csv"],
        ),
        (
            "kind = \"spot\"",
            "kind = \"inverse\"",
            ["v:BTCUSDT is inverse and needs a contract_value", "mend"],
        ),
        (
            "name = \"v:BTCUSDT\"",
            "name = \"v:ETHUSDT\"",
            ["v:BTCUSDT is not defined", "[[instrument]]"],
        ),
        (
            "files =",
            "span = \"1h\"\nfiles =",
            ["only bars, have a span", "mend"],
        ),
    ] {
        let map = MAP.replace(from, to);
        assert_ne!(map, MAP, "{from}");
        table_refused(&map, TABLE, &says);
    }
    table_refused(
        MAP,
        "",
        &["no line with the names of columns", "skip_lines"],
    );
    table_refused(
        MAP,
        "time,symbol,price,size,side\n",
        &["takes no row of it"],
    );
    table_refused(
        MAP,
        "PAR1 and no Parquet",
        &["trades.csv: the Parquet file cannot be read", "again"],
    );
}
