//! The only crate with sockets and a clock. Nothing of it is seen by what decides: [`stamp`] turns the clock into
//! the receive times that the machine knows, and from there on time comes with the events.

pub mod stamp;
