//! Orders that never reach their venue, as when the way to it is held up.

use onetape_core::event::OrderEventKind;
use onetape_core::instrument::Side;

use super::{FUTURES, Pair, SPOT};

const WAY: &[(&str, &str)] = &[("repair.delay", "20ms")];

impl Pair {
    /// Waits for the next order, and says that it never was at its venue.
    fn lose(&mut self) -> onetape_core::command::Place {
        while self.sent.is_empty() {
            assert!(self.wait());
        }
        let place = self.sent.remove(0);
        self.tell(&place, OrderEventKind::Unknown);
        self.tell(&place, OrderEventKind::NotSent);
        place
    }
}

#[test]
fn one_lost_order_is_sent_again_and_two_are_mended_by_the_other_leg() {
    let mut pair = Pair::enter_with(WAY);
    pair.answer(Some(10));
    let (first, second) = (pair.lose(), pair.lose());
    assert_eq!((first.instrument, second.instrument), (FUTURES, FUTURES));
    while pair.sent.is_empty() {
        assert!(pair.wait());
    }
    let unwound = pair.answer(Some(10));
    assert_eq!((unwound.instrument, unwound.side), (SPOT, Side::Sell));
    assert_eq!((pair.delta(), pair.held(SPOT), pair.alerts), (0, 0, 0));
    // Nothing enters while the way may still be held up, and the next time that it does it has one try.
    let before = pair.now;
    pair.quote(FUTURES, 1_011, 1_012);
    assert!(pair.sent.is_empty());
    pair.now += 300_000_000;
    pair.quote(FUTURES, 1_010, 1_011);
    assert_eq!(pair.sent.len(), 2);
    pair.answer(Some(10));
    assert_eq!(pair.lose().instrument, FUTURES);
    while pair.sent.is_empty() {
        assert!(pair.wait());
    }
    assert_eq!(pair.answer(Some(10)).instrument, SPOT);
    assert!(pair.now - before < 400_000_000);
    // What arrives ends the row.
    pair.now += 1_000_000_000;
    pair.quote(FUTURES, 1_011, 1_012);
    pair.answer(Some(10));
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.held(SPOT)), (0, 10));
}

#[test]
fn what_closed_is_opened_again_while_the_rest_cannot_close() {
    let mut pair = Pair::enter_with(WAY);
    pair.answer(Some(10));
    pair.answer(Some(10));
    pair.quote(SPOT, 1_020, 1_021);
    assert_eq!((pair.reason(), pair.sent.len()), ("exit_edge", 2));
    pair.answer(Some(10));
    assert_eq!(pair.held(SPOT), 0);
    assert_eq!(pair.lose().instrument, FUTURES);
    assert_eq!(pair.lose().instrument, FUTURES);
    while pair.sent.is_empty() {
        assert!(pair.wait());
    }
    let again = pair.answer(Some(10));
    assert_eq!((again.instrument, again.side), (SPOT, Side::Buy));
    assert_eq!((pair.delta(), pair.held(SPOT)), (0, 10));
    // It is closed as soon as the way may be free again.
    assert!(pair.sent.is_empty());
    pair.now += 300_000_000;
    pair.quote(SPOT, 1_020, 1_021);
    assert_eq!(pair.sent.len(), 2);
    pair.answer(Some(10));
    pair.answer(Some(10));
    assert_eq!(
        (pair.held(SPOT), pair.held(FUTURES), pair.reason()),
        (0, 0, "closed")
    );
}

#[test]
fn orders_that_never_arrive_are_no_attempts_and_are_tried_less_and_less() {
    let mut pair = Pair::enter_with(WAY);
    pair.answer(Some(10));
    let until = pair.now + 60_000_000_000;
    let mut tries = 0;
    while pair.now < until {
        while let Some(place) = pair.sent.pop() {
            tries += 1;
            pair.tell(&place, OrderEventKind::NotSent);
        }
        assert!(pair.wait());
    }
    // Doubling from a quarter of a second up to 16 s: a dozen for each of both legs.
    assert!((8..30).contains(&tries), "{tries}");
    assert_eq!(pair.reason(), "repairing");
}
