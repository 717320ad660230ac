//! Parquet files that are damaged, or made to do harm: refused before they cost anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::common::{Done, run, small_run, tree};

/// Address space that a command may take, in KiB.
const MOST_KIB: u64 = 1_000_000;

/// Runs the binary where it cannot take more than [`MOST_KIB`].
fn confined(dir: &Path, line: &str) -> Done {
    let script = format!("ulimit -v {MOST_KIB}; exec \"$0\" {line}");
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_onetape"));
    Done::of(
        &shell
            .current_dir(dir)
            .env_remove("ONETAPE_LOG")
            .output()
            .unwrap(),
    )
}

/// The largest file of quotes of the spot leg.
fn quotes(dir: &Path) -> PathBuf {
    let root = dir.join("catalog");
    let mut files: Vec<_> = tree(&root)
        .into_iter()
        .filter(|(path, _)| path.starts_with("synth-spot/BTCUSDT/quote"))
        .collect();
    files.sort_by_key(|(_, bytes)| bytes.len());
    root.join(files.pop().unwrap().0)
}

/// The manifest, changed so that it agrees with the file: only then is the file's content looked at.
fn vouch_for(dir: &Path, file: &Path) {
    let manifest = dir.join("catalog/catalog.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let name = file
        .strip_prefix(dir.join("catalog"))
        .unwrap()
        .to_str()
        .unwrap();
    let (bytes, hash) = onetape_data::catalog::hash_file(file).unwrap();
    let files = document["files"].as_array_mut().unwrap();
    let record = files
        .iter_mut()
        .find(|record| record["path"] == name)
        .unwrap();
    record["bytes"] = bytes.into();
    record["hash"] = hash.into();
    fs::write(manifest, document.to_string()).unwrap();
}

fn refused_everywhere(dir: &Path, file: &Path) {
    let name = file.file_name().unwrap().to_str().unwrap();
    let before = tree(&dir.join("catalog"));
    for line in [
        "backtest scenario.toml --out other",
        "replay run --verify",
        "data spread synth-spot:BTCUSDT synth-perp:BTCUSDT --catalog catalog --rule r2 --json",
    ] {
        let done = confined(dir, line).refused(1, &[]);
        assert!(
            done.err.contains(name) || line.starts_with("replay"),
            "{line}: {}",
            done.err
        );
    }
    assert_eq!(tree(&dir.join("catalog")), before);
    assert!(!dir.join("other").exists());
}

/// A footer that says that it is huge, in a file of a few bytes.
fn boasting(length: u32) -> Vec<u8> {
    let mut bytes = b"PAR1".to_vec();
    bytes.extend([0x15; 24]);
    bytes.extend(length.to_le_bytes());
    bytes.extend(b"PAR1");
    bytes
}

#[test]
fn a_corrupt_footer_is_refused() {
    let dir = small_run();
    let file = quotes(dir.path());
    let good = fs::read(&file).unwrap();
    let length = good.len();
    let mut flipped = good.clone();
    flipped[length - 40] ^= 0xff;
    let mut huge = good.clone();
    huge[length - 8..length - 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let truncated = good[..length - 100].to_vec();
    let files = [
        flipped,
        huge,
        truncated,
        Vec::new(),
        boasting(u32::MAX),
        boasting(0x7fff_ffff),
        boasting(24),
    ];
    let manifest = fs::read(dir.path().join("catalog/catalog.json")).unwrap();
    for bytes in files {
        fs::write(&file, &bytes).unwrap();
        refused_everywhere(dir.path(), &file);
        // Also by one who wrote the manifest for it.
        vouch_for(dir.path(), &file);
        refused_everywhere(dir.path(), &file);
        fs::write(dir.path().join("catalog/catalog.json"), &manifest).unwrap();
    }
    fs::write(&file, good).unwrap();
    confined(dir.path(), "replay run --verify").ok();
}

/// Counts that are more than the file can hold, in its footer and in the headers of its pages: rows, list items,
/// lengths of strings, sizes before compression.
#[test]
fn counts_in_a_file_take_no_memory() {
    let dir = small_run();
    let file = quotes(dir.path());
    let good = fs::read(&file).unwrap();
    let length = good.len();
    let footer = u32::from_le_bytes(good[length - 8..length - 4].try_into().unwrap()) as usize;
    let start = length - 8 - footer;
    let manifest = fs::read(dir.path().join("catalog/catalog.json")).unwrap();
    let in_footer = (0..60).map(|step| start + step * footer / 60);
    let in_first_header = 4..40;
    let mut refused = 0;
    for at in in_footer.chain(in_first_header) {
        let mut bytes = good.clone();
        // Integers are in sevens of bits: a run of set bits is a huge number.
        bytes[at..at + 4].fill(0xff);
        bytes[at + 4] = 0x07;
        fs::write(&file, &bytes).unwrap();
        vouch_for(dir.path(), &file);
        let done = confined(dir.path(), "backtest scenario.toml --journal none");
        assert!(matches!(done.code, Some(0 | 1)), "at {at}: {done:?}");
        let panicked = done.err.contains("panicked") || done.err.contains("memory");
        assert!(!panicked, "at {at}: {done:?}");
        refused += i32::from(done.code == Some(1));
        fs::write(dir.path().join("catalog/catalog.json"), &manifest).unwrap();
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn memory_follows_the_size_of_the_file() {
    let dir = small_run();
    let good = run(dir.path(), "backtest scenario.toml --journal none --json")
        .ok()
        .json();
    assert!(good["peak_rss_mib"].as_f64().unwrap() < 300.0, "{good}");
}
