//! What a shard has done so far, line by line, so that a process that is killed loses only the points it was at.
//!
//! Every attempt writes files of its own and reads those of all attempts before it: a process that was given up and
//! still runs cannot disturb the one that took its place. In a folder an attempt has one file that grows; in a store,
//! where nothing grows, it has one for each stretch of its work. A line that is torn or damaged is left aside, and its
//! point is run again.

mod batch;
mod file;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use onetape_data::catalog::hash_bytes;

use self::batch::Batches;
use self::file::Lines;
use super::row::Done;
use crate::store;

/// Folder of the files, in the plan's.
pub(super) const FOLDER: &str = "checkpoints";
/// Files of one piece of work, at most.
const FILES_MAX: u32 = 100_000;
/// Hex digits of the checksum before each line.
const DIGITS: usize = 32;

/// The checkpoints of one piece of work.
pub struct Checkpoints {
    files: Files,
    plan: String,
    log: Log,
}

/// Where the files of one piece of work are, and what they are called.
struct Files {
    folder: PathBuf,
    name: String,
}

/// How lines are kept.
enum Log {
    /// In a file.
    Lines(Lines),
    /// In objects of a store.
    Batches(Batches),
}

impl Checkpoints {
    /// Reads what earlier attempts have done.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: &Path, name: &str, plan: &str) -> anyhow::Result<(Self, Vec<Done>)> {
        let files = Files {
            folder: folder.join(FOLDER),
            name: name.to_string(),
        };
        let mut kept = Vec::new();
        let known = files.list()?;
        for path in &known {
            match store::read(path) {
                Ok(bytes) => kept.extend(lines(&bytes, plan)),
                // Another attempt came to its end and has tidied up.
                Err(why) if why.kind() == ErrorKind::NotFound => {}
                Err(why) => return Err(store::told(why, || store::unread(path))),
            }
        }
        let log = if store::is_remote(folder) {
            Log::Batches(Batches::after(known.len()))
        } else {
            Log::Lines(Lines::new())
        };
        let plan = plan.to_string();
        Ok((Self { files, plan, log }, kept))
    }

    /// Keeps points that are done.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep(&mut self, done: &[Done]) -> anyhow::Result<()> {
        for one in done {
            let body = serde_json::to_string(&(&self.plan, one))?;
            let line = format!("{} {body}\n", hash_bytes(body.as_bytes()));
            match &mut self.log {
                Log::Lines(lines) => lines.add(&self.files, line.as_bytes())?,
                Log::Batches(batches) => batches.add(line.as_bytes()),
            }
        }
        match &mut self.log {
            Log::Lines(_) => Ok(()),
            Log::Batches(batches) => batches.save_in_time(&self.files),
        }
    }

    /// Puts what is kept where another machine finds it, before the work is left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&mut self) -> anyhow::Result<()> {
        match &mut self.log {
            Log::Lines(_) => Ok(()),
            Log::Batches(batches) => batches.save(&self.files),
        }
    }

    /// The work is done and stands elsewhere: the files of all attempts go.
    pub fn done(self) {
        for path in self.files.list().unwrap_or_default() {
            let _ = store::delete(&path);
        }
        if let Log::Lines(_) = self.log {
            // Others may still be at work in it.
            let _ = std::fs::remove_dir(&self.files.folder);
        }
    }
}

impl Files {
    /// The files of all attempts, by name.
    fn list(&self) -> anyhow::Result<Vec<PathBuf>> {
        let begins = format!("{}.", self.name);
        let mut found = store::list(&self.folder)?;
        found.retain(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(&begins) && name.ends_with(".log"))
        });
        found.sort();
        Ok(found)
    }

    /// The place of a file.
    fn place(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{}.{number:04}.log", self.name))
    }

    /// That there are too many.
    fn too_many(&self) -> anyhow::Error {
        anyhow::anyhow!(
            "{}: holds {FILES_MAX} files of one piece of work; remove the folder",
            self.folder.display()
        )
    }
}

/// The points of a plan whose lines are whole.
fn lines(bytes: &[u8], plan: &str) -> Vec<Done> {
    let whole = bytes.split_inclusive(|byte| *byte == b'\n');
    whole.filter_map(|line| read(line, plan)).collect()
}

fn read(line: &[u8], plan: &str) -> Option<Done> {
    let line = line.strip_suffix(b"\n")?;
    let (hash, body) = line.split_at_checked(DIGITS)?;
    let body = body.strip_prefix(b" ")?;
    if hash_bytes(body).as_bytes() != hash {
        return None;
    }
    let (of, done): (String, Done) = serde_json::from_slice(body).ok()?;
    (of == plan).then_some(done)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::row::{Cost, Row};
    use super::*;

    fn done(index: u64) -> Done {
        let row = Row {
            index,
            values: vec!["1.5".into()],
            rung: None,
            run_id: None,
            decisions_hash: None,
            metrics: None,
            error: Some("no".into()),
        };
        let cost = Cost {
            index,
            ..Cost::default()
        };
        Done { row, cost }
    }

    #[test]
    fn attempts_go_on_from_each_other_and_torn_lines_are_left_aside() {
        let dir = tempfile::tempdir().unwrap();
        let open = |plan: &str| Checkpoints::open(dir.path(), "part-0-of-1", plan).unwrap();
        let (mut one, kept) = open("plan");
        assert_eq!(kept, Vec::new());
        let (mut two, _) = open("plan");
        one.keep(&[done(1)]).unwrap();
        two.keep(&[done(2)]).unwrap();
        one.keep(&[done(3)]).unwrap();
        assert_eq!(open("plan").1, [done(1), done(3), done(2)]);
        assert_eq!(open("another").1, Vec::new());
        let path = dir.path().join(FOLDER).join("part-0-of-1.0001.log");
        let bytes = fs::read(&path).unwrap();
        for end in 0..bytes.len() {
            let first = bytes.iter().position(|byte| *byte == b'\n').unwrap();
            let whole = usize::from(end > first);
            assert_eq!(lines(&bytes[..end], "plan").len(), whole, "{end}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let left = lines(&damaged, "plan");
            assert!(left.len() < 2, "{at}");
            assert!(left.iter().all(|kept| *kept == done(1) || *kept == done(3)));
        }
        one.done();
        assert_eq!(open("plan").1, Vec::new());
    }
}
