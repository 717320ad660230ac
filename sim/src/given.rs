//! A tape that is given stretch by stretch: for worlds that go through the same rows together.

use std::collections::VecDeque;
use std::sync::Arc;

use onetape_core::engine::{Block, Tape};
use onetape_core::event::TapeRow;
use onetape_core::stretch::{Outlook, Stretch};

/// A stretch that others read too.
#[derive(Clone, Default)]
pub struct Shared(Option<Arc<Stretch>>);

impl Shared {
    /// The stretch; none for a block of nothing.
    pub fn stretch(&self) -> Option<&Stretch> {
        self.0.as_deref()
    }
}

impl AsRef<[TapeRow]> for Shared {
    fn as_ref(&self) -> &[TapeRow] {
        self.0.as_deref().map_or(&[], AsRef::as_ref)
    }
}

impl Block for Shared {
    fn outlook(&self) -> Option<&Outlook> {
        self.0.as_deref().map(Stretch::outlook)
    }
}

/// There is no stretch for now; the world goes on with the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanting;

/// What a world was given and has not read.
#[derive(Default)]
pub struct Given {
    stretches: VecDeque<Arc<Stretch>>,
    last: Option<Arc<Stretch>>,
    ended: bool,
}

impl Given {
    /// Gives the next stretch.
    pub fn give(&mut self, stretch: Arc<Stretch>) {
        self.stretches.push_back(stretch);
    }

    /// Nothing more will come.
    pub const fn end(&mut self) {
        self.ended = true;
    }

    /// The last stretch that was read.
    pub fn last(&self) -> Option<&Arc<Stretch>> {
        self.last.as_ref()
    }
}

impl Tape for Given {
    type Error = Wanting;
    type Block = Shared;

    fn next_block(&mut self, _: Shared) -> Result<Shared, Wanting> {
        match self.stretches.pop_front() {
            Some(stretch) => {
                self.last = Some(stretch.clone());
                Ok(Shared(Some(stretch)))
            }
            None if self.ended => Ok(Shared::default()),
            None => Err(Wanting),
        }
    }
}
