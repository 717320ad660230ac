//! What stands in the place of [`scan`](super) in a build without polars: a file that cannot be opened.

use std::convert::Infallible;

use super::QueryError;
use super::field::Columns;
use super::group::Groups;
use super::plan::Plan;
use super::value::Value;

/// There is none.
pub(super) struct File(Infallible);

impl File {
    pub(super) fn open(_: &str, _: &[u8]) -> Result<Self, QueryError> {
        Err(QueryError::NoPolars)
    }

    pub(super) fn columns(&self) -> &Columns {
        match self.0 {}
    }

    pub(super) fn groups(&self, _: &Plan, _: &mut Groups) -> Result<(), QueryError> {
        match self.0 {}
    }

    pub(super) fn rows(
        &self,
        _: &Plan,
        _: Option<usize>,
        _: &mut Vec<Vec<Value>>,
    ) -> Result<(), QueryError> {
        match self.0 {}
    }
}
