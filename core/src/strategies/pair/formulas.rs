//! The arithmetic of a pair's round trip.
//!
//! Everywhere one signed quantity is used: an edge is positive when it is good.

/// Cost of entering long spot and short futures, in percent of the spot ask: `(As - Bf) / As * 100`.
/// The entry edge is its negative.
pub fn entry_cost_pct(spot_ask: f64, futures_bid: f64) -> f64 {
    (spot_ask - futures_bid) / spot_ask * 100.0
}

/// Prices and fee rates of a pair's round trip: the leg that was bought first, and the one that was sold first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundTrip {
    /// Entry price of the long leg.
    pub long_in: f64,
    /// Exit price of the long leg.
    pub long_out: f64,
    /// Taker fee rate of the long leg, as a fraction.
    pub long_fee: f64,
    /// Entry price of the short leg.
    pub short_in: f64,
    /// Exit price of the short leg.
    pub short_out: f64,
    /// Taker fee rate of the short leg, as a fraction.
    pub short_fee: f64,
}

impl RoundTrip {
    /// Net profit in percent of the long leg's outlay, all four fees paid:
    /// `[L'(1-l) - L(1+l) + S(1-s) - S'(1+s)] / [L(1+l)] * 100`.
    pub fn net_pct(&self) -> f64 {
        let outlay = self.long_in * (1.0 + self.long_fee);
        let long = self.long_out * (1.0 - self.long_fee) - outlay;
        let short =
            self.short_in * (1.0 - self.short_fee) - self.short_out * (1.0 + self.short_fee);
        (long + short) / outlay * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_vectors() {
        // As, Bf -> Bs', Af': entry cost %, net %, fees of 5 bps on every order.
        let vectors = [
            (
                [50_000.0, 49_750.0, 49_999.0, 49_751.0],
                0.5,
                -0.203_398_301,
            ),
            (
                [50_000.0, 50_100.0, 50_050.0, 50_050.0],
                -0.2,
                -0.000_199_900,
            ),
            (
                [50_000.0, 50_250.0, 50_100.0, 50_110.0],
                -0.5,
                0.279_400_300,
            ),
            ([100.0, 100.5, 100.2, 100.25], -0.5, 0.249_400_300),
        ];
        for ([long_in, short_in, long_out, short_out], cost, net) in vectors {
            let fee = 0.000_5;
            let trip = RoundTrip {
                long_in,
                long_out,
                long_fee: fee,
                short_in,
                short_out,
                short_fee: fee,
            };
            assert!((entry_cost_pct(long_in, short_in) - cost).abs() < 1e-9);
            assert!(
                (trip.net_pct() - net).abs() < 1e-9,
                "{} is not {net}",
                trip.net_pct()
            );
        }
    }
}
