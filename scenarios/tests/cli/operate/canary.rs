//! S3: a key is in nothing that a run writes or says, whatever it is asked for and whatever a venue repeats.

use std::sync::atomic::Ordering;

use super::echo::echo;
use super::leaks::leaks;
use super::*;

/// What was said by whom.
#[derive(Default)]
struct Said(Vec<(String, Vec<u8>)>);

impl Said {
    fn take(&mut self, name: &str, done: &Done) {
        for (way, text) in [("stdout", &done.out), ("stderr", &done.err)] {
            self.0
                .push((format!("{name}: {way}"), text.as_bytes().to_vec()));
        }
    }

    /// Everything that a command says at its most talkative.
    fn of(&mut self, dir: &Path, line: &str) -> Done {
        let mut command = loud(dir, line);
        let done = Done::of(&command.output().unwrap());
        self.take(line, &done);
        done
    }
}

fn loud(dir: &Path, line: &str) -> Command {
    let mut command = keyed(dir, line);
    command
        .env("ONETAPE_LOG", "trace")
        .env("ONETAPE_LOG_FORMAT", "json");
    command
}

#[test]
fn s3_no_key_is_in_anything_that_a_run_writes_or_says() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    scenario(
        dir,
        "[live]\nramp = { trips = 1, max_trip_loss = \"1000\" }\nhealth_every = \"1s\"",
    );
    let local = served.local();
    let mut said = Said::default();
    let doctor = format!(
        "doctor scenario.toml --local {local} --no-withdrawals binance-spot,binance-usdm --json"
    );
    said.of(dir, &doctor);
    let mut command = loud(
        dir,
        &format!("live scenario.toml --local {local} --out run --duration 12s --json"),
    );
    command.args(["--confirm", "trade spot-perp live"]);
    let child = command.spawn().unwrap();
    status(dir, |told| {
        told["total_executions"].as_u64() > Some(2)
            || told["tasks"][0]["executions"].as_u64() > Some(2)
    });
    for line in [
        "status run --json",
        "status run",
        "pause run",
        "approve run --json",
        "resume run",
        "approve run nothing",
    ] {
        said.of(dir, line);
    }
    let done = Done::of(&child.wait_with_output().unwrap());
    said.take("live", &done);
    let done = done.exits(0);
    assert!(
        done.err.contains("\"trip\":\"pair#1\""),
        "the log is at its most detailed: {}",
        done.err
    );
    for line in [
        "report run --json",
        "report run --html again.html",
        "report run --csv tables",
        "journal show run --json",
        "journal why run --at 2100-01-01T00:00:00Z --json",
        "replay run --verify",
        "status run --json",
        "positions run --json",
        "keys list",
    ] {
        said.of(dir, line).exits(0);
    }
    said.of(dir, &format!("kill run --local {local} --json"));
    for name in [
        "run/journal",
        "run/report.html",
        "run/kill.log",
        "again.html",
        "tables",
    ] {
        assert!(dir.join(name).exists(), "{name}");
    }
    let found = leaks(dir, &said.0, &[KEY, SECRET]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn s3_no_key_is_in_what_is_said_of_a_venue_that_repeats_what_it_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    // A secret that signs wrongly is a secret all the same.
    let wrong = "cAnAry+wr0ng/9876543210";
    add_keys(dir, KEY, wrong);
    scenario(dir, "");
    let mut ports = served.ports();
    let mut counts = Vec::new();
    for (_, port) in &mut ports {
        let (at, refused) = echo(*port);
        *port = at;
        counts.push(refused);
    }
    let mut said = Said::default();
    for local in [local(&ports), served.local()] {
        let doctor = format!(
            "doctor scenario.toml --local {local} --no-withdrawals binance-spot,binance-usdm"
        );
        let done = said.of(dir, &doctor).exits(3);
        assert!(
            done.out.contains("ignature") || done.err.contains("ignature"),
            "{done:?}"
        );
        said.of(dir, &format!("kill scenario.toml --local {local}"));
        let mut command = loud(
            dir,
            &format!("live scenario.toml --local {local} --out run --duration 2s"),
        );
        command.args(["--confirm", "trade spot-perp live"]);
        let done = Done::of(&command.output().unwrap());
        assert_ne!(done.code, Some(0));
        said.take("live", &done);
    }
    assert!(
        counts.iter().all(|it| it.load(Ordering::Relaxed) > 0),
        "signed requests were repeated"
    );
    let told: usize = said.0.iter().map(|(_, text)| text.len()).sum();
    assert!(told > 200, "something was said");
    let found = leaks(dir, &said.0, &[KEY, wrong]);
    assert!(found.is_empty(), "{found:#?}");
}
