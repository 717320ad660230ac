//! Captures that cannot be taken: one error with the line and the fix, and the catalogue as it was.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::common::{Done, run, tree};

const GOOD: &str = r#"1723161254000000000 {"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","T":1723161254000,"E":1723161254000,"u":7,"s":"BTCUSDT","b":"100.10","B":"2.000","a":"100.20","A":"3.000"}}
1723161254100000000 {"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","T":1723161254100,"E":1723161254100,"u":8,"s":"BTCUSDT","b":"100.10","B":"2.000","a":"100.30","A":"3.000"}}
"#;

fn quote(bid: &str, ask: &str) -> String {
    format!(
        r#"1723161255000000000 {{"stream":"btcusdt@bookTicker","data":{{"e":"bookTicker","T":1723161255000,"E":1723161255000,"u":9,"s":"BTCUSDT","b":"{bid}","B":"2.000","a":"{ask}","A":"3.000"}}}}"#
    )
}

fn trade(price: &str, kind: &str) -> String {
    format!(
        r#"1723161255000000000 {{"stream":"btcusdt@trade","data":{{"e":"trade","E":1723161255000,"T":1723161255000,"s":"BTCUSDT","t":5,"p":"{price}","q":"0.010","X":"{kind}","m":true}}}}"#
    )
}

fn diff(ts: u64, first: u64, last: u64, previous: u64) -> String {
    format!(
        r#"{ts} {{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate","E":1723161255000,"T":1723161255000,"s":"BTCUSDT","U":{first},"u":{last},"pu":{previous},"b":[["100.00","1.000"]],"a":[["101.00","1.000"]]}}}}"#
    )
}

/// A catalogue that has something, whose directory is not touched by a bad import.
struct Shop {
    dir: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("good.txt"), GOOD).unwrap();
        run(
            dir.path(),
            "data import binance-raw good.txt --catalog catalog",
        )
        .ok();
        Self { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Imports bytes, alone and behind a good file, into this catalogue and into a new one: always refused, and
    /// nothing is changed.
    fn refuses(&self, bytes: &[u8], says: &[&str]) {
        let dir = self.path();
        fs::write(dir.join("bad.txt"), bytes).unwrap();
        let before = tree(&dir.join("catalog"));
        for (files, catalog) in [
            ("bad.txt", "catalog"),
            ("more.txt bad.txt", "catalog"),
            ("bad.txt", "fresh"),
        ] {
            fs::write(dir.join("more.txt"), GOOD.replace("17231612", "17241612")).unwrap();
            let line =
                format!("data import binance-raw {files} --venue binance-usdm --catalog {catalog}");
            let done: Done = run(dir, &line);
            done.refused(1, &[&["bad.txt"], says].concat());
        }
        assert_eq!(tree(&dir.join("catalog")), before);
        assert!(!dir.join("fresh/catalog.json").exists());
        run(
            dir,
            "data synth --catalog fresh --duration 1m --opportunities 0",
        )
        .ok();
        fs::remove_dir_all(dir.join("fresh")).unwrap();
    }

    /// The same, with a good line before and after it: the error names line 3.
    fn refuses_line(&self, line: &str, says: &[&str]) {
        let later = GOOD.replace("17231612", "17231912");
        self.refuses(
            format!(
                "{}{line}\n{later}",
                GOOD.replace("1723161254", "1723161250")
            )
            .as_bytes(),
            &[&["line 3"], says].concat(),
        );
    }
}

#[test]
fn lines_that_are_none() {
    let shop = Shop::new();
    let broken = &quote("100.1", "100.2")[..60];
    shop.refuses_line(broken, &["mend or remove the line"]);
    let timeless = quote("100.1", "100.2");
    shop.refuses_line(timeless.split_once(' ').unwrap().1, &["time", "line"]);
    shop.refuses_line("yesterday {}", &["time"]);
    shop.refuses_line("1723161255000000000", &["line 3"]);
    shop.refuses_line(&quote("1e400", "100.2"), &["1e400"]);
    shop.refuses_line(&quote("NaN", "100.2"), &["NaN"]);
    shop.refuses_line(
        &quote("99999999999999999999.0", "100.2"),
        &["99999999999999999999.0"],
    );
}

#[test]
fn prices_that_cannot_be() {
    let shop = Shop::new();
    for (line, price) in [
        (quote("0.00", "100.20"), "0.00"),
        (quote("100.10", "0"), "0"),
        (quote("-100.10", "100.20"), "-100.10"),
        (trade("0", "MARKET"), "0"),
        (trade("-1.00", "MARKET"), "-1.00"),
    ] {
        shop.refuses_line(&line, &[price, "--accept bad-price"]);
    }
}

#[test]
fn trades_that_are_none() {
    let shop = Shop::new();
    shop.refuses_line(&trade("0", "NA"), &["NA", "--accept non-trade"]);
    shop.refuses_line(
        &trade("100.00", "INSURANCE_FUND"),
        &["INSURANCE_FUND", "--accept non-trade"],
    );
    fs::write(
        shop.path().join("na.txt"),
        trade("0", "NA") + "\n" + &trade("100.00", "MARKET") + "\n",
    )
    .unwrap();
    let line =
        "data import binance-raw na.txt --venue binance-usdm --catalog na --accept non-trade";
    let done = run(shop.path(), line).ok();
    assert!(
        done.out.contains("; 1 rows") && done.out.contains("1 non-trades left out"),
        "{}",
        done.out
    );
}

#[test]
fn messages_of_two_venues_in_one_file() {
    let shop = Shop::new();
    let spot = r#"1723161260000000000 {"stream":"btcusdt@bookTicker","data":{"u":7,"s":"BTCUSDT","b":"100.10","B":"2.000","a":"100.20","A":"3.000"}}"#;
    fs::write(shop.path().join("two.txt"), format!("{GOOD}{spot}\n")).unwrap();
    let done = run(
        shop.path(),
        "data import binance-raw two.txt --catalog catalog",
    );
    done.refused(
        1,
        &["two.txt, line 3", "binance-spot", "split the file by venue"],
    );
    // Who says which venue it is, is believed.
    let told = "data import binance-raw two.txt --catalog told --venue binance-usdm";
    assert!(run(shop.path(), told).ok().out.contains("3 quotes"));
}

#[test]
fn a_gap_in_the_depth() {
    let shop = Shop::new();
    let snapshot = r#"1723161250000000000 {"lastUpdateId":100,"bids":[["99.00","1.000"]],"asks":[["102.00","1.000"]]}"#;
    let start = 1_723_161_251_000_000_000;
    let whole = [
        snapshot.to_string(),
        diff(start, 99, 101, 98),
        diff(start + 1, 102, 103, 101),
    ]
    .join("\n");
    let gapped = [whole.clone(), diff(start + 2, 110, 111, 109)].join("\n") + "\n";
    shop.refuses(gapped.as_bytes(), &["line 4", "--accept gap"]);
    fs::write(shop.path().join("gap.txt"), gapped).unwrap();
    let line = "data import binance-raw gap.txt --venue binance-usdm --catalog gap";
    let done = run(shop.path(), &format!("{line} --accept gap")).ok();
    assert!(done.out.contains("1 gaps kept"), "{}", done.out);
}

#[test]
fn files_that_are_none() {
    let shop = Shop::new();
    shop.refuses(b"", &["check that this is a binance-raw capture"]);
    shop.refuses(b"\n\n\n", &["bad.txt"]);
    shop.refuses(&[0xff, 0xfe, 0x00, 0x9c].repeat(100), &["bad.txt"]);
    let mut gz = gzip(GOOD.repeat(200).as_bytes());
    gz.truncate(gz.len() - 12);
    // How many of the last lines come out yet depends on what unpacks them.
    shop.refuses(&gz, &["compressed file is cut off after line 39", "whole"]);
    gz.truncate(gz.len() / 2);
    shop.refuses(&gz, &["compressed file is cut off after line"]);
    let before = tree(&shop.path().join("catalog"));
    run(
        shop.path(),
        "data import binance-raw none.txt --catalog catalog",
    )
    .refused(1, &["none.txt"]);
    run(
        shop.path(),
        "data import binance-raw good.txt none.txt --catalog fresh",
    )
    .refused(1, &["none.txt"]);
    run(shop.path(), "data import binance-raw . --catalog catalog").refused(1, &["."]);
    assert_eq!(tree(&shop.path().join("catalog")), before);
    // A directory with other things in it is no place for a catalogue.
    fs::create_dir(shop.path().join("home")).unwrap();
    fs::write(shop.path().join("home/thesis.txt"), "mine").unwrap();
    run(
        shop.path(),
        "data import binance-raw good.txt --catalog home",
    )
    .refused(1, &["home", "empty directory"]);
    assert_eq!(tree(&shop.path().join("home")).len(), 1);
}

#[test]
fn instruments_that_cannot_be() {
    let shop = Shop::new();
    let before = tree(&shop.path().join("catalog"));
    let good = "[[instrument]]\nname = \"binance-spot:XYZUSDT\"\nkind = \"spot\"\nbase = \"XYZ\"\nquote = \"USDT\"\n\
                price_decimals = 2\nqty_decimals = 3\ntick = \"0.01\"\nlot = \"0.001\"\nmin_qty = \"0.001\"\n\
                min_notional = \"5\"\n";
    for (from, to, says) in [
        ("tick = \"0.01\"", "tick = \"-0.01\"", "tick"),
        ("tick = \"0.01\"\n", "", "tick"),
        ("kind = \"spot\"", "kind = \"sopt\"", "sopt"),
        ("lot = ", "lott = ", "lott"),
        ("[[instrument]]", "[[instrument", "line 1"),
        ("binance-spot:XYZUSDT", "../../etc:passwd", "etc"),
    ] {
        fs::write(shop.path().join("rules.toml"), good.replace(from, to)).unwrap();
        let done = run(
            shop.path(),
            "data import instruments rules.toml --catalog catalog",
        );
        done.refused(1, &["rules.toml", says]);
    }
    assert_eq!(tree(&shop.path().join("catalog")), before);
    fs::write(shop.path().join("rules.toml"), good).unwrap();
    run(
        shop.path(),
        "data import instruments rules.toml --catalog catalog",
    )
    .ok();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}
