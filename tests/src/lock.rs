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

fn parse(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for package in text.split("[[package]]").skip(1) {
        let field = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim().trim_matches('"').to_string())
        };
        if let (Some(name), Some(version)) = (field("name = "), field("version = ")) {
            found.push((name, version));
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
}
