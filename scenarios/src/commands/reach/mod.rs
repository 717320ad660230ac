//! The venues of a scenario as people reach them besides a run: for checks, and to stop everything.

mod doctor;
mod kill;
mod needs;
mod rights;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use onetape_adapters::ask::Ask;
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::news::Answer;
use onetape_adapters::rules::Rules;
use onetape_core::names::Names;
use onetape_core::strategy::StrategyCard;
use onetape_live::net::Trust;
use onetape_live::secrets::Key;
use onetape_live::venue::{AskFault, VenueSetup};

use super::keys::FileArgs;
use crate::run::RunRecord;
use crate::run::live::{Places, VenuePlace};
use crate::scenario::{Options, Scenario, load};

pub use doctor::DoctorArgs;
pub use kill::KillArgs;

pub(crate) use doctor::run as doctor;
pub(crate) use kill::run as kill;
pub(crate) use rights::demand;

/// Where venues are, and with which keys.
#[derive(Clone, Debug, clap::Args)]
pub struct ReachArgs {
    /// Every venue's testnet in place of what the scenario says.
    #[arg(long, conflicts_with = "local")]
    pub testnet: bool,
    /// Venues that are local exchanges, such as binance-spot=127.0.0.1:9001,gate-usdt=127.0.0.1:9002.
    #[arg(long, value_name = "VENUE=HOST:PORT", value_delimiter = ',', value_parser = local)]
    pub local: Vec<(String, SocketAddr)>,
    /// The key file [default: what `ONETAPE_KEYS` names, or onetape/keys.age in the configuration folder].
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Read the key file's passphrase from this file descriptor; else it is that of `ONETAPE_KEYS_PASSPHRASE`, or asked for.
    #[arg(long, value_name = "N")]
    pub passphrase_fd: Option<u32>,
}

fn local(text: &str) -> Result<(String, SocketAddr), String> {
    let at = text.split_once('=').and_then(|(venue, at)| {
        let at: SocketAddr = at.parse().ok()?;
        at.ip().is_loopback().then(|| (venue.to_string(), at))
    });
    at.ok_or_else(|| "is no local exchange; write it like gate-usdt=127.0.0.1:9001".to_string())
}

/// One venue of a scenario.
pub(super) struct Place {
    pub(super) at: VenuePlace,
    credentials: Option<Arc<Credentials>>,
}

/// A venue with the rules of the scenario's instruments there.
pub(super) struct Ready {
    pub(super) setup: VenueSetup,
    pub(super) rules: Vec<Rules>,
    /// Symbols that the venue does not list.
    pub(super) missing: Vec<String>,
    pub(super) names: Names,
}

/// The scenario of a file, or of a run's folder with its venues where the run reached them.
///
/// # Errors
/// When it cannot be read, or nobody says where the venues of a folder are: that they are at production, with the keys
/// that a scenario has where it names none, would be a guess about somebody's account.
pub(super) fn scenario_of(
    path: &Path,
    args: &ReachArgs,
    cards: &[StrategyCard],
) -> anyhow::Result<Scenario> {
    let mut options = Options {
        // What a file earns is none of the business here; a folder's scenario has what was allowed it, and stays as it is.
        allow_negative_edge: !path.is_dir(),
        ..Options::default()
    };
    if !path.is_dir() {
        return Ok(load(path, &options, cards)?.scenario);
    }
    let (reached, missing) = match RunRecord::read(path) {
        Ok(record) => (record.venues, "its run.json does not say it".to_string()),
        Err(why) => (BTreeMap::new(), format!("{why:#}")),
    };
    for (venue, fields) in &reached {
        let quoted = |text: &String| toml::Value::String(text.clone());
        let fields = fields.iter();
        let sets = fields.map(|(name, text)| format!("venue.{venue}.live.{name}={}", quoted(text)));
        options.sets.extend(sets);
    }
    let scenario = load(&path.join("scenario.toml"), &options, cards)?.scenario;
    let said = |venue: &str| {
        let recorded = reached.get(venue);
        args.testnet
            || recorded.is_some_and(|it| it.contains_key("preset"))
            || args.local.iter().any(|(name, _)| name == venue)
    };
    if let Some(name) = scenario
        .instruments()
        .into_iter()
        .find(|it| !said(&it.venue))
    {
        bail!(
            "{}: where this run reached {} is not known ({missing}), so nothing was asked of any venue; name the scenario \
             file in place of the folder, or say --testnet or --local",
            path.display(),
            name.venue
        );
    }
    Ok(scenario)
}

/// The venues of a scenario, each with its key.
pub(super) fn places(scenario: &Scenario, args: &ReachArgs) -> anyhow::Result<Vec<Place>> {
    let at = VenuePlace::all(scenario, &args.places())?;
    let keys = FileArgs::new(args.keys.clone(), args.passphrase_fd).load()?;
    at.into_iter()
        .map(|at| {
            let name = at.live.key.as_deref().unwrap_or("main");
            let key = keys.get(at.protocol.venue(), name);
            let credentials = key.map(credentials).transpose()?.map(Arc::new);
            Ok(Place { at, credentials })
        })
        .collect()
}

impl ReachArgs {
    /// What a run that orders leave in is called.
    pub(crate) const fn mode(&self) -> &'static str {
        if self.testnet { "testnet" } else { "live" }
    }

    /// Where venues are.
    pub(crate) fn places(&self) -> Places {
        Places {
            testnet: self.testnet,
            local: self.local.iter().cloned().collect(),
        }
    }
}

/// A key as requests are signed with it: a private key in PEM is Ed25519, anything else is shared.
pub(super) fn credentials(key: &Key) -> anyhow::Result<Credentials> {
    let (id, secret) = (key.key.expose(), key.secret.expose());
    if !secret.contains("PRIVATE KEY-----") {
        return Ok(Credentials::shared(id, secret.as_bytes()));
    }
    let inner: String = secret
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let unread = || format!("the private key {} of {} is no PEM", key.name, key.venue);
    let bytes = base64::engine::general_purpose::STANDARD.decode(inner.trim());
    let bytes = bytes.map_err(|_| anyhow::anyhow!(unread()))?;
    Credentials::ed25519(id, &bytes).with_context(unread)
}

impl Place {
    /// The venue as it is asked, with nothing known of its instruments.
    pub(super) fn setup(&self, directory: Directory) -> anyhow::Result<VenueSetup> {
        let mut setup = self.at.setup(directory, &Trust::public()?);
        setup.credentials.clone_from(&self.credentials);
        Ok(setup)
    }

    /// Whether there is a key.
    pub(super) const fn has_key(&self) -> bool {
        self.credentials.is_some()
    }

    /// Asks for the rules of the instruments; what is asked afterwards is signed by the venue's clock.
    pub(super) async fn ready(&self) -> anyhow::Result<Ready> {
        let mut names = Names::default();
        let venue = names.venue_id(self.at.protocol.venue());
        let bare = self.setup(Directory::new(&names, venue))?;
        bare.measure_offset().await?;
        let Answer::Instruments(all) = bare.ask(&Ask::Instruments).await? else {
            bail!(
                "{} answers with no list of instruments",
                self.at.protocol.venue()
            );
        };
        let here = |rules: &Rules| self.at.symbols.contains(&rules.symbol);
        let rules: Vec<Rules> = all.into_iter().filter(here).collect();
        for it in &rules {
            let instrument = it.instrument(self.at.protocol.venue(), &mut names)?;
            names.instruments.push(instrument);
        }
        let mut directory = Directory::new(&names, venue);
        for it in &rules {
            directory.set_contract(&it.symbol, it.contract);
        }
        let mut setup = bare;
        setup.directory = Arc::new(directory);
        let known = |symbol: &&String| !rules.iter().any(|it| it.symbol == **symbol);
        let missing = self.at.symbols.iter().filter(known).cloned().collect();
        Ok(Ready {
            setup,
            rules,
            missing,
            names,
        })
    }
}

/// A fault in a line.
pub(super) fn words(fault: &AskFault) -> String {
    fault
        .to_string()
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect()
}
