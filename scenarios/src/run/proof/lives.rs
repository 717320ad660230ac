//! The account files of a run, one life after the other.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use onetape_core::event::{Event, Seq};
use onetape_core::time::Ts;
use onetape_data::account::{AccountEnd, AccountReader, AccountRecord, account_files};

/// What comes next of the account files.
pub(super) enum Head {
    /// An event, at its place in the run.
    Event(Seq, Event),
    /// The end of a life: the place of what comes next.
    End(Seq, AccountEnd),
}

impl Head {
    pub(super) const fn ts(&self) -> Ts {
        match self {
            Self::Event(_, event) => event.ts,
            Self::End(_, end) => end.last,
        }
    }
}

/// Where a recording is not whole any more.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    /// In which file.
    pub(super) path: PathBuf,
    /// Why, for people.
    pub(super) why: String,
    /// Lives that were recorded after it, of which nothing follows.
    pub(super) later: usize,
}

/// Account files, judged once from end to end.
#[derive(Clone)]
pub(super) struct Lives {
    files: Vec<PathBuf>,
    first: Ts,
    last: Ts,
    cut: Option<Cut>,
}

/// What account files have, one record after the other.
pub(super) struct Heads {
    files: Vec<PathBuf>,
    is_cut: bool,
    at: usize,
    reader: Option<AccountReader>,
}

impl Lives {
    /// Those of a run's folder. Each must be whole; with `to_end_of_record`, only what comes before the first one that is not
    /// counts.
    pub(super) fn open(folder: &Path, to_end_of_record: bool) -> anyhow::Result<Self> {
        let files = account_files(folder)?;
        if files.is_empty() {
            bail!(
                "{}: has no account file; a run is recorded with `onetape live … --record CATALOG`, and `paper` \
                 likewise",
                folder.display()
            );
        }
        let mut run_id = None;
        let (mut first, mut last) = (None, Ts::UNKNOWN);
        let mut cut = None;
        for (at, path) in files.iter().enumerate() {
            let reader = AccountReader::open(path)?;
            let own = reader.run_id();
            ensure!(
                *run_id.get_or_insert(own) == own,
                "{}: is of another run than the file before it",
                path.display()
            );
            let judged = judge(reader)?;
            first = first.or(judged.first);
            match judged.end {
                Ok(end) => last = end.last,
                Err(why) if to_end_of_record => {
                    let (path, later) = (path.clone(), files.len() - at - 1);
                    cut = Some((at, Cut { path, why, later }));
                    break;
                }
                Err(why) => bail!(
                    "{}: {why}; what came before that is proved with --up-to-end-of-record",
                    path.display()
                ),
            }
        }
        let mut files = files;
        if let Some((at, _)) = &cut {
            files.truncate(at + 1);
        }
        Ok(Self {
            first: first.unwrap_or(last),
            files,
            last,
            cut: cut.map(|(_, cut)| cut),
        })
    }

    /// Where they are not whole any more; the last of them is the one.
    pub(super) const fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Time of the first event.
    pub(super) const fn first(&self) -> Ts {
        self.first
    }

    /// Time of the last event; none where that is not recorded.
    pub(super) fn last(&self) -> Option<Ts> {
        self.cut.is_none().then_some(self.last)
    }

    /// The first file.
    pub(super) fn first_path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// The first record of all.
    pub(super) fn first_record(&self) -> anyhow::Result<Option<(Seq, AccountRecord)>> {
        let mut reader = AccountReader::open(self.first_path())?;
        Ok(reader.next().transpose()?)
    }

    /// What they have, from the first record on.
    pub(super) fn heads(&self) -> Heads {
        Heads {
            files: self.files.clone(),
            is_cut: self.cut.is_some(),
            at: 0,
            reader: None,
        }
    }
}

impl Heads {
    /// True in the file that is not whole.
    pub(super) fn is_in_cut(&self) -> bool {
        self.is_cut && self.at + 1 >= self.files.len()
    }

    /// What comes next; nothing after a hole.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Head>> {
        loop {
            let Some(path) = self.files.get(self.at) else {
                return Ok(None);
            };
            let reader = match &mut self.reader {
                Some(reader) => reader,
                none => none.insert(AccountReader::open(path)?),
            };
            match reader.next().transpose()? {
                Some((seq, AccountRecord::Event(event))) => {
                    return Ok(Some(Head::Event(seq, event)));
                }
                Some((seq, AccountRecord::End(end))) => return Ok(Some(Head::End(seq, end))),
                Some((_, AccountRecord::Hole(_))) if self.is_cut => return Ok(None),
                Some((_, AccountRecord::Hole(_))) => bail!("{}: changed", path.display()),
                None => (self.at, self.reader) = (self.at + 1, None),
            }
        }
    }
}

/// What one file is.
struct Judged {
    /// Time of its first event.
    first: Option<Ts>,
    /// Its end, or why it is not whole.
    end: Result<AccountEnd, String>,
}

/// Whether a file is whole: no hole in it, and an end.
fn judge(reader: AccountReader) -> anyhow::Result<Judged> {
    let mut first = None;
    let mut hole = None;
    let mut ended = None;
    for record in reader {
        let (seq, record) = record?;
        match record {
            AccountRecord::Event(event) => drop(first.get_or_insert(event.ts)),
            AccountRecord::Hole(count) => drop(hole.get_or_insert((seq, count))),
            AccountRecord::End(end) => ended = Some(end),
        }
    }
    let end = match (hole, ended) {
        (Some((seq, count)), _) => Err(format!(
            "events {} to {} were not recorded, the recorder could not keep up; nothing that comes after can be proved",
            seq.0,
            seq.0 + count.saturating_sub(1)
        )),
        (None, Some(end)) => Ok(end),
        (None, None) => Err(
            "breaks off, because the run still goes on, its process was killed or its recording failed; what came last \
             is not there, and cannot be proved"
                .to_string(),
        ),
    };
    let first = first.or(end.as_ref().ok().map(|end| end.last));
    Ok(Judged { first, end })
}
