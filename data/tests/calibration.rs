//! A synthetic market at the default rates beside the recording that it was set by.

use std::path::{Path, PathBuf};

use onetape_core::time::Span;
use onetape_data::catalog::Catalog;
use onetape_data::import::{Options, binance_raw};
use onetape_data::profile::{Comparison, profile};
use onetape_data::synth::market::{Events, MarketConfig, World, write};
use tempfile::TempDir;

/// The recording, its instrument and the synthetic one.
const PAIRS: [(&str, &str, &str); 4] = [
    ("spot/btcusdt", "binance-spot:BTCUSDT", "synth-spot:BTCUSDT"),
    ("spot/ethusdt", "binance-spot:ETHUSDT", "synth-spot:ETHUSDT"),
    ("usdm/btcusdt", "binance-usdm:BTCUSDT", "synth-perp:BTCUSDT"),
    ("usdm/ethusdt", "binance-usdm:ETHUSDT", "synth-perp:ETHUSDT"),
];

/// How many times one may be in the other.
const FACTORS: [(&str, f64); 16] = [
    ("quotes_per_s", 1.15),
    ("trades_per_s", 1.2),
    ("depth_messages_per_s", 1.1),
    ("levels_per_depth_message", 1.15),
    ("quotes_that_move_price", 2.2),
    ("spread_mean_bps", 2.0),
    ("spread_median_bps", 1.1),
    ("touch_mean", 1.15),
    ("touch_p10", 2.6),
    ("touch_median", 1.15),
    ("touch_p90", 1.15),
    ("trade_mean", 1.3),
    ("trade_median", 1.25),
    ("trade_p90", 1.25),
    ("trade_p99", 1.3),
    ("return_1s_bps", 1.2),
];

/// How far autocorrelations of returns over a second may lie apart: the recording's own are known to 0.11.
const CORRELATION: f64 = 0.2;

fn recording() -> Option<PathBuf> {
    let folder = std::env::var_os("ONETAPE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let raw = folder.join("binance_spot_usdm_20240808/raw");
    if raw.exists() {
        return Some(raw);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no reference data at {}",
        raw.display()
    );
    eprintln!("SKIPPED: no reference data at {}", raw.display());
    None
}

fn synthetic(root: &Path) -> Catalog {
    let config = MarketConfig {
        duration: Span::from_millis(1_200_000),
        world: World {
            feeds: Some(PAIRS.map(|pair| pair.2.to_owned()).to_vec()),
            events: Events {
                basis: Some(0),
                venue: Some(0),
                halts: Some(0),
                crashes: Some(0),
                ..Events::default()
            },
            ..World::default()
        },
        ..MarketConfig::default()
    };
    write(root, &config, &mut |_, _| ()).unwrap();
    Catalog::open(root).unwrap()
}

#[test]
fn the_default_market_behaves_like_the_recording() {
    let Some(raw) = recording() else { return };
    let (real, made) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut recorded = Catalog::open_or_create(real.path()).unwrap();
    let paths = PAIRS.map(|pair| raw.join(format!("{}_20240808.gz", pair.0)));
    binance_raw(&mut recorded, &paths, &Options::default(), &mut |_, _| ()).unwrap();
    let made = synthetic(made.path());
    let mut far = Vec::new();
    for (_, real, synth) in PAIRS {
        let of = |catalog: &Catalog, name: &str| {
            profile(catalog, name, None, None, &mut |_, _| ()).unwrap()
        };
        let (profile, against) = (of(&made, synth), of(&recorded, real));
        for (name, most) in FACTORS {
            let ratio = profile.figure(name).unwrap() / against.figure(name).unwrap();
            if !(1.0 / most..=most).contains(&ratio) {
                far.push(format!("{synth} {name}: x {ratio:.2}"));
            }
        }
        for lag in 1..=5 {
            let name = format!("autocorrelation_1s_lag{lag}");
            let apart = profile.figure(&name).unwrap() - against.figure(&name).unwrap();
            if apart.abs() > CORRELATION {
                far.push(format!("{synth} {name}: {apart:+.3}"));
            }
        }
        let against = Some(against);
        println!("{}", Comparison { profile, against });
    }
    assert!(far.is_empty(), "{far:#?}");
}
