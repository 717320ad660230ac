//! Sweeps that are interrupted go on where they were, and end with the same bytes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::super::common::{command, run, small};
use super::super::killed::kill_after;
use super::{POINTS, planned, table, whole};

/// Lines of all checkpoints of a sweep.
fn kept(dir: &Path, out: &str) -> usize {
    let Ok(entries) = fs::read_dir(dir.join(out).join("checkpoints")) else {
        return 0;
    };
    let texts = entries.filter_map(|entry| fs::read(entry.ok()?.path()).ok());
    texts
        .map(|text| text.iter().filter(|byte| **byte == b'\n').count())
        .sum()
}

/// Starts a sweep and kills it a moment after it has kept so many lines; false when it ended first.
///
/// What is done, and not the clock, says when: a machine is not as busy now as it was a second ago.
fn kill_at(dir: &Path, out: &str, line: &str, lines: usize, moment: Duration) -> bool {
    let mut started = command(dir);
    started.args(line.split_whitespace()).stdout(Stdio::null());
    let mut child = started.spawn().unwrap();
    while kept(dir, out) < lines && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(1));
    }
    sleep(moment);
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    running
}

#[test]
fn a_killed_sweep_goes_on_and_ends_the_same() {
    let dir = small();
    let path = dir.path();
    let one = whole(path, "one", "");
    let line =
        |out: &str| format!("sweep scenario.toml {POINTS} --threads 2 --together 3 --out {out}");
    let mut interrupted = 0;
    for attempt in 0..7_usize {
        let out = format!("killed-{attempt}");
        // Three times in one sweep, further on each time.
        for again in 0..3 {
            let lines = attempt + again * 9;
            let moment = Duration::from_millis(2 * attempt as u64);
            interrupted += u32::from(kill_at(path, &out, &line(&out), lines, moment));
        }
        run(path, &line(&out)).ok();
        assert_eq!(table(path, &out), one, "attempt {attempt}");
        assert!(!path.join(&out).join("checkpoints").exists());
    }
    assert!(interrupted >= 7, "{interrupted} of 21 were interrupted");
}

#[test]
fn a_killed_search_asks_the_same_again() {
    let dir = small();
    let path = dir.path();
    let line = |out: &str| {
        format!(
            "sweep scenario.toml --range min_entry_edge_bps=32..60 --range exit.edge_bps=-2..5 --search tpe --budget \
             40 --out {out}"
        )
    };
    let started = Instant::now();
    run(path, &line("one")).ok();
    let took = started.elapsed();
    for attempt in 1..4_u32 {
        let out = format!("killed-{attempt}");
        kill_after(path, &line(&out), took * attempt / 4);
        run(path, &line(&out)).ok();
        assert_eq!(table(path, &out), table(path, "one"), "attempt {attempt}");
    }
}

#[test]
fn two_attempts_at_once_do_no_harm() {
    let dir = small();
    let path = dir.path();
    let one = whole(path, "one", "");
    for attempt in 0..4_u64 {
        let out = format!("both-{attempt}");
        planned(path, &out);
        let line = format!("sweep run --plan {out}/plan.json --shard 0/1 --threads 1");
        let mut children = Vec::new();
        for _ in 0..3 {
            let mut started = command(path);
            started.args(line.split(' ')).stdout(Stdio::null());
            children.push(started.stderr(Stdio::piped()).spawn().unwrap());
            sleep(Duration::from_millis(attempt * 60));
        }
        for child in children {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
        }
        run(path, &format!("sweep merge --plan {out}/plan.json")).ok();
        assert_eq!(table(path, &out), one);
        assert!(!path.join(&out).join("checkpoints").exists());
    }
}

/// Starts a long shard, and waits until it has kept more lines than these.
#[cfg(unix)]
fn long(dir: &Path, mut command: Command, lines: usize) -> std::process::Child {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap();
    let began = Instant::now();
    while kept(dir, "long") <= lines {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing is kept");
        sleep(Duration::from_millis(5));
    }
    child
}

#[cfg(unix)]
fn long_plan(dir: &Path) {
    run(
        dir,
        "sweep plan scenario.toml --grid exit.edge_bps=-2..2/4001 --out long",
    )
    .ok();
}

#[cfg(unix)]
#[test]
fn a_shard_that_is_told_to_stop_keeps_what_it_has() {
    let dir = small();
    let path = dir.path();
    long_plan(path);
    let line = "sweep run --plan long/plan.json --shard 0/2 --threads 2 --together 100";
    let start = |lines| {
        let mut started = command(path);
        started.args(line.split(' '));
        long(path, started, lines)
    };
    let mut before = 0;
    for _ in 0..2 {
        let child = start(before + 2);
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(75));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("points, which are kept; run the same command again"),
            "{said}"
        );
        let now = kept(path, "long");
        assert!(
            said.contains(&format!("stopped after {now} of 2001 points")),
            "{now}: {said}"
        );
        assert!(now > before, "{now} after {before}");
        assert!(!path.join("long/parts").exists());
        before = now;
    }
}

/// Whoever would read what it says is gone; that it stopped must not look as if it were done.
#[cfg(unix)]
#[test]
fn a_shard_that_stops_unheard_says_so_by_its_code() {
    let dir = small();
    let path = dir.path();
    long_plan(path);
    for line in [
        "sweep run --plan long/plan.json --shard 0/2 --threads 1",
        "sweep scenario.toml --grid exit.edge_bps=-2..2/4001 --out long --threads 1",
    ] {
        let mut started = command(path);
        started.args(line.split(' '));
        let before = kept(path, "long");
        let mut child = long(path, started, before + 2);
        drop(child.stderr.take());
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(75), "{line}");
    }
}

/// The process that started it is killed and cannot tell it anything.
#[cfg(target_os = "linux")]
#[test]
fn a_shard_can_die_with_its_parent() {
    let dir = small();
    let path = dir.path();
    long_plan(path);
    let binary = env!("CARGO_BIN_EXE_onetape");
    let line =
        "sweep run --plan long/plan.json --shard 0/2 --threads 1 --together 100 --die-with-parent";
    let mut shell = Command::new("sh");
    shell
        .current_dir(path)
        .args(["-c", &format!("{binary} {line} & echo $! > id; wait")]);
    let mut parent = long(path, shell, 2);
    let id = fs::read_to_string(path.join("id")).unwrap();
    let process = Path::new("/proc").join(id.trim());
    assert!(process.exists());
    parent.kill().unwrap();
    parent.wait().unwrap();
    let began = Instant::now();
    let alive = || {
        // Who has ended and was not waited for by anybody has no command line any more.
        fs::read(process.join("cmdline")).is_ok_and(|line| !line.is_empty())
    };
    while alive() {
        assert!(began.elapsed() < Duration::from_secs(20), "it lives on");
        sleep(Duration::from_millis(10));
    }
    assert!(!path.join("long/parts").exists());
}
