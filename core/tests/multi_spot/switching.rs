//! Moving the spot leg (ST3): when it pays, that the future stands, and what becomes of a move that goes wrong.

use super::*;
use onetape_core::command::LegRole;
use onetape_core::time::Span;

const FEES: [&str; 4] = ["10", "8", "12", "5"];
const FUTURE: usize = 3;

/// Three spot legs and a future, ten lots of spot held at the first venue: bought at 100.0, the future sold at 101.0.
fn held(params: &[(&'static str, &'static str)]) -> Venues {
    held_within(FEES, RiskLimits::default(), params)
}

fn held_within(
    fees: [&str; 4],
    limits: RiskLimits,
    params: &[(&'static str, &'static str)],
) -> Venues {
    let base = [
        ("quantity", "1"),
        ("mode", "spot_switching"),
        ("min_entry_net_bps", "30"),
        ("exit.net_bps", "500"),
        ("repair.attempts", "2"),
    ];
    let fees = fees.map(|fee| Bps::parse(fee).unwrap());
    let given = [&base[..], params].concat();
    let mut venues = Venues::new(&legs(3), &fees, limits, &given);
    venues.quote(0, (999, 90), (1_000, 90));
    venues.quote(FUTURE, (1_010, 90), (1_011, 90));
    venues.fill_all();
    assert_eq!((venues.held(0), venues.held(FUTURE)), (10, -10));
    venues
}

#[test]
fn st3_it_moves_where_both_fees_are_paid_and_the_future_stands() {
    let mut venues = held(&[("switch.min_net_bps", "2")]);
    // Sold at 100.2 less 10 bps, bought at 100.0 with 8: 2.0 bps of 100.08. A tick less would lose.
    venues.quote(1, (999, 90), (1_000, 90));
    venues.quote(0, (1_001, 90), (1_002, 90));
    assert_eq!((venues.reason(), venues.sent.len()), ("holding", 0));
    venues.quote(0, (1_002, 90), (1_003, 90));
    assert_eq!(venues.reason(), "holding", "1.9 bps are not enough");
    venues.quote(0, (1_003, 90), (1_004, 90));
    assert_eq!(venues.reason(), "switching");
    let sent = venues.sent.iter();
    let sent: Vec<_> = sent
        .map(|place| {
            (
                place.instrument.index(),
                place.side,
                place.qty,
                place.tag.role,
            )
        })
        .collect();
    let role = LegRole::Switch;
    assert_eq!(
        sent,
        [
            (0, Side::Sell, Qty::new(10), role),
            (1, Side::Buy, Qty::new(10), role)
        ]
    );
    venues.fill_all();
    assert_eq!(venues.reason(), "holding");
    let held = [0, 1, 2, 3].map(|leg| venues.held(leg));
    assert_eq!(held, [0, 10, 0, -10]);
}

#[test]
fn st3_a_gross_threshold_of_old_is_asked_for_besides_and_never_instead_of_the_net() {
    // 0.02, 0.03 and 0.05 %: what the held bid is above the other ask of 5,000.0.
    for (least, bid) in [("2", 50_010), ("3", 50_015), ("5", 50_025)] {
        for (fees, moves) in [(FEES, false), (["0"; 4], true)] {
            let given = [("switch.min_gross_bps", least)];
            let mut venues = held_within(fees, RiskLimits::default(), &given);
            // The future goes along, so that nothing is left.
            venues.quote(FUTURE, (50_500, 90), (50_510, 90));
            venues.quote(1, (49_995, 90), (50_000, 90));
            venues.quote(0, (bid - 1, 90), (bid, 90));
            assert_eq!(venues.reason(), "holding", "{least}: a tick too little");
            venues.quote(0, (bid, 90), (bid + 1, 90));
            // Fees of 10 and 8 bps lose more than the gross edge brings.
            let found = (venues.reason(), venues.sent.len());
            let expected = if moves {
                ("switching", 2)
            } else {
                ("holding", 0)
            };
            assert_eq!(found, expected, "{least} with fees {fees:?}");
        }
    }
}

#[test]
fn st3_a_move_that_the_gate_refuses_is_no_move() {
    // The gate asks for books of a second, a move for books of two.
    let limits = RiskLimits {
        max_book_age: Some(Span::from_nanos(1_000_000_000)),
        ..RiskLimits::default()
    };
    let mut venues = held_within(FEES, limits, &[]);
    venues.quote(1, (999, 90), (1_000, 90));
    venues.at_ms(1_500);
    venues.quote(0, (1_003, 90), (1_004, 90));
    assert_eq!((venues.reason(), venues.sent.len()), ("switch_refused", 0));
    let held = [0, 1, 2, 3].map(|leg| venues.held(leg));
    assert_eq!(held, [10, 0, 0, -10]);
    venues.quote(1, (999, 90), (1_000, 90));
    assert_eq!(venues.reason(), "switching");
}

#[test]
fn st3_going_back_asks_for_more_and_no_move_follows_at_once() {
    let mut venues = held(&[("switch.cooldown", "5s"), ("switch.hysteresis_bps", "4")]);
    venues.quote(1, (999, 90), (1_000, 90));
    venues.quote(0, (1_003, 90), (1_004, 90));
    venues.fill_all();
    assert_eq!((venues.held(0), venues.held(1)), (0, 10));
    // Back gains (100.3 (1 - 8) - 100.0 (1 + 10)) / ...: 12 bps, and has to gain 4.
    venues.quote(0, (999, 90), (1_000, 90));
    venues.quote(1, (1_003, 90), (1_004, 90));
    assert_eq!(
        (venues.reason(), venues.sent.len()),
        ("switch_cooling_down", 0)
    );
    venues.at_ms(5_000);
    venues.quote(0, (999, 90), (1_000, 90));
    venues.quote(1, (1_003, 90), (1_004, 90));
    assert_eq!(venues.reason(), "switching");
    venues.fill_all();
    venues.at_ms(11_000);
    venues.quote(1, (999, 90), (1_000, 90));
    // 2.0 bps gained by going to the other would do; back it has to be 4.
    venues.quote(0, (1_002, 90), (1_003, 90));
    assert_eq!((venues.reason(), venues.sent.len()), ("holding", 0));
}

#[test]
fn st3_an_old_or_thin_book_is_not_moved_to() {
    let mut venues = held(&[]);
    venues.quote(1, (999, 90), (1_000, 9));
    venues.quote(0, (1_003, 90), (1_004, 90));
    assert_eq!(
        (venues.reason(), venues.sent.len()),
        ("switch_too_small", 0)
    );
    venues.quote(1, (999, 90), (1_000, 90));
    assert_eq!(venues.reason(), "switching");
    let mut venues = held(&[]);
    venues.quote(1, (999, 90), (1_000, 90));
    venues.at_ms(2_001);
    venues.quote(0, (1_003, 90), (1_004, 90));
    assert_eq!(
        (venues.reason(), venues.sent.len()),
        ("switch_too_small", 0)
    );
}

#[test]
fn st3_a_leg_that_does_not_arrive_is_bought_back_where_it_was() {
    let mut venues = held(&[]);
    venues.quote(1, (999, 90), (1_000, 90));
    venues.quote(0, (1_003, 90), (1_004, 90));
    venues.fill_one(10);
    venues.fill_one(4);
    // Six are missing: twice at the new venue, then where they were sold.
    let mut bought = Vec::new();
    while venues.reason() != "holding" {
        match venues.sent.first() {
            Some(place) => {
                bought.push((place.instrument.index(), place.side, place.qty.mantissa()));
                let fills = if place.instrument.index() == 0 { 6 } else { 0 };
                venues.fill_one(fills);
            }
            None => assert!(venues.wait()),
        }
    }
    assert_eq!(
        bought,
        [(1, Side::Buy, 6), (1, Side::Buy, 6), (0, Side::Buy, 6)]
    );
    let held = [0, 1, 2, 3].map(|leg| venues.held(leg));
    assert_eq!(held, [6, 4, 0, -10]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    /// The venue that it moves to is the one that a plain search finds: of those whose net cost is low enough, the lowest.
    #[test]
    fn st3_it_moves_where_a_plain_search_does(
        middles in proptest::collection::vec(990i64..1_010, 3), asks in proptest::collection::vec(1i64..20, 3),
        least in 0i64..8,
    ) {
        let least_text: &'static str = Box::leak(format!("{least}").into_boxed_str());
        let mut venues = held(&[("switch.min_net_bps", least_text)]);
        // Nothing pays until the last quote.
        venues.quote(0, (900, 90), (901, 90));
        for leg in [1, 2, 0] {
            venues.quote(leg, (middles[leg], 90), (middles[leg] + 1, if leg != 0 && asks[leg] < 5 { asks[leg] } else { 90 }));
        }
        // In millionths: bids and asks of whole tenths, fees of whole basis points.
        let cost = |leg: usize| (middles[leg] + 1) * (10_000 + [10, 8, 12][leg]);
        let sold = middles[0] * (10_000 - 10);
        let pays = |leg: &usize| (sold - cost(*leg)) * 10_000 >= least * cost(*leg);
        let shows = |leg: &usize| asks[*leg] >= 5;
        let best = [1, 2].into_iter().filter(shows).filter(pays).min_by_key(|&leg| (cost(leg), leg));
        let went = venues.sent.iter().find(|place| place.side == Side::Buy).map(|place| place.instrument.index());
        prop_assert_eq!(went, best);
    }

    /// Whatever fills of a move: the future does not trade while it moves, and the end is balance or an alert.
    #[test]
    fn st3_the_future_stands_while_the_spot_leg_moves(
        fills in proptest::collection::vec(0i64..=10, 2..12), patient in any::<bool>(),
    ) {
        let mut venues = held(&[("switch.timeout", if patient { "1h" } else { "150ms" }), ("hedge.deadline", "1h")]);
        venues.quote(1, (999, 90), (1_000, 90));
        venues.quote(0, (1_003, 90), (1_004, 90));
        prop_assert_eq!(venues.reason(), "switching");
        let mut fills = fills.into_iter();
        let mut switched = 0;
        while venues.reason() == "switching" || venues.reason() == "repairing" {
            let Some(place) = venues.sent.first().copied() else {
                prop_assert!(venues.wait());
                continue;
            };
            // Two tries at the one venue, two at the other; only then the rest may trade.
            if place.instrument.index() == FUTURE {
                prop_assert!(!patient || switched >= 6, "{switched}");
            }
            switched += 1;
            venues.fill_one(fills.next().unwrap_or(10));
        }
        let held = [0, 1, 2, 3].map(|leg| venues.held(leg));
        prop_assert!(venues.reason() == "quarantined" || held.iter().sum::<i64>() == 0, "{:?} {}", held, venues.reason());
        prop_assert_eq!(held[2], 0);
    }
}
