//! The account side against a venue behind real sockets that answers in each venue's own protocol, checks signatures, and
//! goes wrong on demand. It counts how often each order was submitted: never twice, whatever happens.

mod approvals;
mod bench;
mod connections;
mod doubts;
mod foreign;
mod orders;
mod restarts;
mod site;
mod speak;
mod world;
