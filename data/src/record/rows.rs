//! Events as rows of the catalogue.

use onetape_core::event::{Body, Event};
use onetape_core::num::Money;
use onetape_core::time::Ts;
use rust_decimal::prelude::ToPrimitive;

use crate::catalog::{
    BarRow, DepthRow, FINE_DECIMALS, FeedRow, FundingRow, InterestRow, MarkRow, QuoteRow, Row,
    StatusRow, TradeRow,
};

/// What stands beside the event in its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    /// The venue's own time, where told.
    pub(super) ts_venue: Option<Ts>,
    /// Place in the recording.
    pub(super) place: u64,
    /// The venue's number of a print or a quote; 0 where not told.
    pub(super) id: u64,
    /// The moment of a settlement is to be read back as it is.
    pub(super) as_seen: bool,
}

/// The row of a market event; `None` for what is not the market's. `rounded` counts marks and rates of more decimals
/// than are kept.
///
/// # Errors
/// The text of what cannot be kept.
pub(super) fn row(
    event: &Event,
    beside: &Beside,
    rounded: &mut u64,
) -> Result<Option<Row>, String> {
    let ts = event.ts;
    let Beside {
        ts_venue,
        place,
        id,
        as_seen,
    } = *beside;
    // A number beyond what a column holds tells nobody anything.
    let id = i64::try_from(id).map_or(0, |_| id);
    let mut fine = |what, amount| fine(what, amount, rounded);
    Ok(Some(match &event.body {
        Body::Quote(quote) => Row::Quote(QuoteRow {
            ts,
            ts_venue,
            place,
            update_id: id,
            bid: quote.bid,
            ask: quote.ask,
        }),
        Body::Trade(trade) => Row::Trade(TradeRow {
            ts,
            ts_venue,
            place,
            trade_id: id,
            price: trade.price,
            qty: trade.qty,
            aggressor: trade.aggressor,
        }),
        Body::Depth(update) => Row::Depth(DepthRow {
            ts,
            ts_venue,
            place,
            snapshot: update.snapshot,
            first: update.first,
            last: update.last,
            prev: update.prev,
            bids: update.bids.clone(),
            asks: update.asks.clone(),
        }),
        Body::Level(change) => {
            let buys = change.side == onetape_core::instrument::Side::Buy;
            let (mut bids, mut asks) = (Vec::new(), Vec::new());
            if buys { &mut bids } else { &mut asks }.push(change.level);
            Row::Depth(DepthRow {
                ts,
                ts_venue,
                place,
                snapshot: false,
                first: 0,
                last: 0,
                prev: None,
                bids,
                asks,
            })
        }
        Body::Mark(mark) => Row::Mark(MarkRow {
            ts,
            ts_venue,
            place,
            mark: fine("mark", mark.mark)?,
            index: mark.index.map(|index| fine("index", index)).transpose()?,
        }),
        Body::Funding(funding) => Row::Funding(FundingRow {
            ts,
            // With the venue's time, a reader moves the settlement from the venue's clock to the recorder's.
            ts_venue: ts_venue.filter(|_| !as_seen),
            place,
            rate: fine("rate", funding.rate)?,
            settles_at: funding.settles_at,
        }),
        Body::Bar(bar) => Row::Bar(BarRow {
            ts,
            ts_venue,
            place,
            span: bar.span,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        }),
        Body::OpenInterest(interest) => Row::Interest(InterestRow {
            ts,
            ts_venue,
            place,
            qty: interest.qty,
        }),
        Body::Status(status) => Row::Status(StatusRow {
            ts,
            ts_venue,
            place,
            status: status.status,
        }),
        Body::Feed(feed) => Row::Feed(FeedRow {
            ts,
            ts_venue,
            place,
            state: feed.state,
        }),
        Body::Order(_)
        | Body::Account(_)
        | Body::Timer(_)
        | Body::Control(_)
        | Body::Run(_)
        | Body::Fault(_)
        | Body::Notice(_) => return Ok(None),
    }))
}

/// An amount as a mantissa of 8 decimals.
pub(super) fn fine(what: &str, amount: Money, rounded: &mut u64) -> Result<i64, String> {
    let decimals = u32::from(FINE_DECIMALS);
    let kept = amount.decimal().round_dp(decimals);
    *rounded += u64::from(kept != amount.decimal());
    let raise = rust_decimal::Decimal::from(10_i64.pow(decimals));
    let mantissa = kept.checked_mul(raise).and_then(|it| it.to_i64());
    mantissa.ok_or_else(|| format!("the {what} {amount} has more than 18 digits"))
}
