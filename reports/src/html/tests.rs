//! The page of a made-up run, and what no name may do to a page.

use crate::facts::RunFacts;
use crate::fold::tests::run::{PERP, Run, SPOT, names, tag, usdt};
use crate::fold::tests::sample::sample;
use crate::{PageError, Report, Timelines};

/// The page without timelines.
fn to_html(report: &Report, facts: &RunFacts) -> Result<String, PageError> {
    crate::to_html(report, facts, &Timelines::default())
}

/// A page without the scripts that it is allowed.
fn bare(html: &str) -> String {
    html.replace(super::embed::LIBRARY, "")
        .replace(&super::embed::script(), "")
}

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
    let html = to_html(&sample(), &facts()).unwrap();
    // Deflated bytes say nothing to a reader; the list that they hold is looked at by the test of the browser.
    let list = html.find("id=\"trips\">").unwrap();
    let end = list + html[list..].find("</script>").unwrap();
    let text = bare(&html[..list]) + &bare(&html[end..]);
    insta::assert_snapshot!(text);
}

#[test]
fn a_page_loads_nothing_and_runs_its_own_scripts_alone() {
    let html = to_html(&sample(), &facts()).unwrap();
    assert!(html.contains("default-src 'none'"));
    let bare = bare(&html);
    assert_eq!(bare.matches("<script></script>").count(), 2);
    let active = [
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
        "unsafe-eval",
    ];
    for active in active {
        assert!(!bare.contains(active), "{active}");
    }
}

#[test]
fn scripts_are_allowed_by_their_hashes() {
    use sha2::{Digest as _, Sha256};
    let html = to_html(&sample(), &facts()).unwrap();
    let policy = super::embed::policy(&[super::embed::LIBRARY, &super::embed::script()]);
    assert!(html.contains(&policy));
    assert_eq!(policy.matches("'sha256-").count(), 2);
    let fetch = include_str!("../../assets/fetch");
    let hash = Sha256::digest(super::embed::LIBRARY.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(
        fetch.contains(&hex),
        "the library is not the one that assets/fetch names"
    );
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
    let html = to_html(&run.end(&[]), &facts).unwrap();
    let bare = bare(&html);
    assert!(!bare.contains("<b onclick"));
    assert_eq!(bare.matches("</script").count(), 4, "the page's own");
    assert!(bare.matches("&#60;b onclick=x&#62;").count() > 12);
    assert!(bare.contains("\\u003cb onclick=x\\u003e"), "in the data");
}

#[test]
fn an_empty_report_has_a_page_too() {
    let html = to_html(&crate::Fold::new().finish(), &RunFacts::default()).unwrap();
    assert!(html.contains("The first event is missing"));
    assert!(!html.contains("data-plot=\""));
    assert!(html.contains("none was closed"));
}
