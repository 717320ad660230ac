//! Local exchanges beside a test.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use super::command;

/// Local exchanges that end with the test.
pub(crate) struct Served {
    child: Child,
    told: Value,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Begins to serve; `line` asks for one line of JSON.
    pub(crate) fn start(dir: &Path, line: &str) -> Self {
        let mut child = command(dir)
            .args(line.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        let told = serde_json::from_str(&first).unwrap();
        Self { child, told }
    }

    /// Its process.
    #[cfg(target_os = "linux")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The venues and their ports.
    pub(crate) fn ports(&self) -> Vec<(String, u16)> {
        let venues = self.told["venues"].as_array().unwrap().iter();
        let one = |it: &Value| {
            let port = it["port"].as_u64().unwrap().try_into().unwrap();
            (it["venue"].as_str().unwrap().to_string(), port)
        };
        venues.map(one).collect()
    }

    /// Where one venue is.
    pub(crate) fn at(&self, venue: &str) -> String {
        let ports = self.ports();
        let (_, port) = ports.iter().find(|(name, _)| name == venue).unwrap();
        format!("127.0.0.1:{port}")
    }

    /// All of them, for `--local`.
    pub(crate) fn local(&self) -> String {
        local(&self.ports())
    }
}

/// Venues at ports, for `--local`.
pub(crate) fn local(ports: &[(String, u16)]) -> String {
    let one = |(venue, port): &(String, u16)| format!("{venue}=127.0.0.1:{port}");
    ports.iter().map(one).collect::<Vec<_>>().join(",")
}
