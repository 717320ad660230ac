//! How much memory a task takes, with what it holds and knows: measured, in a process of its own.
#![allow(missing_docs)]

use onetape_core::strategies::spot_futures;
use onetape_core::strategy::stage::Stage;

/// Tasks on one desk.
const TASKS: usize = 2_000;
/// The most that one may take.
const MOST: usize = 100 * 1024;

/// Resident memory of this process, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[test]
fn tm7_a_task_takes_less_than_a_hundred_kibibytes() {
    let given: &[(&str, &str)] = &[
        ("quantity", "1"),
        ("min_entry_edge_bps", "30"),
        ("exit.edge_bps", "4"),
    ];
    let before = resident();
    let tasks = vec![(&spot_futures::SPEC, given); TASKS];
    let mut stage = Stage::of(&tasks).unwrap();
    // Each enters and leaves, so that it has orders, positions and decisions behind it.
    for _ in 0..2 {
        stage.quote("spot", "99.99", "100.00").unwrap();
        stage.quote("futures", "100.50", "100.51").unwrap();
        stage.fill();
        stage.quote("futures", "99.00", "99.01").unwrap();
        stage.fill();
    }
    let status = stage.status(TASKS as u16 - 1).unwrap();
    assert!(status.executions >= 3 && status.holdings.len() == 2);
    let Some((before, after)) = before.zip(resident()) else {
        eprintln!("SKIPPED: this system does not tell how much memory a process has");
        return;
    };
    let each = (after - before) / TASKS;
    eprintln!("{each} bytes a task");
    assert!(each < MOST, "{each} bytes a task");
}
