//! The catalogue's files read by polars, pandas and DuckDB: every decimal as exact text as ours, and the queries that
//! the README shows for instruments of different scales.
//!
//! The test makes a Python virtual environment below the target directory, with pinned versions, and uses it again.
//! Where there is no Python or no network it is skipped, loudly; with `CI` set that is a failure.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use onetape_core::num::format_fixed;
use onetape_data::catalog::{Catalog, Kind, Row};
use onetape_data::import::{Accept, Options, TableOptions, binance_raw, table};
use onetape_data::tape::Rows;

const PINNED: [&str; 4] = [
    "polars==1.31.0",
    "pandas==2.3.1",
    "pyarrow==20.0.0",
    "duckdb==1.3.2",
];

/// What the README shows.
const QUERIES: &str = include_str!("readback/queries.py");

/// Reads every file named on its command line in three ways and prints the decimals as text.
const READ: &str = include_str!("readback/read.py");

/// The reference data, `None` (loudly) where they are not at hand.
fn reference() -> Option<PathBuf> {
    let root = std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    if root.join("truth/truth.json").is_file() {
        return Some(root);
    }
    skipped(&format!("no reference data at {}", root.display()))
}

fn skipped<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    eprintln!("SKIPPED: {why}");
    None
}

/// A Python with the pinned packages.
fn python() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readback-venv");
    let python = place.join("bin/python");
    let done = place.join("onetape-packages.txt");
    // One test makes it, the others wait, be they threads or processes.
    let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readback-venv.lock");
    let lock = fs::File::create(lock).expect("the tests' own folder can be written to");
    lock.lock().expect("a lock of one's own");
    let wanted = PINNED.join("\n");
    if fs::read_to_string(&done).is_ok_and(|found| found == wanted) {
        return Some(python);
    }
    let run = |program: &Path, args: &[&str]| -> Result<(), String> {
        let output = Command::new(program).args(args).output();
        let output = output.map_err(|why| format!("{}: {why}", program.display()))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    };
    let _ = fs::remove_dir_all(&place);
    let place_text = place.to_string_lossy();
    let mut install = vec![
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    install.extend(PINNED);
    let made = run(Path::new("python3"), &["-m", "venv", &place_text])
        .and_then(|()| run(&python, &install));
    if let Err(why) = made {
        return skipped(&format!(
            "python3 with {} cannot be had: {why}",
            PINNED.join(", ")
        ));
    }
    fs::write(done, wanted).unwrap();
    Some(python)
}

/// Spot with 8 and 8 decimals, linear with 2 and 3, inverse with 5 and 0; quotes, trades, depth, bars and funding.
fn catalogue(root: &Path, data: &Path) {
    let mut catalog = Catalog::open_or_create(root).unwrap();
    let raw = data.join("binance_spot_usdm_20240808/raw");
    let captures =
        ["spot/ethusdt", "usdm/ethusdt"].map(|name| raw.join(format!("{name}_20240808.gz")));
    binance_raw(&mut catalog, &captures, &Options::default(), &mut |_, _| ()).unwrap();
    let options = TableOptions {
        accept: Accept {
            non_trades: true,
            ..Accept::default()
        },
        replace: false,
    };
    for (set, map, part) in [
        ("binance_trx_20250304", "binance_trx", "coin_m"),
        ("carry_8h_binance_bybit_2023_2024", "carry_8h", "ohlcv"),
    ] {
        let map =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../scenarios/tables/{map}.toml"));
        let files: Vec<PathBuf> = fs::read_dir(data.join(set))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.to_string_lossy().contains(part)
                    && path.extension().is_some_and(|end| end == "gz")
            })
            .collect();
        table(&mut catalog, &files, &map, &options, &mut |_, _| ()).unwrap();
    }
}

/// A line a row: its decimals, as our own reader has them.
fn ours(catalog: &Catalog, name: &str, kind: Kind) -> String {
    let record = catalog.instrument(name).unwrap();
    let mut rows = Rows::open(catalog, &record.series(), kind, None, None).unwrap();
    let (px, qty) = (record.price_decimals, record.qty_decimals);
    let mut text = String::new();
    while let Some(row) = rows.next_row().unwrap() {
        let mut line = |cells: &[(i64, u8)]| {
            let cells: Vec<String> = cells
                .iter()
                .map(|(value, scale)| format_fixed(*value, *scale))
                .collect();
            writeln!(text, "{}", cells.join(" ")).unwrap();
        };
        match row {
            Row::Quote(row) => line(&[
                (row.bid.price.mantissa(), px),
                (row.bid.qty.mantissa(), qty),
                (row.ask.price.mantissa(), px),
                (row.ask.qty.mantissa(), qty),
            ]),
            Row::Trade(row) => line(&[(row.price.mantissa(), px), (row.qty.mantissa(), qty)]),
            Row::Depth(row) => {
                for level in row.bids.iter().chain(&row.asks) {
                    line(&[(level.price.mantissa(), px), (level.qty.mantissa(), qty)]);
                }
            }
            Row::Bar(row) => line(&[
                (row.open.mantissa(), px),
                (row.high.mantissa(), px),
                (row.low.mantissa(), px),
                (row.close.mantissa(), px),
                (row.volume.mantissa(), qty),
            ]),
            Row::Funding(row) => line(&[(row.rate, 8)]),
            other => panic!("{other:?}"),
        }
    }
    text
}

fn run(python: &Path, script: &str, args: &[String]) -> String {
    let output = Command::new(python)
        .arg("-c")
        .arg(script)
        .args(args)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn polars_pandas_and_duckdb_read_what_we_wrote() {
    let Some(data) = reference() else { return };
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    catalogue(&root, &data);
    let catalog = Catalog::open(&root).unwrap();
    let mut compared = 0;
    for record in catalog.instruments() {
        for kind in Kind::ALL {
            let files = catalog.files(&record.series(), kind);
            if files.is_empty() {
                continue;
            }
            let expected = ours(&catalog, &record.name(), kind);
            let paths: Vec<String> = files
                .iter()
                .map(|file| catalog.path(file).to_string_lossy().into_owned())
                .collect();
            for reader in ["polars", "pandas", "duckdb"] {
                let args: Vec<String> = [vec![reader.to_string()], paths.clone()].concat();
                let found = run(&python, READ, &args);
                assert!(
                    found == expected,
                    "{} {} in {reader}",
                    record.name(),
                    kind.name()
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 60, "{compared}");
}

/// The queries of the README, over instruments whose prices have 8 and 2 decimals and quantities 8 and 3.
#[test]
fn queries_over_instruments_of_different_scales() {
    let Some(data) = reference() else { return };
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    catalogue(&root, &data);
    let script = format!("import os, sys\nos.chdir(sys.argv[1])\n{QUERIES}\n");
    let found = run(
        &python,
        &script,
        &[dir.path().to_string_lossy().into_owned()],
    );

    let catalog = Catalog::open(&root).unwrap();
    let mut expected = String::new();
    for name in [
        "binance-coinm:TRXUSD_PERP",
        "binance-spot:ETHUSDT",
        "binance-usdm:ETHUSDT",
    ] {
        let record = catalog.instrument(name).unwrap();
        let mut rows = Rows::open(&catalog, &record.series(), Kind::Trade, None, None).unwrap();
        let (mut count, mut most, mut least, mut volume) = (0, i64::MIN, i64::MAX, 0);
        while let Some(Row::Trade(row)) = rows.next_row().unwrap() {
            count += 1;
            most = most.max(row.price.mantissa());
            least = least.min(row.price.mantissa());
            volume += row.qty.mantissa();
        }
        let float = |mantissa: i64, decimals: u8| mantissa as f64 / 10_f64.powi(decimals.into());
        let (px, qty) = (record.price_decimals, record.qty_decimals);
        writeln!(
            expected,
            "{} {} {count} {:.5} {:.5} {:.4}",
            record.venue,
            record.symbol,
            float(least, px),
            float(most, px),
            float(volume, qty)
        )
        .unwrap();
    }
    assert_eq!(found, expected.repeat(3));
}
