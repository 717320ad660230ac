//! Books in step, behind and ahead of their snapshots, and with holes.

use onetape_core::names::InstrumentId;
use proptest::prelude::*;

use super::*;

fn update(snapshot: bool, first: u64, last: u64, prev: Option<u64>) -> DepthUpdate {
    DepthUpdate {
        instrument: InstrumentId(0),
        snapshot,
        first,
        last,
        prev,
        bids: Vec::new(),
        asks: Vec::new(),
    }
}

fn ids(out: &[DepthUpdate]) -> Vec<u64> {
    out.iter().map(|update| update.last).collect()
}

#[test]
fn changes_wait_for_the_snapshot_and_follow_it() {
    let (mut sync, mut out) = (BookSync::new(SyncRule::Ranges), Vec::new());
    for (first, last) in [(90, 95), (96, 101), (102, 104)] {
        let step = sync.take(update(false, first, last, None), &mut out);
        assert_eq!(step, SyncStep::Wait);
    }
    assert!(sync.needs_snapshot() && out.is_empty());
    assert_eq!(
        sync.take(update(true, 98, 98, None), &mut out),
        SyncStep::Apply
    );
    assert_eq!(ids(&out), [98, 101, 104]);
    assert_eq!(sync.last(), Some(104));
    assert_eq!(
        sync.take(update(true, 99, 99, None), &mut out),
        SyncStep::Drop
    );
}

#[test]
fn a_snapshot_that_is_too_old_is_not_used() {
    let (mut sync, mut out) = (BookSync::new(SyncRule::Ranges), Vec::new());
    sync.take(update(false, 96, 101, None), &mut out);
    let step = sync.take(update(true, 90, 90, None), &mut out);
    assert!(matches!(step, SyncStep::Resync(_)) && out.is_empty());
    assert!(sync.needs_snapshot());
    assert_eq!(
        sync.take(update(true, 97, 97, None), &mut out),
        SyncStep::Apply
    );
    assert_eq!(ids(&out), [97, 101]);
}

#[test]
fn futures_name_the_one_before() {
    let (mut sync, mut out) = (BookSync::new(SyncRule::Named), Vec::new());
    sync.take(update(true, 100, 100, None), &mut out);
    for (first, last, prev, step) in [
        (90, 99, 89, SyncStep::Drop),
        (98, 105, 97, SyncStep::Apply),
        (110, 112, 105, SyncStep::Apply),
    ] {
        let found = sync.take(update(false, first, last, Some(prev)), &mut out);
        assert_eq!(found, step, "{first}..{last}");
    }
    let found = sync.take(update(false, 113, 120, Some(111)), &mut out);
    assert!(matches!(found, SyncStep::Resync(_)));
}

#[test]
fn strict_ids_follow_one_by_one() {
    let (mut sync, mut out) = (BookSync::new(SyncRule::Strict), Vec::new());
    sync.take(update(true, 100, 100, None), &mut out);
    assert_eq!(
        sync.take(update(false, 99, 103, None), &mut out),
        SyncStep::Apply
    );
    assert_eq!(
        sync.take(update(false, 104, 104, None), &mut out),
        SyncStep::Apply
    );
    let found = sync.take(update(false, 104, 106, None), &mut out);
    assert!(matches!(found, SyncStep::Resync(_)));
}

proptest! {
    /// Whatever is lost, repeated or late: what is passed on never skips an id.
    #[test]
    fn what_is_passed_on_has_no_holes(
        sizes in proptest::collection::vec(1u64..4, 1..40), snapshot in 0u64..60,
        lost in proptest::collection::vec(any::<prop::sample::Index>(), 0..3), at in 0usize..40, strict in any::<bool>(),
    ) {
        let rule = if strict { SyncRule::Strict } else { SyncRule::Ranges };
        let mut changes = Vec::new();
        let mut id = 0;
        for size in sizes {
            changes.push(update(false, id + 1, id + size, None));
            id += size;
        }
        for index in lost {
            if !changes.is_empty() {
                let place = index.index(changes.len());
                changes.remove(place);
            }
        }
        changes.insert(at.min(changes.len()), update(true, snapshot, snapshot, None));
        let (mut sync, mut out) = (BookSync::new(rule), Vec::new());
        for change in changes {
            sync.take(change, &mut out);
        }
        if let Some((book, rest)) = out.split_first() {
            prop_assert!(book.snapshot);
            let mut last = book.last;
            for change in rest {
                prop_assert!(change.first <= last + 1 && change.last > last);
                last = change.last;
            }
        }
    }
}
