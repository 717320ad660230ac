//! Tests of the journal, on one small journal that holds every kind of event.

mod damage;
mod format;
mod sample;
mod writing;
