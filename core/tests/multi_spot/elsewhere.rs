//! Spot that cannot be had where it was meant to be bought hedges the future from another venue.

use super::*;
use onetape_core::event::RejectReason;

const FUTURE: usize = 3;

/// Three spot legs and a future, of which the future sold ten lots and the spot at the first venue is still out.
fn legged(params: &[(&'static str, &'static str)]) -> Venues {
    let base = [
        ("quantity", "1"),
        ("min_entry_net_bps", "30"),
        ("exit.net_bps", "60"),
        ("repair.attempts", "2"),
    ];
    let fees = ["10", "8", "12", "5"].map(|fee| Bps::parse(fee).unwrap());
    let mut venues = Venues::new(
        &legs(3),
        &fees,
        RiskLimits::default(),
        &[&base[..], params].concat(),
    );
    venues.quote(0, (999, 90), (1_000, 90));
    venues.quote(1, (1_003, 90), (1_004, 90));
    venues.quote(2, (1_002, 90), (1_003, 90));
    venues.quote(FUTURE, (1_010, 90), (1_011, 90));
    let at = venues
        .sent
        .iter()
        .position(|place| place.instrument.index() == FUTURE);
    let future = venues.sent.remove(at.unwrap());
    venues.sent.insert(0, future);
    venues.fill_one(10);
    assert_eq!((venues.held(0), venues.held(FUTURE)), (0, -10));
    venues
}

/// Lets the venues answer until it holds or is closed: so many lots fill at the first venue, all at the others.
fn settle(venues: &mut Venues, at_first: i64) -> Vec<(usize, Side, i64)> {
    let mut sent = Vec::new();
    while !["holding", "closed"].contains(&venues.reason()) {
        match venues.sent.first() {
            Some(place) => {
                let first = place.instrument.index() == 0;
                sent.push((place.instrument.index(), place.side, place.qty.mantissa()));
                venues.fill_one(if first { at_first } else { i64::MAX });
            }
            None => assert!(venues.wait()),
        }
    }
    sent
}

#[test]
fn ex5_what_the_first_venue_does_not_sell_is_bought_where_it_costs_least() {
    let mut venues = legged(&[]);
    // The order of the entry and two attempts to complete it, then the cheaper of the other two.
    let first = (0, Side::Buy, 10);
    assert_eq!(
        settle(&mut venues, 0),
        [first, first, first, (2, Side::Buy, 10)]
    );
    let held = [0, 1, 2, FUTURE].map(|leg| venues.held(leg));
    assert_eq!((held, venues.reason()), ([0, 0, 10, -10], "holding"));
    // The exit is judged by the venue that has it, and sells there.
    venues.quote(0, (1_050, 90), (1_051, 90));
    assert!(venues.sent.is_empty(), "nothing is held at the first venue");
    venues.quote(2, (1_050, 90), (1_051, 90));
    assert_eq!(venues.reason(), "exit_edge");
    let sent = settle(&mut venues, 0);
    assert_eq!(sent, [(FUTURE, Side::Buy, 10), (2, Side::Sell, 10)]);
    let held = [0, 1, 2, FUTURE].map(|leg| venues.held(leg));
    assert_eq!((held, venues.reason()), ([0; 4], "closed"));
}

#[test]
fn ex5_a_part_is_hedged_elsewhere_too() {
    let mut venues = legged(&[]);
    venues.fill_one(4);
    let missing = (0, Side::Buy, 6);
    assert_eq!(
        settle(&mut venues, 0),
        [missing, missing, (2, Side::Buy, 6)]
    );
    let held = [0, 1, 2, FUTURE].map(|leg| venues.held(leg));
    assert_eq!(held, [4, 0, 6, -10]);
}

/// A venue that takes no orders is not waited for while another one does.
#[test]
fn ex5_a_halted_venue_is_passed_over_at_once() {
    let mut venues = legged(&[]);
    venues.reject_one(RejectReason::Halted);
    assert_eq!(settle(&mut venues, 0), [(2, Side::Buy, 10)]);
    let held = [0, 1, 2, FUTURE].map(|leg| venues.held(leg));
    assert_eq!(held, [0, 0, 10, -10]);
}

#[test]
fn ex5_with_no_other_book_the_future_is_taken_back() {
    let mut venues = legged(&[]);
    for leg in [1, 2] {
        venues.quote(leg, (0, 0), (0, 0));
    }
    let sent = settle(&mut venues, 0);
    assert_eq!(sent.last(), Some(&(FUTURE, Side::Buy, 10)));
    assert_eq!((venues.held(FUTURE), venues.reason()), (0, "closed"));
}
