//! A local store for a test: moto's, from a Python environment that is made below the target directory.
//!
//! Where there is no Python or no network the test is skipped, loudly; with `CI` set that is a failure.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

const PINNED: [&str; 4] = [
    "moto[s3]==5.2.5",
    "boto3==1.44.8",
    "Flask==3.1.3",
    "flask-cors==6.0.5",
];

fn skipped<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    eprintln!("SKIPPED: {why}");
    None
}

/// A Python with the pinned packages.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = folder.join("s3-venv");
    let python = place.join("bin/python");
    let done = place.join("onetape-packages.txt");
    // One test makes it, the others wait.
    let lock = fs::File::create(folder.join("s3-venv.lock")).unwrap();
    lock.lock().unwrap();
    let wanted = PINNED.join("\n");
    if fs::read_to_string(&done).is_ok_and(|found| found == wanted) {
        return Some(python);
    }
    let run = |program: &Path, args: &[&str]| -> Result<(), String> {
        let output = Command::new(program).args(args).output();
        let output = output.map_err(|why| format!("{}: {why}", program.display()))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then_some(()).ok_or(said)
    };
    let _ = fs::remove_dir_all(&place);
    let mut install = vec!["-m", "pip", "install", "--quiet"];
    install.push("--disable-pip-version-check");
    install.extend(PINNED);
    let made = run(
        Path::new("python3"),
        &["-m", "venv", &place.to_string_lossy()],
    )
    .and_then(|()| run(&python, &install));
    if let Err(why) = made {
        return skipped(&format!(
            "python3 with {} cannot be had: {why}",
            PINNED.join(", ")
        ));
    }
    fs::write(done, wanted).unwrap();
    Some(python)
}

/// A store that runs as long as this value lives.
pub(crate) struct Server {
    /// `http://…`
    pub(crate) address: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a store with an empty bucket called `bucket`.
    pub(crate) fn start() -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/s3/server.py");
        let mut child = Command::new(python()?)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self {
            address: String::new(),
            child,
            input,
            output,
        };
        server.address = server.line().as_str().unwrap().to_string();
        server.ask(json!(["make", "bucket"]));
        Some(server)
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|why| panic!("the store has ended: {why}"))
    }

    fn ask(&mut self, what: Value) -> Value {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{what}").unwrap();
        self.line()
    }

    /// Copies a folder into the bucket.
    pub(crate) fn upload(&mut self, folder: &Path, prefix: &str) {
        self.ask(json!(["upload", folder, "bucket", prefix]));
    }

    /// Puts an object.
    pub(crate) fn put(&mut self, key: &str, text: &str) {
        self.ask(json!(["put", "bucket", key, text]));
    }

    /// The bytes of an object.
    pub(crate) fn bytes(&mut self, key: &str) -> Vec<u8> {
        let file = tempfile::NamedTempFile::new().unwrap();
        self.ask(json!(["download", "bucket", key, file.path()]));
        fs::read(file.path()).unwrap()
    }

    /// Of every object that was put below a prefix: its key, the condition and the answer's status.
    pub(crate) fn puts(&mut self, prefix: &str) -> Vec<(String, Option<String>, u16)> {
        serde_json::from_value(self.ask(json!(["puts", prefix]))).unwrap()
    }

    /// The keys that begin like this.
    pub(crate) fn keys(&mut self, prefix: &str) -> Vec<String> {
        serde_json::from_value(self.ask(json!(["keys", "bucket", prefix]))).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// A store that has one answer to everything.
pub(crate) fn always(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Requests of these tests have no body.
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = write!(
                stream,
                "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
    });
    address
}

/// An address where nobody listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
