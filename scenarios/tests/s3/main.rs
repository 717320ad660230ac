//! Sweeps whose catalogue, plan, parts and results lie in a store that speaks S3.

// Of what the tests of the command line share, these need a part.
#[allow(dead_code, unused_imports)]
#[path = "../cli/common/mod.rs"]
mod common;
mod refused;
mod search;
mod server;
mod shards;

use std::path::Path;
use std::process::Command;

use common::{Done, command, run, small};
use server::Server;

/// Fourteen points, all of which are valid.
const POINTS: &str = "--grid min_entry_edge_bps=30..43/14";

/// The binary, about to run in `dir` with a store at an address, and copies of catalogues in `cache`.
fn at_store(dir: &Path, address: &str, cache: &str) -> Command {
    let mut command = command(dir);
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ENDPOINT", address)
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("NO_PROXY", "*")
        .env("ONETAPE_CACHE", dir.join(cache));
    command
}

/// A folder with a small catalogue that lies in a store too.
struct World {
    dir: tempfile::TempDir,
    server: Server,
}

impl World {
    fn new() -> Option<Self> {
        let dir = small();
        let mut server = Server::start()?;
        server.upload(&dir.path().join("catalog"), "catalog");
        Some(Self { dir, server })
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self, cache: &str, line: &str) -> Command {
        let mut command = at_store(self.path(), &self.server.address, cache);
        command.args(line.split_whitespace());
        command
    }

    /// Runs a command line.
    fn run(&self, line: &str) -> Done {
        Done::of(&self.command("cache", line).output().unwrap())
    }

    /// Plans the points over the store's catalogue into the store.
    fn plan(&self, out: &str, points: &str) {
        let line = format!(
            "sweep plan scenario.toml {points} --catalog s3://bucket/catalog --out s3://bucket/{out}"
        );
        self.run(&line).ok();
    }

    /// Runs a shard.
    fn shard(&self, plan: &str, shard: &str) -> Done {
        self.run(&format!(
            "sweep run --plan s3://bucket/{plan}/plan.json --shard {shard}"
        ))
    }

    /// The table of the same points as they come out here.
    fn here(&self) -> Vec<u8> {
        run(
            self.path(),
            &format!("sweep scenario.toml {POINTS} --out here"),
        )
        .ok();
        std::fs::read(self.path().join("here/results.parquet")).unwrap()
    }
}
