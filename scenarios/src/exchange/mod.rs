//! The engine of a local exchange: one venue with any number of accounts over one market, behind the server side of
//! the adapters. Calls come in, replies and news go out; there are no sockets and no clock in here.
//!
//! The transport answers what is a connection's (ping, time, streams, logons, limits) and verifies who asks; all else
//! of a [`Call`] is answered here.

mod setup;

pub use setup::{Setup, setup, setups};

use std::sync::Arc;

use onetape_adapters::directory::Directory;
use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::Call;
use onetape_adapters::server::news::News;
use onetape_adapters::server::reply::Reply;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::event::Event;
use onetape_core::names::Names;
use onetape_core::time::{Span, Ts};

/// Whom a piece of news is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Everybody: it is the market's.
    Everybody,
    /// One account.
    Account(AccountId),
}

/// A piece of news with whom it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Whom it is for.
    pub to: To,
    /// What.
    pub news: News,
}

/// One venue with any number of accounts over one market.
#[derive(Debug)]
pub struct Exchange {
    names: Arc<Names>,
    directory: Directory,
}

impl Exchange {
    /// A venue before the first row of its tape.
    pub fn new(setup: Setup) -> Self {
        let mut directory = Directory::new(&setup.names, setup.venue);
        for rules in &setup.rules {
            directory.set_contract(&rules.symbol, rules.contract);
        }
        Self {
            names: setup.names,
            directory,
        }
    }

    /// Instruments and assets of the venue.
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Names and instruments.
    pub const fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// Takes a row of the tape in; its stamp is the exchange's time from now on.
    pub fn on_market(&mut self, event: &Event, out: &mut Vec<Told>) {
        let _ = (event, out);
    }

    /// Answers a call. `account` is whose it is; `None` for what is public.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn call(
        &mut self,
        account: Option<AccountId>,
        call: &Call,
        now: Ts,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong> {
        let _ = (account, call, now, out);
        Err(Wrong::Unsupported("this call"))
    }

    /// Does what falls due by time: dead-man timers, orders that end at a time, funding, bars that close.
    pub fn tick(&mut self, now: Ts, out: &mut Vec<Told>) {
        let _ = (now, out);
    }

    /// When [`Exchange::tick`] must next be called; `None` while nothing falls due.
    pub fn due(&self) -> Option<Ts> {
        None
    }

    /// Tells bars of this length from now on. Bars of a minute are told without it.
    pub fn tell_candles(&mut self, span: Span) {
        let _ = span;
    }
}
