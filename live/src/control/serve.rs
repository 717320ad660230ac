//! The socket of a running instance.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Order;
use super::user::user;
use super::wire::{Answer, LINE_MAX, Line};
use crate::journal::RunLock;

/// Connections at a time.
const CONNECTIONS_MAX: usize = 16;
/// For the next line of a client.
const LINE_WAIT: Duration = Duration::from_secs(60);
/// For the loop's answer.
const ANSWER_WAIT: Duration = Duration::from_secs(5);
/// After the system refused a connection.
const REFUSED_WAIT: Duration = Duration::from_millis(50);
/// Longest path that the system takes for a socket.
const PATH_MAX: usize = 107;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The path is too long.
    #[error("{path} is longer than the {PATH_MAX} bytes that a socket's path may have; choose a run folder with a shorter one", path = path.display())]
    TooLong {
        /// The path.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{path} is no socket; move it away", path = path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Where a run's socket is.
pub fn socket_path(run_dir: &Path) -> PathBuf {
    run_dir.join("control.sock")
}

/// Set by a halt, at once; looked at before each order is sent.
#[derive(Clone, Debug, Default)]
pub struct HaltFlag(Arc<AtomicBool>);

impl HaltFlag {
    /// Whether nothing may leave.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Nothing leaves from here on.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// For a resume, once it stands in the journal.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// An order that waits for the loop's word: a result, or why it is not followed.
#[derive(Debug)]
pub struct Asked {
    /// What was ordered.
    pub order: Order,
    /// By whom: a user of this machine.
    pub who: String,
    /// Where the word goes.
    pub answer: oneshot::Sender<Result<Value, String>>,
}

/// The socket; it is removed when this is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
    halt: HaltFlag,
}

impl ControlSocket {
    /// Makes the socket of a run whose folder is held by its lock, so that what is there is a dead one's.
    ///
    /// # Errors
    /// When there is something else at its path, or it cannot be made.
    pub fn bind(run_dir: &Path, _lock: &RunLock, halt: HaltFlag) -> Result<Self, SocketError> {
        let path = socket_path(run_dir);
        let failed = |action| {
            let path = path.clone();
            move |source| SocketError::Io {
                action,
                path,
                source,
            }
        };
        if path.as_os_str().len() > PATH_MAX {
            return Err(SocketError::TooLong { path });
        }
        match path.symlink_metadata() {
            Ok(there) if there.file_type().is_socket() => {
                fs::remove_file(&path).map_err(failed("remove the old"))?;
            }
            Ok(_) => return Err(SocketError::NotASocket { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("look at")(error)),
        }
        let listener = UnixListener::bind(&path).map_err(failed("make"))?;
        // Until then the folder's mode holds, and who is at the other end is asked in any case.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
            .map_err(failed("close to others"))?;
        Ok(Self {
            listener,
            path: path.clone(),
            halt,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Serves for ever: each order goes to `orders`, and its answer back.
    pub async fn run(self, orders: mpsc::Sender<Asked>) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = self.listener.accept().await;
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, _)) if connections.len() < CONNECTIONS_MAX && is_own(&stream) => {
                    connections.spawn(serve(stream, orders.clone(), self.halt.clone()));
                }
                Ok(_) => {}
                Err(_) => sleep(REFUSED_WAIT).await,
            }
        }
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // Gone already, or the next life removes it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the other end is the same user, or the machine's administrator.
fn is_own(stream: &UnixStream) -> bool {
    let me = rustix::process::geteuid().as_raw();
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == me || peer.uid() == 0)
}

async fn serve(stream: UnixStream, orders: mpsc::Sender<Asked>, halt: HaltFlag) {
    let who = stream.peer_cred().map_or(u32::MAX, |peer| peer.uid());
    let who = user(who);
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut reading).take(LINE_MAX as u64 + 1);
        let read = timeout(LINE_WAIT, limited.read_until(b'\n', &mut line)).await;
        if !matches!(read, Ok(Ok(n)) if n > 0) {
            return;
        }
        let is_whole = line.last() == Some(&b'\n');
        let answer = if is_whole {
            answer(&line, &who, &orders, &halt).await
        } else {
            Answer::of(
                0,
                Err(format!("a line is cut off or longer than {LINE_MAX} bytes")),
            )
        };
        let Ok(mut text) = serde_json::to_vec(&answer) else {
            return;
        };
        text.push(b'\n');
        if writing.write_all(&text).await.is_err() || !is_whole {
            return;
        }
    }
}

async fn answer(line: &[u8], who: &str, orders: &mpsc::Sender<Asked>, halt: &HaltFlag) -> Answer {
    let line: Line = match serde_json::from_slice(line) {
        Ok(line) => line,
        Err(error) => return Answer::of(0, Err(format!("this is no order: {error}"))),
    };
    let id = line.id;
    let order = match line.order() {
        Ok(order) => order,
        Err(error) => return Answer::of(id, Err(error)),
    };
    let is_halt = order == Order::Halt;
    if is_halt {
        halt.set();
    }
    let (answer, word) = oneshot::channel();
    let asking = async {
        let gone = || "the instance is ending".to_string();
        orders
            .send(Asked {
                order,
                who: who.to_string(),
                answer,
            })
            .await
            .map_err(|_| gone())?;
        word.await.map_err(|_| gone())?
    };
    let done = timeout(ANSWER_WAIT, asking).await.unwrap_or_else(|_| {
        let but = if is_halt {
            "; nothing leaves any more all the same"
        } else {
            ""
        };
        Err(format!(
            "the instance does not answer within {} s{but}",
            ANSWER_WAIT.as_secs()
        ))
    });
    Answer::of(id, done)
}
