//! Settings that an account changes.

use onetape_adapters::ask::{MarginMode, PositionMode};
use onetape_adapters::server::news::News;
use onetape_adapters::server::reply::Reply;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::num::Qty;
use onetape_core::time::Span;
use onetape_sim as sim;

use super::accounts::max_leverage;
use super::seat::DeadMan;
use super::{Exchange, To, Told};

impl Exchange {
    /// Changes a leverage. Zero is the account's, in cross margin, and leaves it as it is.
    pub(super) fn set_leverage(
        &mut self,
        at: usize,
        id: InstrumentId,
        leverage: u32,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong> {
        let of = self.of(id)?;
        if of.kind == InstrumentKind::Spot {
            return Err(Wrong::Unsupported("leverage on a spot market"));
        }
        if leverage > max_leverage(of) {
            return Err(Wrong::Leverage);
        }
        if leverage == 0 {
            return match self.mode(at) {
                MarginMode::Cross => Ok(self.set(at, id, out)),
                MarginMode::Isolated => self.set_margin_mode(at, id, MarginMode::Cross, out),
            };
        }
        let seat = &self.seats[at];
        let held = seat.venue.account().position(id).qty;
        let lower = leverage < seat.venue.leverage(id);
        // What is set aside for an isolated position does not grow by itself.
        if self.mode(at) == MarginMode::Isolated && held != Qty::ZERO && lower {
            return Err(Wrong::OpenPosition);
        }
        let done = self.lend(at, |venue, floor| venue.set_leverage(floor, id, leverage));
        self.touch(at, &[]);
        match done {
            true => Ok(self.set(at, id, out)),
            false => Err(Wrong::Leverage),
        }
    }

    /// Changes a leverage in cross margin, and the mode with it.
    pub(super) fn set_cross_leverage(
        &mut self,
        at: usize,
        id: InstrumentId,
        leverage: u32,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong> {
        self.of(id)?;
        if self.mode(at) != MarginMode::Cross {
            self.set_margin_mode(at, id, MarginMode::Cross, out)?;
        }
        self.set_leverage(at, id, leverage, out)
    }

    /// Changes the margin mode, which is one for all instruments of an account.
    pub(super) fn set_margin_mode(
        &mut self,
        at: usize,
        id: InstrumentId,
        mode: MarginMode,
        out: &mut Vec<Told>,
    ) -> Result<Reply, Wrong> {
        if self.of(id)?.kind == InstrumentKind::Spot {
            return Err(Wrong::Unsupported("margin on a spot market"));
        }
        if self.mode(at) == mode {
            return Err(Wrong::Same);
        }
        let seat = &mut self.seats[at];
        if seat.open().next().is_some() {
            return Err(Wrong::OpenOrders);
        }
        let to = match mode {
            MarginMode::Cross => sim::MarginMode::Cross,
            MarginMode::Isolated => sim::MarginMode::Isolated,
        };
        if !seat.venue.set_margin_mode(to) {
            return Err(Wrong::OpenPosition);
        }
        let reply = self.set(at, id, out);
        // Here settings are no answer to this.
        Ok(match reply {
            Reply::Settings(_) => Reply::Done,
            other => other,
        })
    }

    /// Tells a setting and answers with it.
    fn set(&mut self, at: usize, id: InstrumentId, out: &mut Vec<Told>) -> Reply {
        let settings = self.settings(at, id);
        out.push(Told {
            to: To::Account(self.seats[at].id),
            news: News::Settings(settings),
        });
        match self.traits.answers_with_positions {
            true => Reply::Positions(vec![self.position(at, id)]),
            false => Reply::Settings(vec![settings]),
        }
    }

    /// There is one position an instrument.
    pub(super) const fn set_position_mode(mode: PositionMode) -> Result<Reply, Wrong> {
        match mode {
            PositionMode::OneWay => Err(Wrong::Same),
            PositionMode::Hedge => Err(Wrong::Unsupported(
                "two positions an instrument: the exchange keeps one, so stay in one-way mode",
            )),
        }
    }

    /// All orders are cancelled so long from now, unless this is put off; zero turns it off.
    pub(super) fn dead_man(
        &mut self,
        at: usize,
        instrument: Option<InstrumentId>,
        after: Span,
    ) -> Result<Reply, Wrong> {
        if let Some(id) = instrument {
            self.of(id)?;
        }
        let due = self.now + after;
        let dead = &mut self.seats[at].dead;
        dead.retain(|known| known.instrument != instrument);
        if after > Span::ZERO {
            dead.push(DeadMan {
                instrument,
                at: due,
            });
        }
        Ok(Reply::Done)
    }
}
