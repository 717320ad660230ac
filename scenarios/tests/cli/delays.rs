//! `onetape data delays`: a table from stamps, or the reason why there is none.

use std::fs;

use super::common::{run, small};

#[test]
fn a_table_is_written_and_says_what_it_is() {
    let dir = small();
    let line = "data delays synth-spot:BTCUSDT --catalog catalog";
    let done = run(dir.path(), &format!("{line} --out spot.delays")).ok();
    assert!(done.out.contains("median"), "{}", done.out);
    assert!(
        done.out.ends_with("the table is in spot.delays\n"),
        "{}",
        done.out
    );
    assert!(!dir.path().join("spot.delays.part").exists());

    let text = fs::read_to_string(dir.path().join("spot.delays")).unwrap();
    let table = onetape_sim::Delay::table_from_text(&text).unwrap();
    let json = run(dir.path(), &format!("{line} --json")).ok().json();
    let delays = json["delays_ns"].as_array().unwrap();
    assert_eq!(
        text.lines().filter(|line| !line.starts_with('#')).count(),
        delays.len()
    );
    assert_eq!(Some(table.least().nanos()), delays[0].as_i64());
    assert_eq!(
        Some(table.most().nanos()),
        delays[delays.len() - 1].as_i64()
    );
    assert!(json["messages"].as_u64().unwrap() > 100, "{json}");
}

#[test]
fn what_has_no_table_says_why() {
    let dir = small();
    run(dir.path(), "data delays venue:X --catalog catalog")
        .refused(1, &["venue:X", "synth-spot:BTCUSDT"]);
    run(
        dir.path(),
        "data delays synth-spot:BTCUSDT --catalog catalog --out no/such/folder",
    )
    .refused(1, &["cannot write no/such/folder"]);
    // A capture whose two clocks are more than a second apart: the venue's is ahead.
    let ms = 1_723_161_254_000_u64;
    let line = |at: u64| {
        format!(
            "{}000000 {{\"stream\":\"btcusdt@trade\",\"data\":{{\"e\":\"trade\",\"E\":{},\"T\":{},\"s\":\"BTCUSDT\",\
             \"t\":{at},\"p\":\"60000.10\",\"q\":\"0.002\",\"X\":\"MARKET\",\"m\":true}}}}\n",
            ms + at,
            ms + at + 1_270,
            ms + at + 1_270,
        )
    };
    let capture: String = (1..20).map(line).collect();
    fs::write(dir.path().join("capture"), capture).unwrap();
    run(
        dir.path(),
        "data import binance-raw capture --catalog raw --venue binance-usdm",
    )
    .ok();
    run(dir.path(), "data delays binance-usdm:BTCUSDT --catalog raw").refused(
        1,
        &[
            "19 of 19 messages",
            "clocks disagree",
            "state the latencies",
        ],
    );
}
