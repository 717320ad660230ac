//! The catalogue as its users see it: all or nothing, one writer, and files that other tools read right.

use std::fs;
use std::path::{Path, PathBuf};

use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Ts;
use onetape_data::Error;
use onetape_data::catalog::{
    Catalog, DepthRow, FundingRow, InstrumentRecord, Kind, MarkRow, QuoteRow, Row, RowSink,
    SourceState, TradeRow, hash_bytes,
};

/// 2024-08-08T23:59:59Z.
const EVENING: i64 = 1_723_161_599_000_000_000;

fn record() -> InstrumentRecord {
    InstrumentRecord {
        venue: "binance-usdm".to_string(),
        symbol: "BTCUSDT".to_string(),
        kind: "linear".to_string(),
        base: "BTC".to_string(),
        quote: "USDT".to_string(),
        price_decimals: 2,
        qty_decimals: 3,
        tick: "0.1".to_string(),
        lot: "0.001".to_string(),
        min_qty: "0.001".to_string(),
        max_qty: None,
        min_notional: "5".to_string(),
        contract_value: "1".to_string(),
        inferred: false,
        tiers: Vec::new(),
    }
}

fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn quote(ts: i64, place: u64) -> Row {
    Row::Quote(QuoteRow {
        ts: Ts::from_nanos(ts),
        ts_venue: None,
        place,
        update_id: place,
        bid: level(6_180_020, 2_507),
        ask: level(6_180_030, 2_510),
    })
}

fn depth(place: u64, last: u64, bids: Vec<Level>, asks: Vec<Level>) -> Row {
    Row::Depth(DepthRow {
        ts: Ts::from_nanos(EVENING),
        ts_venue: Some(Ts::from_nanos(EVENING + 1)),
        place,
        snapshot: false,
        first: last,
        last,
        prev: Some(last - 1),
        bids,
        asks,
    })
}

/// At least one row of each kind.
fn mixed() -> Vec<Row> {
    let (ts, ts_venue) = (Ts::from_nanos(EVENING), Some(Ts::from_nanos(EVENING + 1)));
    vec![
        quote(EVENING, 1),
        depth(2, 12, vec![level(1, 1), level(2, 0)], vec![level(3, 1)]),
        depth(3, 13, vec![], vec![]),
        Row::Trade(TradeRow {
            ts,
            ts_venue,
            place: 4,
            trade_id: 77,
            price: Price::new(6_180_030),
            qty: Qty::new(6),
            aggressor: Side::Sell,
        }),
        Row::Mark(MarkRow {
            ts,
            ts_venue,
            place: 5,
            mark: 6_180_000_000_001,
            index: None,
        }),
        Row::Funding(FundingRow {
            ts,
            ts_venue,
            place: 5,
            rate: 10_000,
            settles_at: ts,
        }),
    ]
}

fn write(catalog: &mut Catalog, source: &str, rows: &[Row]) -> Result<(), Error> {
    let mut transaction = catalog.begin(&hash_bytes(source.as_bytes()), source)?;
    transaction.define(record())?;
    for row in rows {
        transaction.row(&record().series(), row.clone())?;
    }
    transaction.commit().map(|_| ())
}

/// Every file below a directory with its bytes.
fn contents(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_commit_is_found_again_and_verified() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let mut catalog = Catalog::open_or_create(&root).unwrap();
    assert!(!root.exists(), "nothing is written before the first commit");
    write(&mut catalog, "a", &mixed()).unwrap();
    let catalog = Catalog::open(&root).unwrap();
    let found = catalog.instrument("binance-usdm:BTCUSDT").unwrap();
    assert_eq!(found, &record());
    let rows = |kind| {
        let files = catalog.files(&record().series(), kind);
        assert_eq!(files.len(), 1);
        catalog.verify(files[0]).unwrap();
        (files[0].rows, files[0].parquet_rows)
    };
    assert_eq!(rows(Kind::Depth), (2, 4));
    for kind in [Kind::Quote, Kind::Trade, Kind::Mark, Kind::Funding] {
        assert_eq!(rows(kind), (1, 1));
    }
    let file = catalog.files(&record().series(), Kind::Quote)[0];
    let source = &hash_bytes(b"a")[..12];
    let path = format!("binance-usdm/BTCUSDT/quote/2024-08-08-{source}.parquet");
    assert_eq!(file.path, path);
    assert_eq!((file.first_ts, file.last_ts), (EVENING, EVENING));
    let why = catalog.instrument("binance-spot:BTCUSDT").unwrap_err();
    assert!(why.to_string().contains("binance-usdm:BTCUSDT"), "{why}");
}

#[test]
fn equal_rows_make_equal_bytes_and_files_go_by_utc_day() {
    let rows: Vec<Row> = (0..4)
        .map(|n| quote(EVENING + n * 500_000_000, n as u64))
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let roots = [dir.path().join("one"), dir.path().join("two")];
    for root in &roots {
        write(&mut Catalog::open_or_create(root).unwrap(), "a", &rows).unwrap();
    }
    let bytes = |root: &Path| -> Vec<_> { contents(root).into_iter().map(|(_, b)| b).collect() };
    assert_eq!(bytes(&roots[0]), bytes(&roots[1]));
    let catalog = Catalog::open(&roots[0]).unwrap();
    let days: Vec<_> = (catalog.all_files().iter())
        .map(|file| (file.day.as_str(), file.rows))
        .collect();
    assert_eq!(days, [("2024-08-08", 2), ("2024-08-09", 2)]);
}

#[test]
fn a_dropped_transaction_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("new/catalog");
    let mut catalog = Catalog::open_or_create(&root).unwrap();
    let series = record().series();
    {
        let mut transaction = catalog.begin(&hash_bytes(b"a"), "a").unwrap();
        transaction.define(record()).unwrap();
        transaction.row(&series, quote(EVENING, 1)).unwrap();
    }
    assert!(!dir.path().join("new").exists());
    write(&mut catalog, "a", &mixed()).unwrap();
    let before = contents(&root);
    {
        let mut transaction = catalog.begin(&hash_bytes(b"b"), "b").unwrap();
        transaction.row(&series, quote(EVENING + 9, 1)).unwrap();
    }
    assert_eq!(contents(&root), before);
}

#[test]
fn what_a_killed_import_left_goes_with_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(&mut Catalog::open_or_create(root).unwrap(), "a", &mixed()).unwrap();
    let before = contents(root);
    for path in [
        "binance-usdm/BTCUSDT/quote/2024-08-09-0123456789ab.parquet",
        "gate-spot/BTC_USDT/trade/2024-08-09-0123456789ab.parquet",
        ".staging/3.parquet",
        "catalog.json.next",
    ] {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"half").unwrap();
    }
    fs::write(root.join("binance-usdm/notes.txt"), b"mine").unwrap();
    let mut catalog = Catalog::open(root).unwrap();
    assert_eq!(catalog.all_files().len(), 5);
    drop(catalog.begin(&hash_bytes(b"b"), "b").unwrap());
    let mut after = contents(root);
    after.retain(|(path, _)| !path.ends_with("notes.txt"));
    assert_eq!(after, before);
    let notes = root.join("binance-usdm/notes.txt");
    assert!(notes.exists(), "only our own names are removed");
    assert!(!root.join("gate-spot").exists());
}

#[test]
fn a_killed_first_import_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let data = "v/S/quote/2024-08-09-0123456789ab.parquet";
    for path in [".lock", ".staging/0.parquet", data] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), b"").unwrap();
    }
    assert!(matches!(Catalog::open(root), Err(Error::NoCatalog { .. })));
    write(&mut Catalog::open_or_create(root).unwrap(), "a", &mixed()).unwrap();
    assert_eq!(Catalog::open(root).unwrap().all_files().len(), 5);
    assert!(!root.join("v").exists());
}

#[test]
fn one_writer_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Catalog::open_or_create(dir.path()).unwrap();
    let mut second = Catalog::open_or_create(dir.path()).unwrap();
    let transaction = first.begin(&hash_bytes(b"a"), "a").unwrap();
    let refused = second.begin(&hash_bytes(b"b"), "b").map(|_| ());
    assert!(matches!(refused, Err(Error::Locked { .. })));
    drop(transaction);
    drop(second.begin(&hash_bytes(b"b"), "b").unwrap());
}

#[test]
fn overlaps_are_refused_or_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    let pair = |from| [quote(EVENING + from, 1), quote(EVENING + from + 100, 2)];
    write(&mut catalog, "a", &pair(0)).unwrap();
    let before = contents(dir.path());
    let why = write(&mut catalog, "b", &pair(50)).unwrap_err();
    assert!(why.to_string().contains("--replace"), "{why}");
    assert_eq!(contents(dir.path()), before);
    write(&mut catalog, "c", &pair(100)).unwrap();
    let files = catalog.all_files().len();
    assert_eq!(files, 2, "touching at one moment is no overlap");

    let mut transaction = catalog.begin(&hash_bytes(b"b"), "b").unwrap();
    transaction.replace(true);
    for row in pair(50) {
        transaction.row(&record().series(), row).unwrap();
    }
    assert_eq!(transaction.commit().unwrap().len(), 1);
    assert_eq!(Catalog::open(dir.path()).unwrap().all_files().len(), 1);
    let left = contents(dir.path()).len();
    assert_eq!(left, 3, "lock, manifest and one file");
}

#[test]
fn sources_of_one_commit_must_not_overlap() {
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path().join("c").as_path()).unwrap();
    let mut transaction = catalog.begin(&hash_bytes(b"a"), "a").unwrap();
    transaction.define(record()).unwrap();
    let series = record().series();
    transaction.row(&series, quote(EVENING, 1)).unwrap();
    transaction.row(&series, quote(EVENING + 9, 2)).unwrap();
    transaction.next_source(&hash_bytes(b"b"), "b").unwrap();
    transaction.row(&series, quote(EVENING + 5, 1)).unwrap();
    let why = transaction.commit().unwrap_err().to_string();
    assert!(why.starts_with("b:") && why.contains("those of a"), "{why}");
    assert!(!dir.path().join("c").exists());
}

#[test]
fn a_damaged_file_is_noticed_and_mended_by_its_source() {
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    write(&mut catalog, "a", &mixed()).unwrap();
    let before = contents(dir.path());
    let source = hash_bytes(b"a");
    assert_eq!(catalog.source(&source), SourceState::Whole);
    assert_eq!(catalog.source(&hash_bytes(b"b")), SourceState::Absent);
    let file = catalog.all_files()[0].clone();
    let path = catalog.path(&file);
    let mut bytes = fs::read(&path).unwrap();
    bytes[10] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let why = catalog.verify(&file).unwrap_err().to_string();
    assert!(
        why.contains(&format!("expected hash {}", file.hash)),
        "{why}"
    );
    assert!(why.contains("import it again"), "{why}");
    assert_eq!(catalog.source(&source), SourceState::Damaged);
    fs::remove_file(&path).unwrap();
    assert_eq!(catalog.source(&source), SourceState::Damaged);
    write(&mut catalog, "a", &mixed()).unwrap();
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn manifests_that_are_not_ours_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(
        &mut Catalog::open_or_create(dir.path()).unwrap(),
        "a",
        &mixed(),
    )
    .unwrap();
    let path = dir.path().join("catalog.json");
    let good = fs::read_to_string(&path).unwrap();
    let cases = [
        ("{".to_string(), "damaged"),
        ("{\"name\": \"x\"}".to_string(), "not a catalogue"),
        (good.replace("\"schema\": 1", "\"schema\": 7"), "version 7"),
        (
            good.replace("binance-usdm/BTCUSDT/", "../BTCUSDT/"),
            "below the catalogue",
        ),
        (
            good.replace("\"inferred\": false", "\"inferred\": 3"),
            "damaged",
        ),
    ];
    for (text, expected) in cases {
        fs::write(&path, text).unwrap();
        let why = Catalog::open(dir.path()).unwrap_err().to_string();
        assert!(
            why.contains(expected) && why.contains("catalog.json"),
            "{why}"
        );
    }
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("a.txt"), b"").unwrap();
    let why = Catalog::open_or_create(other.path()).unwrap_err();
    assert!(matches!(why, Error::NotEmpty { .. }), "{why}");
}

#[test]
fn definitions_keep_their_decimals_once_there_are_rows() {
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    write(&mut catalog, "a", &mixed()).unwrap();
    let mut transaction = catalog.begin(&hash_bytes(b"b"), "b").unwrap();
    let mut guess = record();
    (guess.inferred, guess.tick) = (true, "0.01".to_string());
    transaction.define(guess).unwrap();
    let kept = transaction.definition(&record().series()).unwrap();
    assert_eq!(kept, &record());
    let mut other = record();
    other.price_decimals = 1;
    let why = transaction.define(other).unwrap_err().to_string();
    assert!(why.contains("2 price and 3 quantity decimals"), "{why}");
    let mut stated = record();
    stated.min_notional = "100".to_string();
    transaction.define(stated.clone()).unwrap();
    transaction.commit().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    assert_eq!(catalog.instrument("binance-usdm:BTCUSDT").unwrap(), &stated);
}

#[test]
fn rows_that_cannot_be_stored_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    let mut transaction = catalog.begin(&hash_bytes(b"a"), "a").unwrap();
    let series = record().series();
    let why = transaction.row(&series, quote(EVENING, 1)).unwrap_err();
    assert!(why.to_string().contains("not defined"), "{why}");
    transaction.define(record()).unwrap();
    let big = depth(8, 9, vec![level(1_000_000_000_000_000_000, 1)], vec![]);
    let why = transaction.row(&series, big).unwrap_err();
    assert!(why.to_string().contains("18 digits"), "{why}");
    let day = 86_400_000_000_000;
    for n in [0, 1, 0, 2, 3, 2] {
        let row = quote(EVENING + n * day, 1);
        transaction.row(&series, row).unwrap();
    }
    let why = transaction.row(&series, quote(EVENING, 9)).unwrap_err();
    assert!(why.to_string().contains("row 9"), "{why}");
}

#[test]
fn parquet_files_say_what_they_hold() {
    use parquet::basic::{Encoding, LogicalType, TimeUnit, Type};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    write(&mut catalog, "a", &mixed()).unwrap();
    for file in catalog.all_files() {
        let parquet = fs::File::open(catalog.path(file)).unwrap();
        let reader = SerializedFileReader::new(parquet).unwrap();
        let metadata = reader.metadata();
        let about = metadata.file_metadata();
        assert_eq!(about.created_by(), Some("onetape version 1"));
        let notes: Vec<_> = (about.key_value_metadata().unwrap().iter())
            .map(|note| (note.key.as_str(), note.value.as_deref().unwrap()))
            .collect();
        let expected = [
            ("onetape.schema", "1"),
            ("onetape.source_hash", file.source_hash.as_str()),
            ("onetape.instrument", "binance-usdm:BTCUSDT"),
            ("onetape.kind", file.kind.name()),
        ];
        assert_eq!(notes, expected);
        let group = metadata.row_group(0);
        assert!(group.column(0).statistics().is_some(), "of receive times");
        for column in group.columns() {
            let descr = column.column_descr();
            let name = descr.name();
            let (physical, logical) = (descr.physical_type(), descr.logical_type_ref());
            let packed = column
                .encodings()
                .any(|encoding| encoding == Encoding::DELTA_BINARY_PACKED);
            assert_eq!(packed, physical != Type::BOOLEAN, "{name}");
            let expected = match name {
                "bid_px" | "ask_px" | "px" => Some(LogicalType::decimal(2, 18)),
                "bid_qty" | "ask_qty" | "qty" => Some(LogicalType::decimal(3, 18)),
                "mark" | "index" | "rate" => Some(LogicalType::decimal(8, 18)),
                "ts_recv" | "ts_venue" | "settles_at" => {
                    Some(LogicalType::timestamp(true, TimeUnit::NANOS))
                }
                _ => None,
            };
            assert_eq!(logical, expected.as_ref(), "{name}");
            let physical_expected = match name {
                "side" => Type::INT32,
                "snapshot" | "last" => Type::BOOLEAN,
                _ => Type::INT64,
            };
            assert_eq!(physical, physical_expected, "{name}");
        }
    }
}
