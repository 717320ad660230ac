//! The link without sockets, and the loop with them.

mod driven;
mod steps;
mod wires;
