//! `spot_spot` through the whole machine, worked by hand: what is bought where, from what, and when it goes back.

mod common;

use common::*;
use onetape_core::command::{Command, LegRole, Place};
use onetape_core::event::{Body, Event, OrderEventKind, RejectReason};
use onetape_core::num::Bps;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::spot_spot;
use onetape_core::strategy::{Setup, Task};
use proptest::prelude::*;

/// The pair with fees of 10 bps at both venues.
fn build(
    names: &onetape_core::names::Names,
    params: &[(&str, &str)],
) -> Result<Box<dyn Task>, String> {
    let setup = Setup {
        names,
        legs: vec![SPOT, OTHER_SPOT],
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: spot_spot::SPEC.card.read(params.iter().copied()).unwrap(),
    };
    (spot_spot::SPEC.build)(&setup)
}

fn trade(plan: &Plan, params: &[(&'static str, &'static str)], events: &[Event]) -> Ran {
    let given = [("min_entry_edge_bps", "20")];
    let all: Vec<_> = given.into_iter().chain(params.iter().copied()).collect();
    run(plan, events, build(&names(), &all).unwrap())
}

/// A touch with 1.0 on both sides.
fn touch(ms: i64, second: bool, bid: i64, ask: i64) -> Event {
    let id = if second { OTHER_SPOT } else { SPOT };
    quote(ms, id, (bid, 1_000), (ask, 1_000))
}

/// The first at 999.9 / 1000.0, the second at 1002.0 / 1002.1: buying the first earns exactly 20 bps.
fn apart() -> Vec<Event> {
    vec![
        touch(1, false, 9_999, 10_000),
        touch(2, true, 10_020, 10_021),
    ]
}

/// The reasons in the order in which they came.
fn reasons(ran: &Ran) -> Vec<&str> {
    let all = ran.decisions.iter();
    all.map(|decision| decision.reason.as_str()).collect()
}

/// What the venues last said of base and quote, by venue.
fn balances(ran: &Ran) -> [[String; 2]; 2] {
    let of = |venue, asset| {
        let row = ran.ledger.row(
            onetape_core::names::VenueId(venue),
            onetape_core::names::AssetId(asset),
        );
        row.unwrap().reported.to_string()
    };
    [[of(0, 0), of(0, 1)], [of(1, 0), of(1, 1)]]
}

/// Orders that a venue rejected for want of balance. What mends legs is not asked for: it is tried whatever lies there.
fn unpaid(ran: &Ran) -> Vec<Place> {
    let rejected = |event: &Event| match &event.body {
        Body::Order(news) => {
            (news.kind == OrderEventKind::Rejected(RejectReason::Balance)).then_some(news.order)
        }
        _ => None,
    };
    let rejected: Vec<_> = ran.news.iter().filter_map(rejected).collect();
    let commands = ran.decisions.iter().flat_map(|decision| &decision.commands);
    let places = commands.filter_map(|command| match command {
        Command::Place(place) => Some(*place),
        _ => None,
    });
    places
        .filter(|place| place.tag.role != LegRole::Repair && rejected.contains(&place.order))
        .collect()
}

#[test]
fn what_is_bought_at_one_venue_is_sold_at_the_other_and_nothing_is_moved() {
    let ran = trade(&Plan::default(), &[("quantity", "0.1")], &apart());
    assert_eq!(ran.fills(), [(2, 0, 10_000, 100), (2, 1, 10_020, 100)]);
    assert_eq!(
        reasons(&ran),
        ["book_not_ready", "enter_buy_first", "holding"]
    );
    // 0.1 at 1000.0 and at 1002.0, a fee of 10 bps on each, of 5 and 1000 at both venues.
    assert_eq!(
        balances(&ran),
        [["5.1", "899.9"], ["4.9", "1100.0998"]].map(|row| row.map(String::from))
    );
    assert_eq!(ran.ledger.worst_residual(), money("0"));
}

/// RK5: 20 bps at the entry and 30 at the exit, less four fees of 10, are 10 bps of 100: 0.1.
#[test]
fn rk5_an_entry_that_cannot_leave_a_profit_in_money_is_no_entry() {
    let entered = |profit| {
        let given = [
            ("quantity", "0.1"),
            ("direction", "buy_first"),
            ("exit.edge_bps", "30"),
            ("min_profit", profit),
        ];
        let ran = trade(&Plan::default(), &given, &apart());
        let fills = ran.fills().len();
        (reasons(&ran)[1].to_string(), fills)
    };
    assert_eq!(entered("0.1"), ("enter_buy_first".into(), 2));
    assert_eq!(entered("0.1001"), ("profit_below_minimum".into(), 0));
}

#[test]
fn the_opposite_entry_is_the_exit() {
    let mut events = apart();
    events.extend([
        // They meet: there is no exit by edge.
        touch(10, true, 9_999, 10_000),
        // Buying the second earns 19.96 bps, and then 20.
        touch(20, true, 9_978, 9_980),
        touch(21, false, 10_000, 10_001),
    ]);
    let ran = trade(&Plan::default(), &[("quantity", "0.1")], &events);
    let out = [(21, 2, 10_000, 100), (21, 3, 9_980, 100)];
    assert_eq!(ran.fills()[2..], out);
    assert_eq!(reasons(&ran)[3..], ["exit_turned", "closed"]);
    // The inventory is back, and with it 0.2 + 0.2 less four fees.
    assert_eq!(
        balances(&ran),
        [["5", "999.8"], ["5", "1000.2 "]].map(|row| row.map(|text| text.trim().to_string()))
    );

    // In one direction alone it waits for its own exit.
    let one_way = [
        ("quantity", "0.1"),
        ("direction", "buy_first"),
        ("exit.edge_bps", "21"),
    ];
    let ran = trade(&Plan::default(), &one_way, &events);
    assert_eq!(ran.fills().len(), 2);
    assert_eq!(reasons(&ran).last(), Some(&"holding"));
}

#[test]
fn an_exit_by_edge_and_one_by_age_go_back_too() {
    let mut events = apart();
    events.extend([
        touch(10, true, 10_010, 10_011),
        touch(20, true, 10_000, 10_003),
        touch(90, true, 10_000, 10_003),
    ]);
    let by_edge = [("quantity", "0.1"), ("exit.edge_bps", "-5")];
    let ran = trade(&Plan::default(), &by_edge, &events);
    assert_eq!(
        ran.fills()[2..],
        [(20, 2, 9_999, 100), (20, 3, 10_003, 100)]
    );
    assert_eq!(
        reasons(&ran)[3..],
        ["exit_edge", "closed", "edge_below_entry"]
    );

    let by_age = [("quantity", "0.1"), ("exit.max_age", "50ms")];
    let ran = trade(&Plan::default(), &by_age, &events);
    assert_eq!(
        ran.fills()[2..],
        [(52, 2, 9_999, 100), (52, 3, 10_003, 100)]
    );
    assert_eq!(reasons(&ran)[3..5], ["exit_age", "closed"]);
}

#[test]
fn what_lies_at_the_venues_bounds_the_size() {
    let little = Plan {
        coins: "0.0235",
        ..Plan::default()
    };
    let ran = trade(&little, &[("quantity", "0.1")], &apart());
    assert_eq!(ran.fills(), [(2, 0, 10_000, 23), (2, 1, 10_020, 23)]);

    // 100 buy at most 100 / (1000.5 x 1.001), the limit with the fee on top: 0.0998.
    let poor = Plan {
        wallet: "100",
        ..Plan::default()
    };
    let ran = trade(&poor, &[("quantity", "0.5")], &apart());
    assert_eq!(ran.fills(), [(2, 0, 10_000, 99), (2, 1, 10_020, 99)]);
}

#[test]
fn without_inventory_nothing_is_sent() {
    for plan in [
        Plan {
            coins: "0.0009",
            ..Plan::default()
        },
        Plan {
            wallet: "1",
            ..Plan::default()
        },
    ] {
        let ran = trade(&plan, &[("quantity", "0.1")], &apart());
        assert_eq!(ran.orders, 0);
        assert_eq!(reasons(&ran), ["book_not_ready", "no_inventory"]);
        let free = |name: &str| {
            let numbers = &ran.decisions.last().unwrap().numbers;
            numbers.iter().any(|number| number.name.as_str() == name)
        };
        assert!(free("first_free_quote") && free("second_free_base"));
    }
    // What is too little for the venue whatever lies there is another reason.
    let ran = trade(&Plan::default(), &[("quantity", "0.0001")], &apart());
    assert_eq!(reasons(&ran), ["book_not_ready", "size_below_minimum"]);
}

#[test]
fn what_cannot_be_bought_back_is_held() {
    let mut events = apart();
    // The price doubles: 0.9 sold for 902 would cost 1,800 to buy back, and 1,000 lay there.
    events.extend([
        touch(4, false, 21_999, 22_000),
        touch(5, true, 21_999, 22_000),
        touch(20, false, 10_000, 10_001),
        touch(21, true, 10_000, 10_001),
    ]);
    let params = [
        ("quantity", "0.9"),
        ("exit.max_age", "5ms"),
        ("direction", "buy_first"),
    ];
    let ran = trade(&Plan::default(), &params, &events);
    assert_eq!(unpaid(&ran), []);
    let told = reasons(&ran);
    assert!(told.contains(&"no_inventory"), "{told:?}");
    assert_eq!(ran.fills().len(), 4, "{told:?}");
    assert_eq!(
        balances(&ran)[1][0],
        "5",
        "it is bought back when it can be"
    );
}

#[test]
fn tops_of_different_moments_are_no_edge() {
    let mut events = apart();
    events[1] = touch(8, true, 10_020, 10_021);
    events.push(touch(10, false, 9_999, 10_000));
    let params = [("quantity", "0.1"), ("max_skew", "5ms")];
    let ran = trade(&Plan::default(), &params, &events);
    assert_eq!(
        reasons(&ran),
        ["book_not_ready", "legs_apart", "enter_buy_first", "holding"]
    );
}

#[test]
fn the_gate_has_its_say() {
    let plan = Plan {
        limits: RiskLimits {
            max_order_notional: Some(money("99")),
            ..RiskLimits::default()
        },
        ..Plan::default()
    };
    let ran = trade(&plan, &[("quantity", "0.1")], &apart());
    assert_eq!(
        (ran.orders, reasons(&ran).pop()),
        (0, Some("entry_refused"))
    );
}

#[test]
fn legs_that_are_no_pair_are_refused() {
    let good = [("quantity", "1"), ("min_entry_edge_bps", "20")];
    let refused = |change: &dyn Fn(&mut onetape_core::names::Names), more: &[(&str, &str)]| {
        let mut names = names();
        change(&mut names);
        let params: Vec<_> = good.iter().chain(more).copied().collect();
        build(&names, &params).err().unwrap()
    };
    let bnb = onetape_core::names::AssetId(2);
    let base = refused(&|names| names.instruments[3].base = bnb, &[]);
    assert!(
        base.ends_with("both legs must have the same base asset"),
        "{base}"
    );
    let quote = refused(&|names| names.instruments[3].quote = bnb, &[]);
    assert!(
        quote.ends_with("both legs must have the same quote asset"),
        "{quote}"
    );
    let venue = refused(
        &|names| names.instruments[3].venue = names.instruments[0].venue,
        &[],
    );
    assert!(venue.contains("at one venue"), "{venue}");
    let endless = refused(&|_| {}, &[("direction", "buy_first")]);
    assert!(endless.contains("nothing ends a position"), "{endless}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    // BA2, EX5: whatever lies at the venues, no entry and no exit is rejected for want of it, both venues' coins
    // together stay what they were once the legs balance, and the ledger adds up.
    #[test]
    fn nothing_is_sent_that_is_not_covered(
        steps in proptest::collection::vec((any::<bool>(), -9i64..10, 1i64..60, 1i64..5), 2..160),
        coins in 0usize..4, wallet in 0usize..3, received in any::<bool>(),
    ) {
        let plan = Plan {
            coins: ["0", "0.0012", "0.03", "2"][coins],
            wallet: ["3", "41", "1000"][wallet],
            fee_asset: if received { onetape_sim::FeeAsset::Received } else { onetape_sim::FeeAsset::Quote },
            ..Plan::default()
        };
        let mut middles = [10_000, 10_000];
        let mut ms = 0;
        let rows: Vec<Event> = steps.iter().map(|&(second, step, qty, spread)| {
            let at = usize::from(second);
            middles[at] = (middles[at] + step).clamp(9_960, 10_040);
            ms += 1;
            let id = if second { OTHER_SPOT } else { SPOT };
            quote(ms, id, (middles[at], qty), (middles[at] + spread, qty))
        }).collect();
        let ran = trade(&plan, &[("quantity", "0.04"), ("exit.edge_bps", "-6")], &rows);
        prop_assert_eq!(unpaid(&ran), []);
        prop_assert_eq!(ran.ledger.worst_residual(), money("0"));
        let last = reasons(&ran).pop();
        if !received && matches!(last, Some("holding" | "closed" | "edge_below_entry")) {
            let coins = |row: &&onetape_core::ledger::LedgerRow| row.asset.0 == 0;
            let traded: onetape_core::num::Money = ran.ledger.rows().iter().filter(coins).map(|row| row.trades).sum();
            prop_assert_eq!(traded, money("0"));
        }
    }
}
