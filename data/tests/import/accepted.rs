//! What is let pass on request, and sources that are there already.

use onetape_data::catalog::{Catalog, Kind, Series};
use onetape_data::import::{Accept, Options};

use crate::common::{
    Case, import, perp_diff, perp_mark, perp_snapshot, perp_trade, spot_quote, stamped,
};

#[test]
fn what_is_accepted_is_set_aside_and_counted() {
    let accept = Options {
        accept: Accept {
            non_trades: true,
            gaps: true,
            bad_prices: true,
        },
        ..Options::default()
    };
    let messages = [
        perp_snapshot(10),
        perp_diff("XYZUSDT", 9, 12, 8, "1.50"),
        perp_trade("1.50", "MARKET"),
        perp_trade("0", "NA"),
        perp_trade("0.00", "MARKET"),
        perp_diff("XYZUSDT", 14, 15, 13, "1.50"),
        perp_diff("XYZUSDT", 16, 17, 15, "0.00"),
        perp_mark("1.55000001", "0.0001"),
        perp_mark("1.55000002", "0.0001"),
        perp_mark("1.55000003", "0.0002"),
    ];
    let case = Case::new();
    let report = case.run(&stamped(&messages), &accept).unwrap();
    let series = &report.sources[0].series[0];
    let aside = series.set_aside;
    assert_eq!((aside.non_trades, aside.gaps, aside.bad_prices), (1, 1, 2));
    let counts = (
        series.trades,
        series.depth_diffs,
        series.marks,
        series.fundings,
    );
    assert_eq!(counts, (3, 3, 3, 2));
    assert_eq!(series.trade_x_types.get("NA"), Some(&1));
    let catalog = Catalog::open(&case.root()).unwrap();
    let of = Series {
        venue: "binance-usdm".to_string(),
        symbol: "XYZUSDT".to_string(),
    };
    let rows = |kind| {
        let file = catalog.files(&of, kind)[0];
        (file.rows, file.parquet_rows)
    };
    assert_eq!(rows(Kind::Trade), (1, 1));
    // The snapshot has two levels; the message whose only level was left out still stands.
    assert_eq!(rows(Kind::Depth), (4, 5));
    assert_eq!(rows(Kind::Mark), (3, 3));
    assert_eq!(rows(Kind::Funding), (2, 2));
}

#[test]
fn the_same_content_twice_and_overlaps() {
    let case = Case::new();
    let one = stamped(&[spot_quote("1.50", "2.0"), spot_quote("1.51", "2.0")]);
    let (a, b) = (case.file("a.txt", &one), case.file("b.txt", &one));
    let report = import(&case.root(), &[a, b], &Options::default()).unwrap();
    let known: Vec<_> = report
        .sources
        .iter()
        .map(|source| source.already_imported)
        .collect();
    assert_eq!(known, [false, true]);
    let c = case.file("c.txt", &one.replace("1.51", "1.52"));
    let why = import(&case.root(), std::slice::from_ref(&c), &Options::default()).unwrap_err();
    assert!(why.contains("c.txt") && why.contains("--replace"), "{why}");
    let replace = Options {
        replace: true,
        ..Options::default()
    };
    import(&case.root(), &[c], &replace).unwrap();
    assert_eq!(Catalog::open(&case.root()).unwrap().all_files().len(), 1);
}

/// Recorders ask for the book now and then; the answer is older than the diffs that came meanwhile.
#[test]
fn snapshots_from_behind_the_stream_are_no_gap() {
    let messages = [
        perp_snapshot(10),
        perp_diff("XYZUSDT", 9, 12, 8, "1.50"),
        perp_diff("XYZUSDT", 13, 15, 12, "1.51"),
        perp_snapshot(13),
        perp_diff("XYZUSDT", 16, 18, 15, "1.52"),
    ];
    let case = Case::new();
    let report = case.run(&stamped(&messages), &Options::default()).unwrap();
    assert_eq!(report.sources[0].series[0].depth_snapshots, 2);
    let catalog = Catalog::open(&case.root()).unwrap();
    let found = onetape_data::inspect::info(&catalog, None, true, &mut |_, _| ()).unwrap();
    let book = found.instruments[0].book.as_ref().unwrap();
    let counts = (book.diffs_applied, book.sequence_gaps, book.last_u);
    assert_eq!(counts, (3, 0, 18));
}

/// A process may have 1,024 files open on many systems.
#[cfg(target_os = "linux")]
#[test]
fn a_market_of_many_symbols_takes_few_open_files() {
    let messages: Vec<String> = (0..300)
        .map(|n| spot_quote("1.50", "2.0").replace("XYZ", &format!("N{n}")))
        .collect();
    let case = Case::new();
    let path = case.file("many.txt", &stamped(&messages));
    let mut catalog = Catalog::open_or_create(&case.root()).unwrap();
    let root = case.root().canonicalize().unwrap_or(case.root());
    let mut most = 0;
    let mut count = |_, _| {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let ours = open
            .filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to.starts_with(&root)))
            .count();
        most = most.max(ours);
    };
    // Progress is told after every source, and while the first one's files are still open.
    onetape_data::import::binance_raw(&mut catalog, &[path], &Options::default(), &mut count)
        .unwrap();
    assert!(
        (1..10).contains(&most),
        "{most} files of the catalogue were open"
    );
    assert_eq!(Catalog::open(&case.root()).unwrap().all_files().len(), 300);
}
