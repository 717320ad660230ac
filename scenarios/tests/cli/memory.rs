//! A journal larger than the memory that is allowed has a report, tables and a page.

use std::fs;
use std::iter;
use std::path::Path;
use std::process::Command;

use onetape_core::decision::{Number, Value};
use onetape_core::journal::Record;
use onetape_data::journal::{JournalFile, journal_dir, write_records};

use super::common::{Done, copy_run, records_of, run, small_run};

/// Memory for data that the process may have, in KiB.
const ALLOWED_KIB: u64 = 96 * 1_024;
/// Decisions that are added, of some four kilobytes each.
const ADDED: usize = 36_000;

/// The binary with so much memory for its data: heap, stacks and private mappings.
fn limited(dir: &Path, kib: u64, line: &str) -> Done {
    let mut command = Command::new("sh");
    let limit = format!("ulimit -d {kib} && exec \"$0\" {line}");
    command
        .args(["-c", &limit, env!("CARGO_BIN_EXE_onetape")])
        .current_dir(dir);
    Done::of(&command.output().unwrap())
}

/// The run with a decision of it again and again, before the last event.
fn lengthened(from: &Path, to: &Path) -> u64 {
    copy_run(from, to);
    fs::remove_dir_all(journal_dir(to)).unwrap();
    let id = JournalFile::open(from).unwrap().run_id();
    let records = records_of(from);
    let [rest @ .., last] = &records[..] else {
        panic!("the journal has no records");
    };
    let mut decision = rest
        .iter()
        .rev()
        .find_map(|(_, record)| match record {
            Record::Decision(decision) => Some(decision.clone()),
            _ => None,
        })
        .unwrap();
    decision.commands.clear();
    decision.reason = "wait".into();
    let number = Number {
        name: "noise_bps".into(),
        value: Value::Signal(0.5),
    };
    decision.numbers = vec![number; 150];
    let seq = rest.last().unwrap().0;
    decision.cause = seq;
    let filler = Record::Decision(decision);
    let added = iter::repeat_n((seq, &filler), ADDED);
    let all = rest.iter().map(|(seq, record)| (*seq, record));
    let all = all.chain(added).chain(iter::once((last.0, &last.1)));
    write_records(to, id, all).unwrap();
    let segments = fs::read_dir(journal_dir(to)).unwrap();
    segments
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}

#[test]
#[cfg(target_os = "linux")]
fn a_journal_larger_than_the_memory_allowed_is_reported() {
    let dir = small_run();
    let bytes = lengthened(&dir.path().join("run"), &dir.path().join("long"));
    assert!(bytes > ALLOWED_KIB * 1_024, "the journal has {bytes} bytes");
    let short = run(dir.path(), "report run --json").ok().json();
    let long = limited(
        dir.path(),
        ALLOWED_KIB,
        "report long --json --html long.html --csv tables",
    );
    let long = long.ok().json();
    for figure in ["orders", "fills", "pnl", "closed", "by_venue", "ledger"] {
        assert_eq!(long[figure], short[figure], "{figure}");
    }
    let more = long["decisions"].as_u64().unwrap() - short["decisions"].as_u64().unwrap();
    assert_eq!(more, ADDED as u64);
    assert!(dir.path().join("long.html").is_file());
    assert!(dir.path().join("tables/ledger.csv").is_file());
    // The limit is one: with a twentieth of it nothing is reported.
    let none = limited(dir.path(), ALLOWED_KIB / 20, "report long --json");
    assert_ne!(none.code, Some(0));
}
