//! The recorded tables: `check` says of them what their PROVENANCE.md says.

use std::path::{Path, PathBuf};

use onetape_data::catalog::{Catalog, Kind};
use onetape_data::check::{CheckName, CheckReport, CheckRequest, Finding, Severity, check};
use onetape_data::import::{Accept, TableOptions, table};

/// Imports the files of a set by its mapping file and checks them; `None` (loudly) where they are not at hand.
fn checked(folder: &str, ends: &str, map: &str) -> Option<CheckReport> {
    let root = std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join(folder);
    if !folder.exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no reference data at {}",
            folder.display()
        );
        eprintln!("SKIPPED: no reference data at {}", folder.display());
        return None;
    }
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ends));
    paths.sort();
    let map = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scenarios/tables")
        .join(map);
    let options = TableOptions {
        accept: Accept {
            non_trades: true,
            ..Accept::default()
        },
        replace: false,
    };
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    table(&mut catalog, &paths, &map, &options, &mut |_, _| ()).unwrap();
    Some(check(&catalog, &CheckRequest::default(), &mut |_, _| ()).unwrap())
}

/// Findings other than those on what there is.
fn told(report: &CheckReport) -> Vec<&Finding> {
    let always = [
        CheckName::Coverage,
        CheckName::ClockOffset,
        CheckName::VenueSkew,
    ];
    (report.findings.iter())
        .filter(|one| !always.contains(&one.check))
        .collect()
}

fn rows(report: &CheckReport, name: &str, kind: Kind) -> u64 {
    let mut found = report.findings.iter().filter(|one| {
        one.check == CheckName::Coverage && one.instrument == name && one.kind == Some(kind)
    });
    found.next().unwrap().count
}

/// Eight hours from row to row, over the whole of a set.
fn every_eight_hours(report: &CheckReport, name: &str, kind: Kind, last: &str) {
    let found = report.findings.iter().find(|one| {
        one.check == CheckName::Coverage && one.instrument == name && one.kind == Some(kind)
    });
    let values = &found.unwrap().values;
    assert_eq!(values["last"], last, "{name}");
    assert_eq!(values["longest_silence_s"], "28800.000000000", "{name}");
}

#[test]
fn carry_has_every_bar_and_settlement_of_eighteen_months() {
    let folder = "carry_8h_binance_bybit_2023_2024";
    let Some(report) = checked(folder, ".csv.gz", "carry_8h.toml") else {
        return;
    };
    assert_eq!(
        (report.errors, report.rows, report.instruments.len()),
        (0, 32_840, 12),
        "{report}"
    );
    for name in &report.instruments {
        assert_eq!(rows(&report, name, Kind::Bar), 1_642, "{name}");
        every_eight_hours(&report, name, Kind::Bar, "2024-07-01T08:00:00Z");
        if !name.contains("spot") {
            assert_eq!(rows(&report, name, Kind::Funding), 1_642, "{name}");
            every_eight_hours(&report, name, Kind::Funding, "2024-07-01T00:00:00Z");
        }
    }
    // Volumes of coin-margined contracts are in coins, which shows where a contract is 1 dollar.
    for one in told(&report) {
        assert_eq!(
            (one.check, one.severity),
            (CheckName::ContractSize, Severity::Warning),
            "{one:?}"
        );
        assert!(one.instrument.starts_with("bybit-inverse:"), "{one:?}");
    }
    let sizes = told(&report)
        .into_iter()
        .filter(|one| one.kind == Some(Kind::Bar));
    assert_eq!(sizes.count(), 2);
}

#[test]
fn funding_since_launch_is_whole_and_the_candles_beside_it_lack_two_days() {
    let folder = "funding_history_binance_btc";
    let Some(report) = checked(folder, ".csv.gz", "funding_history_binance_btc.toml") else {
        return;
    };
    assert_eq!(rows(&report, "binance-usdm:BTCUSDT", Kind::Funding), 5_386);
    every_eight_hours(
        &report,
        "binance-usdm:BTCUSDT",
        Kind::Funding,
        "2024-08-09T08:00:00Z",
    );
    // The futures candles go from 2022-06-08 to 2022-06-10 and from 2022-08-09 to 2022-08-11.
    let [gap] = told(&report)[..] else {
        panic!("{report}")
    };
    assert_eq!(
        (gap.check, gap.severity, gap.count),
        (CheckName::Gap, Severity::Error, 2)
    );
    assert_eq!(
        (gap.instrument.as_str(), gap.kind),
        ("binance-usdm:BTCUSDT", Some(Kind::Bar))
    );
    let first = gap.first.as_ref().unwrap();
    assert_eq!(first.time.as_deref(), Some("2022-06-11T00:00:00Z"));
    assert_eq!(gap.values["longest_step_s"], "172800.000000000");
}

#[test]
fn trx_has_every_trade_and_diff_and_one_entry_that_is_none() {
    let Some(report) = checked("binance_trx_20250304", ".csv.gz", "binance_trx.toml") else {
        return;
    };
    assert_eq!(report.errors, 0, "{report}");
    for (name, trades) in [
        ("binance-spot:TRXUSDT", 10_000),
        ("binance-usdm:TRXUSDT", 9_999),
        ("binance-coinm:TRXUSD_PERP", 10_000),
    ] {
        assert_eq!(rows(&report, name, Kind::Trade), trades, "{name}");
    }
    assert_eq!(rows(&report, "binance-spot:TRXUSDT", Kind::Depth), 2_833);
    let told: Vec<_> = told(&report)
        .iter()
        .map(|one| (one.check, one.severity, one.instrument.as_str(), one.count))
        .collect();
    // Consecutive ids, times that do not go back, no snapshots, no funding, one X of NA.
    let (spot, linear, inverse) = (
        "binance-spot:TRXUSDT",
        "binance-usdm:TRXUSDT",
        "binance-coinm:TRXUSD_PERP",
    );
    assert_eq!(
        told,
        [
            (CheckName::FundingCoverage, Severity::Warning, inverse, 1),
            (CheckName::FundingCoverage, Severity::Warning, linear, 1),
            (CheckName::SequenceGap, Severity::Note, inverse, 1),
            (CheckName::SequenceGap, Severity::Note, spot, 1),
            (CheckName::NonTrade, Severity::Note, linear, 1),
        ]
    );
    let aside = report
        .findings
        .iter()
        .find(|one| one.check == CheckName::NonTrade)
        .unwrap();
    assert_eq!(aside.values["words"], "NA=1");
}

#[test]
fn norm_has_the_quotes_and_trades_of_the_capture() {
    let folder = "binance_spot_usdm_20240808/norm";
    let Some(report) = checked(folder, ".parquet", "binance_spot_usdm_norm.toml") else {
        return;
    };
    assert_eq!((report.errors, report.rows), (0, 223_450), "{report}");
    for (name, quotes, trades) in [
        ("binance-spot:BTCUSDT", 28_040, 9_757),
        ("binance-spot:ETHUSDT", 24_077, 6_106),
        ("binance-usdm:BTCUSDT", 66_089, 21_313),
        ("binance-usdm:ETHUSDT", 53_992, 14_076),
    ] {
        assert_eq!(rows(&report, name, Kind::Quote), quotes, "{name}");
        assert_eq!(rows(&report, name, Kind::Trade), trades, "{name}");
    }
    // Nothing but futures that were recorded without their funding.
    for one in told(&report) {
        assert_eq!(one.check, CheckName::FundingCoverage, "{one:?}");
    }
    let offsets = report
        .findings
        .iter()
        .filter(|one| one.check == CheckName::ClockOffset);
    assert!(offsets.clone().all(|one| one.severity == Severity::Warning));
    assert_eq!(offsets.count(), 6);
}
