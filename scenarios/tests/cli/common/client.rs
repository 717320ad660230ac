//! Another client of an account at a local exchange.

use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::ask::{Ask, History};
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::news::Answer;
use onetape_adapters::protocol::Protocol;
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;
use onetape_live::net::{DialLimits, Dialer, Trust};
use onetape_live::venue::{Overrides, Urls, VenueSetup};

/// A venue as a trader speaks to it, and its only instrument.
pub(crate) async fn setup(
    at: &str,
    protocol: Protocol,
    symbol: &str,
    [key, secret]: [&str; 2],
) -> VenueSetup {
    let mut names = Names::default();
    let venue = names.venue_id(protocol.venue());
    let urls = Urls::local(protocol, at, &Overrides::default()).unwrap();
    let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
    let bare = Arc::new(Directory::new(&names, venue));
    let mut setup = VenueSetup::new(protocol, bare, urls, dialer);
    let Answer::Instruments(all) = setup.ask(&Ask::Instruments).await.unwrap() else {
        panic!("no instruments");
    };
    let rules = all.iter().find(|it| it.symbol == symbol).unwrap();
    let instrument = rules.instrument(protocol.venue(), &mut names).unwrap();
    names.instruments.push(instrument);
    let mut directory = Directory::new(&names, venue);
    directory.set_contract(symbol, rules.contract);
    setup.directory = Arc::new(directory);
    setup.credentials = Some(Arc::new(Credentials::shared(key, secret.as_bytes())));
    setup.measure_offset().await.unwrap();
    setup
}

/// The best ask, once the tape has told one.
async fn best_ask(setup: &VenueSetup) -> i64 {
    let instrument = InstrumentId(0);
    for _ in 0..200 {
        let ask = Ask::Depth {
            instrument,
            levels: 5,
        };
        let Answer::Depth(book) = setup.ask(&ask).await.unwrap() else {
            panic!("no book");
        };
        let best = book.asks.iter().map(|level| level.price.mantissa()).min();
        if let Some(best) = best {
            return best;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no ask within 10 s");
}

/// An order at a part of the best ask: across the touch it takes, far from it it rests.
pub(crate) async fn place(
    setup: &VenueSetup,
    n: u32,
    side: Side,
    percent: i64,
    time_in_force: TimeInForce,
) {
    let id = InstrumentId(0);
    let of = setup.directory.get(id).unwrap().instrument.clone();
    let best = best_ask(setup).await;
    let limit = best / 100 * percent;
    let place = Place {
        order: OrderId { epoch: 1, n },
        task: TaskId(0),
        instrument: id,
        side,
        qty: Qty::new(of.lot.mantissa().max(of.min_qty.mantissa()) * 20),
        limit: Some(Price::new(limit - limit % of.tick.mantissa())),
        time_in_force,
        reduce_only: false,
        tag: LegTag::default(),
    };
    setup.ask(&Ask::Place(place)).await.unwrap();
}

/// How many orders are at rest.
pub(crate) async fn open(setup: &VenueSetup) -> usize {
    let ask = Ask::OpenOrders(Some(InstrumentId(0)));
    match setup.ask(&ask).await.unwrap() {
        Answer::Orders(orders) => orders.len(),
        _ => panic!("no orders"),
    }
}

/// The ids of all executions.
pub(crate) async fn trades(setup: &VenueSetup) -> Vec<u64> {
    let ask = Ask::Trades(History {
        instrument: InstrumentId(0),
        from_id: None,
        since: None,
        limit: 1_000,
    });
    match setup.ask(&ask).await.unwrap() {
        Answer::Trades(trades) => trades.iter().map(|it| it.trade_id).collect(),
        _ => panic!("no trades"),
    }
}

/// What is held of its instrument, signed, in base units.
pub(crate) async fn position(setup: &VenueSetup) -> rust_decimal::Decimal {
    match setup.ask(&Ask::Positions(None)).await.unwrap() {
        Answer::Positions(all) => {
            let of = &setup.directory.get(InstrumentId(0)).unwrap().instrument;
            let here = all.iter().filter(|it| it.instrument == of.id);
            here.map(|it| of.qty_decimal(it.qty)).sum()
        }
        _ => panic!("no positions"),
    }
}

/// Waits for it on a runtime of its own.
pub(crate) fn block_on<T>(act: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(act)
}
