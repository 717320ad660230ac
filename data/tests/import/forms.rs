//! The forms that captures come in: stamps, compression, venues.

use std::fs;
use std::io::Write;

use onetape_data::catalog::Catalog;
use onetape_data::import::Options;

use crate::common::{Case, T0, import, spot_quote, stamped};

#[test]
fn stamps_may_be_in_nanoseconds_microseconds_or_milliseconds() {
    for (stamp, unit) in [(T0, 1), (T0 / 1_000, 1_000), (T0 / 1_000_000, 1_000_000)] {
        let case = Case::new();
        let text = format!(
            "{stamp} {}\r\n\n{} {}",
            spot_quote("1.50", "2.0"),
            stamp + 1,
            spot_quote("1.51", "2.0")
        );
        case.run(&text, &Options::default()).unwrap();
        let catalog = Catalog::open(&case.root()).unwrap();
        let file = &catalog.all_files()[0];
        let span = (file.first_ts, file.last_ts - file.first_ts);
        assert_eq!(span, (i64::try_from(T0).unwrap(), unit));
    }
}

#[test]
fn gzip_goes_by_content_and_may_have_several_members() {
    let case = Case::new();
    let path = case.dir.path().join("capture.log");
    let mut file = fs::File::create(&path).unwrap();
    for n in [0, 1_000_000] {
        let mut gz = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
        writeln!(gz, "{} {}", T0 + n, spot_quote("1.50", "2.0")).unwrap();
        gz.finish().unwrap();
    }
    let report = import(&case.root(), &[path], &Options::default()).unwrap();
    assert_eq!(report.messages, 2);
}

#[test]
fn the_venue_can_be_told() {
    let case = Case::new();
    let told = Options {
        venue: Some("my-venue".to_string()),
        ..Options::default()
    };
    case.run(&stamped(&[spot_quote("1.50", "2.0")]), &told)
        .unwrap();
    Catalog::open(&case.root())
        .unwrap()
        .instrument("my-venue:XYZUSDT")
        .unwrap();
}
