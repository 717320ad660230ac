//! Event arrays of hftbacktest.

use std::fs;
use std::io::Write;
use std::path::Path;

use onetape_core::event::Level;
use onetape_core::num::{Price, Qty};
use onetape_data::catalog::{Catalog, DepthRow, Kind, Row};
use onetape_data::export::ExportFormat;

use crate::common::{
    BOTH, BUY, CLEAR, DEPTH, EXCH, Event, LOCAL, SELL, SNAPSHOT, TRADE, events, export_all,
    import_array, npy, rows,
};

const NAME: &str = "v-usdm:BTCUSDT";

fn depth(root: &Path) -> Vec<DepthRow> {
    rows(root, NAME, Kind::Depth)
        .into_iter()
        .map(|row| match row {
            Row::Depth(row) => row,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn pairs(levels: &[Level]) -> Vec<(i64, i64)> {
    let pair = |level: &Level| (level.price.mantissa(), level.qty.mantissa());
    levels.iter().map(pair).collect()
}

/// Imports events and exports them again.
fn there_and_back(given: &[Event]) -> (tempfile::TempDir, Vec<Event>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.npy");
    fs::write(&file, npy(given)).unwrap();
    let (root, out) = (dir.path().join("catalog"), dir.path().join("out"));
    import_array(&root, &file).unwrap();
    export_all(&root, &out, ExportFormat::Hftbacktest, &[NAME]);
    let found = events(&out.join("v-usdm_BTCUSDT.npy"));
    // What was exported is read as the same rows.
    let again = dir.path().join("again");
    import_array(&again, &out.join("v-usdm_BTCUSDT.npy")).unwrap();
    assert_eq!(depth(&root).len(), depth(&again).len());
    (dir, found)
}

#[test]
fn single_levels_and_trades_come_back_as_they_were() {
    let given: Vec<Event> = (0..5_000_i64)
        .map(|n| {
            let (ts, side) = (1_000_000 + n * 1_000, if n % 3 == 0 { BUY } else { SELL });
            let kind = if n % 5 == 0 { TRADE } else { DEPTH };
            let qty = if kind == DEPTH && n % 7 == 0 {
                0.0
            } else {
                (n + 1) as f64 / 1000.0
            };
            (
                kind | side | BOTH,
                ts,
                ts + 500 + n % 400,
                (60_000 + n) as f64 / 10.0,
                qty,
            )
        })
        .collect();
    let (dir, found) = there_and_back(&given);
    assert_eq!(found, given);
    let root = dir.path().join("catalog");
    let catalog = Catalog::open(&root).unwrap();
    let record = catalog.instrument(NAME).unwrap();
    assert!(record.inferred);
    assert_eq!(
        (record.tick.as_str(), record.lot.as_str()),
        ("0.1", "0.001")
    );
    for file in catalog.all_files() {
        assert_eq!(file.single_levels, file.kind == Kind::Depth);
        let (least, most) = file.delay_ns.unwrap();
        assert!(least >= 500 && most < 900, "{file:?}");
    }
    let Row::Trade(first) = rows(&root, NAME, Kind::Trade)[1] else {
        panic!("no trade");
    };
    assert_eq!((first.trade_id, first.place), (5, 5));
    assert_eq!((first.price, first.qty), (Price::new(60_005), Qty::new(6)));
    assert_eq!(first.ts_venue.unwrap().nanos(), 1_005_000);
}

#[test]
fn halves_of_a_message_are_put_together() {
    // The message of venue time 30 is overtaken by the one of 40.
    let row =
        |ev: u64, exch: i64, local: i64| (ev | DEPTH | BUY, exch, local, 100.0 + exch as f64, 1.0);
    let given = [
        row(BOTH, 10, 110),
        row(EXCH, 30, 150),
        row(BOTH, 40, 145),
        row(LOCAL, 30, 150),
        row(BOTH, 50, 160),
    ];
    let (dir, found) = there_and_back(&given);
    assert_eq!(found, given);
    let stamps: Vec<i64> = depth(&dir.path().join("catalog"))
        .iter()
        .map(|row| row.ts.nanos())
        .collect();
    assert_eq!(stamps, [110, 145, 150, 160]);

    let file = dir.path().join("halves.npy");
    let mut alone = given.to_vec();
    alone[1].4 = 2.0;
    fs::write(&file, npy(&alone)).unwrap();
    let report = import_array(&dir.path().join("alone"), &file).unwrap();
    let aside = report.sources[0].series[0].set_aside;
    assert_eq!((aside.local_alone, aside.venue_alone), (1, 1));
    assert_eq!(report.messages, 4);
}

#[test]
fn rows_of_one_stamp_are_one_message_and_clears_what_they_do() {
    let at = |ev: u64, ts: i64, px: f64, qty: f64| (ev | BOTH, ts, ts + 5, px, qty);
    let given = [
        at(CLEAR | BUY, 1, 99.0, 0.0),
        at(SNAPSHOT | BUY, 1, 99.9, 1.0),
        at(SNAPSHOT | BUY, 1, 99.0, 2.0),
        at(CLEAR | SELL, 1, 101.0, 0.0),
        at(SNAPSHOT | SELL, 1, 100.1, 3.0),
        at(DEPTH | SELL, 2, 100.2, 1.5),
        at(DEPTH | BUY, 2, 98.0, 4.0),
        at(TRADE | BUY, 2, 100.1, 0.5),
        at(DEPTH | SELL, 2, 100.1, 2.5),
        at(CLEAR | BUY, 3, 98.5, 0.0),
        at(CLEAR, 4, f64::NAN, 0.0),
    ];
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.npy");
    fs::write(&file, npy(&given)).unwrap();
    let root = dir.path().join("catalog");
    let report = import_array(&root, &file).unwrap();
    let series = &report.sources[0].series[0];
    assert_eq!(
        (series.depth_snapshots, series.depth_diffs, series.trades),
        (2, 3, 1)
    );
    let found: Vec<_> = depth(&root)
        .iter()
        .map(|row| (row.place, row.snapshot, pairs(&row.bids), pairs(&row.asks)))
        .collect();
    let expected = [
        (
            0,
            true,
            vec![(999, 1_000), (990, 2_000)],
            vec![(1_001, 3_000)],
        ),
        (5, false, vec![(980, 4_000)], vec![(1_002, 1_500)]),
        (8, false, vec![], vec![(1_001, 2_500)]),
        (9, false, vec![(990, 0), (999, 0)], vec![]),
        (10, true, vec![], vec![]),
    ];
    assert_eq!(found, expected);
    let out = dir.path().join("out");
    export_all(&root, &out, ExportFormat::Hftbacktest, &[NAME]);
    let again = dir.path().join("again");
    import_array(&again, &out.join("v-usdm_BTCUSDT.npy")).unwrap();
    let levels = |root: &Path| -> Vec<_> {
        let rows = depth(root).into_iter();
        rows.map(|row| (row.ts, row.ts_venue, row.snapshot, row.bids, row.asks))
            .collect()
    };
    assert_eq!(levels(&again), levels(&root));
}

/// A zip archive with one file, as `numpy.savez` (stored) and `savez_compressed` write it.
fn npz(array: &[u8], deflated: bool) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(array);
    let mut packed = array.to_vec();
    if deflated {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(array).unwrap();
        packed = encoder.finish().unwrap();
    }
    let name = b"data.npy";
    let fields = |version: u16| {
        let mut bytes = version.to_le_bytes().to_vec();
        bytes.extend([0; 2]);
        bytes.extend((if deflated { 8_u16 } else { 0 }).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(crc.sum().to_le_bytes());
        bytes.extend((packed.len() as u32).to_le_bytes());
        bytes.extend((array.len() as u32).to_le_bytes());
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    };
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(fields(20));
    zip.extend(name);
    zip.extend(&packed);
    let directory = zip.len() as u32;
    zip.extend(b"PK\x01\x02\x14\x00");
    zip.extend(fields(20));
    zip.extend([0; 14]);
    zip.extend(name);
    let length = zip.len() as u32 - directory;
    zip.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    zip.extend(length.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0; 2]);
    zip
}

#[test]
fn archives_of_one_array_are_read() {
    let given = [
        (DEPTH | BUY | BOTH, 1, 2, 100.0, 1.0),
        (TRADE | SELL | BOTH, 3, 4, 100.0, 1.0),
    ];
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("a.npy");
    fs::write(&plain, npy(&given)).unwrap();
    import_array(&dir.path().join("plain"), &plain).unwrap();
    for deflated in [false, true] {
        let file = dir.path().join(format!("{deflated}.npz"));
        fs::write(&file, npz(&npy(&given), deflated)).unwrap();
        let root = dir.path().join(format!("of_{deflated}"));
        import_array(&root, &file).unwrap();
        for kind in [Kind::Depth, Kind::Trade] {
            let expected = rows(&dir.path().join("plain"), NAME, kind);
            assert_eq!(rows(&root, NAME, kind), expected);
        }
    }
}
