//! Which market events a catalogue gives back exactly as they were.

use onetape_core::event::{Body, DepthUpdate, Level};
use onetape_core::num::{MANTISSA_MAX, Money};

use super::rows::fine;

/// True when an event is read back from its row as it is. What is not can still be recorded, but a run that folds it
/// again may decide otherwise.
pub fn is_exact(body: &Body) -> bool {
    match body {
        Body::Quote(quote) => level(&quote.bid) && level(&quote.ask),
        Body::Trade(trade) => fits(trade.price.mantissa()) && fits(trade.qty.mantissa()),
        Body::Depth(update) => depth(update),
        Body::Level(change) => level(&change.level),
        Body::Mark(mark) => fine_kept(mark.mark) && mark.index.is_none_or(fine_kept),
        Body::Funding(funding) => fine_kept(funding.rate),
        Body::Bar(bar) => {
            let prices = [bar.open, bar.high, bar.low, bar.close];
            bar.span.nanos() > 0
                && prices.into_iter().all(|it| fits(it.mantissa()))
                && fits(bar.volume.mantissa())
        }
        Body::OpenInterest(interest) => fits(interest.qty.mantissa()),
        Body::Status(_) | Body::Feed(_) => true,
        // Not the market's.
        _ => false,
    }
}

fn depth(update: &DepthUpdate) -> bool {
    let ids = [Some(update.first), Some(update.last), update.prev];
    // Of a feed without update ids, a change of one level is read back as a level's change.
    let single =
        !update.snapshot && !update.is_chained() && update.bids.len() + update.asks.len() == 1;
    !single
        && ids
            .into_iter()
            .flatten()
            .all(|id| i64::try_from(id).is_ok())
        && update.bids.iter().chain(&update.asks).all(level)
}

fn level(level: &Level) -> bool {
    fits(level.price.mantissa()) && fits(level.qty.mantissa())
}

const fn fits(mantissa: i64) -> bool {
    mantissa.unsigned_abs() <= MANTISSA_MAX.unsigned_abs()
}

fn fine_kept(amount: Money) -> bool {
    let mut rounded = 0;
    fine("amount", amount, &mut rounded).is_ok_and(fits) && rounded == 0
}
