//! Tables and event arrays in, CSV and event arrays out, by the binary.

use std::fs;
use std::path::{Path, PathBuf};

use super::common::{onetape, reference, run, tree};

/// A mapping file that comes with the program.
fn map(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tables/{name}.toml"));
    path.to_string_lossy().into_owned()
}

fn files(folder: &Path, end: &str) -> Vec<String> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    found.sort();
    found
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect()
}

/// `data import table` of all files of a set, by one command.
fn import_set(dir: &Path, set: &str, end: &str, name: &str, more: &[&str]) -> serde_json::Value {
    let Some(data) = reference() else {
        return serde_json::Value::Null;
    };
    let mut words: Vec<String> = ["data", "import", "table"].map(String::from).to_vec();
    words.extend(files(&data.join(set), end));
    words.extend(["--map".to_string(), map(name)]);
    words.extend(["--catalog", "catalog", "--json"].map(String::from));
    words.extend(more.iter().map(|word| (*word).to_string()));
    onetape(dir, &words).ok().json()
}

#[test]
fn every_set_of_tables_is_one_command() {
    if reference().is_none() {
        return;
    }
    for (set, end, name, more, messages) in [
        (
            "carry_8h_binance_bybit_2023_2024",
            ".csv.gz",
            "carry_8h",
            &[][..],
            32_840,
        ),
        (
            "funding_history_binance_btc",
            ".csv.gz",
            "funding_history_binance_btc",
            &[],
            9_615,
        ),
        (
            "binance_trx_20250304",
            ".csv.gz",
            "binance_trx",
            &["--accept", "non-trade"],
            33_981,
        ),
        (
            "binance_spot_usdm_20240808/norm",
            ".parquet",
            "binance_spot_usdm_norm",
            &[],
            223_450,
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let found = import_set(dir.path(), set, end, name, more);
        assert_eq!(found["messages"], messages, "{set}");
        let before = tree(&dir.path().join("catalog"));
        let again = import_set(dir.path(), set, end, name, more);
        assert_eq!(again["sources"][0]["already_imported"], true);
        assert_eq!(tree(&dir.path().join("catalog")), before);
        run(dir.path(), "data info --catalog catalog --json")
            .ok()
            .json();
    }
}

const MAP: &str = r#"
[[table]]
kind = "trade"
time = { column = "time", unit = "ms" }
instrument = "v:BTCUSDT"
columns = { px = "price", qty = "size", side = "side" }
[[instrument]]
name = "v:BTCUSDT"
kind = "spot"
"#;

#[test]
fn a_table_goes_in_and_out() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("map.toml", MAP);
    write(
        "a.csv",
        "time,price,size,side\n1723161254000,61837.5,0.25,buy\n1723161255000,61838.0,1,sell\n",
    );
    let done = run(
        dir.path(),
        "data import table a.csv --map map.toml --catalog catalog",
    )
    .ok();
    assert!(
        done.out.contains("a.csv: v:BTCUSDT, 2 trades; 2 rows"),
        "{}",
        done.out
    );

    let done = run(
        dir.path(),
        "data export v:BTCUSDT --catalog catalog --format csv --out out",
    )
    .ok();
    assert!(
        done.out.contains("v:BTCUSDT, 2 messages, 2 rows"),
        "{}",
        done.out
    );
    let text = fs::read_to_string(dir.path().join("out/v_BTCUSDT_trade.csv")).unwrap();
    assert_eq!(
        text,
        "instrument,ts_recv,ts_venue,place,trade_id,px,qty,side\n\
         v:BTCUSDT,1723161254000000000,,2,2,61837.5,0.25,buy\n\
         v:BTCUSDT,1723161255000000000,,3,3,61838.0,1.00,sell\n"
    );
    run(
        dir.path(),
        "data import table out/v_BTCUSDT_trade.csv --map out/table.toml --catalog again",
    )
    .ok();
    run(
        dir.path(),
        "data export v:BTCUSDT --catalog again --format csv --out other",
    )
    .ok();
    assert_eq!(
        tree(&dir.path().join("other")),
        tree(&dir.path().join("out"))
    );

    // The time that is asked for, and an array of it.
    let done = run(
        dir.path(),
        "data export v:BTCUSDT --catalog catalog --format hftbacktest --out array --from 2024-08-08T23:54:15Z --json",
    );
    let found = done.ok().json();
    assert_eq!(found["files"][0]["rows"], 1);
    assert_eq!(found["files"][0]["unstamped"], 1);
    assert_eq!(
        fs::metadata(dir.path().join("array/v_BTCUSDT.npy"))
            .unwrap()
            .len(),
        256 + 64
    );
    let line =
        "data import hftbacktest array/v_BTCUSDT.npy --instrument w:BTCUSDT --catalog catalog";
    run(dir.path(), line).refused(1, &["w:BTCUSDT is not defined", "--tick and --lot"]);
    let done = run(dir.path(), &format!("{line} --tick 0.5 --lot 0.01")).ok();
    assert!(done.out.contains("w:BTCUSDT, 1 trades"), "{}", done.out);
}

#[test]
fn what_cannot_be_done_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("map.toml", MAP);
    write(
        "a.csv",
        "time,price,size,side\n1723161254000,61837.5,0.25,buy\n",
    );
    write(
        "b.csv",
        "time,price,size,side\n1723161254000,61837.5,0.25,buy\nnoon,1,1,buy\n",
    );
    write("c.npy", "no array");
    run(
        dir.path(),
        "data import table a.csv --map map.toml --catalog catalog",
    )
    .ok();
    let before = tree(dir.path());
    for (line, code, says) in [
        (
            "data import table b.csv --map map.toml --catalog catalog",
            1,
            &["b.csv, line 3: the time \"noon\""][..],
        ),
        (
            "data import table a.csv --catalog catalog",
            1,
            &["--map FILE"],
        ),
        (
            "data import table a.csv --map none.toml --catalog catalog",
            1,
            &["none.toml"],
        ),
        (
            "data import table a.csv --map map.toml --tick 1 --catalog catalog",
            1,
            &["--tick"],
        ),
        (
            "data import hftbacktest c.npy --catalog catalog",
            1,
            &["--instrument venue:SYMBOL"],
        ),
        (
            "data import hftbacktest c.npy --instrument BTC --catalog catalog",
            1,
            &["\"BTC\" is no instrument"],
        ),
        (
            "data import hftbacktest c.npy --instrument v:BTCUSDT --catalog catalog",
            1,
            &["c.npy: it is not a NumPy array"],
        ),
        (
            "data export v:ETHUSDT --catalog catalog --format csv --out out",
            1,
            &["\"v:ETHUSDT\"", "v:BTCUSDT"],
        ),
        (
            "data export v:BTCUSDT --catalog none --format csv --out out",
            1,
            &["is not a catalogue"],
        ),
        (
            "data export v:BTCUSDT --catalog catalog --format csv --kind bar --out out",
            1,
            &["no rows of that kind"],
        ),
        (
            "data export v:BTCUSDT --catalog catalog --format csv --from 2030-01-01T00:00:00Z --out out",
            1,
            &["in that time", "data info"],
        ),
        (
            "data export v:BTCUSDT --catalog catalog --format xml --out out",
            2,
            &["csv, hftbacktest"],
        ),
    ] {
        run(dir.path(), line).refused(code, says);
        assert_eq!(tree(dir.path()), before, "{line}");
    }
    // A file that is not what it was: nothing of the export is there.
    let name = tree(&dir.path().join("catalog"))
        .into_iter()
        .find(|(path, _)| path.extension().is_some_and(|end| end == "parquet"));
    let file = dir.path().join("catalog").join(name.unwrap().0);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let line = "data export v:BTCUSDT --catalog catalog --format csv --out out";
    run(dir.path(), line).refused(1, &["was changed or damaged"]);
    assert!(tree(&dir.path().join("out")).is_empty());
}
