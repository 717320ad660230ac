//! A stream of a connection, at its own pace.

use std::collections::BTreeMap;

use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::call::{Channel, Stream};
use onetape_adapters::server::news::News;
use onetape_adapters::server::state::BookState;
use onetape_core::event::{DepthUpdate, Level};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

/// How often the numbers of a day are told.
const TICKER: Span = Span::from_millis(1_000);
/// How often a bar that is not whole is told.
const CANDLE: Span = Span::from_millis(250);

/// A stream, whose it is, and what it is still to tell.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) stream: Stream,
    /// Whose, of a private one.
    pub(super) account: Option<AccountId>,
    /// Its number, of an account's on a connection for requests.
    pub(super) subscription: Option<u64>,
    /// Its key, of an account's with one.
    pub(super) key: String,
    pace: Option<Span>,
    /// Not before.
    next: Ts,
    waits: Waits,
}

/// What a stream is still to tell.
#[derive(Debug)]
enum Waits {
    Nothing,
    /// Changes of a book, joined.
    Depth(Box<Joined>),
    /// The newest of what only the newest counts of.
    Latest(Box<News>),
    /// What has to be looked up when its turn comes.
    Look,
}

/// What a stream tells now.
#[derive(Debug)]
pub(super) enum Turn {
    /// Nothing.
    Not,
    /// The news that came.
    AsItCame,
    /// This.
    This(Box<News>),
    /// So many levels of a book, which have to be looked up.
    Levels(InstrumentId, u32),
}

impl Seat {
    pub(super) const fn new(
        stream: Stream,
        account: Option<AccountId>,
        pace: Option<Span>,
    ) -> Self {
        let pace = match stream.channel {
            Channel::Depth(every) | Channel::Levels(_, every) | Channel::Mark(every) => Some(every),
            Channel::Ticker => Some(TICKER),
            Channel::Candles(_) => Some(CANDLE),
            _ => pace,
        };
        Self {
            stream,
            account,
            subscription: None,
            key: String::new(),
            pace,
            next: Ts::UNKNOWN,
            waits: Waits::Nothing,
        }
    }

    /// True for a stream that only its account may hear.
    pub(super) const fn is_private(&self) -> bool {
        self.account.is_some()
    }

    /// A stream of levels tells how they stand as soon as it can.
    pub(super) fn begin(&mut self) {
        if matches!(self.stream.channel, Channel::Levels(..)) {
            self.waits = Waits::Look;
        }
    }

    /// Takes public news in.
    pub(super) fn hear(&mut self, news: &News, now: Ts) -> Turn {
        if self.stream.instrument.is_some_and(|it| !is_of(news, it)) {
            return Turn::Not;
        }
        match (self.stream.channel, news) {
            (Channel::Levels(..), News::Depth(_)) => {
                self.waits = Waits::Look;
                self.due(now)
            }
            (Channel::Depth(_), News::Depth(book)) => self.join(book, now),
            // What is whole waits for nobody.
            (Channel::Candles(_), News::Candle(bar)) if bar.closed => Turn::AsItCame,
            (Channel::Mark(_), News::Mark(_))
            | (Channel::Ticker, News::Ticker(_))
            | (Channel::Candles(_), News::Candle(_))
            | (Channel::Quote, News::Top(_)) => match self.pace {
                Some(_) if now < self.next => {
                    self.waits = Waits::Latest(Box::new(news.clone()));
                    Turn::Not
                }
                _ => {
                    self.told(now);
                    Turn::AsItCame
                }
            },
            (Channel::Prints, News::Print(_)) | (Channel::Aggregates, News::Aggregate(_)) => {
                Turn::AsItCame
            }
            _ => Turn::Not,
        }
    }

    fn join(&mut self, book: &BookState, now: Ts) -> Turn {
        if book.update.snapshot {
            self.told(now);
            return Turn::AsItCame;
        }
        match &mut self.waits {
            Waits::Depth(joined) => joined.add(book),
            _ if now >= self.next => {
                self.told(now);
                return Turn::AsItCame;
            }
            waits => *waits = Waits::Depth(Box::new(Joined::new(book))),
        }
        self.due(now)
    }

    fn told(&mut self, now: Ts) {
        self.waits = Waits::Nothing;
        if let Some(pace) = self.pace {
            self.next = now + pace;
        }
    }

    /// What waits and whose turn has come.
    pub(super) fn due(&mut self, now: Ts) -> Turn {
        if now < self.next || matches!(self.waits, Waits::Nothing) {
            return Turn::Not;
        }
        let waits = std::mem::replace(&mut self.waits, Waits::Nothing);
        self.told(now);
        match (waits, self.stream.channel, self.stream.instrument) {
            (Waits::Depth(joined), ..) => Turn::This(Box::new(News::Depth(joined.whole()))),
            (Waits::Latest(news), ..) => Turn::This(news),
            (Waits::Look, Channel::Levels(levels, _), Some(of)) => Turn::Levels(of, levels),
            _ => Turn::Not,
        }
    }
}

/// True where public news is of an instrument.
fn is_of(news: &News, id: InstrumentId) -> bool {
    id == match news {
        News::Top(it) => it.quote.instrument,
        News::Depth(it) | News::Book(it) => it.update.instrument,
        News::Print(it) | News::Aggregate(it) => it.instrument,
        News::Mark(it) => it.instrument,
        News::Ticker(it) | News::Candle(it) => it.instrument,
        _ => return true,
    }
}

/// Changes of a book as one: the last word on each price counts, and the numbers go from the first to the last.
#[derive(Debug)]
struct Joined {
    update: DepthUpdate,
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
    at: Ts,
}

impl Joined {
    fn new(book: &BookState) -> Self {
        let mut joined = Self {
            update: DepthUpdate {
                bids: Vec::new(),
                asks: Vec::new(),
                ..book.update.clone()
            },
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
            at: book.at,
        };
        joined.add(book);
        joined
    }

    fn add(&mut self, book: &BookState) {
        self.update.last = book.update.last;
        self.at = book.at;
        let level = |it: &Level| (it.price, it.qty);
        self.bids.extend(book.update.bids.iter().map(level));
        self.asks.extend(book.update.asks.iter().map(level));
    }

    fn whole(self) -> BookState {
        let level = |(price, qty)| Level { price, qty };
        BookState {
            update: DepthUpdate {
                bids: self.bids.into_iter().rev().map(level).collect(),
                asks: self.asks.into_iter().map(level).collect(),
                ..self.update
            },
            at: self.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OF: InstrumentId = InstrumentId(0);

    fn level(price: i64, qty: i64) -> Level {
        Level {
            price: Price::new(price),
            qty: Qty::new(qty),
        }
    }

    fn change(number: u64, bids: &[(i64, i64)]) -> News {
        News::Depth(BookState {
            update: DepthUpdate {
                instrument: OF,
                snapshot: false,
                first: number,
                last: number,
                prev: Some(number - 1),
                bids: bids
                    .iter()
                    .map(|(price, qty)| level(*price, *qty))
                    .collect(),
                asks: Vec::new(),
            },
            at: millis(0),
        })
    }

    const fn millis(at: i64) -> Ts {
        Ts::from_nanos(at * 1_000_000)
    }

    fn seat(channel: Channel) -> Seat {
        let stream = Stream {
            channel,
            instrument: Some(OF),
            name: "s".to_string(),
        };
        Seat::new(stream, None, None)
    }

    fn depth_of(turn: Turn) -> DepthUpdate {
        match turn {
            Turn::This(news) => match *news {
                News::Depth(book) => book.update,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn changes_within_the_pace_are_one_message_whose_numbers_connect() {
        let mut seat = seat(Channel::Depth(Span::from_millis(100)));
        assert!(matches!(
            seat.hear(&change(1, &[(10, 1)]), millis(1_000)),
            Turn::AsItCame
        ));
        assert!(matches!(
            seat.hear(&change(2, &[(10, 2), (9, 5)]), millis(1_010)),
            Turn::Not
        ));
        assert!(matches!(
            seat.hear(&change(3, &[(10, 0)]), millis(1_020)),
            Turn::Not
        ));
        assert!(matches!(seat.due(millis(1_099)), Turn::Not));
        let update = depth_of(seat.due(millis(1_100)));
        assert_eq!((update.first, update.last, update.prev), (2, 3, Some(1)));
        assert_eq!(update.bids, [level(10, 0), level(9, 5)]);
        assert!(matches!(seat.due(millis(1_300)), Turn::Not));
    }

    #[test]
    fn of_a_mark_the_newest_counts_and_another_instrument_is_not_heard() {
        use onetape_adapters::server::state::MarkState;
        use onetape_core::num::Money;
        let mut seat = seat(Channel::Mark(Span::from_millis(1_000)));
        let mark = |instrument, at| {
            News::Mark(MarkState {
                instrument,
                mark: Money::ZERO,
                index: Money::ZERO,
                rate: Money::ZERO,
                settles_at: Ts::UNKNOWN,
                every: Span::ZERO,
                at: millis(at),
            })
        };
        assert!(matches!(
            seat.hear(&mark(InstrumentId(7), 0), millis(0)),
            Turn::Not
        ));
        assert!(matches!(seat.hear(&mark(OF, 1), millis(1)), Turn::AsItCame));
        assert!(matches!(seat.hear(&mark(OF, 2), millis(2)), Turn::Not));
        assert!(matches!(seat.hear(&mark(OF, 3), millis(3)), Turn::Not));
        let Turn::This(news) = seat.due(millis(1_001)) else {
            panic!()
        };
        assert_eq!(*news, mark(OF, 3));
    }

    #[test]
    fn levels_are_looked_up_when_their_turn_comes() {
        let mut seat = seat(Channel::Levels(5, Span::from_millis(100)));
        seat.begin();
        assert!(matches!(seat.due(millis(5)), Turn::Levels(OF, 5)));
        assert!(matches!(seat.hear(&change(1, &[]), millis(6)), Turn::Not));
        assert!(matches!(seat.due(millis(105)), Turn::Levels(OF, 5)));
    }

    proptest! {
        /// Whatever the times, the messages of a stream connect and leave the same book as every change by itself.
        #[test]
        fn a_paced_stream_leaves_the_same_book(
            changes in prop::collection::vec((0_i64..300, prop::collection::vec((1_i64..6, 0_i64..4), 0..4)), 1..40),
        ) {
            let mut seat = seat(Channel::Depth(Span::from_millis(100)));
            let (mut now, mut all, mut told) = (0, BTreeMap::new(), BTreeMap::new());
            let mut last = 0;
            let mut take = |update: DepthUpdate| {
                assert_eq!(update.first, last + 1);
                assert_eq!(update.prev, Some(last));
                last = update.last;
                told.extend(update.bids.iter().map(|it| (it.price, it.qty)));
            };
            for (number, (wait, bids)) in (1..).zip(&changes) {
                now += wait;
                let news = change(number, bids);
                let News::Depth(book) = &news else { unreachable!() };
                all.extend(book.update.bids.iter().map(|it| (it.price, it.qty)));
                match seat.hear(&news, millis(now)) {
                    Turn::AsItCame => take(book.update.clone()),
                    Turn::Not => {}
                    turn => take(depth_of(turn)),
                }
            }
            if let turn @ Turn::This(_) = seat.due(millis(now + 100)) {
                take(depth_of(turn));
            }
            prop_assert_eq!(last, changes.len() as u64);
            prop_assert_eq!(told, all);
        }
    }
}
