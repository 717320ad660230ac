//! Imports of real captures, and of everything that can be wrong with one.

mod accepted;
mod common;
mod cryptofeed;
mod definitions;
mod forms;
mod reference;
mod refused;
mod stored;
mod tardis;
mod tardis_books;
mod vision;
