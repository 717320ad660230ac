//! The real captures: `check` says of them what their PROVENANCE.md says.

use std::path::{Path, PathBuf};

use onetape_data::catalog::{Catalog, Kind};
use onetape_data::check::{CheckName, CheckReport, CheckRequest, Finding, Severity, check};
use onetape_data::import::{Options, binance_raw};

/// The captures, `None` (loudly) where they are not at hand.
fn captures() -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let raw = root.join("binance_spot_usdm_20240808/raw");
    if !raw.exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no reference data at {}",
            raw.display()
        );
        eprintln!("SKIPPED: no reference data at {}", raw.display());
        return None;
    }
    let names = [
        "spot/btcusdt",
        "spot/ethusdt",
        "usdm/btcusdt",
        "usdm/ethusdt",
    ];
    Some(
        names
            .iter()
            .map(|name| raw.join(format!("{name}_20240808.gz")))
            .collect(),
    )
}

fn checked(paths: &[PathBuf]) -> CheckReport {
    let dir = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    binance_raw(&mut catalog, paths, &Options::default(), &mut |_, _| ()).unwrap();
    check(&catalog, &CheckRequest::default(), &mut |_, _| ()).unwrap()
}

const NAMES: [&str; 4] = [
    "binance-spot:BTCUSDT",
    "binance-spot:ETHUSDT",
    "binance-usdm:BTCUSDT",
    "binance-usdm:ETHUSDT",
];

fn find<'a>(
    report: &'a CheckReport,
    check: CheckName,
    name: &str,
    kind: Option<Kind>,
) -> Vec<&'a Finding> {
    (report.findings.iter())
        .filter(|one| one.check == check && one.instrument == name && one.kind == kind)
        .collect()
}

/// A number of a finding in nanoseconds.
fn nanos(finding: &Finding, value: &str) -> i64 {
    let text = &finding.values[value];
    let (seconds, rest) = text.split_once('.').unwrap();
    assert_eq!(rest.len(), 9, "{text}");
    format!("{seconds}{rest}").parse().unwrap()
}

#[test]
fn the_capture_of_2024_is_what_its_provenance_says() {
    let Some(paths) = captures() else { return };
    let report = checked(&paths);
    assert_eq!(
        (report.rows, report.errors, report.files),
        (243_476, 0, 12),
        "{report}"
    );
    // No damage, gap, duplicate, clock that goes back, crossed or locked quote or book, absurd price, non-trade.
    let allowed = [
        CheckName::ClockOffset,
        CheckName::FundingCoverage,
        CheckName::Coverage,
        CheckName::VenueSkew,
        CheckName::SequenceGap,
    ];
    for finding in &report.findings {
        assert!(allowed.contains(&finding.check), "{finding:?}");
    }
    // Diffs before the snapshot, and no gap in any ids.
    for (name, diffs) in NAMES.into_iter().zip([3, 2, 6, 7]) {
        let found = find(&report, CheckName::SequenceGap, name, Some(Kind::Depth));
        let [found] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (found.severity, found.count),
            (Severity::Note, diffs),
            "{name}"
        );
        assert_eq!(found.values["snapshots"], "1");
        assert!(find(&report, CheckName::SequenceGap, name, Some(Kind::Trade)).is_empty());
    }
    // Silence of at most 0.35 s over all messages of a capture; BTC futures to the nanosecond.
    let mut silences = Vec::new();
    for (name, lines) in NAMES.into_iter().zip([41_249, 33_618, 93_954, 74_655]) {
        let found = find(&report, CheckName::Coverage, name, None);
        let rows = found.iter().find(|one| one.count == lines).unwrap();
        silences.push(nanos(rows, "longest_silence_s"));
    }
    assert!(
        silences.iter().all(|&silence| silence < 350_000_000),
        "{silences:?}"
    );
    assert_eq!((silences[0], silences[2]), (201_531_605, 344_872_301));
    // A future that was recorded without its funding.
    for name in &NAMES[2..] {
        let found = find(
            &report,
            CheckName::FundingCoverage,
            name,
            Some(Kind::Funding),
        );
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    }
}

#[test]
fn the_host_clock_of_2024_was_behind() {
    let Some(paths) = captures() else { return };
    let report = checked(&paths);
    // Least and most of receive less venue time, computed from the lines as they came.
    let expected = [
        (
            "binance-spot:BTCUSDT",
            Kind::Depth,
            -1_274_761_454,
            -1_265_606_220,
        ),
        (
            "binance-spot:BTCUSDT",
            Kind::Trade,
            -1_274_290_789,
            -1_058_092_824,
        ),
        (
            "binance-usdm:BTCUSDT",
            Kind::Quote,
            -1_272_402_468,
            -1_158_519_820,
        ),
        (
            "binance-usdm:BTCUSDT",
            Kind::Trade,
            -1_272_143_322,
            -1_225_935_383,
        ),
    ];
    for (name, kind, least, most) in expected {
        let found = find(&report, CheckName::ClockOffset, name, Some(kind));
        let [found] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(
            (nanos(found, "min_s"), nanos(found, "max_s")),
            (least, most),
            "{name}"
        );
        let median = nanos(found, "median_s");
        assert!(
            (-1_275_000_000..-1_200_000_000).contains(&median),
            "{median}"
        );
        assert!(
            found.says.contains("feed = \"recorded\" cannot be used"),
            "{}",
            found.says
        );
        assert_eq!(
            found.count.to_string(),
            found.values["rows"],
            "every row is behind"
        );
    }
    // Binance's spot quotes tell no time of their own.
    for name in &NAMES[..2] {
        assert!(find(&report, CheckName::ClockOffset, name, Some(Kind::Quote)).is_empty());
    }
}

#[test]
fn the_venues_of_2024_were_recorded_side_by_side() {
    let Some(paths) = captures() else { return };
    let report = checked(&paths);
    for (spot, future) in [(NAMES[0], NAMES[2]), (NAMES[1], NAMES[3])] {
        let found = find(
            &report,
            CheckName::VenueSkew,
            &format!("{spot} {future}"),
            None,
        );
        let [found] = found[..] else {
            panic!("{report}")
        };
        assert_eq!(
            (found.severity, found.values["silent_s"].as_str()),
            (Severity::Note, "0.000000000")
        );
        assert!((344_000_000_000..345_000_000_000).contains(&nanos(found, "common_s")));
        // Nobody is silent for longer than a capture as a whole is.
        assert!(nanos(found, "age_most_s") < 350_000_000);
    }
}
