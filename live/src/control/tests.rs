//! A running instance, spoken to.

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use onetape_core::approval::{Item, Verdict};
use onetape_core::event::Control;
use onetape_core::names::TaskId;
use onetape_core::task::{Ending, TaskAction, TaskOrder};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::*;
use crate::journal::RunLock;

/// An instance with one task, `pair`, that answers with what it was told; on a thread and a runtime of its own.
struct Instance {
    run: PathBuf,
    halt: HaltFlag,
    _folder: tempfile::TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

struct Names;

impl Known for Names {
    fn item(&self, id: &str) -> Option<Item> {
        match id {
            "halt" => Some(Item::Halt),
            "quarantine:pair" => Some(Item::Quarantine(TaskId(3))),
            _ => None,
        }
    }

    fn task(&self, name: &str) -> Option<TaskId> {
        (name == "pair").then_some(TaskId(3))
    }

    fn param(&self, _: TaskId, name: &str) -> Option<Option<String>> {
        match name {
            "min_entry_edge_bps" => Some(Some("30".to_string())),
            "max_age" => Some(None),
            _ => None,
        }
    }
}

impl Instance {
    fn start(answers: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let lock = RunLock::take(&run).unwrap();
        let halt = HaltFlag::default();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let thread = {
            let (run, halt) = (run.clone(), halt.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let socket = ControlSocket::bind(&run, &lock, halt).unwrap();
                    ready.send(()).unwrap();
                    let (orders, asked) = mpsc::channel(4);
                    tokio::select! {
                        () = socket.run(orders) => {}
                        () = follow(asked, answers) => {}
                        _ = stopped => {}
                    }
                });
            })
        };
        is_ready.recv().unwrap();
        Self {
            run,
            halt,
            _folder: folder,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn ask(&self, order: &Order) -> Result<Value, ClientError> {
        Client::connect(&self.run)?.ask(order)
    }

    fn by_hand(&self, text: &[u8]) -> String {
        let mut stream = UnixStream::connect(socket_path(&self.run)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        // The other side may be gone before all is written.
        let _ = stream.write_all(text);
        let mut said = vec![0; 4_096];
        let read = stream.read(&mut said).unwrap();
        String::from_utf8_lossy(&said[..read]).into_owned()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

async fn follow(mut asked: mpsc::Receiver<Asked>, answers: bool) {
    let mut held = Vec::new();
    while let Some(Asked { order, answer, who }) = asked.recv().await {
        if !answers {
            held.push(answer);
            continue;
        }
        assert_ne!(who, "");
        let done = match order.control(&Names, "ann") {
            Ok(None) => Ok(json!({"tasks": ["pair"]})),
            Ok(Some(control)) => Ok(json!(format!("{control:?}"))),
            Err(error) => Err(error.to_string()),
        };
        answer.send(done).unwrap();
    }
}

fn pair(action: TaskAction) -> Control {
    let task = Some(TaskId(3));
    Control::Task(Box::new(TaskOrder { task, action }))
}

fn decide(item: &str, approved: bool, why: Option<&str>) -> Order {
    Order::Decide {
        item: item.to_string(),
        approved,
        why: why.map(str::to_string),
    }
}

fn verdict(item: Item, approved: bool, why: Option<&str>) -> Control {
    Control::Verdict(Box::new(Verdict {
        item,
        approved,
        who: "ann".to_string(),
        why: why.map(str::to_string),
    }))
}

#[test]
fn each_order_becomes_its_event() {
    let instance = Instance::start(true);
    let task = Some("pair".to_string());
    let all = Control::Task(Box::new(TaskOrder {
        task: None,
        action: TaskAction::Stop(Ending::Unwind),
    }));
    for (order, control) in [
        (Order::Pause { task: None }, Control::Pause),
        (Order::Resume { task: None }, Control::Resume),
        (Order::Flatten { task: None }, all),
        (Order::Pause { task: task.clone() }, pair(TaskAction::Pause)),
        (
            Order::Resume { task: task.clone() },
            pair(TaskAction::Resume),
        ),
        (
            Order::Flatten { task },
            pair(TaskAction::Stop(Ending::Unwind)),
        ),
        (decide("halt", true, None), verdict(Item::Halt, true, None)),
        (
            decide("quarantine:pair", false, Some("not now")),
            verdict(Item::Quarantine(TaskId(3)), false, Some("not now")),
        ),
        (Order::Halt, Control::Halt),
    ] {
        assert_eq!(order.control(&Names, "ann").unwrap(), Some(control.clone()));
        assert_eq!(instance.ask(&order).unwrap(), json!(format!("{control:?}")));
    }
    let mut client = Client::connect(&instance.run).unwrap();
    for _ in 0..3 {
        assert_eq!(
            client.ask(&Order::Status).unwrap(),
            json!({"tasks": ["pair"]})
        );
    }
}

#[test]
fn a_change_of_parameters_says_what_held_before() {
    let set = |params: &[(&str, &str)]| {
        let params = params
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        Order::Set {
            task: "pair".into(),
            params: params.collect(),
        }
        .control(&Names, "ann")
    };
    let Ok(Some(Control::Task(order))) = set(&[("max_age", "6h"), ("min_entry_edge_bps", "40")])
    else {
        panic!("it is an order to the task");
    };
    let TaskAction::Update(changes) = order.action else {
        panic!("it is an update");
    };
    let told: Vec<_> = changes
        .iter()
        .map(|one| (one.name.as_str(), one.old.as_deref(), one.new.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("max_age", None, "6h"),
            ("min_entry_edge_bps", Some("30"), "40")
        ]
    );
    let said = set(&[("speed", "9")]).unwrap_err().to_string();
    assert!(said.contains("no parameter \"speed\""), "{said}");
}

#[test]
fn what_is_not_there_is_refused_with_the_reason() {
    let instance = Instance::start(true);
    let said = instance
        .ask(&Order::Pause {
            task: Some("other".into()),
        })
        .unwrap_err()
        .to_string();
    assert!(said.contains("no task \"other\""), "{said}");
    assert!(!instance.halt.is_set());
}

#[test]
fn k1_a_halt_holds_at_once_also_when_the_loop_is_stuck() {
    let instance = Instance::start(false);
    let mut stream = UnixStream::connect(socket_path(&instance.run)).unwrap();
    stream
        .write_all(b"{\"id\":1,\"order\":\"halt\"}\n")
        .unwrap();
    let began = std::time::Instant::now();
    while !instance.halt.is_set() {
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "long before any answer"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    let said = instance.ask(&Order::Halt).unwrap_err().to_string();
    assert!(
        said.contains("does not answer") && said.contains("nothing leaves"),
        "{said}"
    );
}

#[test]
fn s16_the_socket_is_its_owner_s_alone_and_goes_away() {
    let instance = Instance::start(true);
    let path = socket_path(&instance.run);
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::metadata(&instance.run).unwrap().mode() & 0o777,
        0o700
    );
    let run = instance.run.clone();
    drop(instance);
    assert!(!path.exists());
    let gone = Client::connect(&run).unwrap_err().to_string();
    assert!(gone.contains("no onetape runs"), "{gone}");
}

#[test]
fn what_is_no_order_is_told_and_changes_nothing() {
    let instance = Instance::start(true);
    for (text, part) in [
        ("nonsense\n", "this is no order"),
        ("{\"order\":\"jump\"}\n", "unknown variant"),
        ("{\"order\":\"pause\",\"tusk\":\"pair\"}\n", "unknown field"),
        (
            "{\"order\":\"halt\",\"task\":\"pair\"}\n",
            "task says nothing",
        ),
        ("{\"order\":\"approve\"}\n", "takes an item"),
        ("{\"order\":\"pause\",\"deny\":true}\n", "deny says nothing"),
        (
            "{\"order\":\"approve\",\"item\":\"breaker:drawdown\"}\n",
            "nothing waits as \\\"breaker:drawdown\\\"",
        ),
        (
            "{\"order\":\"set\",\"task\":\"pair\"}\n",
            "a task and params",
        ),
    ] {
        let said = instance.by_hand(text.as_bytes());
        assert!(
            said.contains("\"ok\":false") && said.contains(part),
            "{text}: {said}"
        );
    }
    assert!(!instance.halt.is_set());
    assert!(
        instance
            .by_hand(b"{\"id\":7,\"order\":\"status\"}\n")
            .contains("\"id\":7,\"ok\":true")
    );
}

#[test]
fn s17_a_line_without_end_is_cut_off() {
    let instance = Instance::start(true);
    let said = instance.by_hand(&vec![b'x'; 200_000]);
    assert!(said.contains("longer than 65536 bytes"), "{said}");
    assert!(instance.ask(&Order::Status).is_ok(), "others are served");
}

#[tokio::test]
async fn what_is_in_the_way_is_not_removed() {
    let folder = tempfile::tempdir().unwrap();
    let lock = RunLock::take(folder.path()).unwrap();
    let path = socket_path(folder.path());
    std::fs::write(&path, "a file").unwrap();
    let bind = |run: &Path| ControlSocket::bind(run, &lock, HaltFlag::default());
    let said = bind(folder.path()).unwrap_err().to_string();
    assert!(said.contains("is no socket"), "{said}");
    std::fs::remove_file(&path).unwrap();
    // A dead one's is replaced.
    std::mem::forget(bind(folder.path()).unwrap());
    assert!(path.exists());
    assert!(bind(folder.path()).is_ok());
    let long = folder.path().join("x".repeat(120));
    let said = bind(&long).unwrap_err().to_string();
    assert!(said.contains("shorter"), "{said}");
}
