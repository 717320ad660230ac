//! S1, S16: a run that holds keys has none in its arguments and environment, and what it leaves is its owner's alone.

use std::os::unix::fs::MetadataExt as _;

use onetape_live::secrets::canary;

use super::*;

/// Everything below a folder, itself among it, that others may use, with its mode.
fn open_to_others(at: &Path, seen: &mut Vec<String>) -> Vec<String> {
    let meta = std::fs::symlink_metadata(at).unwrap();
    let (mode, name) = (meta.mode() & 0o7777, at.display().to_string());
    seen.push(name.clone());
    let mut found = Vec::new();
    if mode & 0o077 != 0 {
        found.push(format!("{name}: {mode:04o}"));
    }
    if meta.is_dir() {
        for entry in std::fs::read_dir(at).unwrap() {
            found.extend(open_to_others(&entry.unwrap().path(), seen));
        }
    }
    found
}

/// A command that would make files for everybody, if it did not see to it itself.
fn without_umask(of: &Command) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 000; exec \"$0\" \"$@\""])
        .arg(of.get_program())
        .args(of.get_args())
        .current_dir(of.get_current_dir().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in of.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[test]
fn s16_everything_that_a_live_run_and_kill_leave_is_the_owner_s_alone() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    scenario(dir, "");
    let local = served.local();
    let ends = |line: &str| {
        let mut command = keyed(dir, line);
        command.args(["--confirm", "trade spot-perp live"]);
        Done::of(&without_umask(&command).output().unwrap())
    };
    ends(&format!(
        "live scenario.toml --local {local} --out run --duration 3s"
    ))
    .exits(0);
    let kill = |line: &str| {
        let command = keyed(dir, &format!("kill {line} --local {local}"));
        Done::of(&without_umask(&command).output().unwrap())
    };
    // What a run leaves open is the business of other tests: each of both answers wrote its log.
    for line in ["run", "scenario.toml", "scenario.toml --log another.log"] {
        let code = kill(line).code;
        assert!(matches!(code, Some(0 | 3)), "{line}: {code:?}");
    }
    let mut seen = Vec::new();
    let mut found = open_to_others(&dir.join("run"), &mut seen);
    for name in ["scenario.kill.log", "another.log", "keys.age"] {
        found.extend(open_to_others(&dir.join(name), &mut seen));
    }
    for name in [
        "run/run.json",
        "run/scenario.toml",
        "run/report.html",
        "run/kill.log",
        "run/journal",
    ] {
        let at = dir.join(name).display().to_string();
        assert!(seen.contains(&at), "there is no {name} in {seen:#?}");
    }
    assert!(found.is_empty(), "others may use {found:#?}");
    // The search finds what is open.
    let planted = dir.join("run/journal/planted");
    std::fs::write(&planted, "").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    std::fs::set_permissions(&planted, mode).unwrap();
    assert_eq!(open_to_others(&dir.join("run"), &mut seen).len(), 1);
}

/// What other processes see of one: its arguments, and its environment where the system does not keep that closed.
fn seen_of(pid: u32) -> (Vec<u8>, Vec<u8>) {
    let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}"));
    (
        read("cmdline").unwrap(),
        read("environ").unwrap_or_default(),
    )
}

#[test]
fn s1_a_process_that_holds_keys_has_none_in_its_arguments_and_environment() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    scenario(dir, "");
    std::fs::write(dir.join("word"), format!("{PASSPHRASE}\n")).unwrap();
    let line = format!(
        "live scenario.toml --local {} --out run --duration 60s --passphrase-fd 3",
        served.local()
    );
    let mut shell = Command::new("sh");
    shell
        .current_dir(dir)
        .env("ONETAPE_KEYS", dir.join("keys.age"))
        .env_remove("ONETAPE_KEYS_PASSPHRASE")
        .args(["-c", "exec \"$0\" \"$@\" 3< word"])
        .arg(env!("CARGO_BIN_EXE_onetape"))
        .args(line.split_whitespace())
        .args(["--confirm", "trade spot-perp live"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = shell.spawn().unwrap();
    status(dir, |_| true);
    let (arguments, environment) = seen_of(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    let holds = |bytes: &[u8], text: &str| canary::find(bytes, text.as_bytes()).is_some();
    assert!(holds(&arguments, "--passphrase-fd"), "they are its own");
    for secret in [KEY, SECRET, PASSPHRASE] {
        assert!(!holds(&arguments, secret) && !holds(&environment, secret));
    }
    // The look finds what is there: a local exchange is told its keys, which are no secrets, by arguments.
    let (arguments, environment) = seen_of(served.pid());
    assert!(holds(&arguments, SECRET) && holds(&environment, "PATH"));
}
