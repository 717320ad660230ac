//! The page of a made-up run, and what no name may do to a page.

use crate::facts::RunFacts;
use crate::fold::tests::run::{PERP, Run, SPOT, names, tag, usdt};
use crate::fold::tests::sample::sample;
use crate::page;

fn facts() -> RunFacts {
    RunFacts {
        build: "onetape 0.1.0 (0123456789ab)".into(),
        name: "BTC spot against perpetual".into(),
        decisions_hash: "5a1f0c1e9b7d4e22".into(),
        scenario: "name = \"btc-spot-perp\"\n\n[[task]]\nstrategy = \"spot_futures\"\nmin_entry_edge_bps = 30.0\n".into(),
        rows: Some(1_234_567),
        wall_s: Some(1.37),
        events_per_s: Some(901_143.0),
        peak_rss_mib: Some(61.4),
        ..RunFacts::default()
    }
}

#[test]
fn the_page_of_a_made_up_run() {
    insta::assert_snapshot!(page(&sample(), &facts()).unwrap());
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    let html = page(&sample(), &facts()).unwrap();
    assert!(html.contains("default-src 'none'"));
    let active = [
        "<script",
        "http:",
        "https:",
        "src=",
        "href=",
        "@import",
        "url(",
        "javascript:",
        "onload=",
        "onerror=",
        "onclick=",
    ];
    for active in active {
        assert!(!html.contains(active), "{active}");
    }
}

#[test]
fn names_from_outside_are_escaped_everywhere() {
    const EVIL: &str = "<b onclick=x>\"'&</script>";
    let mut names = names();
    for venue in &mut names.venues {
        *venue = EVIL.into();
    }
    for asset in &mut names.assets {
        *asset = EVIL.into();
    }
    for instrument in &mut names.instruments {
        instrument.name = EVIL.into();
    }
    names.tasks = vec![EVIL.into(), EVIL.into()];
    let mut run = Run::with_names(0, names);
    use onetape_core::command::LegRole::Entry;
    use onetape_core::instrument::Side::{Buy, Sell};
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100.00", "1", usdt("0.1"));
    run.trade(tag(1, 1, Entry), PERP, Sell, "101.00", "1", usdt("0.1"));
    run.refuse(EVIL);
    run.decide(EVIL, vec![]);
    let facts = RunFacts {
        run_id: EVIL.into(),
        build: EVIL.into(),
        name: EVIL.into(),
        decisions_hash: EVIL.into(),
        scenario: EVIL.into(),
        ..RunFacts::default()
    };
    let html = page(&run.end(&[]), &facts).unwrap();
    assert!(!html.contains("<b onclick") && !html.contains("</script"));
    assert!(html.matches("&#60;b onclick=x&#62;").count() > 12);
}

#[test]
fn an_empty_report_has_a_page_too() {
    let html = page(&crate::Fold::new().finish(), &RunFacts::default()).unwrap();
    assert!(html.contains("The first event is missing"));
    assert!(!html.contains("<svg"));
}
