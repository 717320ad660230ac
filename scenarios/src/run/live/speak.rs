//! The thread that people speak to: control socket, signals, and the end of a run's time.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use onetape_live::control::{Asked, ControlSocket, HaltFlag};
use onetape_live::journal::RunLock;
use tokio::sync::{mpsc, watch};

/// Between two looks at signals and the time.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Orders of people that wait.
const WAITING_MAX: usize = 64;

/// What the loop has of it.
pub(super) struct Spoken {
    pub(super) asked: mpsc::Receiver<Asked>,
    pub(super) stop: watch::Receiver<bool>,
    /// For those who know that nothing more will come.
    pub(super) stopper: Arc<watch::Sender<bool>>,
    pub(super) thread: JoinHandle<()>,
    pub(super) over: Arc<AtomicBool>,
}

/// Starts it.
///
/// # Errors
/// When there is no socket or no thread.
pub(super) fn speak(
    place: &Path,
    lock: &RunLock,
    halt: HaltFlag,
    duration: Option<Duration>,
) -> anyhow::Result<Spoken> {
    let (orders, asked) = mpsc::channel(WAITING_MAX);
    let (to_stop, stop) = watch::channel(false);
    let to_stop = Arc::new(to_stop);
    let stopper = Arc::clone(&to_stop);
    let over = Arc::new(AtomicBool::new(false));
    let signalled = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&signalled))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let socket = {
        let _inside = runtime.enter();
        ControlSocket::bind(place, lock, halt)?
    };
    let is_over = Arc::clone(&over);
    let thread = spawn(move || {
        let began = Instant::now();
        let wait = async {
            while !is_over.load(Ordering::Acquire) {
                let late = duration.is_some_and(|most| began.elapsed() >= most);
                if late || signalled.load(Ordering::Acquire) {
                    to_stop.send_replace(true);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        runtime.block_on(async {
            let serving = tokio::spawn(socket.run(orders));
            wait.await;
            serving.abort();
        });
    })?;
    Ok(Spoken {
        asked,
        stop,
        stopper,
        thread,
        over,
    })
}

fn spawn(act: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name("control".to_string()).spawn(act)
}

impl Spoken {
    /// Ends the thread; the socket goes with it.
    pub(super) fn end(over: &AtomicBool, thread: JoinHandle<()>) {
        over.store(true, Ordering::Release);
        // A thread that panicked has said so.
        let _ = thread.join();
    }
}
