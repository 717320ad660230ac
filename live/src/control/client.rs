//! The commands' side: asks a running instance and waits for its word. Without a runtime, for commands have none.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::wire::{Answer, Line};
use super::{Order, socket_path};

/// For an answer.
const WAIT: Duration = Duration::from_secs(10);
/// Longest answer: a status tells of every task.
const ANSWER_MAX: u64 = 64 * 1024 * 1024;

/// Why there is no good answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("no onetape runs in {run}; start it with `onetape paper` or `onetape live`, or give the folder of one that runs", run = run.display())]
    NotRunning {
        /// The run's folder.
        run: PathBuf,
    },
    /// The socket broke, or nothing came in time.
    #[error("the onetape that runs in {run} does not answer ({source})", run = run.display())]
    Broken {
        /// The run's folder.
        run: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It answered with what is no answer.
    #[error("the onetape that runs in {run} answers in another way; is it of another version?", run = run.display())]
    Foreign {
        /// The run's folder.
        run: PathBuf,
    },
    /// It does not follow the order.
    #[error("{0}")]
    Refused(String),
}

/// A connection to a running instance.
#[derive(Debug)]
pub struct Client {
    run: PathBuf,
    stream: BufReader<UnixStream>,
    last: u64,
}

impl Client {
    /// Connects to the instance of a run's folder.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`] when there is none.
    pub fn connect(run_dir: &Path) -> Result<Self, ClientError> {
        let run = run_dir.to_path_buf();
        let stream = match UnixStream::connect(socket_path(run_dir)) {
            Ok(stream) => stream,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
                ) =>
            {
                return Err(ClientError::NotRunning { run });
            }
            Err(source) => return Err(ClientError::Broken { run, source }),
        };
        let timed = stream
            .set_read_timeout(Some(WAIT))
            .and_then(|()| stream.set_write_timeout(Some(WAIT)));
        match timed {
            Ok(()) => Ok(Self {
                run,
                stream: BufReader::new(stream),
                last: 0,
            }),
            Err(source) => Err(ClientError::Broken { run, source }),
        }
    }

    /// Orders, and waits until it is followed; the answer of a status is the status.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the instance's reason, and when there is no answer.
    pub fn ask(&mut self, order: &Order) -> Result<Value, ClientError> {
        self.last += 1;
        let broken = |source| ClientError::Broken {
            run: self.run.clone(),
            source,
        };
        let foreign = || ClientError::Foreign {
            run: self.run.clone(),
        };
        let mut line = serde_json::to_vec(&Line::new(self.last, order)).map_err(|_| foreign())?;
        line.push(b'\n');
        self.stream.get_mut().write_all(&line).map_err(broken)?;
        let mut text = Vec::new();
        let mut limited = (&mut self.stream).take(ANSWER_MAX);
        let read = limited.read_until(b'\n', &mut text).map_err(broken)?;
        if read == 0 {
            return Err(broken(io::ErrorKind::UnexpectedEof.into()));
        }
        let answer: Answer = serde_json::from_slice(&text).map_err(|_| foreign())?;
        match answer {
            Answer {
                ok: true,
                id,
                result,
                ..
            } if id == self.last => Ok(result.unwrap_or(Value::Null)),
            Answer {
                ok: false, error, ..
            } => Err(ClientError::Refused(error.unwrap_or_default())),
            Answer { .. } => Err(foreign()),
        }
    }
}
