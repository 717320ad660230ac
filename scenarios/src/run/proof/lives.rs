//! The account files of a run, one life after the other.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
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

/// Account files, judged once from end to end.
pub(super) struct Lives {
    files: Vec<PathBuf>,
    first: Ts,
    last: Ts,
    at: usize,
    reader: Option<AccountReader>,
}

impl Lives {
    /// Those of a run's folder. Each must be whole.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
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
        for path in &files {
            let reader = AccountReader::open(path)?;
            let own = reader.run_id();
            ensure!(
                *run_id.get_or_insert(own) == own,
                "{}: is of another run than the file before it",
                path.display()
            );
            let (began, end) = judge(reader)?;
            first.get_or_insert(began);
            last = end.last;
        }
        Ok(Self {
            files,
            first: first.unwrap_or(Ts::UNKNOWN),
            last,
            at: 0,
            reader: None,
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Time of the first event.
    pub(super) const fn first(&self) -> Ts {
        self.first
    }

    /// Time of the last event.
    pub(super) const fn last(&self) -> Ts {
        self.last
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

    /// What comes next.
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
                Some((_, AccountRecord::Hole(_))) => bail!("{}: changed", path.display()),
                None => (self.at, self.reader) = (self.at + 1, None),
            }
        }
    }
}

/// That a file is whole: no hole in it, and an end. Gives the time of its first event and its end.
fn judge(reader: AccountReader) -> anyhow::Result<(Ts, AccountEnd)> {
    let path = reader.path().to_path_buf();
    let (mut first, mut ended) = (None, None);
    for record in reader {
        let (seq, record) = record?;
        match record {
            AccountRecord::Event(event) => drop(first.get_or_insert(event.ts)),
            AccountRecord::Hole(count) => bail!(
                "{}: events {} to {} were not recorded, the recorder could not keep up; nothing can be proved",
                path.display(),
                seq.0,
                seq.0 + count.saturating_sub(1)
            ),
            AccountRecord::End(end) => ended = Some(end),
        }
    }
    let ended = ended.with_context(|| {
        format!(
            "{}: breaks off, because the run still goes on, its process was killed or its recording failed; what \
             came last is not there, and nothing can be proved",
            path.display()
        )
    })?;
    Ok((first.unwrap_or(ended.last), ended))
}
