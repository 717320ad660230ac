//! What is exported, read back.

use std::fs;

use onetape_data::catalog::{Catalog, Kind, Row};
use onetape_data::export::ExportFormat;
use onetape_data::import::{Accept, Options, binance_raw};
use onetape_data::synth::{SynthConfig, write};

use crate::common::{
    BUY, CLEAR, DEPTH, LOCAL, SELL, SNAPSHOT, TRADE, all_rows, events, export_all, files,
    import_table, map, reference, rows,
};

#[test]
fn every_kind_comes_back_from_csv() {
    let Some(data) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let carry = files(&data.join("carry_8h_binance_bybit_2023_2024"), ".csv.gz");
    import_table(&root, &carry, &map("carry_8h"), Accept::default()).unwrap();
    let trx = files(&data.join("binance_trx_20250304"), ".csv.gz");
    let accept = Accept {
        non_trades: true,
        ..Accept::default()
    };
    import_table(&root, &trx, &map("binance_trx"), accept).unwrap();
    let mut catalog = Catalog::open(&root).unwrap();
    let raw = data.join("binance_spot_usdm_20240808/raw/spot/ethusdt_20240808.gz");
    let options = Options {
        venue: Some("binance-other".to_string()),
        ..Options::default()
    };
    binance_raw(&mut catalog, &[raw], &options, &mut |_, _| ()).unwrap();
    let before = all_rows(&root);
    let kinds: Vec<Kind> = before.iter().map(|(_, kind, _)| *kind).collect();
    for kind in [
        Kind::Quote,
        Kind::Depth,
        Kind::Trade,
        Kind::Funding,
        Kind::Bar,
    ] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }

    let names: Vec<String> = catalog.instruments().iter().map(|one| one.name()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let out = dir.path().join("out");
    export_all(&root, &out, ExportFormat::Csv, &names);
    let again = dir.path().join("again");
    import_table(
        &again,
        &files(&out, ".csv"),
        &out.join("table.toml"),
        Accept::default(),
    )
    .unwrap();
    assert!(all_rows(&again) == before);
    // Exporting that makes the same bytes.
    let second = dir.path().join("second");
    export_all(&again, &second, ExportFormat::Csv, &names);
    for file in files(&out, ".csv") {
        let other = second.join(file.file_name().unwrap());
        assert!(
            fs::read(&file).unwrap() == fs::read(other).unwrap(),
            "{}",
            file.display()
        );
    }
}

#[test]
fn marks_and_funding_of_a_synthetic_tape_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let config = SynthConfig {
        duration: onetape_core::time::Span::parse("5m").unwrap(),
        opportunities: 2,
        ..SynthConfig::default()
    };
    write(&root, &config, &mut |_, _| ()).unwrap();
    let before = all_rows(&root);
    let catalog = Catalog::open(&root).unwrap();
    let names: Vec<String> = catalog.instruments().iter().map(|one| one.name()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let out = dir.path().join("out");
    export_all(&root, &out, ExportFormat::Csv, &names);
    let again = dir.path().join("again");
    import_table(
        &again,
        &files(&out, ".csv"),
        &out.join("table.toml"),
        Accept::default(),
    )
    .unwrap();
    assert!(all_rows(&again) == before);
    assert!(before.iter().any(|(_, kind, _)| *kind == Kind::Mark));
}

/// A real capture as an array: the book that its rows make is the one that the capture's own rule makes.
#[test]
fn the_array_of_a_capture_makes_its_book() {
    let Some(data) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let mut catalog = Catalog::open_or_create(&root).unwrap();
    let raw = data.join("binance_spot_usdm_20240808/raw/usdm/btcusdt_20240808.gz");
    binance_raw(&mut catalog, &[raw], &Options::default(), &mut |_, _| ()).unwrap();
    let out = dir.path().join("out");
    let name = "binance-usdm:BTCUSDT";
    let report = export_all(&root, &out, ExportFormat::Hftbacktest, &[name]);
    let found = events(&out.join("binance-usdm_BTCUSDT.npy"));
    assert_eq!(report.files[0].rows, found.len() as u64);
    assert!(
        report.files[0].unsynced > 0 && report.files[0].early > 0,
        "{report:?}"
    );
    let of = |clock: u64| found.iter().filter(move |event| event.0 & clock != 0);
    assert!(of(LOCAL).map(|event| event.2).is_sorted());
    assert!(of(1 << 31).map(|event| event.1).is_sorted());
    let trades = of(LOCAL).filter(|event| event.0 & 0xff == TRADE).count();
    assert_eq!(trades, rows(&root, name, Kind::Trade).len());

    // Folded as hftbacktest does.
    let mut book = std::collections::BTreeMap::new();
    for (ev, _, _, px, qty) in of(LOCAL) {
        let side = if ev & BUY != 0 { 'B' } else { 'A' };
        let tick = (px * 100.0).round() as i64;
        match ev & 0xff {
            CLEAR => book.clear(),
            DEPTH | SNAPSHOT if *qty == 0.0 => drop(book.remove(&(side, tick))),
            DEPTH | SNAPSHOT => drop(book.insert((side, tick), (qty * 1000.0).round() as i64)),
            _ => {}
        }
        assert!(ev & 0xff == CLEAR || ev & (BUY | SELL) != 0);
    }
    let mut expected = onetape_core::book::DepthBook::default();
    for row in rows(&root, name, Kind::Depth) {
        let Row::Depth(row) = row else {
            panic!("{row:?}");
        };
        expected.apply(&onetape_core::event::DepthUpdate {
            instrument: Default::default(),
            snapshot: row.snapshot,
            first: row.first,
            last: row.last,
            prev: row.prev,
            bids: row.bids,
            asks: row.asks,
        });
    }
    let mut levels = std::collections::BTreeMap::new();
    for (side, ladder) in [('B', expected.bids()), ('A', expected.asks())] {
        for level in ladder.iter() {
            levels.insert((side, level.price.mantissa()), level.qty.mantissa());
        }
    }
    assert!(levels.len() > 1_000);
    assert_eq!(book, levels);
}

/// Quotes make a book of one level a side where there is no depth.
#[test]
fn quotes_become_a_book_of_one_level() {
    let Some(data) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("catalog");
    let norm =
        data.join("binance_spot_usdm_20240808/norm/bbo_binance_usdm_BTCUSDT_20240808.parquet");
    import_table(
        &root,
        &[norm],
        &map("binance_spot_usdm_norm"),
        Accept::default(),
    )
    .unwrap();
    let out = dir.path().join("out");
    let name = "binance-usdm:BTCUSDT";
    export_all(&root, &out, ExportFormat::Hftbacktest, &[name]);
    let found = events(&out.join("binance-usdm_BTCUSDT.npy"));
    let quotes = rows(&root, name, Kind::Quote);
    let mut tops = std::collections::BTreeMap::new();
    let mut book = std::collections::BTreeMap::new();
    for (ev, _, local, px, qty) in found.iter().filter(|event| event.0 & LOCAL != 0) {
        let side = ev & BUY != 0;
        let tick = (px * 100.0).round() as i64;
        match *qty {
            0.0 => drop(book.remove(&(side, tick))),
            qty => drop(book.insert((side, tick), (qty * 1000.0).round() as i64)),
        }
        tops.insert(*local, book.clone());
    }
    let last = |ts: i64| {
        tops.range(..=ts)
            .next_back()
            .map(|(_, book)| book.clone())
            .unwrap()
    };
    for (at, row) in quotes.iter().enumerate() {
        let Row::Quote(quote) = row else {
            panic!("{row:?}");
        };
        // Of several at one stamp the last one.
        if quotes.get(at + 1).is_some_and(|next| next.ts() == quote.ts) {
            continue;
        }
        let expected = [
            (
                (false, quote.ask.price.mantissa()),
                quote.ask.qty.mantissa(),
            ),
            ((true, quote.bid.price.mantissa()), quote.bid.qty.mantissa()),
        ];
        assert_eq!(last(quote.ts.nanos()), expected.into());
    }
}
