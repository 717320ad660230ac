//! The feeds of the market: three spot venues and two of perpetuals, and how each of them behaves.
//!
//! The figures of a [`Calibration`] are set so that a tape shows what was measured on a recording of Binance spot
//! and USDT-M futures (BTCUSDT and ETHUSDT, six minutes of 8 August 2024): arrival rates, spread, quantities at the
//! touch, sizes of prints, levels of a depth message, returns. `synth-spot` and `synth-perp` are those venues; the
//! others speak less often, are thinner, or have a coarser tick.

use crate::catalog::{InstrumentRecord, Series, TierRecord};

/// What a feed's fair price is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asset {
    Btc,
    Eth,
    /// Ether in bitcoin.
    Cross,
}

/// How a feed behaves when nothing is going on; quantities in base units.
#[derive(Debug)]
pub(super) struct Calibration {
    /// Changes of the touch's quantity a second.
    pub(super) updates: f64,
    /// Bursts of prints a second.
    pub(super) bursts: f64,
    /// Chance that a print of a burst is followed by another one.
    pub(super) more_prints: f64,
    /// Share of bursts that go through several levels.
    pub(super) sweeps: f64,
    /// Milliseconds from one depth message to the next.
    pub(super) depth_ms: i64,
    /// Quantiles of the number of levels in a depth message.
    pub(super) depth_levels: [f64; 6],
    /// Quantiles of the quantity at the touch.
    pub(super) touch: [f64; 6],
    /// Quantiles of the size of a print.
    pub(super) print: [f64; 6],
    /// Quantiles of the quantity at the levels behind the touch.
    pub(super) behind: [f64; 6],
    /// Mean distance of two levels in ticks.
    pub(super) gap_ticks: f64,
}

static SPOT_BTC: Calibration = Calibration {
    updates: 52.0,
    bursts: 7.0,
    more_prints: 0.66,
    sweeps: 0.10,
    depth_ms: 100,
    depth_levels: [6.0, 10.0, 16.0, 35.0, 70.0, 391.0],
    touch: [0.006, 0.15, 1.1, 2.9, 4.3, 6.2],
    print: [0.00009, 0.00011, 0.00055, 0.0115, 0.048, 0.26],
    behind: [0.0003, 0.001, 0.03, 0.09, 0.3, 0.65],
    gap_ticks: 35.0,
};

static SPOT_ETH: Calibration = Calibration {
    updates: 47.0,
    bursts: 4.0,
    more_prints: 0.68,
    sweeps: 0.12,
    depth_ms: 100,
    depth_levels: [4.0, 8.0, 13.0, 32.0, 70.0, 312.0],
    touch: [0.04, 1.6, 6.0, 15.5, 25.0, 40.5],
    print: [0.002, 0.002, 0.0082, 0.19, 0.86, 4.4],
    behind: [0.003, 0.05, 0.8, 2.1, 4.5, 20.0],
    gap_ticks: 2.5,
};

static PERP_BTC: Calibration = Calibration {
    updates: 134.0,
    bursts: 12.2,
    more_prints: 0.75,
    sweeps: 0.10,
    depth_ms: 52,
    depth_levels: [18.0, 27.0, 42.0, 95.0, 200.0, 640.0],
    touch: [0.03, 0.55, 2.4, 4.9, 8.4, 23.5],
    print: [0.002, 0.003, 0.016, 0.081, 0.265, 1.146],
    behind: [0.002, 0.004, 0.054, 0.15, 1.1, 10.0],
    gap_ticks: 4.0,
};

static PERP_ETH: Calibration = Calibration {
    updates: 110.0,
    bursts: 7.9,
    more_prints: 0.75,
    sweeps: 0.12,
    depth_ms: 52,
    depth_levels: [20.0, 30.0, 46.0, 95.0, 180.0, 430.0],
    touch: [0.12, 2.8, 12.0, 25.8, 42.5, 77.6],
    print: [0.008, 0.012, 0.071, 0.478, 1.6, 8.46],
    behind: [0.008, 0.015, 0.4, 2.8, 5.0, 19.0],
    gap_ticks: 2.0,
};

/// Not measured: a quiet pair with a tick of more than two basis points.
static SPOT_CROSS: Calibration = Calibration {
    updates: 12.0,
    bursts: 0.9,
    more_prints: 0.5,
    sweeps: 0.04,
    depth_ms: 100,
    depth_levels: [2.0, 4.0, 8.0, 14.0, 24.0, 60.0],
    touch: [2.0, 8.0, 20.0, 45.0, 70.0, 120.0],
    print: [0.002, 0.01, 0.08, 0.5, 1.6, 8.0],
    behind: [1.0, 6.0, 18.0, 40.0, 70.0, 150.0],
    gap_ticks: 1.2,
};

/// One feed: an instrument of a venue.
#[derive(Debug)]
pub(super) struct FeedKind {
    pub(super) venue: &'static str,
    pub(super) symbol: &'static str,
    pub(super) asset: Asset,
    /// True for a perpetual: depth names its predecessor, quotes carry the venue's time, marks and funding are told.
    pub(super) futures: bool,
    /// Decimals of price and quantity; a tick and a lot are one unit of the last one.
    pub(super) decimals: (u8, u8),
    pub(super) base: &'static Calibration,
    /// Arrivals and quantities, as a factor on the calibration's.
    pub(super) pace: f64,
    pub(super) size: f64,
    /// Mean of its distance from the fair spot price in bps, and the noise of a move of it.
    pub(super) drift: (f64, f64),
    /// Lots that stand at the touch around what is planted.
    pub(super) guarded_lots: i64,
    pub(super) min_notional: &'static str,
}

impl FeedKind {
    pub(super) fn series(&self) -> Series {
        Series {
            venue: self.venue.to_owned(),
            symbol: self.symbol.to_owned(),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.venue, self.symbol)
    }

    /// The rules, stated.
    pub(super) fn record(&self) -> InstrumentRecord {
        let unit = |decimals: u8| format!("0.{}1", "0".repeat(usize::from(decimals.max(1)) - 1));
        let (base, quote) = match self.asset {
            Asset::Btc => ("BTC", "USDT"),
            Asset::Eth => ("ETH", "USDT"),
            Asset::Cross => ("ETH", "BTC"),
        };
        InstrumentRecord {
            venue: self.venue.to_owned(),
            symbol: self.symbol.to_owned(),
            kind: if self.futures { "linear" } else { "spot" }.to_owned(),
            base: base.to_owned(),
            quote: quote.to_owned(),
            price_decimals: self.decimals.0,
            qty_decimals: self.decimals.1,
            tick: unit(self.decimals.0),
            lot: unit(self.decimals.1),
            min_qty: unit(self.decimals.1),
            max_qty: None,
            min_notional: self.min_notional.to_owned(),
            contract_value: "1".to_owned(),
            inferred: false,
            tiers: if self.futures { tiers() } else { Vec::new() },
        }
    }
}

/// A margin table of the usual shape.
fn tiers() -> Vec<TierRecord> {
    let steps = [
        (Some("50000"), "0.004", 125),
        (Some("500000"), "0.005", 100),
        (Some("10000000"), "0.01", 50),
        (Some("80000000"), "0.025", 20),
        (None, "0.05", 10),
    ];
    let tier = |(up_to, maintenance, max_leverage): (Option<&str>, &str, u32)| TierRecord {
        up_to: up_to.map(str::to_owned),
        maintenance: maintenance.to_owned(),
        max_leverage,
    };
    steps.into_iter().map(tier).collect()
}

/// Where triangles are planted, and against which the other spot venues are measured.
pub(super) const HOME: &str = "synth-spot";
/// Where basis opportunities are planted.
pub(super) const PERP: &str = "synth-perp";

const SPOT_BTC_KIND: FeedKind = FeedKind {
    venue: HOME,
    symbol: "BTCUSDT",
    asset: Asset::Btc,
    futures: false,
    decimals: (2, 5),
    base: &SPOT_BTC,
    pace: 1.0,
    size: 1.0,
    drift: (0.0, 0.0),
    guarded_lots: 8_000,
    min_notional: "5",
};
const SPOT_ETH_KIND: FeedKind = FeedKind {
    symbol: "ETHUSDT",
    asset: Asset::Eth,
    decimals: (2, 4),
    base: &SPOT_ETH,
    guarded_lots: 18_000,
    ..SPOT_BTC_KIND
};
const PERP_BTC_KIND: FeedKind = FeedKind {
    venue: PERP,
    futures: true,
    decimals: (1, 3),
    base: &PERP_BTC,
    drift: (1.5, 0.35),
    guarded_lots: 80,
    ..SPOT_BTC_KIND
};
const PERP_ETH_KIND: FeedKind = FeedKind {
    symbol: "ETHUSDT",
    asset: Asset::Eth,
    decimals: (2, 3),
    base: &PERP_ETH,
    guarded_lots: 1_800,
    ..PERP_BTC_KIND
};

/// Every feed, in the order in which they are made.
pub(super) static FEEDS: [FeedKind; 11] = [
    SPOT_BTC_KIND,
    SPOT_ETH_KIND,
    FeedKind {
        symbol: "ETHBTC",
        asset: Asset::Cross,
        decimals: (5, 4),
        base: &SPOT_CROSS,
        guarded_lots: 18_000,
        min_notional: "0.0001",
        ..SPOT_BTC_KIND
    },
    FeedKind {
        venue: "synth-spot-b",
        pace: 0.5,
        size: 0.5,
        drift: (0.2, 0.2),
        ..SPOT_BTC_KIND
    },
    FeedKind {
        venue: "synth-spot-b",
        pace: 0.5,
        size: 0.5,
        drift: (0.2, 0.2),
        ..SPOT_ETH_KIND
    },
    FeedKind {
        venue: "synth-spot-c",
        decimals: (1, 4),
        pace: 0.2,
        size: 0.25,
        drift: (-0.3, 0.25),
        guarded_lots: 800,
        ..SPOT_BTC_KIND
    },
    FeedKind {
        venue: "synth-spot-c",
        decimals: (2, 3),
        pace: 0.2,
        size: 0.25,
        drift: (-0.3, 0.25),
        guarded_lots: 1_800,
        ..SPOT_ETH_KIND
    },
    PERP_BTC_KIND,
    PERP_ETH_KIND,
    FeedKind {
        venue: "synth-perp-b",
        pace: 0.4,
        size: 0.6,
        drift: (1.0, 0.4),
        ..PERP_BTC_KIND
    },
    FeedKind {
        venue: "synth-perp-b",
        pace: 0.4,
        size: 0.6,
        drift: (1.0, 0.4),
        ..PERP_ETH_KIND
    },
];
