//! Reason codes and how often each was given.

use std::collections::BTreeMap;

use onetape_core::decision::Reason;

/// A reason code by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Code(u32);

/// Every reason code that was given, counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reasons {
    counts: Vec<(Reason, u64)>,
    by_name: BTreeMap<String, u32>,
    /// The one that was counted last, which is often the next one too.
    last: usize,
}

impl Code {
    /// Its place among all of them.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Reasons {
    /// Counts a reason once more and gives its number.
    pub(crate) fn count(&mut self, reason: &Reason) -> Code {
        match self.counts.get(self.last) {
            Some((last, _)) if last.as_str() == reason.as_str() => {}
            _ => self.last = self.find(reason) as usize,
        }
        self.counts[self.last].1 += 1;
        Code(self.last as u32)
    }

    fn find(&mut self, reason: &Reason) -> u32 {
        if let Some(&known) = self.by_name.get(reason.as_str()) {
            return known;
        }
        let new = self.counts.len() as u32;
        self.counts.push((reason.clone(), 0));
        self.by_name.insert(reason.as_str().to_owned(), new);
        new
    }

    /// The reason of a number that [`Reasons::count`] gave.
    pub(crate) fn reason(&self, code: Code) -> &Reason {
        &self.counts[code.0 as usize].0
    }

    /// Every reason, in order of the numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Reason> {
        self.counts.iter().map(|(reason, _)| reason)
    }

    /// The counts by name.
    pub(crate) fn by_name(&self) -> BTreeMap<String, u64> {
        let named = self.counts.iter();
        named
            .map(|(reason, count)| (reason.to_string(), *count))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_are_those_of_a_plain_map(drawn in proptest::collection::vec(0u8..5, 0..60)) {
            let (mut ours, mut twin) = (Reasons::default(), BTreeMap::new());
            for reason in drawn {
                let name = format!("reason_{reason}");
                let code = ours.count(&Reason::from(name.clone()));
                prop_assert_eq!(ours.reason(code).as_str(), name.as_str());
                *twin.entry(name).or_insert(0_u64) += 1;
            }
            prop_assert_eq!(ours.by_name(), twin);
        }
    }
}
