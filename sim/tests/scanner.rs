//! `scanner` through the whole machine, by hand: what is found is entered in the same cycle, once, and seen through.

mod common;

use common::*;
use onetape_core::command::{Command, LegRole, Place};
use onetape_core::decision::{Decision, Value};
use onetape_core::event::Event;
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Bps, Money};
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::scanner;
use onetape_core::strategy::{Setup, Task};

const LEGS: [InstrumentId; 5] = [SPOT, OTHER_SPOT, SPOT_B, SPOT_C, FUTURES];

fn build(params: &[(&str, &str)]) -> Result<Box<dyn Task>, String> {
    let names = names();
    let given = [("min_net_bps", "5"), ("notional", "100")];
    let own = given
        .iter()
        .filter(|(name, _)| params.iter().all(|(other, _)| other != name));
    let all = own.chain(params).copied();
    let setup = Setup {
        names: &names,
        legs: LEGS.to_vec(),
        taker_fees: vec![Bps::parse("10").unwrap(); 5],
        params: scanner::SPEC.card.read(all).unwrap(),
    };
    (scanner::SPEC.build)(&setup)
}

fn trade(plan: &Plan, params: &[(&str, &str)], events: &[Event]) -> Ran {
    run(plan, events, build(params).unwrap())
}

/// Orders take 5 ms to the venue and answers 5 ms back.
fn plan() -> Plan {
    Plan {
        latency: [latency(0, 5, 5), latency(0, 5, 5)],
        ..Plan::default()
    }
}

fn touch(ms: i64, id: InstrumentId, bid: i64) -> Event {
    quote(ms, id, (bid, 1_000), (bid + 1, 1_000))
}

fn placed(decision: &Decision) -> Vec<&Place> {
    let places = decision
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Place(place) => Some(place),
            _ => None,
        });
    places.collect()
}

fn reasons(ran: &Ran) -> Vec<&str> {
    ran.decisions.iter().map(|it| it.reason.as_str()).collect()
}

fn number(decision: &Decision, name: &str) -> Option<Money> {
    let number = decision
        .numbers
        .iter()
        .find(|it| it.name.as_str() == name)?;
    match number.value {
        Value::Exact(amount) => Some(amount),
        Value::Signal(_) => None,
    }
}

/// ST14: the orders leave by the decision of the very event that made it pay, both legs by one; told again, it changes
/// nothing while the opportunity is traded, and its instruments are left alone for a while after.
#[test]
fn what_is_found_is_entered_in_one_cycle_and_once() {
    let mut events = vec![touch(100, SPOT, 9_999), touch(110, OTHER_SPOT, 10_040)];
    events.extend((0..20).map(|n| {
        touch(
            112 + n,
            if n % 2 == 0 { SPOT } else { OTHER_SPOT },
            if n % 2 == 0 { 9_999 } else { 10_040 },
        )
    }));
    let ran = trade(&plan(), &[], &events);
    let entered: Vec<&Decision> = ran
        .decisions
        .iter()
        .filter(|it| !placed(it).is_empty())
        .collect();
    assert_eq!(entered.len(), 1, "{:?}", reasons(&ran));
    assert_eq!(entered[0].ts.nanos() / MS, 110);
    assert_eq!(entered[0].reason.as_str(), "entered");
    let places = placed(entered[0]);
    // 100 of quote at 1000.0: a tenth on both legs.
    let of = |place: &Place| (place.instrument, place.side, place.qty.mantissa());
    assert_eq!(of(places[0]), (SPOT, Side::Buy, 100));
    assert_eq!(of(places[1]), (OTHER_SPOT, Side::Sell, 100));
    assert_eq!(reasons(&ran).last(), Some(&"holding"));
    assert_eq!(ran.ledger.worst_residual(), Money::ZERO);
}

/// Two opportunities at a time, of four venues, have no instrument in common, and each has a trip of its own.
#[test]
fn no_instrument_is_in_two_of_them() {
    let dear = [OTHER_SPOT, SPOT_C];
    let mut events = vec![touch(100, SPOT, 9_999), touch(101, SPOT_B, 9_999)];
    events.extend([touch(110, dear[0], 10_040), touch(111, dear[1], 10_050)]);
    events.push(touch(130, SPOT, 9_999));
    let ran = trade(&plan(), &[("max_open", "2")], &events);
    let all: Vec<&Place> = ran.decisions.iter().flat_map(placed).collect();
    assert_eq!(all.len(), 4, "{:?}", reasons(&ran));
    let mut legs: Vec<_> = all.iter().map(|place| place.instrument).collect();
    legs.sort_unstable();
    legs.dedup();
    assert_eq!(legs.len(), 4);
    let trips: Vec<u32> = all.iter().map(|place| place.tag.trip).collect();
    assert_eq!(trips, [1, 1, 2, 2]);
    let one = trade(&plan(), &[], &events);
    assert_eq!(one.orders, 2);
}

/// Of several that pay the one that earns most is entered.
#[test]
fn the_best_is_entered_first() {
    // Nothing is known of the cheap venue when both dear ones are there.
    let events = [
        touch(100, OTHER_SPOT, 10_040),
        touch(101, SPOT_C, 10_050),
        touch(110, SPOT, 9_999),
        touch(130, SPOT, 9_999),
    ];
    let ran = trade(&plan(), &[], &events);
    let all: Vec<&Place> = ran.decisions.iter().flat_map(placed).collect();
    let traded: Vec<_> = all.iter().map(|place| place.instrument).collect();
    assert_eq!(traded, [SPOT, SPOT_C]);
}

/// Prices meet again: it closes for a profit, and what that was is the ledger's.
#[test]
fn it_closes_for_a_profit_that_is_the_ledgers() {
    let events = [
        touch(100, SPOT, 9_999),
        touch(110, OTHER_SPOT, 10_090),
        touch(200, OTHER_SPOT, 10_000),
        touch(300, SPOT, 9_999),
    ];
    let ran = trade(&plan(), &[], &events);
    assert_eq!(
        reasons(&ran)
            .into_iter()
            .filter(|it| *it != "found")
            .collect::<Vec<_>>(),
        [
            "scanning",
            "entered",
            "holding",
            "exit_profit",
            "closed",
            "scanning"
        ],
    );
    let closed = ran
        .decisions
        .iter()
        .find(|it| it.reason.as_str() == "closed")
        .unwrap();
    let profit = number(closed, "last_profit").unwrap();
    let opening = money("1000") + money("1000");
    let now: Money = [0, 1]
        .map(|venue| {
            ran.ledger.row(
                onetape_core::names::VenueId(venue),
                onetape_core::names::AssetId(1),
            )
        })
        .iter()
        .map(|row| row.unwrap().reported)
        .sum();
    assert_eq!(profit, now - opening);
    assert!(profit > Money::ZERO, "{profit}");
    // From the first order to the last answer: 110 to 210.
    assert_eq!(number(closed, "last_took_ms"), Some(money("100")));
    assert_eq!(ran.ledger.worst_residual(), Money::ZERO);
}

/// Held too long it closes for what it brings.
#[test]
fn it_closes_by_age() {
    let events = [
        touch(100, SPOT, 9_999),
        touch(110, OTHER_SPOT, 10_040),
        touch(900, OTHER_SPOT, 10_040),
    ];
    let ran = trade(&plan(), &[("exit.max_age", "500ms")], &events);
    let closing = ran
        .decisions
        .iter()
        .find(|it| it.reason.as_str() == "exit_age")
        .unwrap();
    // It balanced at 120.
    assert_eq!(closing.ts.nanos() / MS, 620);
    assert!(
        placed(closing)
            .iter()
            .all(|place| place.tag.role == LegRole::Exit)
    );
    assert_eq!(ran.ledger.worst_residual(), Money::ZERO);
}

/// ST13: what a person gives is sent once, at its time, through the same gate, whatever it earns; its result has the state
/// it came to, its time and its profit.
#[test]
fn what_is_given_by_hand_is_executed_once() {
    let given = [
        ("trade", "false"),
        ("execute.buy", "leg_3"),
        ("execute.sell", "leg_5"),
        ("execute.quantity", "0.05"),
        ("execute.after", "50ms"),
    ];
    let events: Vec<Event> = (0..40)
        .map(|n| {
            touch(
                100 + 10 * n,
                if n % 2 == 0 { SPOT_B } else { FUTURES },
                10_000,
            )
        })
        .collect();
    let ran = trade(&plan(), &given, &events);
    let sent: Vec<&Decision> = ran
        .decisions
        .iter()
        .filter(|it| !placed(it).is_empty())
        .collect();
    assert_eq!(
        (sent.len(), sent[0].reason.as_str()),
        (1, "executed"),
        "{:?}",
        reasons(&ran)
    );
    assert_eq!(sent[0].ts.nanos() / MS, 150);
    let of = |place: &Place| (place.instrument, place.side, place.qty.mantissa());
    let places: Vec<_> = placed(sent[0]).into_iter().map(of).collect();
    assert_eq!(places, [(SPOT_B, Side::Buy, 50), (FUTURES, Side::Sell, 50)]);
    let hedged = ran
        .decisions
        .iter()
        .find(|it| it.reason.as_str() == "holding")
        .unwrap();
    assert_eq!(number(hedged, "last_took_ms"), Some(money("10")));
    // Two fees of 10 bps on 0.05 at 1000.1 and 1000.0; nothing is realised yet.
    assert_eq!(number(hedged, "last_profit"), Some(money("-0.100005")));

    let tight = Plan {
        limits: RiskLimits {
            max_order_notional: Some(money("20")),
            ..RiskLimits::default()
        },
        ..plan()
    };
    let refused = trade(&tight, &given, &events);
    assert_eq!(refused.orders, 0);
    assert!(reasons(&refused).contains(&"execute_refused"));
    let small = [&given[..3], &[("execute.quantity", "0.0001")]].concat();
    let small = trade(&plan(), &small, &events);
    assert!(reasons(&small).contains(&"execute_infeasible") && small.orders == 0);
}

/// BA2: without coins at the dear venue nothing leaves for the cheap one either.
#[test]
fn what_is_not_paid_for_is_not_sent() {
    let poor = Plan {
        coins: "0",
        ..plan()
    };
    let events = [touch(100, SPOT, 9_999), touch(110, OTHER_SPOT, 10_040)];
    let ran = trade(&poor, &[], &events);
    assert_eq!(ran.orders, 0);
    assert!(
        reasons(&ran).contains(&"no_inventory"),
        "{:?}",
        reasons(&ran)
    );
}

/// ST12: people are told once while it lasts.
#[test]
fn people_are_told_once() {
    let mut events = vec![touch(100, SPOT, 9_999)];
    events.extend((0..5).map(|n| touch(110 + n, OTHER_SPOT, 10_040 + n)));
    events.push(touch(130, OTHER_SPOT, 10_000));
    events.push(touch(140, OTHER_SPOT, 10_040));
    let ran = trade(&plan(), &[("trade", "false"), ("alerts", "true")], &events);
    let alerts = ran.decisions.iter().flat_map(|it| &it.commands);
    let alerts: Vec<String> = alerts
        .filter_map(|command| match command {
            Command::Alert(words) => Some(words.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    assert!(
        alerts[0].starts_with("spot_spot nets ")
            && alerts[0].ends_with("buy 0.1 venue:0 sell 0.1 venue:3"),
        "{alerts:?}"
    );
    assert_eq!(reasons(&ran), ["scanning", "found", "scanning", "found"]);
}

#[test]
fn what_goes_not_together_is_refused() {
    let says = |params: &[(&str, &str)], words: &str| {
        let error = build(params).err().unwrap();
        assert!(error.contains(words), "{error}");
    };
    says(
        &[("execute.buy", "leg_1")],
        "go together; give all three or none",
    );
    let by_hand = |buy, sell| {
        [
            ("execute.buy", buy),
            ("execute.sell", sell),
            ("execute.quantity", "1"),
        ]
    };
    says(&by_hand("leg_1", "leg_9"), "leg_9 is not among the legs");
    says(
        &by_hand("leg_1", "leg_1"),
        "not two instruments of one pair",
    );
    let off = ["enable.spot_spot", "enable.spot_futures_hedge"].map(|name| (name, "false"));
    says(&off, "none of the legs can be traded against another");
}
