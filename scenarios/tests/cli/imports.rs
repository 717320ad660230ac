//! Market data of others, imported by the real binary.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

use super::common::{run, tree};

const ARCHIVE: &str = "futures/um/BTCUSDT-aggTrades-2024-03-01.zip";

const AGG_TRADES: &str =
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker
5,61000.5,0.001,8,9,1709251200000,true
6,61000.6,2.000,10,10,1709251200001,false
";

const QUOTES: &str =
    "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount
binance,BTCUSDT,1709251200100000,1709251200100000,3,1.61,1.6,2.5
binance,BTCUSDT,1709251200200000,1709251200203000,3,1.62,,
";

fn gzip(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    gz.finish().unwrap()
}

/// A zip archive of one file.
fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(text.as_bytes()).unwrap();
    let packed = deflate.finish().unwrap();
    let mut about = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
    for number in [crc.sum(), packed.len() as u32, text.len() as u32] {
        about.extend(number.to_le_bytes());
    }
    about.extend((name.len() as u16).to_le_bytes());
    about.extend([0, 0]);
    let local = [b"PK\x03\x04", about.as_slice(), name.as_bytes()].concat();
    let directory = [
        b"PK\x01\x02\x14\x00",
        about.as_slice(),
        &[0; 14],
        name.as_bytes(),
    ]
    .concat();
    let mut all = [local, packed].concat();
    let at = all.len() as u32;
    all.extend(&directory);
    all.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    all.extend((directory.len() as u32).to_le_bytes());
    all.extend(at.to_le_bytes());
    all.extend([0, 0]);
    all
}

fn put(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_archive_of_binance_is_imported_and_then_known() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), ARCHIVE, zip("a.csv", AGG_TRADES));
    let line = format!("data import binance-vision {ARCHIVE} --catalog catalog");
    let done = run(dir.path(), &line).ok();
    assert!(
        done.out.contains("binance-usdm:BTCUSDT, 2 trades; 2 rows"),
        "{}",
        done.out
    );
    let whole = tree(&dir.path().join("catalog"));
    assert!(run(dir.path(), &line).ok().out.contains("already imported"));
    assert_eq!(tree(&dir.path().join("catalog")), whole);
    let info = run(dir.path(), "data info --catalog catalog").ok();
    assert!(info.out.contains("binance-usdm:BTCUSDT"), "{}", info.out);
}

#[test]
fn files_of_tardis_are_imported_together() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "quotes.csv.gz", gzip(QUOTES));
    put(
        dir.path(),
        "trades.csv",
        "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n\
         binance,BTCUSDT,1709251200100000,1709251200104000,81,buy,1.615,3\n",
    );
    let line = "data import tardis quotes.csv.gz trades.csv --catalog catalog --json";
    let report = run(dir.path(), line).ok().json();
    let quotes = &report["sources"][0]["series"][0];
    assert_eq!(quotes["instrument"], "binance-spot:BTCUSDT");
    assert_eq!(
        (&quotes["rows"], &quotes["set_aside"]["one_sided"]),
        (&1.into(), &1.into())
    );
    assert_eq!(report["sources"][1]["series"][0]["trades"], 1);
    // Decimals are those of the finer file.
    let manifest = fs::read_to_string(dir.path().join("catalog/catalog.json")).unwrap();
    assert!(manifest.contains("\"price_decimals\": 3"), "{manifest}");
}

#[test]
fn files_that_cannot_be_taken_leave_the_catalogue_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    put(path, ARCHIVE, zip("a.csv", AGG_TRADES));
    run(
        path,
        &format!("data import binance-vision {ARCHIVE} --catalog catalog"),
    )
    .ok();
    let before = tree(&path.join("catalog"));
    let later = AGG_TRADES.replace("17092512", "17093512");
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let vision = "futures/um/BTCUSDT-aggTrades-2024-03-02.zip";
    for (format, name, bytes, says) in [
        (
            "binance-vision",
            vision,
            zip("a.csv", &later.replace("61000.6", "sixty")),
            ["line 3", "\"sixty\""],
        ),
        (
            "binance-vision",
            vision,
            zip("a.csv", &later.replace(",false", "")),
            ["line 3", "mend or remove"],
        ),
        (
            "binance-vision",
            vision,
            zip("a.csv", &later.replace("1709351200001", "1709351200001000")),
            ["line 3", "split the file"],
        ),
        (
            "binance-vision",
            vision,
            cut(zip("a.csv", &later)),
            ["cut off", "fetch the file again"],
        ),
        (
            "binance-vision",
            "futures/um/mine.csv",
            later.clone().into_bytes(),
            ["mine.csv", "SYMBOL-KIND-DATE"],
        ),
        (
            "binance-vision",
            "BTCUSDT-aggTrades-2024-03-02.csv",
            later.clone().into_bytes(),
            ["spot or futures", "--venue"],
        ),
        (
            "tardis",
            "quotes.csv.gz",
            cut(gzip(&QUOTES.replace("BTC", "ETH"))),
            ["quotes.csv.gz", "whole"],
        ),
        (
            "tardis",
            "quotes.csv",
            QUOTES.replace("1.61,", "1,61,").into_bytes(),
            ["line 2", "9 columns"],
        ),
        (
            "tardis",
            "quotes.csv",
            later.clone().into_bytes(),
            ["line 1", "derivative_ticker"],
        ),
    ] {
        put(path, name, bytes);
        let done = run(
            path,
            &format!("data import {format} {name} --catalog catalog"),
        );
        done.refused(1, &[&[name], says.as_slice()].concat());
        assert_eq!(tree(&path.join("catalog")), before, "{name}");
        let fresh = run(
            path,
            &format!("data import {format} {name} --catalog fresh"),
        );
        fresh.refused(1, &[name]);
        assert!(!path.join("fresh").exists(), "{name}");
    }
}

#[test]
fn formats_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let text = run(dir.path(), "data formats").ok().out;
    let json = run(dir.path(), "data formats --json").ok().json();
    for format in json.as_array().unwrap() {
        let name = format["name"].as_str().unwrap();
        assert!(text.contains(&format!("{name}\n")), "{text}");
    }
    assert!(text.contains("onetape data import tardis "), "{text}");
}
