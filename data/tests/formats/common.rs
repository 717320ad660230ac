//! What the tests need around imports and exports.

use std::fs;
use std::path::{Path, PathBuf};

use onetape_data::catalog::{Catalog, Kind, Row};
use onetape_data::export::{ExportFormat, ExportReport, ExportRequest, export};
use onetape_data::import::{Accept, ArrayOptions, ImportReport, TableOptions, hftbacktest, table};
use onetape_data::tape::Rows;

pub(crate) const BUY: u64 = 1 << 29;
pub(crate) const SELL: u64 = 1 << 28;
pub(crate) const EXCH: u64 = 1 << 31;
pub(crate) const LOCAL: u64 = 1 << 30;
pub(crate) const BOTH: u64 = EXCH | LOCAL;
pub(crate) const DEPTH: u64 = 1;
pub(crate) const TRADE: u64 = 2;
pub(crate) const CLEAR: u64 = 3;
pub(crate) const SNAPSHOT: u64 = 4;

/// The reference data, `None` (loudly) where they are not at hand.
pub(crate) fn reference() -> Option<PathBuf> {
    let root = std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    if root.join("truth/truth.json").is_file() {
        return Some(root);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no reference data at {}",
        root.display()
    );
    eprintln!("SKIPPED: no reference data at {}", root.display());
    None
}

/// A mapping file that comes with the program.
pub(crate) fn map(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../scenarios/tables/{name}.toml"))
}

/// The files of a folder whose names end so, sorted.
pub(crate) fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{}", folder.display());
    found
}

pub(crate) fn import_table(
    root: &Path,
    paths: &[PathBuf],
    map: &Path,
    accept: Accept,
) -> Result<ImportReport, String> {
    let mut catalog = Catalog::open_or_create(root).map_err(|why| why.to_string())?;
    let options = TableOptions {
        accept,
        replace: false,
    };
    table(&mut catalog, paths, map, &options, &mut |_, _| ()).map_err(|why| why.to_string())
}

pub(crate) fn import_array(root: &Path, path: &Path) -> Result<ImportReport, String> {
    let mut catalog = Catalog::open_or_create(root).map_err(|why| why.to_string())?;
    let options = ArrayOptions {
        instrument: "v-usdm:BTCUSDT".to_string(),
        tick: Some("0.1".to_string()),
        lot: Some("0.001".to_string()),
        ..ArrayOptions::default()
    };
    let paths = [path.to_path_buf()];
    hftbacktest(&mut catalog, &paths, &options, &mut |_, _| ()).map_err(|why| why.to_string())
}

pub(crate) fn export_all(
    root: &Path,
    out: &Path,
    format: ExportFormat,
    names: &[&str],
) -> ExportReport {
    let request = ExportRequest {
        instruments: names.iter().map(|name| (*name).to_string()).collect(),
        kinds: Vec::new(),
        from: None,
        to: None,
        format,
        out: out.to_path_buf(),
    };
    export(&Catalog::open(root).unwrap(), &request, &mut |_, _| ()).unwrap()
}

/// Every stored row of a series and kind.
pub(crate) fn rows(root: &Path, name: &str, kind: Kind) -> Vec<Row> {
    let catalog = Catalog::open(root).unwrap();
    let series = catalog.instrument(name).unwrap().series();
    let mut rows = Rows::open(&catalog, &series, kind, None, None).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        found.push(row);
    }
    found
}

/// Every row of a catalogue, by instrument and kind.
pub(crate) fn all_rows(root: &Path) -> Vec<(String, Kind, Vec<Row>)> {
    let catalog = Catalog::open(root).unwrap();
    let mut found = Vec::new();
    for record in catalog.instruments() {
        for kind in Kind::ALL {
            if !catalog.files(&record.series(), kind).is_empty() {
                found.push((record.name(), kind, rows(root, &record.name(), kind)));
            }
        }
    }
    found
}

/// An event: flags, venue's time, receive time, price, quantity.
pub(crate) type Event = (u64, i64, i64, f64, f64);

pub(crate) const DESCR: &str = "[('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), \
                                ('qty', '<f8'), ('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')]";

/// An array as NumPy writes it.
pub(crate) fn npy(events: &[Event]) -> Vec<u8> {
    npy_of(DESCR, events.len(), &body(events))
}

pub(crate) fn body(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (ev, exch, local, px, qty) in events {
        bytes.extend(ev.to_le_bytes());
        bytes.extend(exch.to_le_bytes());
        bytes.extend(local.to_le_bytes());
        bytes.extend(px.to_le_bytes());
        bytes.extend(qty.to_le_bytes());
        bytes.extend([0; 24]);
    }
    bytes
}

pub(crate) fn npy_of(descr: &str, rows: usize, body: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ({rows},), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    bytes
}

/// The events of an array that was exported.
pub(crate) fn events(path: &Path) -> Vec<Event> {
    let bytes = fs::read(path).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!(start % 64, 0);
    bytes[start..]
        .chunks_exact(64)
        .map(|row| {
            let eight = |at: usize| <[u8; 8]>::try_from(&row[at * 8..at * 8 + 8]).unwrap();
            (
                u64::from_le_bytes(eight(0)),
                i64::from_le_bytes(eight(1)),
                i64::from_le_bytes(eight(2)),
                f64::from_le_bytes(eight(3)),
                f64::from_le_bytes(eight(4)),
            )
        })
        .collect()
}
