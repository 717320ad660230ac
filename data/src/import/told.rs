//! Messages of several venues in one form: what an import of many venues stores.

use onetape_adapters::{binance, gate};
use onetape_core::instrument::Side;
use onetape_core::time::Ts;

use super::infer::Decimals;

/// A price and a quantity as texts.
pub(super) type Texts<'a> = (&'a str, &'a str);

/// One message, or what one has of one series.
#[derive(Debug)]
pub(super) struct Told<'a> {
    /// Venue, such as `gate-spot`; none where the message alone does not tell it.
    pub(super) venue: Option<&'static str>,
    /// The venue's symbol; none where the request told it.
    pub(super) symbol: Option<String>,
    /// The venue's own time.
    pub(super) time: Option<Ts>,
    pub(super) what: What<'a>,
}

/// What was told.
#[derive(Debug)]
pub(super) enum What<'a> {
    /// Top of book; a side may be empty.
    Quote {
        id: u64,
        bid: Option<Texts<'a>>,
        ask: Option<Texts<'a>>,
    },
    /// Depth.
    Depth {
        snapshot: bool,
        ids: (u64, u64, Option<u64>),
        bids: Vec<Texts<'a>>,
        asks: Vec<Texts<'a>>,
    },
    /// A print, with the venue's word for what is none in the book.
    Trade {
        id: u64,
        level: Texts<'a>,
        aggressor: Side,
        none: Option<String>,
        /// True for what one order took at one price, told as one.
        aggregate: bool,
    },
    /// Mark and index.
    Mark {
        mark: &'a str,
        index: Option<&'a str>,
        funding: Option<(&'a str, Ts)>,
    },
}

/// What came of a text: messages, or the reason why nothing of it is stored.
pub(super) type Read<'a> = Result<Vec<Told<'a>>, String>;

/// A text that is not a message.
pub(super) type Broken = String;

/// A message of Binance.
pub(super) fn of_binance(text: &str) -> Result<Read<'_>, Broken> {
    use binance::Message as M;
    let decoded = binance::decode(text).map_err(|why| why.to_string())?;
    let (symbol, time, what) = match decoded.message {
        M::Quote(quote) => (
            Some(quote.symbol),
            quote.time,
            What::Quote {
                id: quote.update_id,
                bid: Some((quote.bid.price, quote.bid.qty)),
                ask: Some((quote.ask.price, quote.ask.qty)),
            },
        ),
        M::Diff(diff) => (
            Some(diff.symbol),
            diff.time,
            What::Depth {
                snapshot: false,
                ids: (diff.first, diff.last, diff.prev),
                bids: binance_levels(&diff.bids),
                asks: binance_levels(&diff.asks),
            },
        ),
        M::Snapshot(book) => (
            book.symbol,
            book.time,
            What::Depth {
                snapshot: true,
                ids: (book.last, book.last, None),
                bids: binance_levels(&book.bids),
                asks: binance_levels(&book.asks),
            },
        ),
        ref message @ (M::Trade(ref trade) | M::Aggregate(ref trade)) => {
            let none = (!trade.is_trade()).then(|| trade.kind.as_deref().unwrap_or("").to_string());
            (
                Some(trade.symbol.clone()),
                trade.time,
                What::Trade {
                    id: trade.id,
                    level: (trade.price, trade.qty),
                    aggressor: if trade.buyer_is_maker {
                        Side::Sell
                    } else {
                        Side::Buy
                    },
                    none,
                    aggregate: matches!(message, M::Aggregate(_)),
                },
            )
        }
        M::Mark(mark) => (
            Some(mark.symbol),
            mark.time,
            What::Mark {
                mark: mark.mark,
                index: mark.index,
                funding: mark.rate.zip(mark.settles_at),
            },
        ),
        M::Ignored => {
            let channel = binance::channel(text).unwrap_or_else(|| "other".to_string());
            return Ok(Err(channel));
        }
    };
    Ok(Ok(vec![Told {
        venue: decoded.market.map(binance::Market::venue),
        symbol: symbol.map(|symbol| symbol.into_owned()),
        time,
        what,
    }]))
}

fn binance_levels<'a>(levels: &[binance::WireLevel<'a>]) -> Vec<Texts<'a>> {
    levels.iter().map(|at| (at.price, at.qty)).collect()
}

/// A message of Gate. Quantities of futures are contracts still.
pub(super) fn of_gate(text: &str) -> Result<Read<'_>, Broken> {
    use gate::Message as M;
    let gate::Decoded { channel, message } = gate::decode(text).map_err(|why| why.to_string())?;
    let told = |symbol: &str, time, what| Told {
        venue: gate::Market::of(channel, symbol).map(gate::Market::venue),
        symbol: Some(symbol.to_string()),
        time,
        what,
    };
    Ok(match message {
        M::Quote(quote) => Ok(vec![told(
            quote.symbol,
            quote.time,
            What::Quote {
                id: quote.update_id,
                bid: quote.bid.map(|at| (at.price, at.size)),
                ask: quote.ask.map(|at| (at.price, at.size)),
            },
        )]),
        M::Update(update) => Ok(vec![told(
            update.symbol,
            update.time,
            What::Depth {
                snapshot: update.full,
                ids: (update.first, update.last, None),
                bids: gate_levels(&update.bids),
                asks: gate_levels(&update.asks),
            },
        )]),
        M::Trades(trades) => Ok(trades
            .into_iter()
            .map(|trade| {
                let what = What::Trade {
                    id: trade.id,
                    level: (trade.price, trade.size),
                    aggressor: trade.aggressor,
                    none: trade.is_internal.then(|| "is_internal".to_string()),
                    aggregate: false,
                };
                told(trade.symbol, trade.time, what)
            })
            .collect()),
        M::Tickers(tickers) if tickers.iter().any(|ticker| ticker.mark.is_some()) => Ok(tickers
            .into_iter()
            .filter_map(|ticker| {
                let mark = What::Mark {
                    mark: ticker.mark?,
                    index: ticker.index,
                    funding: None,
                };
                Some(told(ticker.symbol, None, mark))
            })
            .collect()),
        M::Answer { accepted: true } => Err("answers to subscriptions".to_string()),
        M::Answer { accepted: false } => Err("refused subscriptions".to_string()),
        // Tickers of spot have prices without sizes, and candles of a running interval are no bars.
        M::Tickers(_) | M::Candles(_) | M::Ignored if !channel.is_empty() => {
            Err(channel.to_string())
        }
        M::Tickers(_) | M::Candles(_) | M::Ignored => Err("other".to_string()),
    })
}

/// The answer of Gate's REST interface to a request for an order book with its id.
pub(super) fn of_gate_snapshot(text: &str) -> Result<Told<'_>, Broken> {
    let book = gate::snapshot(text).map_err(|why| why.to_string())?;
    let last = (book.last).ok_or("the order book was asked for without with_id=true")?;
    Ok(Told {
        venue: None,
        symbol: None,
        time: book.time,
        what: What::Depth {
            snapshot: true,
            ids: (last, last, None),
            bids: gate_levels(&book.bids),
            asks: gate_levels(&book.asks),
        },
    })
}

fn gate_levels<'a>(levels: &[gate::WireLevel<'a>]) -> Vec<Texts<'a>> {
    levels.iter().map(|at| (at.price, at.size)).collect()
}

impl Told<'_> {
    /// Makes room for the prices and, with `base` that gives base units, the quantities; zeros at the end of a
    /// text need none.
    pub(super) fn see(&self, scale: &mut Decimals, base: impl Fn(&str) -> Option<String>) {
        let mut level = |(price, qty): Texts<'_>| {
            scale.see_price(trimmed(price));
            if let Some(qty) = base(qty) {
                scale.see_qty(trimmed(&qty));
            }
        };
        match &self.what {
            What::Quote { bid, ask, .. } => bid.iter().chain(ask).for_each(|at| level(*at)),
            What::Depth { bids, asks, .. } => bids.iter().chain(asks).for_each(|at| level(*at)),
            What::Trade { level: at, .. } => level(*at),
            What::Mark { .. } => {}
        }
    }
}

/// A decimal text without zeros at the end of its fraction.
pub(super) fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}
