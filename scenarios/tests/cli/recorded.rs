//! A run that was recorded is folded again from its market and its account file, with no journal.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{command, copy_tree, run, small};

/// A run on paper with its market recorded, whose journal is moved away; the hash over its decisions.
fn recorded(dir: &Path) -> String {
    let line = "paper scenario.toml --rehearse --speed 60 --out run --record market --json";
    let done = run(dir, line).exits(0);
    assert!(done.err.contains("note: recorded "), "{}", done.err);
    fs::rename(dir.join("run/journal"), dir.join("journal-moved-away")).unwrap();
    run(dir, "replay run --verify").exits(1);
    let told = done.json();
    assert!(told["decisions_hash"].is_string(), "{told}");
    told["decisions_hash"].as_str().unwrap().to_string()
}

#[test]
fn a_run_is_proved_by_its_market_and_its_account_events_alone() {
    let dir = small();
    let dir = dir.path();
    let hash = recorded(dir);
    let line = "replay run --market market --verify --json";
    let proved = run(dir, line).exits(0).json();
    assert_eq!(proved["verified"], true, "{proved}");
    assert_eq!(proved["decisions_hash"], hash.as_str());
    assert_eq!(proved["ended"], true);
    for (count, least) in [
        ("market_rows", 100),
        ("account_events", 6),
        ("decisions", 4),
    ] {
        assert!(proved[count].as_u64() > Some(least), "{count}: {proved}");
    }
    let words = run(dir, "replay run --market market --verify").exits(0);
    assert!(words.out.contains("no journal\n"), "{}", words.out);

    // The catalogue is one like any.
    run(dir, "data info --catalog market").exits(0);
    run(dir, "backtest scenario.toml --catalog market --out again").exits(0);

    let record = fs::read_to_string(dir.join("run/run.json")).unwrap();
    let other = record.replace(&hash, &"0".repeat(hash.len()));
    fs::write(dir.join("run/run.json"), other).unwrap();
    let differs = run(dir, line).exits(3).json();
    assert_eq!(differs["verified"], false);
    assert_eq!(differs["decisions_hash"], hash.as_str());
}

#[test]
fn a_recording_that_is_not_whole_proves_nothing_and_says_why() {
    let dir = small();
    let dir = dir.path();
    recorded(dir);
    let line = "replay run --market market --verify";
    let refused = |line: &str, says: &str| {
        run(dir, line).refused(1, &[says]);
    };
    // Another market.
    refused("replay run --market catalog --verify", "market events");
    // A file of the market is gone from the manifest, or from the disk.
    copy_tree(&dir.join("market"), &dir.join("less"));
    let manifest = dir.join("less/catalog.json");
    let mut told: serde_json::Value =
        serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    let files = told["files"].as_array_mut().unwrap();
    let gone = files.remove(0);
    fs::write(&manifest, told.to_string()).unwrap();
    refused("replay run --market less --verify", "market events");
    fs::remove_file(dir.join("market").join(gone["path"].as_str().unwrap())).unwrap();
    refused(line, gone["path"].as_str().unwrap());
    // The account file breaks off, was changed, or is gone.
    let account = dir.join("run/account.00001");
    let whole = fs::read(&account).unwrap();
    fs::write(&account, &whole[..whole.len() - 3]).unwrap();
    refused(line, "breaks off");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    fs::write(&account, changed).unwrap();
    refused(line, "account.00001");
    fs::write(&account, &whole).unwrap();
    let scenario = dir.join("run/scenario.toml");
    let text = fs::read_to_string(&scenario).unwrap();
    fs::write(&scenario, text + "\n# another\n").unwrap();
    refused(line, "scenario.toml");
    fs::remove_file(&account).unwrap();
    refused(line, "has no account file");
}

/// What came of proving as far as the recording goes, against the journal.
fn proved_to(dir: &Path) -> (u64, serde_json::Value) {
    let whole = "replay run --market market --verify";
    run(dir, whole).refused(1, &["--up-to-end-of-record"]);
    let line = format!("{whole} --up-to-end-of-record");
    let proved = run(dir, &format!("{line} --json")).exits(0).json();
    assert_eq!(proved["verified"], true, "{proved}");
    let to = proved["proved_to"]["next_event"].as_u64().unwrap();
    assert_eq!(proved["events"].as_u64(), Some(to), "{proved}");
    let words = run(dir, &line).exits(0).out;
    assert!(
        words.contains(&format!("only to event {to}, until 2")),
        "{words}"
    );
    assert!(
        words.contains("nothing follows of what came after"),
        "{words}"
    );
    (to, proved)
}

#[test]
fn a_recording_that_breaks_off_is_proved_as_far_as_file_and_market_go() {
    let dir = small();
    let dir = dir.path();
    recorded(dir);
    fs::rename(dir.join("journal-moved-away"), dir.join("run/journal")).unwrap();
    let all = run(dir, "replay run --market market --verify --json");
    let all = all.exits(0).json();
    assert_eq!(all["proved_to"], serde_json::Value::Null);
    let events = all["events"].as_u64().unwrap();
    // Without its end the file has one record less, and all events still.
    let account = dir.join("run/account.00001");
    let bytes = fs::read(&account).unwrap();
    fs::write(&account, &bytes[..bytes.len() - 3]).unwrap();
    let (to, proved) = proved_to(dir);
    assert_eq!(
        (to, &proved["decisions_hash"]),
        (events, &all["decisions_hash"])
    );
    // With a part of it, the market of the rest proves nothing. How the run began is the longer part of a short file.
    fs::write(&account, &bytes[..bytes.len() * 9 / 10]).unwrap();
    let (part, proved) = proved_to(dir);
    assert!(part > 1 && part < events, "{part} of {events}");
    assert!(proved["market_rows"].as_u64() > Some(0), "{proved}");
    // The market lacks its last piece as well: what is proved ends before the first event that counts more than there is.
    let manifest = dir.join("market/catalog.json");
    let mut told: serde_json::Value =
        serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    told["files"].as_array_mut().unwrap().clear();
    fs::write(&manifest, told.to_string()).unwrap();
    let (none, proved) = proved_to(dir);
    assert!(none < part, "{none} of {part}");
    assert_eq!(proved["market_rows"], 0, "{proved}");
    // A decision that was another is found, also when nothing is whole.
    fs::remove_dir_all(dir.join("run/journal")).unwrap();
    let line = "replay run --market market --up-to-end-of-record";
    run(dir, line).exits(0);
    run(dir, &format!("{line} --verify")).refused(1, &["without --verify none is needed"]);
}

#[test]
fn a_life_that_was_killed_is_proved_up_to_its_last_whole_record() {
    let dir = small();
    let dir = dir.path();
    let line = "paper scenario.toml --rehearse --speed 10 --out run --record market";
    let mut child = command(dir)
        .args(line.split(' '))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A piece of the market is written after ten seconds.
    let written = || {
        let text = fs::read_to_string(dir.join("market/catalog.json")).unwrap_or_default();
        let told: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        told["files"]
            .as_array()
            .is_some_and(|files| !files.is_empty())
    };
    let began = Instant::now();
    while !written() {
        assert!(began.elapsed() < Duration::from_secs(100), "no piece");
        sleep(Duration::from_millis(50));
    }
    sleep(Duration::from_secs(1));
    child.kill().unwrap();
    child.wait().unwrap();
    let (to, proved) = proved_to(dir);
    assert!(proved["market_rows"].as_u64() > Some(20), "{proved}");
    assert!(to > 20 && proved["ended"] == false, "{proved}");
}

#[test]
fn the_proof_opens_no_journal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/run/proof");
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for word in ["data::journal", "JournalFile", "refold", "SegmentStore"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
        files += 1;
    }
    assert!(files >= 4, "{files}");
}
