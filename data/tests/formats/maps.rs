//! What mapping files can say, and those that come with the program on real files.

use std::fs;

use onetape_core::instrument::Side;
use onetape_core::time::Span;
use onetape_data::catalog::{Catalog, Kind, QuoteRow, Row, TradeRow};
use onetape_data::import::{Accept, Options, binance_raw};

use crate::common::{all_rows, files, import_table, map, reference, rows};

/// Imports texts through a mapping file and gives the rows of `v:XYZ`.
fn read(map: &str, kind: Kind, texts: &[&str]) -> Result<Vec<Row>, String> {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (texts.iter().enumerate())
        .map(|(n, text)| {
            let path = dir.path().join(format!("{n}.csv"));
            fs::write(&path, text).unwrap();
            path
        })
        .collect();
    let file = dir.path().join("map.toml");
    fs::write(
        &file,
        format!("{map}\n[[instrument]]\nname = \"v:XYZ\"\nkind = \"linear\"\n"),
    )
    .unwrap();
    let root = dir.path().join("catalog");
    import_table(&root, &paths, &file, Accept::default())?;
    Ok(rows(&root, "v:XYZ", kind))
}

const FUNDING: &str = r#"
[[table]]
kind = "funding"
order = "descending"
instrument = "v:XYZ"
time = { column = "t", format = "%Y-%m-%d %H:%M", zone = "Europe/London", ambiguous = "earlier" }
columns = { rate = { column = "r", percent = true } }
"#;

fn fundings(map: &str, lines: &str) -> Result<Vec<(String, i64, u64)>, String> {
    let text = format!("\u{feff}\"t\",\"r\"\n{lines}");
    Ok(read(map, Kind::Funding, &[&text])?
        .into_iter()
        .map(|row| match row {
            Row::Funding(row) => {
                assert_eq!(row.ts, row.settles_at);
                let text = jiff::Timestamp::from_nanosecond(row.ts.nanos().into())
                    .unwrap()
                    .to_string();
                (text, row.rate, row.place)
            }
            other => panic!("{other:?}"),
        })
        .collect())
}

#[test]
fn local_times_become_utc_and_newest_first_is_sorted() {
    // Clocks go back on 2023-10-29 at 01:00 UTC, and forward on 2024-03-31 at 01:00 UTC.
    let lines = "2024-03-31 02:30,0.01%\n2024-03-31 00:30,-0.0025%\n2023-10-29 02:00,1e-4%\n2023-10-29 01:30,0.3%\n\
                 2023-07-01 01:00,0\n";
    let found = fundings(FUNDING, lines).unwrap();
    let expected = [
        ("2023-07-01T00:00:00Z", 0, 6),
        ("2023-10-29T00:30:00Z", 300_000, 5),
        ("2023-10-29T02:00:00Z", 100, 4),
        ("2024-03-31T00:30:00Z", -2_500, 3),
        ("2024-03-31T01:30:00Z", 10_000, 2),
    ]
    .map(|(time, rate, place)| (time.to_string(), rate, place));
    assert_eq!(found, expected);
    let later = FUNDING.replace("earlier", "later");
    assert_eq!(
        fundings(&later, "2023-10-29 01:30,0\n").unwrap()[0].0,
        "2023-10-29T01:30:00Z"
    );
    for (map, line, says) in [
        (
            FUNDING.replace(", ambiguous = \"earlier\"", ""),
            "2023-10-29 01:30,0\n",
            "was twice in Europe/London",
        ),
        (
            FUNDING.to_string(),
            "2024-03-31 01:30,0\n",
            "never was in Europe/London",
        ),
        (
            FUNDING.to_string(),
            "31.3.2024,0\n",
            "is not a time of the form",
        ),
        (
            FUNDING.to_string(),
            "2024-03-30 01:30,0.0000001%\n",
            "has more than 6 decimals",
        ),
    ] {
        let why = fundings(&map, line).unwrap_err();
        assert!(why.contains(says) && why.contains("line 2"), "{why}");
    }
}

#[test]
fn bars_are_stamped_at_their_close() {
    let bar = |marks: &str, kind: &str| {
        format!(
            "[[table]]\nkind = \"bar\"\nskip_lines = 1\ndelimiter = \";\"\ninstrument = \"v:XYZ\"\nspan = \"8h\"\n\
             numbers = \"{kind}\"\ntime = {{ column = \"t\", unit = \"s\", marks = \"{marks}\" }}\n\
             columns = {{ open = \"o\", high = \"h\", low = \"l\", close = \"c\", volume = \"v\" }}\n\
             [[instrument]]\nname = \"v:OTHER\"\nkind = \"spot\"\n"
        )
    };
    let text = "https://example.org\nt;o;h;l;c;v\n1700000000;1.5;2;1;1.75;56801.329\n";
    for (marks, later) in [("open", 8 * 3_600), ("close", 0)] {
        let found = read(&bar(marks, "text"), Kind::Bar, &[text]).unwrap();
        let [Row::Bar(row)] = found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(row.ts.nanos(), (1_700_000_000 + later) * 1_000_000_000);
        assert_eq!(row.span, Span::parse("8h").unwrap());
        assert_eq!(
            (
                row.open.mantissa(),
                row.high.mantissa(),
                row.volume.mantissa()
            ),
            (150, 200, 56_801_329)
        );
    }
    let swapped = text.replace(";2;1;", ";1;2;");
    let why = read(&bar("open", "text"), Kind::Bar, &[&swapped]).unwrap_err();
    assert!(
        why.contains("outside its high and low") && why.contains("--accept bad-price"),
        "{why}"
    );
    // A printed float is a decimal only where the mapping file says that it is one, and at declared decimals.
    let float = text.replace("56801.329", "56801.329000000005");
    let told = bar("open", "float").replace("kind = \"spot\"", "kind = \"spot\"\n[[instrument]]\nname = \"v:XYZ\"\nkind = \"linear\"\nprice_decimals = 2\nqty_decimals = 3");
    let dir = tempfile::tempdir().unwrap();
    let (file, map) = (dir.path().join("a.csv"), dir.path().join("map.toml"));
    fs::write(&file, &float).unwrap();
    fs::write(&map, &told).unwrap();
    let root = dir.path().join("catalog");
    import_table(&root, std::slice::from_ref(&file), &map, Accept::default()).unwrap();
    let [Row::Bar(row)] = rows(&root, "v:XYZ", Kind::Bar)[..] else {
        panic!("no bar");
    };
    assert_eq!(row.volume.mantissa(), 56_801_329);
    fs::write(&map, told.replace("\"float\"", "\"text\"")).unwrap();
    let why = import_table(&dir.path().join("text"), &[file], &map, Accept::default()).unwrap_err();
    assert!(why.contains("has more than 3 decimals"), "{why}");
}

#[test]
fn levels_of_a_message_and_several_kinds_of_one_file() {
    let map = r#"
[[table]]
kind = "depth"
where = { what = ["level", "top"] }
instrument = { columns = ["venue", "symbol"], kind = "spot" }
time = { column = "t", unit = "us" }
venue_time = { column = "e", unit = "ms" }
columns = { side = { column = "s", buy = ["bid", "b"], sell = "ask" }, px = "p", qty = "q", seq_last = "u" }
[[table]]
kind = "mark"
where = { what = "mark" }
instrument = { columns = ["venue", "symbol"], kind = "spot" }
time = { column = "t", unit = "us" }
columns = { mark = "p" }
"#;
    let text = "what,venue,symbol,t,e,s,p,q,u\n\
                level,v,XYZ,1700000000000000,,bid,1.25,3,7\n\
                top,v,XYZ,1700000000000000,,ask,1.5,0,7\n\
                mark,v,XYZ,1700000000000000,,,1.33,,\n\
                level,v,XYZ,1700000000000001,1700000000000,b,1.25,0,8\n\
                other,v,XYZ,,,,,,\n";
    let found = read(map, Kind::Depth, &[text]).unwrap();
    let [Row::Depth(first), Row::Depth(second)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (
            first.bids.len(),
            first.asks.len(),
            first.last,
            first.ts_venue
        ),
        (1, 1, 7, None)
    );
    assert_eq!((second.bids.len(), second.first, second.place), (1, 8, 5));
    assert_eq!(second.ts_venue.unwrap().nanos(), 1_700_000_000_000_000_000);
    let gap = text.replace(",b,1.25,0,8", ",b,1.25,0,9");
    let why = read(map, Kind::Depth, &[&gap]).unwrap_err();
    assert!(
        why.contains("does not continue update id 7") && why.contains("--accept gap"),
        "{why}"
    );
}

/// The Parquet of a capture holds what the capture holds: the same rows, but for the depth.
#[test]
fn parquet_of_a_capture_is_the_capture() {
    let Some(data) = reference() else { return };
    let folder = data.join("binance_spot_usdm_20240808");
    let dir = tempfile::tempdir().unwrap();
    let (norm, raw) = (dir.path().join("norm"), dir.path().join("raw"));
    let paths = files(&folder.join("norm"), ".parquet");
    let report = import_table(
        &norm,
        &paths,
        &map("binance_spot_usdm_norm"),
        Accept::default(),
    )
    .unwrap();
    assert_eq!(report.messages, 223_450);
    let mut catalog = Catalog::open_or_create(&raw).unwrap();
    let captures: Vec<_> = ["spot", "usdm"]
        .iter()
        .flat_map(|venue| files(&folder.join("raw").join(venue), ".gz"))
        .collect();
    binance_raw(&mut catalog, &captures, &Options::default(), &mut |_, _| ()).unwrap();
    let expected = all_rows(&raw)
        .into_iter()
        .filter(|(_, kind, _)| *kind != Kind::Depth);
    for ((name, kind, expected), (other, other_kind, found)) in expected.zip(all_rows(&norm)) {
        assert_eq!((&name, kind), (&other, other_kind));
        // The Parquet counts lines from 0.
        let counted = found.into_iter().map(|row| match row {
            Row::Quote(row) => Row::Quote(QuoteRow {
                place: row.place + 1,
                ..row
            }),
            Row::Trade(row) => Row::Trade(TradeRow {
                place: row.place + 1,
                ..row
            }),
            other => other,
        });
        assert!(counted.eq(expected), "{name} {kind:?}");
    }
}

/// Units, a third kind of venue, and an entry that is no trade.
#[test]
fn trades_of_three_venues_keep_both_stamps() {
    let Some(data) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let paths = files(&data.join("binance_trx_20250304"), ".csv.gz");
    let why = import_table(&root, &paths, &map("binance_trx"), Accept::default()).unwrap_err();
    assert!(
        why.contains("line 9328: ") && why.contains("\"NA\"") && why.contains("--accept non-trade"),
        "{why}"
    );
    assert!(!root.exists());
    let accept = Accept {
        non_trades: true,
        ..Accept::default()
    };
    let report = import_table(&root, &paths, &map("binance_trx"), accept).unwrap();
    assert_eq!(report.messages, 33_981);
    let depth = |name| {
        let rows = rows(&root, name, Kind::Depth);
        let levels = |row: &Row| match row {
            Row::Depth(row) => row.bids.len() + row.asks.len(),
            _ => 0,
        };
        (rows.len(), rows.iter().map(levels).sum::<usize>())
    };
    assert_eq!(depth("binance-spot:TRXUSDT"), (2_833, 10_000));
    assert_eq!(depth("binance-coinm:TRXUSD_PERP"), (1_149, 10_000));
    let Row::Trade(first) = &rows(&root, "binance-spot:TRXUSDT", Kind::Trade)[0] else {
        panic!("no trade");
    };
    assert_eq!(first.ts.nanos(), 1_741_046_401_272_286_000);
    assert_eq!(first.ts_venue.unwrap().nanos(), 1_741_046_401_271_497_000);
    assert_eq!((first.trade_id, first.aggressor), (348_656_870, Side::Sell));
    let catalog = Catalog::open(&root).unwrap();
    let coinm = catalog.instrument("binance-coinm:TRXUSD_PERP").unwrap();
    assert_eq!(
        (coinm.kind.as_str(), coinm.contract_value.as_str()),
        ("inverse", "10")
    );
}

/// A history newest first, with addresses above the names of the columns and floats among its numbers.
#[test]
fn histories_of_years_are_few_files() {
    let Some(data) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let paths = files(&data.join("funding_history_binance_btc"), ".csv.gz");
    import_table(
        &root,
        &paths,
        &map("funding_history_binance_btc"),
        Accept::default(),
    )
    .unwrap();
    let found: Vec<_> = all_rows(&root)
        .into_iter()
        .map(|(name, kind, rows)| {
            assert!(rows.is_sorted_by_key(Row::ts));
            (name, kind, rows.len())
        })
        .collect();
    let expected = [
        ("binance-spot:BTCUSDT".to_string(), Kind::Bar, 2_549),
        ("binance-usdm:BTCUSDT".to_string(), Kind::Funding, 5_386),
        ("binance-usdm:BTCUSDT".to_string(), Kind::Bar, 1_680),
    ];
    assert_eq!(found, expected);
    // A file a month.
    assert!(Catalog::open(&root).unwrap().all_files().len() < 220);
    let bars = rows(&root, "binance-usdm:BTCUSDT", Kind::Bar);
    let Row::Bar(first) = bars[0] else {
        panic!("no bar");
    };
    // 2020-01-01, known at its end, with the volume 56801.329000000005.
    assert_eq!(first.ts.nanos(), 1_577_923_200_000_000_000);
    assert_eq!(first.volume.mantissa(), 56_801_329);
}
