//! Real venues: orders leave by their accounts, and the market comes from them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use onetape_adapters::ask::MarginMode;
use onetape_adapters::feed::Feed;
use onetape_core::desk::Desk;
use onetape_core::engine::Gateway;
use onetape_core::event::{Body, Event};
use onetape_core::instrument::InstrumentKind;
use onetape_core::journal::Committed;
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::notice::{Notice, NoticeKind};
use onetape_core::num::Money;
use onetape_core::strategy::Outgoing;
use onetape_core::time::{Span, Ts};
use onetape_live::account::{AccountOptions, Accounts, Known, KnownOrder, WantedSettings};
use onetape_live::queue::{Arrival, Sender};
use onetape_live::run::Side;
use onetape_live::venue::VenueSetup;
use onetape_sim::{FeeAsset, SimConfig};

use super::account_health::{AccountHealth, kind};
use super::repeats::Repeats;
use super::{Hearing, Opening, Venues, hear};
use crate::run::Prepared;

/// Between two looks at what accounts have to say.
const LOOK_EVERY: Span = Span::from_millis(100);

/// What an asset that pays fees is worth: a constant, or the middle of an instrument.
#[derive(Clone, Debug)]
enum Worth {
    Fixed(Money),
    Of(InstrumentId),
}

/// Middles of the instruments that fees are valued by.
type Middles = Arc<Mutex<BTreeMap<InstrumentId, Money>>>;

/// A line of the log, which stands in the journal too where it has a kind.
#[derive(Clone, Debug)]
struct Line {
    kind: Option<NoticeKind>,
    text: String,
}

/// The accounts of a run.
pub struct AccountsSide {
    accounts: Accounts,
    names: Arc<Names>,
    middles: Middles,
    valued: Vec<InstrumentId>,
    looked: Ts,
    health: AccountHealth,
    /// By account and what it is about: what people were told enough of.
    repeats: Repeats<(VenueId, &'static str), Line>,
    /// Notices on their way into the journal.
    untold: VecDeque<Notice>,
    to: Sender,
}

impl Gateway for AccountsSide {
    fn send(&mut self, now: Ts, outgoing: Outgoing, proof: &Committed) {
        self.accounts.send(now, outgoing, proof);
    }
}

impl Side for AccountsSide {
    fn saw(&mut self, event: &Event) {
        if let Body::Quote(quote) = &event.body
            && self.valued.contains(&quote.instrument)
        {
            let instrument = self.names.instrument(quote.instrument);
            let (bid, ask) = (quote.bid.price, quote.ask.price);
            let sum = instrument.price_decimal(bid) + instrument.price_decimal(ask);
            let mut middles = self.middles.lock().unwrap_or_else(PoisonError::into_inner);
            middles.insert(
                quote.instrument,
                Money::new(sum / rust_decimal::Decimal::TWO),
            );
        }
    }

    fn pass(&mut self, now: Ts) {
        if self.looked.is_known() && now.since(self.looked) < LOOK_EVERY {
            return;
        }
        self.looked = now;
        for told in self.accounts.notices() {
            let notice = told.notice;
            self.health.take(&notice);
            // What a venue repeats may have keys in it.
            let text = crate::hush::hushed(&notice.words(&self.names)).into_owned();
            let line = Line {
                kind: kind(&notice),
                text,
            };
            let about = (told.venue, notice.about());
            if let Some(line) = self.repeats.take(now, about, told.more, line) {
                self.say(line);
            }
        }
        for more in self.repeats.due(now) {
            let text = more.words(&more.last.text);
            self.say(Line { text, ..more.last });
        }
        self.tell(now);
    }

    fn health(&self) -> Vec<(String, Option<String>)> {
        self.health.parts(self.looked)
    }
}

impl AccountsSide {
    /// To people at once, and to the journal when there is room.
    fn say(&mut self, Line { kind, text }: Line) {
        tracing::warn!("{text}");
        if let Some(kind) = kind {
            self.untold.push_back(Notice { kind, text });
        }
    }

    /// Brings notices into the queue; what finds no room waits.
    fn tell(&mut self, received: Ts) {
        while let Some(notice) = self.untold.pop_front() {
            let body = Body::Notice(Box::new(notice.clone()));
            if self.to.try_send(Arrival::new(received, body)).is_err() {
                self.untold.push_front(notice);
                return;
            }
        }
    }
}

/// Venues that are traded at.
pub struct AccountVenues {
    setups: Vec<VenueSetup>,
    feeds: Vec<Feed>,
    names: Arc<Names>,
    options: AccountOptions,
    worths: BTreeMap<AssetId, Worth>,
    hearing: Option<Hearing>,
}

impl AccountVenues {
    /// With the settings and fees of a scenario.
    pub fn new(prepared: &Prepared<'_>, setups: Vec<VenueSetup>, feeds: Vec<Feed>) -> Self {
        Self {
            setups,
            feeds,
            names: Arc::clone(&prepared.names),
            options: options(prepared),
            worths: worths(&prepared.sim),
            hearing: None,
        }
    }
}

fn options(prepared: &Prepared<'_>) -> AccountOptions {
    let live = prepared.scenario.live;
    AccountOptions {
        unknown_after: live.unknown_after,
        query_every: live.query,
        fence: live.fence,
        dead_man: live.dead_man,
        settings: settings(&prepared.names, &prepared.sim),
        ..AccountOptions::default()
    }
}

/// Leverage and margin of every future, as the scenario has them.
fn settings(names: &Names, sim: &SimConfig) -> Vec<WantedSettings> {
    let futures = names.instruments.iter();
    let futures = futures.filter(|it| it.kind != InstrumentKind::Spot);
    let wanted = futures.filter_map(|it| {
        let venue = sim.venues.iter().find(|venue| venue.venue == it.venue)?;
        Some(WantedSettings {
            instrument: it.id,
            leverage: Some(venue.leverage),
            margin_mode: Some(match venue.margin {
                onetape_sim::MarginMode::Cross => MarginMode::Cross,
                onetape_sim::MarginMode::Isolated => MarginMode::Isolated,
            }),
        })
    });
    wanted.collect()
}

fn worths(sim: &SimConfig) -> BTreeMap<AssetId, Worth> {
    let venues = sim.venues.iter();
    let worths = venues.filter_map(|venue| match venue.fees.asset {
        FeeAsset::Fixed(asset, price) => Some((asset, Worth::Fixed(price))),
        FeeAsset::Quoted(asset, source) => Some((asset, Worth::Of(source))),
        FeeAsset::Quote | FeeAsset::Received => None,
    });
    worths.collect()
}

impl Venues for AccountVenues {
    type Side = AccountsSide;

    async fn open(&mut self, with: Opening) -> anyhow::Result<AccountsSide> {
        let setups = self.setups.drain(..).map(|it| it.tagged(with.tag));
        self.setups = setups.collect();
        let middles = Middles::default();
        let (known, worths) = (Arc::clone(&middles), self.worths.clone());
        let worth = move |_: InstrumentId, asset: AssetId| match worths.get(&asset)? {
            Worth::Fixed(price) => Some(*price),
            Worth::Of(source) => {
                let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                known.get(source).copied()
            }
        };
        let (to, clocks) = (with.to.clone(), self.setups.iter());
        let clocks = clocks.map(|it| (it.venue, it.offset.clone()));
        let health = AccountHealth::new(clocks, &self.names);
        let accounts = Accounts::start(
            self.setups.clone(),
            Arc::clone(&self.names),
            with.to,
            with.halt,
            with.latch,
            AccountOptions {
                moments: with.moments,
                ..self.options.clone()
            },
            Arc::new(worth),
        );
        Ok(AccountsSide {
            accounts: accounts.await?,
            names: Arc::clone(&self.names),
            middles,
            valued: (self.worths.values())
                .filter_map(|worth| match worth {
                    Worth::Of(source) => Some(*source),
                    Worth::Fixed(_) => None,
                })
                .collect(),
            looked: Ts::UNKNOWN,
            health,
            repeats: Repeats::default(),
            untold: VecDeque::new(),
            to,
        })
    }

    async fn reconcile(
        &mut self,
        side: &mut AccountsSide,
        desk: &Desk,
        until: Option<Ts>,
    ) -> anyhow::Result<()> {
        let instruments = self.names.instruments.iter().map(|it| it.id);
        let known = Known {
            orders: desk.orders().alive().map(KnownOrder::of).collect(),
            positions: instruments.zip(desk.positions().iter().copied()).collect(),
            until: until.unwrap_or(Ts::UNKNOWN),
        };
        let found = side.accounts.reconcile(&known).await?;
        if !found.is_clean() {
            let text =
                format!("venues and journal differed when the run was gone on with: {found:?}");
            tracing::warn!("{text}; a person should look");
            let kind = NoticeKind::Foreign;
            side.untold.push_back(Notice { kind, text });
        }
        Ok(())
    }

    async fn abandon(&self, side: &AccountsSide) {
        for (instrument, why) in side.accounts.cancel_all().await {
            let name = &self.names.instrument(instrument).name;
            tracing::error!("an order in {name} may be at rest still: {why}");
        }
    }

    async fn end(&self, side: &mut AccountsSide) {
        for more in side.repeats.rest(side.looked) {
            tracing::warn!("{}", more.words(&more.last.text));
        }
        for (instrument, why) in side.accounts.end_dead_man().await {
            let name = &self.names.instrument(instrument).name;
            let why = crate::hush::hushed(&why);
            tracing::warn!(
                "the dead-man timer of {name} may run on, and cancel what is at rest there then: {why}"
            );
        }
    }

    async fn market(&mut self, to: Sender) -> anyhow::Result<()> {
        self.hearing = Some(hear(self.setups.clone(), &self.feeds, &to)?);
        Ok(())
    }
}
