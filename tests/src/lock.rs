//! What `Cargo.lock` pins.

use crate::files;

/// Name and version of every package in the lock file.
///
/// # Panics
/// When the lock file cannot be read or lists nothing.
pub fn locked() -> Vec<(String, String)> {
    let found = parse(&files::read("Cargo.lock"));
    assert!(!found.is_empty(), "Cargo.lock lists no package");
    found
}

/// Where each package comes from that is not the workspace's own.
///
/// # Panics
/// As [`locked`], and when there is none.
pub fn sources() -> Vec<(String, String)> {
    let found = fetched(&files::read("Cargo.lock"));
    assert!(!found.is_empty(), "Cargo.lock lists no source");
    found
}

/// The registry that packages may come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Packages of other sources, such as a repository of git: nobody looks at them when they change.
pub fn foreign(sources: &[(String, String)]) -> Vec<String> {
    let others = sources.iter().filter(|(_, source)| source != REGISTRY);
    others
        .map(|(name, source)| format!("{name}: {source}"))
        .collect()
}

fn fetched(text: &str) -> Vec<(String, String)> {
    fields(text, "source = ")
}

fn parse(text: &str) -> Vec<(String, String)> {
    fields(text, "version = ")
}

/// Each package's name with another of its fields, where it has one.
fn fields(text: &str, field_of: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for package in text.split("[[package]]").skip(1) {
        let field = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim().trim_matches('"').to_string())
        };
        if let (Some(name), Some(value)) = (field("name = "), field(field_of)) {
            found.push((name, value));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read() {
        let text = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.3\"\nsource = \"x\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n]\n";
        let expected = [("a", "1.2.3"), ("b", "0.1.0")];
        let expected = expected.map(|(name, version)| (name.to_string(), version.to_string()));
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn s14_a_package_of_git_is_told_of() {
        let git = "git+https://example.org/b?rev=1#0123";
        let text = format!(
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{REGISTRY}\"\n\n\
             [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"{git}\"\n\n\
             [[package]]\nname = \"own\"\nversion = \"1.0.0\"\n"
        );
        let sources = fetched(&text);
        assert_eq!(sources.len(), 2);
        assert_eq!(foreign(&sources), [format!("b: {git}")]);
    }
}
