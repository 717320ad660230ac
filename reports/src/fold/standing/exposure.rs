//! What stands in the market over time: by venue, by asset, and how far from balance.

use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{AssetId, VenueId};
use onetape_core::time::Ts;

use super::bands::Bands;
use super::track::Track;
use crate::fold::few::Few;

/// What stands, valued when it last traded.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Exposure {
    since: Option<Ts>,
    from: Ts,
    /// By instrument: signed value, and signed base units.
    now: Vec<(f64, f64)>,
    pub(in crate::fold) total: Level,
    pub(in crate::fold) futures: Level,
    pub(in crate::fold) venues: Few<VenueId, Level>,
    pub(in crate::fold) deltas: Few<AssetId, Level>,
    /// How far they are from balance.
    pub(in crate::fold) bands: Few<AssetId, Bands>,
}

/// A size over time.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Level {
    now: f64,
    /// Size times seconds.
    pub(in crate::fold) area: f64,
    pub(in crate::fold) most: f64,
    /// Seconds that it was not nothing.
    pub(in crate::fold) seconds: f64,
    /// With its sign.
    pub(in crate::fold) track: Track,
}

impl Level {
    fn advance(&mut self, seconds: f64) {
        self.area += self.now * seconds;
        if self.now > 0.0 {
            self.seconds += seconds;
        }
    }

    fn set(&mut self, at: Ts, signed: f64) {
        self.now = signed.abs();
        self.most = self.most.max(self.now);
        self.track.push(at, signed);
    }
}

impl Exposure {
    /// Seconds since the first fill.
    pub(in crate::fold) fn seconds(&self) -> f64 {
        self.since
            .map_or(0.0, |now| now.since(self.from).nanos() as f64 / 1e9)
    }

    /// Lets time pass.
    pub(in crate::fold) fn advance(&mut self, now: Ts) {
        let Some(since) = self.since else {
            return;
        };
        let seconds = now.since(since).nanos() as f64 / 1e9;
        self.since = Some(since.max(now));
        self.total.advance(seconds);
        self.futures.advance(seconds);
        self.venues
            .values_mut()
            .for_each(|level| level.advance(seconds));
        self.deltas
            .values_mut()
            .for_each(|level| level.advance(seconds));
        self.bands
            .values_mut()
            .for_each(|bands| bands.advance(seconds));
    }

    /// An instrument is held with another value from now on.
    pub(in crate::fold) fn set(
        &mut self,
        now: Ts,
        instrument: &Instrument,
        (value, base): (f64, f64),
        all: &[Instrument],
    ) {
        if self.since.is_none() {
            (self.since, self.from) = (Some(now), now);
        }
        self.now.resize(all.len(), (0.0, 0.0));
        if let Some(known) = self.now.get_mut(instrument.id.index()) {
            *known = (value, base);
        }
        let (mut total, mut at_venue, mut in_futures) = (0.0, 0.0, 0.0);
        let (mut delta, mut long, mut short) = (0.0, 0.0, 0.0);
        for ((value, base), other) in self.now.iter().zip(all) {
            total += value.abs();
            if other.venue == instrument.venue {
                at_venue += value.abs();
            }
            if other.kind != InstrumentKind::Spot {
                in_futures += value.abs();
            }
            if other.base == instrument.base {
                delta += base;
                long += base.max(0.0);
                short += (-base).max(0.0);
            }
        }
        self.total.set(now, total);
        self.futures.set(now, in_futures);
        self.venues.of(instrument.venue).set(now, at_venue);
        let asset = instrument.base;
        self.deltas.of(asset).set(now, delta);
        self.bands.of(asset).set(long, short);
    }
}
