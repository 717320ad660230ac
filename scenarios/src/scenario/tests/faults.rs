//! What goes wrong, right and wrong.

use onetape_core::event::RejectReason;
use onetape_core::fault::FaultKind;
use onetape_core::time::Span;
use rust_decimal::Decimal;

use super::super::{Faults, Scenario};
use super::{GOOD, messages, read, read_with, sets};

fn with(section: &str) -> String {
    format!("{GOOD}\n{section}")
}

/// Reads, and reads the resolved text: it says the same.
fn faults(section: &str) -> Faults {
    let mut scenario: Scenario = read(&with(section)).unwrap().scenario;
    scenario.data.catalog = None;
    let resolved = scenario.resolved_toml();
    let again = read(&resolved).unwrap_or_else(|error| panic!("{error}\n{resolved}"));
    assert_eq!(again.scenario, scenario);
    assert_eq!(again.scenario.resolved_toml(), resolved);
    scenario.faults.unwrap()
}

#[test]
fn without_the_section_nothing_goes_wrong() {
    let scenario = read(GOOD).unwrap().scenario;
    assert_eq!(scenario.faults, None);
    assert!(!scenario.resolved_toml().contains("fault"));
}

#[test]
fn rates_are_parts_of_orders_or_numbers_an_hour() {
    let read = faults(
        "[faults]\nseed = 18446744073709551615\nuntil = \"2024-08-08T23:58:00Z\"\nunknown_after = \"1s\"\n\
         query = \"20ms\"\nfence = \"15s\"\n[faults.rates]\nack_lost = 0.3\nduplicate = 0.000001\nfeed_down = \
         12.5\nban = 0\n",
    );
    assert_eq!((read.seed, read.swarm), (u64::MAX, false));
    let spans = [read.unknown_after, read.query, read.fence].map(Span::nanos);
    assert_eq!(spans, [1_000_000_000, 20_000_000, 15_000_000_000]);
    let rate = |kind| read.rates.of(kind);
    assert_eq!(rate(FaultKind::AckLost), 300_000);
    assert_eq!(rate(FaultKind::Duplicate), 1);
    assert_eq!(rate(FaultKind::FeedDown), 12_500_000);
    assert_eq!((rate(FaultKind::Ban), rate(FaultKind::Reject)), (0, 0));
}

#[test]
fn a_schedule_says_what_comes_when() {
    let read = faults(
        "[[faults.at]]\nat = \"2024-08-08T23:56:00Z\"\nkind = \"slow\"\nvenue = \"binance-usdm\"\nduration = \
         \"2s\"\ntimes = 50\n[[faults.at]]\nat = \"2024-08-08T23:57:00Z\"\nkind = \"reject\"\ninstrument = \
         \"binance-spot:BTCUSDT\"\nreason = \"balance\"\n[[faults.at]]\nat = \"2024-08-08T23:57:00Z\"\nkind = \
         \"funding_spike\"\nvenue = \"binance-usdm\"\nrate = -0.03\n[[faults.at]]\nat = \"2024-08-08T23:57:01Z\"\n\
         kind = \"server_error\"\nvenue = \"binance-usdm\"\ntaken = false\n",
    );
    let [slow, reject, spike, error] = &read.at[..] else {
        panic!("{:?}", read.at);
    };
    assert_eq!(
        (slow.kind, slow.size),
        (FaultKind::Slow, Some(Decimal::from(50)))
    );
    assert_eq!(slow.duration, Some(Span::from_millis(2_000)));
    assert_eq!(reject.reason, Some(RejectReason::Balance));
    assert_eq!(reject.venue, "binance-spot");
    assert_eq!(spike.size, Some(Decimal::new(-3, 2)));
    assert_eq!(error.size, Some(Decimal::ZERO));
}

#[test]
fn a_fault_section_of_its_own_is_the_same() {
    let read = faults(
        "[[fault]]\nat = \"2024-08-08T23:56:00Z\"\nkind = \"disconnect\"\nvenue = \"binance-usdm\"\nduration = \"2s\"\n",
    );
    assert_eq!(read.at[0].kind, FaultKind::FeedDown);
    assert_eq!(read.at[0].duration, Some(Span::from_millis(2_000)));
}

#[test]
fn a_swarm_is_set_on_the_command_line() {
    let options = sets(&["faults.swarm=true", "faults.seed=77", "faults.redraw=2"]);
    let faults = read_with(GOOD, &options).unwrap().scenario.faults.unwrap();
    assert_eq!((faults.swarm, faults.seed, faults.redraw), (true, 77, 2));
}

#[test]
fn each_mistake_names_line_field_and_fix() {
    let at = "at = \"2024-08-08T23:56:00Z\"";
    let cases = [
        (
            "[faults]\nsead = 1".to_string(),
            "btc.toml:34: faults.sead: is not known here; did you mean `seed`?",
        ),
        (
            "[faults]\nswarm = true\nrates = { ban = 1 }".into(),
            "btc.toml:35: faults.rates: are drawn with swarm = true; remove them, or swarm",
        ),
        (
            "[faults.rates]\nack_lots = 0.1".into(),
            "btc.toml:34: faults.rates.ack_lots: is not known here; did you mean `ack_lost`?",
        ),
        (
            "[faults.rates]\nack_lost = 1.1".into(),
            "btc.toml:34: faults.rates.ack_lost: is 1.1, expected a part, a decimal number from 0 to 1 with at most 6 \
             decimals",
        ),
        (
            "[faults.rates]\nban = 3601".into(),
            "btc.toml:34: faults.rates.ban: is 3601, expected how many an hour, a decimal number from 0 to 3600 with at \
             most 6 decimals",
        ),
        (
            format!("[[faults.at]]\n{at}\nkind = \"ban\""),
            "btc.toml:33: faults.at.0.venue: is missing; add `venue = \"NAME\"`",
        ),
        (
            format!("[[faults.at]]\n{at}\nkind = \"ban\"\nvenue = \"binance-usd\""),
            "btc.toml:36: faults.at.0.venue: is \"binance-usd\", which has no section [venue.binance-usd]; did you \
             mean `binance-usdm`?",
        ),
        (
            format!("[[faults.at]]\n{at}\nkind = \"ban\"\nvenue = \"binance-usdm\"\ntimes = 3"),
            "btc.toml:37: faults.at.0.times: is not known here; known are at, kind, instrument, venue, duration, reason",
        ),
        (
            format!("[[faults.at]]\n{at}\nkind = \"slow\"\nvenue = \"binance-usdm\"\ntimes = 1"),
            "btc.toml:37: faults.at.0.times: is 1, expected a whole number from 2 to 1000",
        ),
        (
            format!(
                "[[faults.at]]\n{at}\nkind = \"reject\"\nvenue = \"binance-usdm\"\nreason = \"mood\""
            ),
            "btc.toml:37: faults.at.0.reason: is \"mood\", expected a reason for which venues refuse orders, such as \
             \"balance\" or \"rate_limit\"",
        ),
    ];
    for (section, want) in cases {
        assert_eq!(messages(read(&with(&section))), [want], "{section}");
    }
}
