//! What tests of this crate share: certificates of every kind, and servers that behave badly.

pub(crate) mod certificates;
pub(crate) mod raw;

use std::net::{Ipv4Addr, SocketAddr};

/// A free port of this machine.
pub(crate) fn anywhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}
