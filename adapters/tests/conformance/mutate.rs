//! Damaged messages: cut, changed and doubled fixtures may be refused, but nothing panics.

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::VENUES;
use crate::reference::{Case, Reference};
use crate::run::Venue;

type Cases = Vec<(&'static Venue, Case)>;

/// All fixtures of venues that have an adapter.
fn cases() -> &'static Cases {
    static CASES: OnceLock<Cases> = OnceLock::new();
    CASES.get_or_init(|| {
        let mut all = Vec::new();
        for (venue, cases) in Reference::find().map_or_else(Vec::new, |it| it.fixtures()) {
            if let Some(adapter) = VENUES.iter().find(|it| it.name == venue) {
                all.extend(cases.into_iter().map(|case| (*adapter, case)));
            }
        }
        all
    })
}

/// One kind of damage.
#[derive(Clone, Debug)]
enum Damage {
    Cut(Index),
    Flip(Index, u8),
    Remove(Index, usize),
    Insert(Index, &'static str),
}

/// What parsers stumble over.
const PIECES: [&str; 10] = [
    "\"\"",
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "{}",
    "[]",
    "[[]]",
    "\u{0}",
    "\\u0000",
];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, len)| Damage::Remove(at, len)),
        (any::<Index>(), proptest::sample::select(&PIECES[..]))
            .prop_map(|(at, piece)| Damage::Insert(at, piece)),
    ]
}

/// The bytes after one damage; values of JSON are replaced whole, so that the rest stays JSON.
fn damaged(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    match damage {
        Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Damage::Flip(at, byte) => {
            let place = at.index(bytes.len());
            bytes[place] = *byte;
        }
        Damage::Remove(at, len) => {
            let from = at.index(bytes.len());
            let to = from.saturating_add(*len).min(bytes.len());
            bytes.drain(from..to);
        }
        Damage::Insert(at, piece) => {
            let from = at.index(bytes.len());
            let colon = bytes[from..].iter().position(|byte| *byte == b':');
            let start = colon.map_or(from, |place| from + place + 1);
            let end = bytes[start..]
                .iter()
                .position(|byte| matches!(byte, b',' | b'}' | b']'))
                .map_or(bytes.len(), |place| start + place);
            bytes.splice(start..end, piece.bytes());
        }
    }
    bytes
}

proptest! {
    #[test]
    fn a_damaged_fixture_never_panics(
        which in any::<Index>(), damages in proptest::collection::vec(damage(), 1..4),
    ) {
        let all = cases();
        if !all.is_empty() {
            let (venue, case) = &all[which.index(all.len())];
            let mut bytes = case.text().into_bytes();
            for damage in &damages {
                bytes = damaged(bytes, damage);
            }
            (venue.hear)(case, &bytes);
        }
    }
}
