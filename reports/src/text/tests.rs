//! The text of a made-up run.

use crate::fold::tests::sample::sample;
use crate::to_text;

#[test]
fn the_text_of_a_made_up_run() {
    insta::assert_snapshot!(to_text(&sample()));
}

#[test]
fn lines_fit_100_columns() {
    for line in to_text(&sample()).lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn an_empty_report_has_a_text_too() {
    let text = to_text(&crate::Fold::new().finish());
    assert!(
        text.contains("net") && text.contains("The first event is missing"),
        "{text}"
    );
}
