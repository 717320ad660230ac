//! Depth messages that become one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use onetape_core::event::{Body, DepthUpdate, Level};
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};

/// A depth message, also of what is one of a single level.
pub(super) fn plain(body: &Body) -> Option<Cow<'_, DepthUpdate>> {
    match body {
        Body::Depth(update) => Some(Cow::Borrowed(update)),
        Body::Level(change) => {
            let (mut bids, mut asks) = (Vec::new(), Vec::new());
            match change.side {
                Side::Buy => bids.push(change.level),
                Side::Sell => asks.push(change.level),
            }
            Some(Cow::Owned(DepthUpdate {
                instrument: change.instrument,
                snapshot: false,
                first: 0,
                last: 0,
                prev: None,
                bids,
                asks,
            }))
        }
        _ => None,
    }
}

/// Whether nothing of a message before a snapshot is left in the book after it.
pub(super) fn replaces(snapshot: &DepthUpdate, before: &DepthUpdate) -> bool {
    !snapshot.is_chained() || before.last <= snapshot.last
}

/// Two messages of changes as one, where the second follows the first without a gap. Changes are not drawn into a
/// snapshot: what fits after a snapshot is judged by other rules than what fits after changes.
pub(super) fn join(first: &DepthUpdate, second: &DepthUpdate) -> Option<DepthUpdate> {
    let fits = match second.prev {
        _ if first.snapshot || second.snapshot || first.is_chained() != second.is_chained() => {
            false
        }
        _ if !first.is_chained() => true,
        Some(prev) => prev == first.last && first.prev.is_some(),
        None => {
            first.prev.is_none()
                && second.first <= first.last.saturating_add(1)
                && second.last > first.last
        }
    };
    fits.then(|| DepthUpdate {
        instrument: first.instrument,
        snapshot: false,
        first: first.first,
        last: second.last,
        prev: first.prev,
        bids: levels(&first.bids, &second.bids).rev().collect(),
        asks: levels(&first.asks, &second.asks).collect(),
    })
}

/// Every price once with what was told of it last, lowest price first.
fn levels(first: &[Level], second: &[Level]) -> impl DoubleEndedIterator<Item = Level> + use<> {
    let mut all: BTreeMap<Price, Qty> = BTreeMap::new();
    all.extend(
        first
            .iter()
            .chain(second)
            .map(|level| (level.price, level.qty)),
    );
    all.into_iter().map(|(price, qty)| Level { price, qty })
}
