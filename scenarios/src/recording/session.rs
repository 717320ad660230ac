//! One recording, from its first question to its last piece.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use onetape_adapters::directory::Directory;
use onetape_adapters::feed::Feed;
use onetape_adapters::rules::TradeStatus;
use onetape_core::event::{Body, Status, StatusEvent};
use onetape_core::names::Names;
use onetape_data::record::{RecordOptions, RecordReport, Recorder};
use onetape_live::feed::{FeedOptions, LineStatus, Listing, MarketFeed, Outlet, Told, list};
use onetape_live::net::{DialLimits, Dialer, Trust};
use onetape_live::queue::Origin;
use onetape_live::stamp::{Clock, SystemClock};
use onetape_live::venue::VenueSetup;

use super::tap::Tap;
use super::wanted::{Place, Wanted};

/// Between looks at whether it is over.
const LOOK: Duration = Duration::from_millis(50);

/// What one venue came to.
#[derive(Clone, Debug)]
pub struct VenueRecorded {
    /// Its name.
    pub venue: &'static str,
    /// Its connections, as they were at the end.
    pub lines: Vec<LineStatus>,
    /// What was heard and not used: why, what, how often.
    pub unused: Vec<(&'static str, String, u64)>,
}

/// What a recording came to.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// What is in the catalogue.
    pub report: RecordReport,
    /// By venue.
    pub venues: Vec<VenueRecorded>,
}

/// Records until `stop` is set or the time is over. `begun` is called when everything is wanted.
///
/// # Errors
/// When a venue does not answer at the beginning, has no such symbol, or the catalogue cannot be written.
pub fn record(
    wanted: &[Wanted],
    place: &Place,
    root: &Path,
    options: RecordOptions,
    duration: Option<Duration>,
    stop: &AtomicBool,
    begun: &mut dyn FnMut(usize),
) -> anyhow::Result<Recorded> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the network's loop cannot be made")?;
    runtime.block_on(async {
        let mut names = Names::default();
        let venues = venues(wanted, place, &mut names).await?;
        let recorder = Recorder::begin(root, &names, options)?;
        let (tap, tape) = Tap::new(recorder.after());
        let writer = std::thread::spawn(move || tape.record(recorder));
        let feeds = feeds(&venues, &tap)?;
        begun(names.instruments.len());
        let until = duration.map(|duration| Instant::now() + duration);
        while !stop.load(Ordering::Relaxed)
            && !tap.is_over()
            && until.is_none_or(|until| Instant::now() < until)
        {
            tokio::time::sleep(LOOK).await;
        }
        let venues = venues
            .iter()
            .zip(&feeds)
            .map(|it| came_to(it.0, it.1))
            .collect();
        // The writer ends when the last tap is gone: those of the feeds, of their tasks, and this one.
        drop((feeds, tap));
        let written = tokio::task::spawn_blocking(move || writer.join()).await;
        let Ok(Ok(report)) = written else {
            bail!("the writer of the catalogue panicked; what was written before is whole");
        };
        let report = report?;
        Ok(Recorded { report, venues })
    })
}

/// Asks venues for their rules and clocks.
async fn venues(
    wanted: &[Wanted],
    place: &Place,
    names: &mut Names,
) -> anyhow::Result<Vec<Listing>> {
    let dialer = Dialer::new(Trust::public()?, DialLimits::default());
    let mut all = Vec::new();
    for (at, Wanted { protocol, symbols }) in wanted.iter().enumerate() {
        let urls = place.urls(*protocol, at, wanted.len())?;
        let nothing = Arc::new(Directory::default());
        let setup = VenueSetup::new(*protocol, nothing, urls, dialer.clone());
        let listing = list(&setup, symbols, names).await?;
        // Frames carry the venue's time.
        let measured = listing.setup.measure_offset().await;
        measured.with_context(|| format!("the clock of {}", protocol.venue()))?;
        all.push(listing);
    }
    Ok(all)
}

fn feeds(venues: &[Listing], tap: &Tap) -> anyhow::Result<Vec<MarketFeed<Tap>>> {
    let mut all = Vec::new();
    for (key, listing) in (1..).zip(venues) {
        let setup = &listing.setup;
        let mut wanted = Vec::new();
        for rules in &listing.rules {
            let id = setup.directory.symbol(&rules.symbol)?.instrument.id;
            // Nothing said is trading.
            if matches!(
                rules.status,
                TradeStatus::Halted(_) | TradeStatus::CancelOnly
            ) {
                tap.bring(Told {
                    received: SystemClock.now(),
                    origin: Origin::default(),
                    body: Body::Status(StatusEvent {
                        instrument: id,
                        status: Status::Halted,
                    }),
                });
            }
            wanted.extend([Feed::Quote(id), Feed::Depth(id), Feed::Trades(id)]);
            if setup.protocol.is_futures() {
                wanted.push(Feed::Mark(id));
            }
        }
        let mut feed = MarketFeed::start(setup.clone(), FeedOptions::usual(key), tap.clone());
        feed.want(&wanted)?;
        all.push(feed);
    }
    Ok(all)
}

fn came_to(listing: &Listing, feed: &MarketFeed<Tap>) -> VenueRecorded {
    let counts = listing.setup.counts.now();
    let unused = counts
        .iter()
        .map(|(why, what, count)| (why.name(), what.to_string(), count));
    VenueRecorded {
        venue: listing.setup.protocol.venue(),
        lines: feed.status(),
        unused: unused.collect(),
    }
}
