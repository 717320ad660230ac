//! What is refused, with its place and its fix.

use onetape_data::import::Options;

use crate::common::{
    Case, import, perp_diff, perp_mark, perp_snapshot, perp_trade, refused, spot_quote, stamped,
};

#[test]
fn bad_lines_are_refused_with_place_and_fix() {
    let quote = || spot_quote("1.50", "2.0");
    let trade = || perp_trade("1.50", "MARKET");
    let lines = |messages: &[String]| stamped(messages);
    refused(
        &lines(&[quote(), "{\"stream\":\"x\",".to_string()]),
        2,
        "broken JSON",
        "remove the line",
    );
    refused(
        &format!("{}{}\n", lines(&[quote()]), quote()),
        2,
        "receive time",
        "ns, us or ms",
    );
    refused("1723161254 {}\n", 1, "receive time", "ns, us or ms");
    for price in ["0.00", "-1.50"] {
        refused(
            &lines(&[quote(), spot_quote(price, "2.0")]),
            2,
            "not above zero",
            "--accept bad-price",
        );
        refused(
            &lines(&[trade(), perp_trade(price, "MARKET")]),
            2,
            "not above zero",
            "--accept bad-price",
        );
        refused(
            &lines(&[perp_diff("XYZUSDT", 1, 2, 0, price)]),
            1,
            "not above zero",
            "--accept bad-price",
        );
        refused(
            &lines(&[trade(), perp_mark(price, "0")]),
            2,
            "not above zero",
            "--accept bad-price",
        );
    }
    refused(
        &lines(&[quote(), spot_quote("1.50", "0.0")]),
        2,
        "quantity",
        "--accept bad-price",
    );
    refused(
        &lines(&[trade(), perp_trade("0", "NA")]),
        2,
        "X=\"NA\"",
        "--accept non-trade",
    );
    refused(
        &lines(&[trade(), perp_trade("1.5", "INSURANCE_FUND")]),
        2,
        "INSURANCE_FUND",
        "--accept non-trade",
    );
    refused(
        &lines(&[trade(), quote()]),
        2,
        "binance-spot among those of binance-usdm",
        "split the file",
    );
    refused(
        &lines(&[trade(), perp_trade("1.5e3", "MARKET")]),
        2,
        "not a plain decimal",
        "remove the line",
    );
    let gap = [
        perp_snapshot(10),
        perp_diff("XYZUSDT", 9, 12, 8, "1.50"),
        perp_diff("XYZUSDT", 14, 15, 13, "1.50"),
    ];
    refused(&lines(&gap), 3, "come after 12", "--accept gap");
    let two = [
        perp_diff("XYZUSDT", 9, 12, 8, "1.50"),
        perp_diff("ABCUSDT", 9, 12, 8, "1.50"),
        perp_snapshot(10),
    ];
    refused(&lines(&two), 3, "several symbols", "split the file");
}

#[test]
fn more_decimals_than_the_instrument_has_are_refused() {
    // Beyond the lines that are looked at first.
    let mut messages = vec![spot_quote("1.50", "2.0"); 1_000];
    messages.push(spot_quote("1.505", "2.0"));
    refused(
        &stamped(&messages),
        1_001,
        "has more than 2 decimals",
        "data import instruments",
    );
    messages[1_000] = spot_quote("1.5000", "2.0");
    Case::new()
        .run(&stamped(&messages), &Options::default())
        .unwrap();
}

#[test]
fn files_without_use_are_refused() {
    for (text, what) in [
        ("", "which venue"),
        ("\n\n", "which venue"),
        (
            "1723161254000000000 {\"result\":null,\"id\":1}\n",
            "which venue",
        ),
    ] {
        let case = Case::new();
        let why = case.run(text, &Options::default()).unwrap_err();
        assert!(why.contains("capture.txt") && why.contains(what), "{why}");
        let told = Options {
            venue: Some("binance-spot".to_string()),
            ..Options::default()
        };
        let why = case.run(text, &told).unwrap_err();
        assert!(why.contains("no line of it can be used"), "{why}");
        assert!(!case.root().exists());
    }
    let case = Case::new();
    let why = import(
        &case.root(),
        &[case.dir.path().join("none.gz")],
        &Options::default(),
    );
    assert!(why.unwrap_err().contains("none.gz"));
}

/// Symbols that come up late count too, or a snapshot would go into another symbol's book.
#[test]
fn a_snapshot_is_never_given_to_another_symbol() {
    let mut messages = vec![perp_trade("1.50", "MARKET").replace("XYZ", "ABC")];
    let diffs = (0..1_000).map(|n| perp_diff("XYZUSDT", n * 3 + 1, n * 3 + 3, n * 3, "1.50"));
    messages.extend(diffs);
    messages.push(perp_diff("ABCUSDT", 9, 12, 8, "1.50"));
    messages.push(perp_snapshot(10));
    refused(
        &stamped(&messages),
        1_003,
        "several symbols",
        "split the file",
    );

    let mut messages = vec![perp_trade("1.50", "MARKET"); 1_000];
    messages.push(perp_trade("1.50", "MARKET").replace("XYZ", "ABC"));
    messages.push(perp_snapshot(10));
    refused(
        &stamped(&messages),
        1_002,
        "several symbols",
        "split the file",
    );
}

#[test]
fn diffs_that_do_not_continue_the_snapshot_are_told_as_that() {
    let messages = [perp_diff("XYZUSDT", 20, 22, 19, "1.50"), perp_snapshot(10)];
    refused(
        &stamped(&messages),
        2,
        "the diffs before the snapshot of update id 10 do not continue it",
        "--accept gap",
    );
}

#[test]
fn the_fix_for_a_number_is_one_that_helps() {
    let trade = || perp_trade("1.50000000", "MARKET");
    refused(
        &stamped(&[trade(), perp_trade("12345678901.0", "MARKET")]),
        2,
        "more than 18 digits at 8 decimals",
        "with fewer decimals",
    );
    // Marks have 8 decimals whatever the instrument has.
    refused(
        &stamped(&[trade(), perp_mark("1.123456789", "0")]),
        2,
        "has more than 8 decimals",
        "mend or remove the line",
    );
}
