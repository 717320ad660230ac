//! Simulated venues behind a market that comes from somewhere.

use std::sync::Arc;

use onetape_adapters::feed::Feed;
use onetape_core::market::Market;
use onetape_core::names::Names;
use onetape_data::tape::Tape;
use onetape_live::queue::Sender;
use onetape_sim::{Paper, SimConfig};
use tokio::sync::watch;

use super::rehearsal::rehearse;
use super::{Hearing, MarketPlan, Opening, PaperSide, Venues, hear};
use crate::run::Prepared;

/// Where the market of a run on paper comes from.
pub enum Source {
    /// From the catalogue, as if it were live, so many times faster.
    Tape(Box<Tape>, u32),
    /// From venues: these feeds of theirs.
    Venues(MarketPlan, Vec<Feed>),
}

/// The venues of a run on paper.
pub struct PaperVenues {
    names: Arc<Names>,
    sim: SimConfig,
    floor: Option<Market>,
    source: Option<Source>,
    stop: Option<Arc<watch::Sender<bool>>>,
    hearing: Option<Hearing>,
}

impl PaperVenues {
    /// With the venue model of a scenario.
    pub fn new(prepared: &Prepared<'_>, source: Source) -> Self {
        Self {
            names: Arc::clone(&prepared.names),
            sim: prepared.sim.clone(),
            floor: Some(prepared.market()),
            source: Some(source),
            stop: None,
            hearing: None,
        }
    }
}

impl Venues for PaperVenues {
    type Side = PaperSide;

    async fn open(&mut self, with: Opening) -> anyhow::Result<PaperSide> {
        let floor = self.floor.take();
        let floor = floor.ok_or_else(|| anyhow::anyhow!("these venues are open already"))?;
        let paper = Paper::new(Arc::clone(&self.names), self.sim.clone(), floor)?;
        self.stop = Some(with.stop);
        Ok(PaperSide::new(paper, with.to))
    }

    async fn market(&mut self, to: Sender) -> anyhow::Result<()> {
        match self.source.take() {
            Some(Source::Tape(tape, speed)) => {
                tokio::task::spawn_local(rehearse(*tape, speed, to, self.stop.take()));
            }
            Some(Source::Venues(plan, feeds)) => {
                let setups = plan.setups(&self.names, |_, _| Ok(None))?;
                self.hearing = Some(hear(setups, &feeds, &to)?);
            }
            None => {}
        }
        Ok(())
    }
}
