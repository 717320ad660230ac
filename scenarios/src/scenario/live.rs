//! `[live]` and `[venue.NAME.live]`: how a run in real time is kept, and where a venue is reached. But for the ramp
//! nothing of it changes what is decided on the same events, so it is left out of the resolved scenario.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use onetape_core::time::Span;

use super::error::Problems;
use super::fields::Fields;
use super::model::Venue;
use super::ramp::{self, Ramp};
use super::read::SPAN;

/// How a run in real time is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Orders leave only when the journal is on disk, not merely written.
    pub sync_first: bool,
    /// An order without a word for so long is unknown, and asked about.
    pub unknown_after: Span,
    /// Between two questions about an order.
    pub query: Span,
    /// After an order was sent, until a venue can do nothing more about it: only what is asked after this proves that it
    /// never was. Longer than every venue's window.
    pub fence: Span,
    /// Venues that can are to cancel everything when they hear nothing for so long.
    pub dead_man: Option<Span>,
    /// Between two looks at the health of its parts.
    pub health_every: Span,
    /// Whether it begins with one lot. This changes what is decided, so that it stands in the resolved scenario.
    pub ramp: Ramp,
    /// Events from one snapshot to the next; without, a restart folds the whole journal.
    pub snapshot_every: Option<NonZeroU64>,
    /// Segments of the journal that are kept; all of them without.
    pub keep_segments: Option<NonZeroU32>,
    /// Whether the loop asks its sockets over and over instead of being woken.
    pub spin: bool,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            sync_first: false,
            unknown_after: Span::from_millis(1_000),
            query: Span::from_millis(500),
            fence: Span::from_millis(15_000),
            dead_man: Some(Span::from_millis(60_000)),
            health_every: Span::from_millis(30_000),
            ramp: Ramp::Unsaid,
            snapshot_every: NonZeroU64::new(100_000),
            keep_segments: None,
            spin: false,
        }
    }
}

/// Where a venue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// The venue itself.
    #[default]
    Production,
    /// Its testnet.
    Testnet,
    /// A local exchange.
    Local(SocketAddr),
}

/// As `preset = …` takes it.
impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => f.write_str("production"),
            Self::Testnet => f.write_str("testnet"),
            Self::Local(at) => write!(f, "local:{at}"),
        }
    }
}

/// Where a venue is reached, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueLive {
    /// Whose addresses.
    pub preset: Preset,
    /// In place of the preset's addresses: requests, market data, book, account, orders.
    pub urls: [Option<String>; 5],
    /// Name of the key among those of the venue; `main` where none is named.
    pub key: Option<String>,
    /// How long after a request is made the venue may still act on it.
    pub window: Span,
    /// For the name and TCP of a connection.
    pub connect_timeout: Duration,
    /// For the head of an answer.
    pub read_timeout: Duration,
    /// For all of a request.
    pub total_timeout: Duration,
    /// Connections for requests at a time.
    pub pool: usize,
    /// Of them kept without a request.
    pub pool_idle: usize,
    /// How long they are kept.
    pub keep_alive: Duration,
}

/// Names of [`VenueLive::urls`].
pub const URLS: [&str; 5] = ["rest", "market", "book", "account", "orders"];

impl Default for VenueLive {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            urls: Default::default(),
            key: None,
            window: Span::from_millis(5_000),
            connect_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(5),
            pool: 100,
            pool_idle: 50,
            keep_alive: Duration::from_secs(30),
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_>, problems: &mut Problems) -> Live {
    let mut live = Live::default();
    let Some(mut fields) = fields.table("live", problems) else {
        return live;
    };
    let expects = "\"process\" or \"disk\"";
    let sync_first = fields.optional("durability", expects, problems, |text| match text {
        "process" => Some(false),
        "disk" => Some(true),
        _ => None,
    });
    live.sync_first = sync_first.unwrap_or_default();
    let spin = fields.optional(
        "idle",
        "\"sleep\" or \"spin\"",
        problems,
        |text| match text {
            "sleep" => Some(false),
            "spin" => Some(true),
            _ => None,
        },
    );
    live.spin = spin.unwrap_or_default();
    for (name, slot) in [
        ("unknown_after", &mut live.unknown_after),
        ("query", &mut live.query),
        ("fence", &mut live.fence),
        ("health_every", &mut live.health_every),
    ] {
        let read = fields.optional(name, SPAN, problems, positive);
        let read = read.and_then(|it| i64::try_from(it.as_nanos()).ok());
        *slot = read.map_or(*slot, Span::from_nanos);
    }
    let expects = "\"off\", or a time from 15s to 10m such as \"60s\"";
    let dead_man = fields.optional("dead_man", expects, problems, |text| match text {
        "off" => Some(None),
        text => Span::parse(text)
            .filter(|it| (15_000..=600_000).contains(&(it.nanos() / 1_000_000)))
            .map(Some),
    });
    live.dead_man = dead_man.unwrap_or(live.dead_man);
    live.ramp = ramp::read(&mut fields, problems);
    let expects = "\"off\", or a number of events from 1000 such as 100000";
    let every = fields.optional("snapshot_every", expects, problems, |text| match text {
        "off" => Some(None),
        text => text
            .parse()
            .ok()
            .filter(|it| *it >= 1_000)
            .map(NonZeroU64::new),
    });
    live.snapshot_every = every.unwrap_or(live.snapshot_every);
    let expects = "\"all\", or a whole number of segments from 1";
    let keep = fields.optional("keep_segments", expects, problems, |text| match text {
        "all" => Some(None),
        text => text.parse().ok().map(Some),
    });
    live.keep_segments = keep.unwrap_or(live.keep_segments);
    if live.keep_segments.is_some() && live.snapshot_every.is_none() {
        problems.add(
            fields.path("keep_segments"),
            "drops segments that no snapshot stands for while snapshot_every is \"off\"; give one, or keep \"all\"",
        );
    }
    fields.finish(problems);
    live
}

/// Whether what is asked after the fence can prove anything.
pub(super) fn check(live: Live, venues: &BTreeMap<String, Venue>, problems: &mut Problems) {
    let longest = venues.iter().max_by_key(|(_, venue)| venue.live.window);
    if let Some((name, venue)) = longest
        && live.fence <= venue.live.window
    {
        problems.add(
            "live.fence",
            format!(
                "is not longer than venue.{name}.live.window: the venue may still act on an order that is thought never to have been; make it longer, or the window shorter"
            ),
        );
    }
}

pub(super) fn read_venue(fields: &mut Fields<'_>, problems: &mut Problems) -> VenueLive {
    let mut live = VenueLive::default();
    let Some(mut fields) = fields.table("live", problems) else {
        return live;
    };
    let expects =
        "\"production\", \"testnet\" or \"local:HOST:PORT\" such as \"local:127.0.0.1:9001\"";
    let preset = fields.optional("preset", expects, problems, preset);
    live.preset = preset.unwrap_or_default();
    for (name, url) in URLS.into_iter().zip(&mut live.urls) {
        *url = fields.text(name, problems);
    }
    live.key = fields.text("key", problems);
    let mut time = |name, slot: &mut Duration| {
        let read = fields.optional(name, SPAN, problems, positive);
        *slot = read.unwrap_or(*slot);
    };
    time("connect_timeout", &mut live.connect_timeout);
    time("read_timeout", &mut live.read_timeout);
    time("total_timeout", &mut live.total_timeout);
    time("keep_alive", &mut live.keep_alive);
    let window = fields.optional("window", SPAN, problems, positive);
    let window = window.and_then(|it| i64::try_from(it.as_millis()).ok());
    live.window = window.map_or(live.window, Span::from_millis);
    let count = "a whole number from 1 to 10000";
    for (name, slot) in [("pool", &mut live.pool), ("pool_idle", &mut live.pool_idle)] {
        let read = fields.optional(name, count, problems, |text| {
            text.parse().ok().filter(|it| (1..=10_000).contains(it))
        });
        *slot = read.unwrap_or(*slot);
    }
    fields.finish(problems);
    live
}

fn preset(text: &str) -> Option<Preset> {
    match text {
        "production" => Some(Preset::Production),
        "testnet" => Some(Preset::Testnet),
        other => {
            let address: SocketAddr = other.strip_prefix("local:")?.parse().ok()?;
            address.ip().is_loopback().then_some(Preset::Local(address))
        }
    }
}

fn positive(text: &str) -> Option<Duration> {
    let nanos = Span::parse(text)?.nanos();
    u64::try_from(nanos)
        .ok()
        .filter(|it| *it > 0)
        .map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_preset_is_told_as_is_read_as_it() {
        let local = |text: &str| Preset::Local(text.parse().unwrap());
        for it in [
            Preset::Production,
            Preset::Testnet,
            local("127.0.0.1:9001"),
            local("[::1]:65535"),
        ] {
            assert_eq!(preset(&it.to_string()), Some(it));
        }
        assert_eq!(preset("local:10.0.0.1:9001"), None);
    }
}
