//! What stands behind a venue's transport.

use onetape_adapters::directory::Directory;
use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::Call;
use onetape_adapters::server::reply::Reply;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::event::Event;
use onetape_core::time::{Span, Ts};

use crate::exchange::{Exchange, Forced, Told};

/// One venue with its accounts: the exchange, or what a test puts in its place.
pub trait Engine: Send {
    /// Instruments and assets.
    fn directory(&self) -> &Directory;

    /// A row of the tape, stamped with the present.
    fn on_market(&mut self, event: &Event, out: &mut Vec<Told>);

    /// What a request does.
    ///
    /// # Errors
    /// Why it is refused.
    fn call(
        &mut self,
        account: Option<AccountId>,
        call: &Call,
        now: Ts,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong>;

    /// Does what falls due.
    fn tick(&mut self, now: Ts, out: &mut Vec<Told>);

    /// When something falls due.
    fn due(&self) -> Option<Ts>;

    /// Tells bars of this length from now on.
    fn tell_candles(&mut self, span: Span);

    /// Has the venue close positions; false while there are none.
    fn force(&mut self, forced: Forced, now: Ts, out: &mut Vec<Told>) -> bool {
        let _ = (forced, now, out);
        false
    }
}

impl Engine for Exchange {
    fn directory(&self) -> &Directory {
        Self::directory(self)
    }

    fn on_market(&mut self, event: &Event, out: &mut Vec<Told>) {
        Self::on_market(self, event, out);
    }

    fn call(
        &mut self,
        account: Option<AccountId>,
        call: &Call,
        now: Ts,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong> {
        Self::call(self, account, call, now, out)
    }

    fn tick(&mut self, now: Ts, out: &mut Vec<Told>) {
        Self::tick(self, now, out);
    }

    fn due(&self) -> Option<Ts> {
        Self::due(self)
    }

    fn tell_candles(&mut self, span: Span) {
        Self::tell_candles(self, span);
    }

    fn force(&mut self, forced: Forced, now: Ts, out: &mut Vec<Told>) -> bool {
        Self::force(self, forced, now, out)
    }
}
