//! Rates in the manner of a swarm: a seed leaves most kinds out, so that what is left meets more of what it needs.

use onetape_core::fault::FaultKind;

use super::draw::{Lane, draw};
use super::plan::FaultRates;

/// One kind in so many is on.
const ONE_IN: u64 = 4;
/// Draws of one seed after which everything is on.
const PATIENCE: u32 = 2;

/// The largest rate that is drawn for a kind, in millionths: of orders and words a part, by time so many an hour.
pub const fn ceiling(kind: FaultKind) -> u32 {
    match kind {
        FaultKind::FeedDown | FaultKind::AccountDown => 120_000_000,
        FaultKind::Slow
        | FaultKind::Deleverage
        | FaultKind::FundingSpike
        | FaultKind::FundingFlip => 60_000_000,
        FaultKind::Ban | FaultKind::Halt => 30_000_000,
        FaultKind::Duplicate
        | FaultKind::Reorder
        | FaultKind::Partial
        | FaultKind::LateFill
        | FaultKind::CancelRace => 500_000,
        FaultKind::OrderLost
        | FaultKind::OrderDelayed
        | FaultKind::ReplyLost
        | FaultKind::ServerError
        | FaultKind::AckLost
        | FaultKind::FillLost
        | FaultKind::CancelAckLost
        | FaultKind::AnswerDelayed
        | FaultKind::Reject
        | FaultKind::CancelRefused => 300_000,
    }
}

/// The rates of a seed.
pub(super) fn rates(seed: u64, redraw: u32) -> FaultRates {
    let mut rates = FaultRates::NONE;
    let all = redraw > PATIENCE;
    let number = |part: u64| u64::from(redraw) * 2 + part;
    for kind in FaultKind::ALL {
        let lane = Lane::Swarm(kind);
        let on = all || draw(seed, lane, number(0)).below(ONE_IN) == 0;
        let part = if all {
            8
        } else {
            1 + draw(seed, lane, number(1)).below(8)
        };
        if on {
            rates.set(kind, (u64::from(ceiling(kind)) * part / 8) as u32);
        }
    }
    if rates.are_none() {
        let at = draw(seed, Lane::Only, u64::from(redraw)).below(FaultKind::ALL.len() as u64);
        let kind = FaultKind::ALL[at as usize];
        rates.set(kind, ceiling(kind));
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_on_in_about_a_quarter_of_the_seeds() {
        let on = |kind| {
            (0..4_000)
                .filter(|&seed| rates(seed, 0).of(kind) > 0)
                .count()
        };
        for kind in FaultKind::ALL {
            let on = on(kind);
            assert!((850..1_150).contains(&on), "{kind:?}: {on}");
        }
    }

    #[test]
    fn no_seed_is_without_a_fault_and_none_goes_beyond_its_ceiling() {
        for seed in 0..10_000 {
            let drawn = rates(seed, 0);
            assert!(!drawn.are_none(), "{seed}");
            assert_eq!(drawn, rates(seed, 0));
            for kind in FaultKind::ALL {
                assert!(drawn.of(kind) <= ceiling(kind));
            }
        }
        assert_ne!(rates(7, 0), rates(7, 1));
        for kind in FaultKind::ALL {
            assert_eq!(rates(7, 3).of(kind), ceiling(kind));
        }
    }
}
