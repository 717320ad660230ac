//! What is asked by REST: quotes, marks and books while a stream is silent, open interest where none tells it, and whether
//! instruments trade.

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_adapters::ask::Ask;
use onetape_adapters::feed::Feed;
use onetape_adapters::news::{Answer, MarketNews};
use onetape_adapters::rules::{Rules, TradeStatus};
use onetape_core::event::{Body, Status, StatusEvent};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;
use tokio::sync::watch;
use tokio::time::sleep;

use super::context::{Context, SharedEar};
use super::options::REST_LEVELS;
use super::outlet::{Outlet, Told};
use crate::queue::Origin;
use crate::stamp::{Clock, SteadyClock};
use crate::venue::Priority;

/// Asks for quotes, marks and books for as long as the stream is silent. A book only where there is no stream at all: one that
/// is up joins its own changes, which a snapshot from elsewhere would part.
pub(super) async fn fallback<O: Outlet>(
    cx: Arc<Context<O>>,
    ear: SharedEar,
    mut silent: watch::Receiver<bool>,
) {
    while silent.wait_for(|on| *on).await.is_ok() {
        let feeds: Vec<Feed> = ear.lock().feeds().collect();
        for feed in feeds {
            let ask = match feed {
                Feed::Quote(id) => Ask::Quote(id),
                Feed::Mark(id) => Ask::Mark(id),
                Feed::Depth(instrument) if !ear.lock().is_up() => Ask::Depth {
                    instrument,
                    levels: REST_LEVELS,
                },
                _ => continue,
            };
            // Many instruments take time: the stream may be back.
            if !*silent.borrow() {
                break;
            }
            let asked = SteadyClock.now();
            // Somebody trades on these: they do not wait behind what only informs.
            match cx.setup.ask_as(&ask, Priority::Account).await {
                Ok(Answer::Market(news)) => bring(&cx, &ear, news, asked),
                Ok(Answer::Depth(book)) => {
                    let at = SteadyClock.now();
                    ear.tell(&cx.out, |ear, out| ear.book_by_rest(*book, at, out));
                }
                _ => {}
            }
        }
        sleep(cx.options.rest_every).await;
    }
}

/// Asks for open interest of the instruments whose marks are wanted.
pub(super) async fn interest<O: Outlet>(cx: Arc<Context<O>>, ear: SharedEar) {
    if !cx.setup.protocol.is_futures() {
        return;
    }
    let mut since = SteadyClock.now();
    loop {
        let marked: Vec<InstrumentId> = {
            let ear = ear.lock();
            let wanted = ear.feeds().filter_map(|feed| match feed {
                Feed::Mark(id) => Some(id),
                _ => None,
            });
            wanted.filter(|id| !ear.told_interest(*id, since)).collect()
        };
        since = SteadyClock.now();
        for id in marked {
            let asked = SteadyClock.now();
            if let Ok(Answer::Market(news)) = cx.setup.ask(&Ask::OpenInterest(id)).await {
                bring(&cx, &ear, news, asked);
            }
        }
        sleep(cx.options.interest_every).await;
    }
}

fn bring<O: Outlet>(cx: &Context<O>, ear: &SharedEar, news: Vec<MarketNews>, asked: Ts) {
    let at = SteadyClock.now();
    ear.tell(&cx.out, |ear, out| ear.by_rest(news, asked, at, out));
}

/// Asks whether instruments trade, and tells what changed. Nothing said is trading.
pub(super) async fn status<O: Outlet>(cx: Arc<Context<O>>) {
    let mut known: BTreeMap<InstrumentId, Status> = BTreeMap::new();
    loop {
        sleep(cx.options.status_every).await;
        let Ok(Answer::Instruments(all)) = cx.setup.ask(&Ask::Instruments).await else {
            continue;
        };
        for told in changes(&cx.setup.directory, &all, &mut known) {
            cx.out.bring(told);
        }
    }
}

fn changes(
    directory: &onetape_adapters::directory::Directory,
    all: &[Rules],
    known: &mut BTreeMap<InstrumentId, Status>,
) -> Vec<Told> {
    let received = SteadyClock.now();
    let mut told = Vec::new();
    for rules in all {
        let Ok(listed) = directory.symbol(&rules.symbol) else {
            continue;
        };
        let instrument = listed.instrument.id;
        let status = match rules.status {
            TradeStatus::Trading | TradeStatus::Restricted(_) => Status::Trading,
            TradeStatus::CancelOnly | TradeStatus::Halted(_) => Status::Halted,
        };
        if known.insert(instrument, status).unwrap_or_default() != status {
            told.push(Told {
                received,
                origin: Origin::default(),
                body: Body::Status(StatusEvent { instrument, status }),
            });
        }
    }
    told
}
