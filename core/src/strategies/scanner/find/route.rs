//! What can be traded: kinds of opportunity, and every way to trade them over given instruments.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::names::{AssetId, VenueId};

/// A kind of opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Bought at one venue and sold from what lies at another: what the two trades earn, after their fees.
    SpotSpot,
    /// One leg is bought and the other sold where they are apart, to be closed where they meet: what that leaves after
    /// four fees and both spreads.
    SpotFuturesHedge,
    /// Three trades round a triangle at one venue: the product of their prices, after three fees.
    Triangular,
    /// As the hedge, with the funding that is known to come.
    Funding,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::SpotSpot,
        Self::SpotFuturesHedge,
        Self::Triangular,
        Self::Funding,
    ];

    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SpotSpot => "spot_spot",
            Self::SpotFuturesHedge => "spot_futures_hedge",
            Self::Triangular => "triangular",
            Self::Funding => "funding",
        }
    }
}

/// One trade of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Place of its instrument in the list that is scanned.
    pub at: u16,
    /// Which way.
    pub side: Side,
}

/// One way to trade: two trades, or three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Of which kind.
    pub kind: Kind,
    steps: [Step; 3],
    len: u8,
}

impl Route {
    fn pair(kind: Kind, buy: usize, sell: usize) -> Self {
        let [buy, sell] = [step(buy, Side::Buy), step(sell, Side::Sell)];
        Self {
            kind,
            steps: [buy, sell, sell],
            len: 2,
        }
    }

    const fn triangle(steps: [Step; 3]) -> Self {
        Self {
            kind: Kind::Triangular,
            steps,
            len: 3,
        }
    }

    /// Its trades, in order: of a pair the bought one first.
    pub fn steps(&self) -> &[Step] {
        &self.steps[..usize::from(self.len)]
    }
}

fn step(at: usize, side: Side) -> Step {
    Step {
        at: u16::try_from(at).unwrap_or(u16::MAX),
        side,
    }
}

/// Every route of the given kinds over instruments, in a fixed order: by kind, then by the instruments' places.
pub fn routes(instruments: &[Instrument], kinds: &[Kind]) -> Vec<Route> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        if !kinds.contains(&kind) {
            continue;
        }
        match kind {
            Kind::SpotSpot => pairs(instruments, is_spot_pair, kind, &mut all),
            Kind::SpotFuturesHedge | Kind::Funding => {
                pairs(instruments, is_hedge, kind, &mut all);
            }
            Kind::Triangular => triangles(instruments, &mut all),
        }
    }
    all
}

/// Ordered pairs of one base and one quote asset.
fn pairs(
    instruments: &[Instrument],
    fits: fn(&Instrument, &Instrument) -> bool,
    kind: Kind,
    all: &mut Vec<Route>,
) {
    let mut by_assets: BTreeMap<(AssetId, AssetId), Vec<usize>> = BTreeMap::new();
    for (at, instrument) in instruments.iter().enumerate() {
        let assets = (instrument.base, instrument.quote);
        by_assets.entry(assets).or_default().push(at);
    }
    for group in by_assets.values() {
        for &buy in group {
            for &sell in group {
                if buy != sell && fits(&instruments[buy], &instruments[sell]) {
                    all.push(Route::pair(kind, buy, sell));
                }
            }
        }
    }
}

fn is_spot_pair(buy: &Instrument, sell: &Instrument) -> bool {
    let spot = |it: &Instrument| it.kind == InstrumentKind::Spot;
    spot(buy) && spot(sell) && buy.venue != sell.venue
}

fn is_hedge(buy: &Instrument, sell: &Instrument) -> bool {
    matches!(
        (buy.kind, sell.kind),
        (InstrumentKind::Spot, InstrumentKind::Linear)
            | (InstrumentKind::Linear, InstrumentKind::Spot)
    )
}

/// Both directions round every triangle of spot instruments at one venue: `a` and `b` in one quote asset, and a cross of
/// `b` in `a`.
fn triangles(instruments: &[Instrument], all: &mut Vec<Route>) {
    let spot = |it: &&Instrument| it.kind == InstrumentKind::Spot;
    let spots = || instruments.iter().enumerate().filter(|(_, it)| spot(it));
    let mut known: BTreeMap<(VenueId, AssetId, AssetId), usize> = BTreeMap::new();
    for (at, it) in spots() {
        known.entry((it.venue, it.base, it.quote)).or_insert(at);
    }
    for (cross, it) in spots() {
        for (a, first) in spots() {
            if first.venue != it.venue || first.base != it.quote {
                continue;
            }
            let Some(&b) = known.get(&(it.venue, it.base, first.quote)) else {
                continue;
            };
            all.push(Route::triangle([
                step(a, Side::Buy),
                step(cross, Side::Buy),
                step(b, Side::Sell),
            ]));
            all.push(Route::triangle([
                step(b, Side::Buy),
                step(cross, Side::Sell),
                step(a, Side::Sell),
            ]));
        }
    }
}
