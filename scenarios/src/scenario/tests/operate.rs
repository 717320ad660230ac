//! The ramp, orders counted from the start, and what else a person who runs it live says.

use onetape_core::num::Money;
use onetape_core::ramp::RampRule;
use onetape_core::time::{Span, Ts};

use super::super::Ramp;
use super::{GOOD, messages, read};

fn ramp(text: &str) -> Ramp {
    let loaded = read(&format!("{GOOD}\n[live]\n{text}\n")).unwrap();
    loaded.scenario.live.ramp
}

#[test]
fn a_ramp_is_on_off_or_as_it_is_said() {
    assert_eq!(ramp(""), Ramp::Unsaid);
    assert_eq!(ramp("ramp = false"), Ramp::Off);
    assert_eq!(ramp("ramp = true"), Ramp::On(RampRule::default()));
    let rule = RampRule {
        trips: 5,
        factor: 3,
        steps: 2,
        max_trip_loss: Money::parse("1.5").unwrap(),
    };
    let text = "ramp = { trips = 5, factor = 3, steps = 2, max_trip_loss = \"1.5\" }";
    assert_eq!(ramp(text), Ramp::On(rule));
    let wrong = read(&format!(
        "{GOOD}\n[live]\nramp = {{ trips = 0, pace = 1 }}\n"
    ));
    let said = messages(wrong).join("\n");
    assert!(said.contains("live.ramp.trips"), "{said}");
    assert!(said.contains("live.ramp.pace"), "{said}");
    let wrong = messages(read(&format!("{GOOD}\n[live]\nramp = 3\n"))).join("\n");
    assert!(
        wrong.contains("live.ramp") && wrong.contains("true, false"),
        "{wrong}"
    );
}

#[test]
fn what_is_said_of_a_ramp_reads_back_and_what_is_not_is_not_there() {
    let silent = read(GOOD).unwrap().scenario.resolved_toml();
    assert!(!silent.contains("[live]"), "{silent}");
    for text in [
        "ramp = false",
        "ramp = { trips = 2, max_trip_loss = \"0.1\" }",
    ] {
        let scenario = read(&format!("{GOOD}\n[live]\n{text}\n")).unwrap().scenario;
        let resolved = scenario.resolved_toml();
        let again = read(&resolved).unwrap().scenario;
        assert_eq!(again.live.ramp, scenario.live.ramp);
        assert_eq!(again.resolved_toml(), resolved);
    }
}

#[test]
fn an_order_may_be_counted_from_the_start() {
    let text = format!("{GOOD}\n[[control]]\nafter = \"90s\"\ndo = \"pause\"\n");
    let scenario = read(&text).unwrap().scenario;
    let (from, control) = (scenario.data.from.unwrap(), &scenario.controls[0]);
    assert_eq!(control.after, Some(Span::from_millis(90_000)));
    assert_eq!(control.at, from + Span::from_millis(90_000));
    let resolved = scenario.resolved_toml();
    assert!(
        resolved.contains("after = \"90s\"") || resolved.contains("after = \"1m30s\""),
        "{resolved}"
    );
    assert_eq!(
        read(&resolved).unwrap().scenario.controls,
        scenario.controls
    );
    // Where the start is not known it is counted from whatever it will be.
    let unknown = text.replace("from = \"2024-08-08T23:54:14Z\"\n", "");
    let control = &read(&unknown).unwrap().scenario.controls[0];
    assert_eq!(control.at, Ts::UNKNOWN + Span::from_millis(90_000));
    let both = text.replace("after =", "at = \"2024-08-08T23:56:00Z\"\nafter =");
    let said = messages(read(&both)).join("\n");
    assert!(
        said.contains("control.0.after") && said.contains("so does at"),
        "{said}"
    );
    let neither = text.replace("after = \"90s\"\n", "");
    assert!(
        messages(read(&neither))
            .join("\n")
            .contains("control.0.at: is missing")
    );
}
