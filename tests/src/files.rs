//! The workspace's own files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file of the workspace.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path below the root, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// The file's name without its folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// True when it lies below one of the folders.
    pub fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| {
            self.path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

/// The workspace's folder.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// Every file below the root whose name ends with one of `endings`, by path. Hidden folders but `.ci`, and
/// whatever cargo or a run made, are left out.
///
/// # Panics
/// When a folder or a file cannot be read, or nothing is found: a rule that looks at nothing proves nothing.
pub fn files(endings: &[&str]) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    walk(&root, &root, endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "no file ends with {endings:?}");
    found
}

/// Every file of Rust.
///
/// # Panics
/// As [`files`].
pub fn rust() -> Vec<Source> {
    files(&[".rs"])
}

/// Every file that is committed or would be, by path: what git knows and does not ignore; what is no text is read as well as
/// it can be. Without a repository, as in an archive of the sources, every file.
///
/// # Panics
/// When a file cannot be read, or nothing is found.
pub fn committed() -> Vec<Source> {
    let mut git = Command::new("git");
    git.current_dir(root());
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = git.output().ok();
    let Some(listed) = listed.filter(|done| done.status.success() && !done.stdout.is_empty())
    else {
        return files(&[""]);
    };
    let mut found = Vec::new();
    for path in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
        let whole = root().join(path);
        // One that was removed is listed until that is committed.
        if whole.is_file() {
            found.push(source(&root(), &whole));
        }
    }
    found
}

fn source(root: &Path, path: &Path) -> Source {
    let below = path.strip_prefix(root).unwrap_or(path);
    let bytes = fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    Source {
        path: below.to_string_lossy().replace('\\', "/"),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// The text of one file.
///
/// # Panics
/// When it cannot be read.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn walk(root: &Path, folder: &Path, endings: &[&str], found: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            if !is_made(&path, &name) {
                walk(root, &path, endings, found);
            }
        } else if is_page(root, folder, &name) {
            // A report that somebody wrote here is no source.
        } else if kind.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(source(root, &path));
        }
    }
}

fn is_page(root: &Path, folder: &Path, name: &str) -> bool {
    folder == root && name.ends_with(".html")
}

/// Folders that are no part of the source: cargo marks its target folders, a run's folder has a `run.json`.
fn is_made(path: &Path, name: &str) -> bool {
    (name.starts_with('.') && name != ".ci")
        || path.join("CACHEDIR.TAG").exists()
        || path.join("run.json").exists()
        || path.join("catalog.json").exists()
        || name == "target"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found() {
        assert!(root().join("Cargo.lock").is_file());
        let rust = rust();
        for path in [
            "core/src/lib.rs",
            "tests/src/files.rs",
            "scenarios/build.rs",
        ] {
            assert!(rust.iter().any(|file| file.path == path), "{path}");
        }
        assert!(!rust.iter().any(|file| file.path.starts_with("target/")));
    }

    #[test]
    fn a_file_knows_its_folders() {
        let file = Source {
            path: "core/src/num/money.rs".to_string(),
            text: String::new(),
        };
        assert!(file.is_in(&["core/src"]) && file.is_in(&["sim", "core"]));
        assert!(!file.is_in(&["cor"]) && !file.is_in(&["core/src/num/money.rs"]));
        assert_eq!(file.name(), "money.rs");
    }
}
