//! What single round trips tell: how many won, how much, and how long it went one way.

use onetape_core::num::Money;
use serde::Serialize;

use super::figure::{Figure, Why};
use crate::report::amount::money;

/// Statistics of the net of round trips that ended flat, in the order in which they ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TripStats {
    /// How many.
    pub count: u64,
    /// Those with a positive net.
    pub winners: u64,
    /// Those with a negative net.
    pub losers: u64,
    /// Winners of all.
    pub hit_rate: Figure,
    /// What winners won over what losers lost.
    pub profit_factor: Figure,
    /// Mean net.
    pub expectancy: Figure,
    /// Mean net of winners.
    pub average_win: Figure,
    /// Mean net of losers.
    pub average_loss: Figure,
    /// The best.
    #[serde(serialize_with = "money")]
    pub best: Money,
    /// The worst.
    #[serde(serialize_with = "money")]
    pub worst: Money,
    /// Most winners in a row.
    pub winning_streak: u64,
    /// Most losers in a row.
    pub losing_streak: u64,
}

impl TripStats {
    /// Of these nets.
    pub fn of(nets: &[Money]) -> Self {
        let won = |net: &&Money| !net.is_negative() && !net.is_zero();
        let lost = |net: &&Money| net.is_negative();
        let (winners, losers) = (
            nets.iter().filter(won).count(),
            nets.iter().filter(lost).count(),
        );
        let gains: Money = nets.iter().filter(won).copied().sum();
        let losses: Money = nets.iter().filter(lost).copied().sum();
        let mean =
            |sum: Money, count: usize| Figure::ratio(sum.to_f64(), count as f64, Why::NoTrips);
        let factor = if nets.is_empty() {
            Figure::Missing(Why::NoTrips)
        } else {
            Figure::ratio(gains.to_f64(), losses.abs().to_f64(), Why::NoLosses)
        };
        Self {
            count: nets.len() as u64,
            winners: winners as u64,
            losers: losers as u64,
            hit_rate: Figure::ratio(winners as f64, nets.len() as f64, Why::NoTrips),
            profit_factor: factor,
            expectancy: mean(gains + losses, nets.len()),
            average_win: mean(gains, winners),
            average_loss: mean(losses, losers),
            best: nets.iter().copied().max().unwrap_or_default(),
            worst: nets.iter().copied().min().unwrap_or_default(),
            winning_streak: streak(nets, |net| won(&net)),
            losing_streak: streak(nets, |net| lost(&net)),
        }
    }
}

/// The most in a row that are so.
fn streak(nets: &[Money], is: impl Fn(&Money) -> bool) -> u64 {
    let (mut running, mut longest) = (0, 0);
    for net in nets {
        running = if is(net) { running + 1 } else { 0 };
        longest = longest.max(running);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(texts: &[&str]) -> Vec<Money> {
        texts
            .iter()
            .map(|text| Money::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn round_trips_are_counted_by_their_net() {
        let stats = TripStats::of(&nets(&["2", "1", "0", "-1", "-1", "-1", "4"]));
        assert_eq!((stats.count, stats.winners, stats.losers), (7, 3, 3));
        assert_eq!((stats.winning_streak, stats.losing_streak), (2, 3));
        assert_eq!(stats.hit_rate, Figure::Known(3.0 / 7.0));
        assert_eq!(stats.profit_factor, Figure::Known(7.0 / 3.0));
        assert_eq!(stats.expectancy, Figure::Known(4.0 / 7.0));
        assert_eq!(
            (stats.best, stats.worst),
            (nets(&["4"])[0], nets(&["-1"])[0])
        );
    }

    #[test]
    fn nothing_is_made_up_where_there_is_nothing_to_divide_by() {
        let none = TripStats::of(&[]);
        assert_eq!(none.hit_rate, Figure::Missing(Why::NoTrips));
        assert_eq!(none.profit_factor, Figure::Missing(Why::NoTrips));
        let won = TripStats::of(&nets(&["1", "2"]));
        assert_eq!(won.profit_factor, Figure::Missing(Why::NoLosses));
        assert_eq!(won.average_loss, Figure::Missing(Why::NoTrips));
    }
}
