//! Feeds as the topics of a link, and back.

use onetape_adapters::feed::Feed;
use onetape_core::names::InstrumentId;

/// The topic of a feed of an instrument.
pub(super) fn topic(feed: Feed) -> Option<String> {
    let word = match feed {
        Feed::Quote(_) => "quote",
        Feed::Depth(_) => "depth",
        Feed::Trades(_) => "trades",
        Feed::Mark(_) => "mark",
        Feed::Account => return None,
    };
    Some(format!("{word}:{}", feed.instrument()?.0))
}

/// The feed of a topic.
pub(super) fn feed(topic: &str) -> Option<Feed> {
    let (word, id) = topic.split_once(':')?;
    let id = InstrumentId(id.parse().ok()?);
    Some(match word {
        "quote" => Feed::Quote(id),
        "depth" => Feed::Depth(id),
        "trades" => Feed::Trades(id),
        "mark" => Feed::Mark(id),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_back() {
        let id = InstrumentId(17);
        for it in [
            Feed::Quote(id),
            Feed::Depth(id),
            Feed::Trades(id),
            Feed::Mark(id),
        ] {
            assert_eq!(feed(&topic(it).unwrap()), Some(it));
        }
        assert_eq!(topic(Feed::Account), None);
        assert_eq!(feed("quote:x"), None);
        assert_eq!(feed("other:1"), None);
    }
}
