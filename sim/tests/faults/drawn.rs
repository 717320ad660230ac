//! What is drawn: the same in every run, whatever else happens, and nothing without a rate.

use super::*;
use common::take;
use onetape_sim::FaultRates;

fn often(kinds: &[FaultKind], seed: u64) -> FaultPlan {
    let mut rates = FaultRates::NONE;
    for kind in kinds {
        let rate = if kind.is_by_time() {
            3_600_000_000
        } else {
            400_000
        };
        rates.set(*kind, rate);
    }
    FaultPlan {
        rates,
        ..FaultPlan::new(seed)
    }
}

/// An order a market event, on the venues in turn, of which every second is left out where `half` says so.
fn orders(half: bool) -> Vec<(usize, Act)> {
    let side = |n: usize| if n % 4 < 2 { Side::Buy } else { Side::Sell };
    let each = (1..36).map(|n| {
        (
            n,
            take(if n % 2 == 0 { SPOT } else { FUTURES }, side(n), 100),
        )
    });
    each.filter(|(n, _)| !half || n % 2 == 0).collect()
}

#[test]
fn a_seed_makes_the_same_faults_and_another_one_others() {
    let story = |seed| told(often(&FaultKind::ALL, seed), orders(false));
    assert_eq!(story(7), story(7));
    assert_ne!(story(7), story(8));
    assert!(story(7).iter().filter(|line| line.contains('!')).count() > 10);
}

#[test]
fn every_kind_is_drawn_alone_and_the_ledger_adds_up() {
    for kind in FaultKind::ALL.into_iter().filter(|kind| !kind.is_by_time()) {
        let story = told(often(&[kind], 3), orders(false));
        let faults: Vec<_> = story.iter().filter(|line| line.contains('!')).collect();
        let word = format!("! {} ", kind.name());
        assert!(
            faults.iter().all(|line| line.contains(&word)),
            "{kind:?}: {faults:?}"
        );
        // Cancels and ends after a part are not among these orders.
        let cancels = [
            FaultKind::CancelAckLost,
            FaultKind::CancelRace,
            FaultKind::CancelRefused,
            FaultKind::LateFill,
        ];
        assert_eq!(faults.is_empty(), cancels.contains(&kind), "{kind:?}");
    }
}

#[test]
fn nothing_is_drawn_without_a_rate_or_after_the_end() {
    let without = told(often(&[], 7), orders(false));
    assert!(
        without.iter().all(|line| !line.contains('!')),
        "{without:?}"
    );
    let mut ended = often(&FaultKind::ALL, 7);
    ended.until = Some(Ts::from_nanos(0));
    assert_eq!(told(ended, orders(false)), without);
}

#[test]
fn what_befalls_an_order_does_not_depend_on_the_faults_of_others() {
    // Rejected orders by id: with and without another kind that keeps orders from arriving.
    let rejected = |kinds: &[FaultKind]| -> Vec<String> {
        let story = told(often(kinds, 5), orders(false));
        let each = story
            .iter()
            .filter_map(|line| line.split("! reject of ").nth(1));
        each.map(str::to_owned).collect()
    };
    let alone = rejected(&[FaultKind::Reject]);
    assert!(alone.len() > 5, "{alone:?}");
    assert_eq!(
        rejected(&[FaultKind::Reject, FaultKind::Duplicate, FaultKind::FillLost]),
        alone
    );
}

#[test]
fn each_cancel_of_an_order_is_drawn_for_itself() {
    use common::intent;
    use onetape_core::command::TimeInForce;
    let bid = intent(
        SPOT,
        Side::Buy,
        10,
        Some(900),
        TimeInForce::GoodTillCancelled,
    );
    let mut acts = vec![(1, Act::Place(bid))];
    acts.extend((3..30).map(|n| (n, Act::Cancel(0))));
    let count = |seed| {
        let story = told(often(&[FaultKind::CancelRefused], seed), acts.clone());
        let refused = story
            .iter()
            .filter(|line| line.contains("! cancel_refused"));
        assert!(
            story.iter().any(|line| line.contains("cancelled")),
            "{story:?}"
        );
        refused.count()
    };
    let counts: Vec<usize> = (0..20).map(count).collect();
    assert!(
        counts.contains(&0) && counts.iter().any(|count| *count > 1),
        "{counts:?}"
    );
}

/// What comes at any moment would seldom find an order that is filled in part: some of it waits for one.
#[test]
fn some_of_what_is_drawn_by_time_comes_between_a_part_of_an_order_and_its_end() {
    let parts = || -> Vec<(usize, Act)> {
        let each = (1..36).map(|n| {
            (
                n,
                take(
                    FUTURES,
                    if n % 2 == 0 { Side::Buy } else { Side::Sell },
                    1_000_000,
                ),
            )
        });
        each.collect()
    };
    let lasting = [
        FaultKind::FeedDown,
        FaultKind::Slow,
        FaultKind::Ban,
        FaultKind::AccountDown,
    ];
    for kind in lasting {
        let between = |seed| {
            let story = told(often(&[kind], seed), parts());
            let begins = format!("! {} begins", kind.name());
            let met = |lines: &&[String]| {
                let [before, fault, _] = lines else {
                    return false;
                };
                before.contains(" filled ") && fault.ends_with(&begins)
            };
            story.windows(3).filter(met).count()
        };
        let met: usize = (0..200).map(between).sum();
        assert!(met > 0, "{kind:?}");
    }
}
