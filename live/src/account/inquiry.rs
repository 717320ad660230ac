//! Questions to a venue about one order, and about everything that may have been missed.

use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::ask::{Ask, History};
use onetape_adapters::client_id::ClientId;
use onetape_adapters::news::Answer;
use onetape_adapters::outcome::Class;
use onetape_adapters::report::{
    BalanceReport, MarginReport, OrderReport, PositionReport, TradeReport,
};
use onetape_core::names::InstrumentId;
use onetape_core::num::Qty;
use onetape_core::time::{Span, Ts};
use tokio::time::sleep;

use super::PositionGap;
use super::follow::{Finding, Inquiry};
use super::venue::{Account, now};
use crate::venue::AskFault;

/// Most rows of a list; venues give fewer.
const ROWS: u32 = 1_000;
/// A list begins so much before what is looked for: clocks differ, and stamps are cut to milliseconds or seconds.
const EARLIER: Span = Span::from_millis(2_000);
/// After this a venue's own word on positions is up to date.
const SETTLING: Duration = Duration::from_millis(300);
/// Longest time between two looks at what is due.
const IDLE: Duration = Duration::from_millis(500);

/// Asks about orders as it becomes due.
pub(super) async fn follow(account: Arc<Account>) {
    loop {
        let due = account.peek(|follower| follower.next_due());
        let wait = due.map_or(IDLE, |due| {
            let nanos = due.since(now()).nanos().max(0).unsigned_abs();
            Duration::from_nanos(nanos).min(IDLE)
        });
        tokio::select! {
            () = sleep(wait) => {}
            () = account.wake.notified() => {}
        }
        let at = now();
        account.forget(at);
        account.look_at_hold();
        account.look_at_unread(at);
        let (asked, funded) = account.tick(at);
        for inquiry in asked {
            tokio::spawn(inquire(Arc::clone(&account), inquiry));
        }
        if funded {
            tokio::spawn(funding(Arc::clone(&account)));
        }
    }
}

/// Asks about one order.
pub(super) async fn inquire(account: Arc<Account>, inquiry: Inquiry) {
    let finding = match account.look(&inquiry).await {
        Ok(finding) => finding,
        Err(_) => Finding::Failed,
    };
    account.with(|follower| follower.inquired(&inquiry, finding, now()));
}

/// Asks for what was paid in funding, of which the stream told.
async fn funding(account: Arc<Account>) {
    let all = account.setup.directory.iter();
    let instruments: Vec<InstrumentId> = all.map(|it| it.instrument.id).collect();
    let since = account.state().whole_until;
    // What cannot be told now is told with the next look at everything.
    let _ = account.look_at_funding(&instruments, since).await;
}

/// Asks for everything whenever something may have been missed.
pub(super) async fn catch_up(account: Arc<Account>) {
    loop {
        account.catch_up.notified().await;
        let missed = now();
        // Several things are missed at once.
        sleep(Duration::from_millis(20)).await;
        // A look that began later saw it all; and before the run is compared it is not looked at all.
        if account.is_held() || account.state().whole_until > missed {
            continue;
        }
        if account.look_at_all().await.is_err() {
            account.catch_up.notify_one();
            sleep(Duration::from_millis(500)).await;
        }
        for orphan in account.take_orphans() {
            account.sweep(&orphan).await;
        }
    }
}

impl Account {
    fn history(&self, instrument: InstrumentId, since: Option<Ts>) -> History {
        let offset = self.setup.offset.measured();
        let offset = offset.map_or(0, |it| it.offset_ns);
        let earlier = Span::from_nanos(offset - EARLIER.nanos());
        History {
            instrument,
            from_id: None,
            since: since.map(|since| since + earlier),
            limit: ROWS,
        }
    }

    pub(super) async fn orders(&self, ask: &Ask) -> Result<Vec<OrderReport>, AskFault> {
        match self.ask(ask).await? {
            Answer::Orders(orders) => Ok(orders),
            _ => Err(strange(ask)),
        }
    }

    async fn trades(
        &self,
        instrument: InstrumentId,
        since: Option<Ts>,
    ) -> Result<Vec<TradeReport>, AskFault> {
        let ask = Ask::Trades(self.history(instrument, since));
        match self.ask(&ask).await? {
            Answer::Trades(trades) => Ok(trades),
            _ => Err(strange(&ask)),
        }
    }

    pub(super) async fn balances(
        &self,
    ) -> Result<(Vec<BalanceReport>, Vec<MarginReport>), AskFault> {
        match self.ask(&Ask::Balances).await? {
            Answer::Balances(balances, margins) => Ok((balances, margins)),
            _ => Err(strange(&Ask::Balances)),
        }
    }

    pub(super) async fn positions(&self) -> Result<Vec<PositionReport>, AskFault> {
        let ask = Ask::Positions(None);
        match self.ask(&ask).await? {
            Answer::Positions(positions) => Ok(positions),
            _ => Err(strange(&ask)),
        }
    }

    /// Looks for one order everywhere.
    async fn look(&self, inquiry: &Inquiry) -> Result<Finding, AskFault> {
        let instrument = inquiry.order.instrument;
        match self.ask(&Ask::Order(inquiry.order.clone())).await {
            Ok(Answer::Order(report)) => {
                let lacks = self.with(|follower| {
                    follower.evidence(inquiry, &report, now());
                    follower.lacks_fills(inquiry.id)
                });
                if lacks || report.filled.is_none() {
                    let trades = self.trades(instrument, inquiry.since).await?;
                    self.with(|follower| follower.trades(&trades, now()));
                }
                return Ok(Finding::Found);
            }
            Ok(_) => return Ok(Finding::Failed),
            Err(why) if is_absent(&why) => {}
            Err(why) => return Err(why),
        }
        let mut found = false;
        for ask in [
            Ask::OpenOrders(Some(instrument)),
            Ask::Orders(self.history(instrument, inquiry.since)),
        ] {
            for report in self.orders(&ask).await? {
                if report.client.ours() == Some(inquiry.id) {
                    found = true;
                    self.with(|follower| follower.evidence(inquiry, &report, now()));
                } else {
                    self.with(|follower| follower.report(&report, now()));
                }
            }
        }
        let trades = self.trades(instrument, inquiry.since).await?;
        found |= self.with(|follower| {
            follower.trades(&trades, now());
            follower.is_behind_one(inquiry.id, &trades)
        });
        if found {
            return Ok(Finding::Found);
        }
        self.agrees(instrument).await
    }

    /// Whether balance and position are as all known trades make them.
    async fn agrees(&self, instrument: InstrumentId) -> Result<Finding, AskFault> {
        if self.setup.protocol.is_futures() {
            let positions = self.positions().await?;
            let here = positions.iter().filter(|it| it.instrument == instrument);
            let venue = here.map(|it| it.qty).fold(Qty::ZERO, |a, b| a + b);
            let agrees = self.with(|follower| follower.position_agrees(instrument, venue));
            return Ok(if agrees {
                Finding::Nowhere
            } else {
                Finding::Disagrees("the position")
            });
        }
        let (balances, _) = self.balances().await?;
        let agrees = self.with(|follower| follower.balances_agree(instrument, &balances));
        Ok(if agrees {
            Finding::Nowhere
        } else {
            Finding::Disagrees("the balance")
        })
    }

    /// Asks for everything since the stream was last whole.
    pub(super) async fn look_at_all(&self) -> Result<Vec<PositionGap>, AskFault> {
        let began = now();
        let since = self.state().whole_until;
        let instruments: Vec<InstrumentId> = (self.setup.directory.iter())
            .map(|it| it.instrument.id)
            .collect();
        for instrument in &instruments {
            self.look_at(*instrument, Some(since)).await?;
        }
        self.with(|follower| follower.missed(now()));
        self.look_at_funding(&instruments, since).await?;
        let gaps = self.look_at_holdings().await?;
        self.state().whole_until = began;
        Ok(gaps)
    }

    async fn look_at(&self, instrument: InstrumentId, since: Option<Ts>) -> Result<(), AskFault> {
        let open = self.orders(&Ask::OpenOrders(Some(instrument))).await?;
        let past = Ask::Orders(self.history(instrument, since));
        let past = self.orders(&past).await?;
        let trades = self.trades(instrument, since).await?;
        self.with(|follower| {
            // Trades first, so that ends find their fills; ids are learnt from orders, so those go before them once.
            for report in open.iter().chain(&past) {
                follower.meet(report);
            }
            follower.trades(&trades, now());
            for report in open.iter().chain(&past) {
                follower.report(report, now());
            }
        });
        Ok(())
    }

    pub(super) async fn look_at_funding(
        &self,
        instruments: &[InstrumentId],
        since: Ts,
    ) -> Result<(), AskFault> {
        if !self.setup.protocol.is_futures() {
            return Ok(());
        }
        for instrument in instruments {
            let ask = Ask::FundingPaid(self.history(*instrument, Some(since)));
            if let Answer::Funding(paid) = self.ask(&ask).await? {
                self.with(|follower| {
                    for report in &paid {
                        follower.funded(report);
                    }
                });
            }
        }
        Ok(())
    }

    /// Balances as events, and positions against ours where nothing of ours is on its way.
    pub(super) async fn look_at_holdings(&self) -> Result<Vec<PositionGap>, AskFault> {
        let (balances, margins) = self.balances().await?;
        self.with(|follower| {
            for report in &balances {
                follower.balance(report);
            }
            for report in margins.iter().filter(|_| balances.is_empty()) {
                follower.margin(report);
            }
        });
        if !self.setup.protocol.is_futures() {
            return Ok(Vec::new());
        }
        self.look_at_positions().await
    }

    /// Positions against ours. What the venue says may be older than what streams told, so a difference counts when it is
    /// there twice and nothing happened meanwhile.
    async fn look_at_positions(&self) -> Result<Vec<PositionGap>, AskFault> {
        let before = self.with(|follower| follower.activity());
        let first = self.all_positions().await?;
        if !self.with(|follower| first.iter().any(|it| follower.position_differs(it))) {
            return Ok(Vec::new());
        }
        sleep(SETTLING).await;
        let second = self.all_positions().await?;
        Ok(self.with(|follower| {
            if follower.activity() != before {
                // What happened will have word of its own; looked at again with the next gap.
                return Vec::new();
            }
            let same = |it: &&PositionReport| {
                first
                    .iter()
                    .any(|other| (other.instrument, other.qty) == (it.instrument, it.qty))
            };
            let busy = follower.busy();
            let idle = second.iter().filter(same);
            let idle = idle.filter(|it| !busy.contains(&it.instrument));
            let gaps = idle.filter_map(|it| {
                follower.compare_position(it).map(|_| PositionGap {
                    instrument: it.instrument,
                    venue: it.qty,
                    ours: follower.held(it.instrument),
                })
            });
            gaps.collect()
        }))
    }

    /// The venue's positions, with one of nothing for each instrument that it does not tell of.
    async fn all_positions(&self) -> Result<Vec<PositionReport>, AskFault> {
        let mut all = self.positions().await?;
        for listed in self.setup.directory.iter() {
            let id = listed.instrument.id;
            if !all.iter().any(|it| it.instrument == id) {
                all.push(nothing(id));
            }
        }
        Ok(all)
    }

    /// Takes back an order of ours that this run does not know.
    pub(super) async fn sweep(&self, orphan: &super::Orphan) {
        if !orphan.cancelled {
            return;
        }
        let order = onetape_adapters::ask::OrderRef {
            instrument: orphan.instrument,
            client: ClientId::Ours(orphan.order),
            venue_id: None,
        };
        let (venue, order_id) = (self.setup.venue, orphan.order);
        self.notice(super::Notice::Orphan {
            venue,
            order: order_id,
        });
        // One that cannot be cancelled now is told again by the next look.
        let _ = self.ask(&Ask::Cancel(order)).await;
    }
}

const fn nothing(instrument: InstrumentId) -> PositionReport {
    PositionReport {
        instrument,
        side: onetape_adapters::report::PositionSide::Net,
        qty: Qty::ZERO,
        entry: None,
        mark: None,
        liquidation: None,
        unrealised: None,
        margin: None,
        leverage: None,
        mode: None,
        at: Ts::UNKNOWN,
    }
}

/// The venue says that it does not know the order.
fn is_absent(why: &AskFault) -> bool {
    let class = why.failure().map(|failure| failure.class);
    matches!(class, Some(Class::QueryUnknown | Class::CancelUnknown))
}

fn strange(ask: &Ask) -> AskFault {
    crate::venue::refused(ask, crate::venue::other_answer(ask.name()))
}
