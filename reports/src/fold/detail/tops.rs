//! Tops of book of all instruments at a moment.

use std::sync::Arc;

use onetape_core::names::InstrumentId;

use crate::fold::price::{Top, top_of};

/// Instruments of which tops are copied; of more, copies share what did not change since.
const FEW: usize = 4;

/// Tops by instrument. A copy is made with every order, and one of them changes between most of those.
#[derive(Clone, Debug)]
pub(in crate::fold) enum Tops {
    Few([Option<Top>; FEW]),
    Many(Arc<Vec<Option<Top>>>),
}

impl Default for Tops {
    fn default() -> Self {
        Self::Few([None; FEW])
    }
}

impl Tops {
    /// Of so many instruments, none of which was seen.
    pub(super) fn unseen(instruments: usize) -> Self {
        if instruments <= FEW {
            Self::default()
        } else {
            Self::Many(Arc::new(vec![None; instruments]))
        }
    }

    /// An instrument was seen. One that there is no place for is passed over.
    pub(super) fn see(&mut self, instrument: InstrumentId, top: Option<Top>) {
        let known = match self {
            Self::Few(tops) => tops.get_mut(instrument.index()),
            Self::Many(tops) => Arc::make_mut(tops).get_mut(instrument.index()),
        };
        if let Some(known) = known {
            *known = top;
        }
    }

    /// The top of an instrument.
    pub(super) fn of(&self, instrument: InstrumentId) -> Option<Top> {
        match self {
            Self::Few(tops) => top_of(tops, instrument),
            Self::Many(tops) => top_of(tops, instrument),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::num::Price;

    #[test]
    fn a_copy_stays_as_it_was() {
        for instruments in [1, FEW, FEW + 1, 40] {
            let (first, last) = (InstrumentId(0), InstrumentId(instruments as u16 - 1));
            let top = |bid| {
                let (bid, ask) = (Price::new(bid), Price::new(bid + 1));
                Some(Top { bid, ask })
            };
            let mut tops = Tops::unseen(instruments);
            assert_eq!((tops.of(first), tops.of(last)), (None, None));
            tops.see(first, top(7));
            tops.see(last, top(8));
            let copy = tops.clone();
            tops.see(last, top(9));
            tops.see(InstrumentId(900), top(3));
            assert_eq!((copy.of(last), tops.of(last)), (top(8), top(9)));
            assert_eq!(tops.of(InstrumentId(900)), None);
            tops.see(last, None);
            assert_eq!(tops.of(last), None);
        }
    }
}
