//! The transport, with a scripted venue behind it.
