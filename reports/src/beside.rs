//! Work that can be done beside other work. This crate starts no threads; who calls it may have some.

/// Does two things, one after the other or beside each other. Neither sees the other, so that what comes out is the same.
pub trait Beside: Sync {
    /// What both come to.
    fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B);
}

/// One after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Beside for Alone {
    fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        let one = one();
        (one, other())
    }
}
