//! What a shard has done so far, line by line, so that a process that is killed loses only the points it was at.
//!
//! Every attempt writes a file of its own and reads those of all attempts before it: a process that was given up and
//! still runs cannot disturb the one that took its place. A line that is torn or damaged is left aside, and its
//! point is run again.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use onetape_data::catalog::hash_bytes;

use super::row::Done;

/// Folder of the files, in the plan's.
pub(super) const FOLDER: &str = "checkpoints";
/// Time after which lines are forced to the disk, for machines that go down. A process that is killed loses no line.
const SYNC_EVERY: Duration = Duration::from_secs(10);
/// Attempts of one piece of work, at most.
const ATTEMPTS_MAX: u32 = 100_000;
/// Hex digits of the checksum before each line.
const DIGITS: usize = 32;

/// The checkpoints of one piece of work.
pub struct Checkpoints {
    folder: PathBuf,
    name: String,
    plan: String,
    file: Option<(File, PathBuf)>,
    synced: Instant,
}

impl Checkpoints {
    /// Reads what earlier attempts have done.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: &Path, name: &str, plan: &str) -> anyhow::Result<(Self, Vec<Done>)> {
        let folder = folder.join(FOLDER);
        let own = Self {
            folder,
            name: name.to_string(),
            plan: plan.to_string(),
            file: None,
            synced: Instant::now(),
        };
        let mut kept = Vec::new();
        for path in own.files()? {
            match fs::read(&path) {
                Ok(bytes) => kept.extend(lines(&bytes, plan)),
                // Another attempt came to its end and has tidied up.
                Err(why) if why.kind() == ErrorKind::NotFound => {}
                Err(why) => {
                    let what = format!("{}: cannot be read", path.display());
                    return Err(anyhow::Error::from(why).context(what));
                }
            }
        }
        Ok((own, kept))
    }

    /// The files of all attempts, by name.
    fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => {
                let what = format!("{}: cannot be read", self.folder.display());
                return Err(anyhow::Error::from(why).context(what));
            }
        };
        let begins = format!("{}.", self.name);
        let names = entries.filter_map(Result::ok).map(|entry| entry.path());
        let mut found: Vec<PathBuf> = names
            .filter(|path| {
                let name = path.file_name().and_then(|name| name.to_str());
                name.is_some_and(|name| name.starts_with(&begins) && name.ends_with(".log"))
            })
            .collect();
        found.sort();
        Ok(found)
    }

    /// Keeps a point that is done.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&mut self, done: &Done) -> anyhow::Result<()> {
        let body = serde_json::to_string(&(&self.plan, done))?;
        let line = format!("{} {body}\n", hash_bytes(body.as_bytes()));
        if self.file.is_none() {
            self.file = Some(self.create()?);
        }
        let Some((file, path)) = &mut self.file else {
            return Ok(());
        };
        let unwritten = || format!("{}: cannot be written", path.display());
        file.write_all(line.as_bytes()).with_context(unwritten)?;
        if self.synced.elapsed() >= SYNC_EVERY {
            file.sync_data().with_context(unwritten)?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    /// A file that no other attempt has.
    fn create(&self) -> anyhow::Result<(File, PathBuf)> {
        let unmade = || format!("{}: cannot be made", self.folder.display());
        for attempt in 1..ATTEMPTS_MAX {
            // Each time: another attempt may just have come to its end and removed the folder.
            fs::create_dir_all(&self.folder).with_context(unmade)?;
            let path = self.folder.join(format!("{}.{attempt:04}.log", self.name));
            match File::options().append(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, path)),
                Err(why)
                    if matches!(why.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
                Err(why) => return Err(anyhow::Error::from(why).context(unmade())),
            }
        }
        anyhow::bail!(
            "{}: holds the files of {ATTEMPTS_MAX} attempts; remove the folder",
            self.folder.display()
        )
    }

    /// The work is done and stands elsewhere: the files of all attempts go.
    pub fn done(self) {
        for path in self.files().unwrap_or_default() {
            let _ = fs::remove_file(path);
        }
        // Others may still be at work in it.
        let _ = fs::remove_dir(&self.folder);
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
        one.keep(&done(1)).unwrap();
        two.keep(&done(2)).unwrap();
        one.keep(&done(3)).unwrap();
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
