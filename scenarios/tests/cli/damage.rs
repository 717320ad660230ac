//! Journals and run folders that are damaged or not where they were.

use std::fs;
use std::path::Path;

use onetape_data::journal::{JournalFile, journal_dir};

use super::common::{copy_run, run, small_run};

fn segment(run: &Path) -> std::path::PathBuf {
    journal_dir(run).join("00000.seg")
}

/// Where each frame of the first segment starts.
fn offsets(run: &Path) -> Vec<u64> {
    JournalFile::open(run)
        .unwrap()
        .map(|entry| entry.unwrap().offset)
        .collect()
}

/// Copies the run to `broken` with its first segment changed.
fn broken(dir: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    copy_run(&dir.join("run"), &dir.join("broken"));
    let path = segment(&dir.join("broken"));
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_byte_is_an_error_with_its_offset() {
    let dir = small_run();
    let frames = offsets(&dir.path().join("run"));
    let at = frames[frames.len() / 2];
    broken(dir.path(), |bytes| bytes[at as usize + 20] ^= 0x40);
    for command in [
        "replay broken",
        "replay broken --verify",
        "report broken",
        "journal show broken --from 99999999",
    ] {
        run(dir.path(), command).refused(1, &["00000.seg", &format!("{at}"), "restore"]);
    }
    let done = run(dir.path(), "journal diff run broken").exits(1);
    assert!(done.err.contains(&format!("{at}")), "{}", done.err);
}

/// Wherever a byte is flipped, the last frame and the header included, nothing is verified.
#[test]
fn no_flipped_byte_is_verified() {
    let dir = small_run();
    let length = fs::metadata(segment(&dir.path().join("run")))
        .unwrap()
        .len() as usize;
    let frames = offsets(&dir.path().join("run"));
    let last = *frames.last().unwrap() as usize;
    let spread = (0..40).map(|step| step * length / 40);
    let ends = (0..8)
        .chain([40, 47, 48, 50, 56, 60])
        .chain((last..length).step_by(5))
        .chain([length - 1]);
    for at in spread.chain(ends) {
        broken(dir.path(), |bytes| bytes[at] ^= 1 << (at % 8));
        let done = run(dir.path(), "replay broken --verify").refused(1, &["00000.seg"]);
        assert!(done.err.contains("byte "), "flipped at {at}: {}", done.err);
    }
}

/// A run that ended has its whole journal; one that did not is folded as far as it goes, and that is said.
#[test]
fn a_torn_tail_is_told() {
    let dir = small_run();
    let frames = offsets(&dir.path().join("run"));
    let half = frames[frames.len() / 2];
    for cut in [
        half + 9,
        half,
        *frames.last().unwrap() + 3,
        *frames.last().unwrap(),
    ] {
        broken(dir.path(), |bytes| bytes.truncate(cut as usize));
        let torn = frames.iter().rfind(|at| **at < cut).unwrap();
        let within = !frames.contains(&cut);
        let done = run(dir.path(), "replay broken --verify").refused(1, &["run.json", "restore"]);
        assert!(
            !within || done.err.contains(&format!("byte {torn}")),
            "{}",
            done.err
        );
        // What was stopped has no run.json.
        fs::remove_file(dir.path().join("broken/run.json")).unwrap();
        let done = run(dir.path(), "replay broken --verify --catalog catalog").exits(0);
        assert!(done.err.starts_with("note: "), "{}", done.err);
        if within {
            assert!(
                done.err.contains(&format!("from byte {torn} on were cut")),
                "{}",
                done.err
            );
            let shown = run(dir.path(), "journal show broken").exits(0);
            assert!(shown.err.contains("were cut"), "{}", shown.err);
        }
    }
}

#[test]
fn a_segment_or_a_folder_that_is_missing_is_named() {
    let dir = small_run();
    run(dir.path(), "replay nothing").refused(1, &["nothing"]);
    run(dir.path(), "replay catalog --verify").refused(1, &["catalog", "no journal segments"]);
    copy_run(&dir.path().join("run"), &dir.path().join("broken"));
    fs::remove_file(segment(&dir.path().join("broken"))).unwrap();
    run(dir.path(), "replay broken --verify").refused(1, &["no journal segments"]);
    broken(dir.path(), |bytes| bytes.truncate(20));
    run(dir.path(), "replay broken --verify").refused(1, &["00000.seg"]);
    broken(dir.path(), Vec::clear);
    run(dir.path(), "replay broken --verify").refused(1, &["00000.seg"]);
}

#[test]
fn a_catalogue_that_is_elsewhere_is_named_and_a_changed_one_refused() {
    let dir = small_run();
    let here = dir.path().join("catalog");
    fs::rename(&here, dir.path().join("elsewhere")).unwrap();
    run(dir.path(), "replay run --verify").refused(1, &["catalog", "--catalog"]);
    run(dir.path(), "replay run --verify --catalog elsewhere").ok();
    run(
        dir.path(),
        "journal why run --at 2024-01-01T06:32:00Z --catalog elsewhere",
    )
    .ok();
    fs::rename(dir.path().join("run"), dir.path().join("moved")).unwrap();
    run(dir.path(), "replay moved --verify --catalog elsewhere").ok();
    fs::rename(dir.path().join("elsewhere"), &here).unwrap();
    run(dir.path(), "replay moved --verify").ok();

    // One byte of one file, and then no file.
    let record = fs::read_to_string(dir.path().join("moved/run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let (path, hash) = (
        record["tape"][0]["path"].as_str().unwrap(),
        record["tape"][0]["hash"].as_str().unwrap(),
    );
    let file = here.join(path);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    run(dir.path(), "replay moved --verify").refused(1, &[path, hash]);
    fs::remove_file(&file).unwrap();
    run(dir.path(), "replay moved --verify").refused(1, &[path]);
    // Another tape altogether.
    super::common::synth(dir.path(), "other", "--seed 2");
    run(dir.path(), "replay moved --verify --catalog other").refused(1, &[hash, "--catalog"]);
}
