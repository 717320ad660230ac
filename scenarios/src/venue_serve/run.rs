//! The server: a port a venue, one tape, until it is told to end.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use onetape_adapters::server::protocol::Protocol;
use onetape_core::time::Span;
use onetape_live::serve::{ServeLimits, Server};
use serde_json::{Value, json};

use super::clock::Speed;
use super::control::Controls;
use super::faults::Rule;
use super::hub::Hub;
use super::site::Venue;
use super::stamps::Stamps;
use super::tape::{self, AtEnd, Playing, Source};
use super::who::{self, TestKey};
use super::world::World;

/// How often falls due what does.
const TICK: Duration = Duration::from_millis(5);
/// How often it is looked whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// What is said in place of a venue's own times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// How often the server pings, where the venue does.
    pub ping: Option<Span>,
    /// How long it waits for the answer.
    pub pong: Option<Span>,
    /// How long a connection lives.
    pub life: Option<Span>,
    /// How long a key of a private stream lives.
    pub key_life: Option<Span>,
    /// Whether limits hold.
    pub limited: bool,
}

/// How the tape goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flow {
    /// How fast.
    pub speed: Speed,
    /// What comes after its end.
    pub at_end: AtEnd,
    /// It stands still until it is told to go on.
    pub paused: bool,
}

/// How venues are served.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first venue's port, the others above it; 0 is any that is free, for each.
    pub port: u16,
    /// How the tape goes on.
    pub flow: Flow,
    /// Times and limits.
    pub times: Times,
    /// What goes wrong, at every venue.
    pub faults: Vec<Rule>,
    /// The accounts' keys beyond those that there always are.
    pub keys: Vec<TestKey>,
    /// Where it is told when frames leave and orders come.
    pub stamps: Option<Stamps>,
    /// Whether what is served is told as one document in JSON.
    pub json: bool,
}

impl Options {
    /// The keys of all accounts.
    pub fn all_keys(&self) -> Vec<TestKey> {
        let mut keys = who::known();
        keys.extend(self.keys.iter().cloned());
        keys
    }
}

/// A venue and where it listens.
struct Served {
    hub: Arc<Hub>,
    server: Server,
    symbols: Vec<String>,
}

/// Serves until `stop` is set.
///
/// # Errors
/// When a port is taken, the tape cannot be read, or what is served cannot be told.
pub fn serve(
    world: World,
    options: &Options,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no threads for connections")?;
    let playing = Arc::new(Playing::new(!options.flow.paused));
    let controls = Arc::new(Controls {
        playing: Arc::clone(&playing),
        times: options.times,
    });
    let accounts = options.all_keys();
    let mut by_instrument: tape::ByInstrument = vec![None; world.instruments];
    let mut all = Vec::new();
    for (at, (protocol, engine)) in world.venues.into_iter().enumerate() {
        let port = match options.port {
            0 => 0,
            first => u16::try_from(usize::from(first) + at).context("no port is that high")?,
        };
        let hub = Arc::new(hub(protocol, engine, &accounts, options));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let server = runtime.block_on(Server::bind(address, None, ServeLimits::default()))?;
        let mut symbols = Vec::new();
        for listed in hub.lock().engine.directory().iter() {
            symbols.push(listed.instrument.symbol.clone());
            if let Some(place) = by_instrument.get_mut(listed.instrument.id.index()) {
                *place = Some(Arc::clone(&hub));
            }
        }
        all.push(Served {
            hub,
            server,
            symbols,
        });
    }
    tell(&all, &accounts, options, out)?;
    for served in all {
        let venue = Venue {
            hub: Arc::clone(&served.hub),
            controls: Arc::clone(&controls),
        };
        runtime.spawn(served.server.run(Arc::new(venue)));
        runtime.spawn(ticks(served.hub));
    }
    // The folder of a market that was made for this goes away at the end.
    let _scratch = world.scratch;
    let source = Source {
        catalog: world.catalog,
        request: world.request,
        speed: options.flow.speed,
        at_end: options.flow.at_end,
    };
    let player = {
        let playing = Arc::clone(&playing);
        std::thread::Builder::new()
            .name("tape".to_string())
            .spawn(move || tape::play(&source, &playing, &by_instrument))
            .context("no thread for the tape")?
    };
    let mut played = None;
    let mut player = Some(player);
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
        if player
            .as_ref()
            .is_some_and(std::thread::JoinHandle::is_finished)
        {
            played = player.take().map(std::thread::JoinHandle::join);
            if !matches!(played, Some(Ok(Ok(())))) {
                break;
            }
        }
    }
    playing.stop();
    let played = played.or_else(|| player.map(std::thread::JoinHandle::join));
    runtime.shutdown_timeout(Duration::from_secs(1));
    if let Some(stamps) = &options.stamps {
        stamps.flush();
    }
    match played {
        Some(Ok(ended)) => ended,
        Some(Err(_)) => anyhow::bail!("the tape ended by a fault of this program"),
        None => Ok(()),
    }
}

pub(super) fn hub(
    protocol: Protocol,
    engine: Box<dyn super::Engine>,
    keys: &[TestKey],
    options: &Options,
) -> Hub {
    let mut habits = protocol.habits();
    if let Some(life) = options.times.key_life {
        habits.key_life = life;
    }
    let accounts = who::accounts(keys);
    let mut hub = Hub::new(protocol, habits, engine, accounts, options.times.limited);
    hub.stamps.clone_from(&options.stamps);
    {
        let mut state = hub.lock();
        let now = state.now();
        for rule in &options.faults {
            state.faults.add(rule.clone(), now);
        }
    }
    hub
}

pub(super) async fn ticks(hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        hub.tick();
    }
}

fn tell(
    all: &[Served],
    keys: &[TestKey],
    options: &Options,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if options.json {
        let document = json!({
            "venues": all.iter().map(venue_told).collect::<Vec<_>>(),
            "accounts": keys.iter().enumerate().map(account_told).collect::<Vec<_>>(),
        });
        writeln!(out, "{document}")?;
    } else {
        for served in all {
            let told = venue_told(served);
            let word = |name: &str| told[name].as_str().unwrap_or_default().to_string();
            let (rest, ws) = (word("rest"), word("ws"));
            writeln!(
                out,
                "{:<13} {rest}  {ws}  {}",
                word("venue"),
                word("ws_api")
            )?;
        }
        for key in keys {
            writeln!(out, "account       {}  {}", key.key, key.secret)?;
        }
    }
    out.flush()?;
    Ok(())
}

fn venue_told(served: &Served) -> Value {
    let protocol = served.hub.protocol;
    let at = served.server.address();
    let (rest, ws, api) = protocol.paths();
    let api = match api {
        "" => Value::Null,
        api => json!(format!("ws://{at}{api}")),
    };
    json!({
        "venue": protocol.name(), "port": at.port(), "rest": format!("http://{at}{rest}"),
        "ws": format!("ws://{at}{ws}"), "ws_api": api, "symbols": served.symbols,
    })
}

fn account_told((at, key): (usize, &TestKey)) -> Value {
    let (name, private) = who::ed25519(at);
    let private: String = private.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "key": key.key, "secret": key.secret, "ed25519_key": name, "ed25519_private_hex": private,
    })
}
