//! `onetape keys`: what is asked, what is shown, what is refused.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use onetape_live::secrets::canary;

use super::common::{Done, command};

const KEY: &str = "KEYabcdefghijklmnopqrWXYZ";
const SECRET: &str = "cAnAry+s3cr3t/0123456789=";
const PASSPHRASE: &str = "correct horse battery";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self) -> PathBuf {
        self.path().join("config/onetape/keys.age")
    }

    fn command(&self, words: &str) -> Command {
        let mut command = command(self.path());
        command
            .args(words.split_whitespace())
            .env_remove("ONETAPE_KEYS")
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("ONETAPE_KEYS_PASSPHRASE", PASSPHRASE);
        command
    }

    /// Runs it with these lines on stdin; nothing secret may be in what it says.
    fn run(&self, words: &str, lines: &str) -> Done {
        said(self.command(words), lines)
    }

    fn add(&self, words: &str) -> Done {
        self.run(&format!("keys add {words}"), &format!("{KEY}\n{SECRET}\n"))
    }
}

fn said(mut command: Command, lines: &str) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that refuses early reads nothing.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = child.wait_with_output().unwrap();
    for hidden in [KEY, SECRET, PASSPHRASE] {
        for text in [&output.stdout, &output.stderr] {
            assert_eq!(
                canary::find(text, hidden.as_bytes()),
                None,
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }
    Done::of(&output)
}

#[test]
fn se1_keys_are_kept_encrypted_and_listed_without_their_secrets() {
    let folder = Folder::new();
    assert!(
        folder
            .run("keys list", "")
            .ok()
            .out
            .starts_with("no keys in ")
    );
    let added = folder.add("gate-usdt").ok().out;
    assert!(
        added.starts_with("gate-usdt main …WXYZ added to "),
        "{added}"
    );
    folder.add("binance-spot hedge").ok();
    let listed = folder.run("keys list", "").ok().out;
    assert_eq!(listed, "binance-spot hedge …WXYZ\ngate-usdt main …WXYZ\n");
    let third = format!("{KEY}\n{SECRET}\nthird-word\n");
    folder
        .run("keys add mexc-spot --with-passphrase", &third)
        .ok();
    let document = folder.run("keys list --json", "").ok().json();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["keys"][0]["key_ends_with"], "WXYZ");
    let passphrases: Vec<_> = (0..3)
        .map(|at| document["keys"][at]["passphrase"].clone())
        .collect();
    assert_eq!(passphrases, [false, false, true]);
    folder.run("keys remove gate-usdt", "").ok();
    assert!(!folder.run("keys list", "").ok().out.contains("gate-usdt"));
    let bytes = fs::read(folder.file()).unwrap();
    for hidden in [KEY, SECRET, "third-word", "binance-spot"] {
        assert_eq!(canary::find(&bytes, hidden.as_bytes()), None);
    }
}

#[test]
fn s1_a_file_that_others_can_read_is_refused() {
    let folder = Folder::new();
    folder.add("gate-usdt").ok();
    assert_eq!(fs::metadata(folder.file()).unwrap().mode() & 0o777, 0o600);
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o644)).unwrap();
    for words in [
        "keys list",
        "keys remove gate-usdt",
        "keys add gate-usdt two",
    ] {
        folder
            .run(words, &format!("{KEY}\n{SECRET}\n"))
            .refused(1, &["0644", "chmod 600"]);
    }
}

#[test]
fn what_is_not_right_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    folder.add("gate-usdt").ok();
    let before = fs::read(folder.file()).unwrap();
    folder.add("gate-usdt").refused(1, &["already"]);
    folder.add("gate..usdt").refused(1, &["letters, digits"]);
    folder
        .run("keys add a b", "")
        .refused(1, &["no line for the key"]);
    folder
        .run("keys add a b", "only-one\n")
        .refused(1, &["no line for the secret"]);
    folder
        .run("keys add a b", "\n\n")
        .refused(1, &["the key is empty"]);
    folder
        .run("keys remove gate-usdt other", "")
        .refused(1, &["no key \"other\""]);
    let mut wrong = folder.command("keys list");
    wrong.env("ONETAPE_KEYS_PASSPHRASE", "another passphrase");
    said(wrong, "").refused(1, &["the passphrase is another"]);
    assert_eq!(fs::read(folder.file()).unwrap(), before);
    let empty = Folder::new();
    let mut short = empty.command("keys add a");
    short.env("ONETAPE_KEYS_PASSPHRASE", "short");
    said(short, "k\ns\n").refused(1, &["8 or more"]);
}

#[test]
fn s1_the_passphrase_comes_from_a_descriptor_too() {
    let folder = Folder::new();
    folder.add("gate-usdt --file own.age").ok();
    let word = folder.path().join("word");
    fs::write(&word, format!("{PASSPHRASE}\n")).unwrap();
    let mut shell = Command::new("sh");
    shell
        .current_dir(folder.path())
        .env_remove("ONETAPE_KEYS_PASSPHRASE")
        .args([
            "-c",
            "exec \"$0\" keys list --file own.age --passphrase-fd 3 3< word",
        ])
        .arg(env!("CARGO_BIN_EXE_onetape"));
    assert_eq!(said(shell, "").ok().out, "gate-usdt main …WXYZ\n");
    let mut closed = folder.command("keys list --file own.age --passphrase-fd 77");
    closed.env_remove("ONETAPE_KEYS_PASSPHRASE");
    said(closed, "").refused(1, &["descriptor 77"]);
}

#[test]
fn s1_no_secret_is_an_argument() {
    let folder = Folder::new();
    for words in ["keys add --help", "keys list --help", "keys remove --help"] {
        let help = folder.run(words, "").ok().out;
        for flag in [
            "--secret",
            "--key ",
            "--passphrase ",
            "--passphrase=",
            "--password",
        ] {
            assert!(!help.contains(flag), "{words} has {flag}");
        }
    }
}
