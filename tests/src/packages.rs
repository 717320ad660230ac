//! The workspace's packages, as cargo knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::files::root;

/// The cargo that runs the tests.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// By package: what it depends on of the workspace's others, whether to build or to test.
///
/// # Panics
/// When cargo cannot tell.
pub fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let told = metadata();
    let packages = told["packages"].as_array().expect("packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_string();
    let own: BTreeSet<String> = packages.iter().map(name).collect();
    let needs = |package: &Value| {
        let all = package["dependencies"].as_array().expect("dependencies");
        all.iter()
            .map(name)
            .filter(|other| own.contains(other))
            .collect()
    };
    packages
        .iter()
        .map(|package| (name(package), needs(package)))
        .collect()
}

/// Everything that a package depends on of the workspace, at any distance.
pub fn reach(edges: &BTreeMap<String, BTreeSet<String>>, package: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next = vec![package];
    while let Some(here) = next.pop() {
        for other in edges.get(here).into_iter().flatten() {
            if seen.insert(other.clone()) {
                next.push(other);
            }
        }
    }
    seen
}

fn metadata() -> Value {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1", "--locked"])
        .output()
        .expect("cargo runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {words}");
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reach_is_transitive_and_ends_on_rings() {
        let set = |all: &[&str]| all.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let edges = BTreeMap::from([
            ("a".to_string(), set(&["b"])),
            ("b".to_string(), set(&["c"])),
            ("c".to_string(), set(&["b"])),
        ]);
        assert_eq!(reach(&edges, "a"), set(&["b", "c"]));
        assert_eq!(reach(&edges, "c"), set(&["b", "c"]));
    }
}
