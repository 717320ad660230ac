//! The real captures.

use std::fs;

use onetape_data::catalog::Catalog;
use onetape_data::import::Options;

use crate::common::{contents, import, reference};

#[test]
fn four_real_captures_in_one_call() {
    let Some(paths) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let report = import(dir.path(), &paths, &Options::default()).unwrap();
    // As PROVENANCE.md of the capture and the independently computed answers say.
    let expected = [
        ("binance-spot:BTCUSDT", 41_249, 28_040, 3_451, 9_757, "None"),
        ("binance-spot:ETHUSDT", 33_618, 24_077, 3_434, 6_106, "None"),
        (
            "binance-usdm:BTCUSDT",
            93_954,
            66_089,
            6_551,
            21_313,
            "MARKET",
        ),
        (
            "binance-usdm:ETHUSDT",
            74_655,
            53_992,
            6_586,
            14_076,
            "MARKET",
        ),
    ];
    for (source, expected) in report.sources.iter().zip(expected) {
        let [series] = source.series.as_slice() else {
            panic!("{source:?}")
        };
        let found = (
            series.instrument.as_str(),
            source.lines,
            series.quotes,
            series.depth_diffs,
            series.trades,
            expected.5,
        );
        assert_eq!(found, expected);
        assert_eq!(series.depth_snapshots, 1);
        assert_eq!(series.trade_x_types.get(expected.5), Some(&expected.4));
        assert_eq!((source.ignored, series.set_aside), (0, Default::default()));
        assert_eq!(series.messages, source.lines);
        assert!(series.inferred);
    }
    assert_eq!(report.messages, 243_476);
    let catalog = Catalog::open(dir.path()).unwrap();
    for file in catalog.all_files() {
        catalog.verify(file).unwrap();
    }
    let scales = |name| {
        let record = catalog.instrument(name).unwrap();
        (
            record.price_decimals,
            record.qty_decimals,
            record.base.as_str(),
            record.quote.as_str(),
        )
    };
    assert_eq!(scales("binance-spot:BTCUSDT"), (8, 8, "BTC", "USDT"));
    assert_eq!(scales("binance-usdm:BTCUSDT"), (2, 3, "BTC", "USDT"));

    let before = contents(dir.path());
    let again = import(dir.path(), &paths, &Options::default()).unwrap();
    assert!(again.sources.iter().all(|source| source.already_imported));
    assert_eq!(contents(dir.path()), before);
    let replace = Options {
        replace: true,
        ..Options::default()
    };
    import(dir.path(), &paths, &replace).unwrap();
    assert_eq!(
        contents(dir.path()),
        before,
        "the same source makes the same bytes"
    );
}

#[test]
fn a_cut_capture_leaves_nothing() {
    let Some(paths) = reference() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bytes = fs::read(&paths[1]).unwrap();
    for keep in [bytes.len() / 2, bytes.len() - 4] {
        let cut = dir.path().join("cut.gz");
        fs::write(&cut, &bytes[..keep]).unwrap();
        let root = dir.path().join("catalog");
        let why = import(&root, &[paths[0].clone(), cut], &Options::default()).unwrap_err();
        assert!(
            why.contains("cut.gz") && why.contains("cut off after line"),
            "{why}"
        );
        assert!(!root.exists());
    }
}
