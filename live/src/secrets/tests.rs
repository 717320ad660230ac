//! The file, and what is shown of what is in it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

const CANARY: &str = "S3cr3t+Canary/Value=0123456789";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_string())
}

fn key(venue: &str, name: &str) -> Key {
    Key {
        venue: venue.to_string(),
        name: name.to_string(),
        key: secret("public-key-abcdWXYZ"),
        secret: secret(CANARY),
        passphrase: None,
    }
}

fn two() -> Keys {
    let mut keys = Keys::default();
    keys.add(key("gate-spot", "main")).unwrap();
    let mut other = key("binance-spot", "hedge");
    other.passphrase = Some(secret("third-word"));
    keys.add(other).unwrap();
    keys
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> KeyFile {
        KeyFile::with_little_work(self.0.path().join("own").join("keys.age"))
    }
}

#[test]
fn se1_keys_are_written_encrypted_and_read_back() {
    let folder = Folder::new();
    let file = folder.file();
    assert!(!file.exists());
    file.save(&two(), &secret("open sesame")).unwrap();
    let keys = file.load(&secret("open sesame")).unwrap();
    assert_eq!(keys, two());
    let order: Vec<&str> = keys.iter().map(|key| key.venue.as_str()).collect();
    assert_eq!(order, ["binance-spot", "gate-spot"]);
    let bytes = fs::read(file.path()).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    for hidden in [
        CANARY,
        "public-key-abcdWXYZ",
        "third-word",
        "gate-spot",
        "open sesame",
    ] {
        assert_eq!(canary::find(&bytes, hidden.as_bytes()), None, "{hidden}");
    }
}

#[test]
fn s16_the_file_and_its_folder_are_the_owner_s_alone() {
    let folder = Folder::new();
    let file = folder.file();
    file.save(&two(), &secret("p")).unwrap();
    assert_eq!(fs::metadata(file.path()).unwrap().mode() & 0o7777, 0o600);
    let parent = file.path().parent().unwrap();
    assert_eq!(fs::metadata(parent).unwrap().mode() & 0o7777, 0o700);
    file.save(&Keys::default(), &secret("p")).unwrap();
    assert_eq!(fs::metadata(file.path()).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(
        fs::read_dir(parent).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn s1_a_file_that_others_can_use_is_refused() {
    let folder = Folder::new();
    let file = folder.file();
    file.save(&two(), &secret("p")).unwrap();
    for mode in [0o644, 0o640, 0o620, 0o601, 0o666] {
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        let said = file.load(&secret("p")).unwrap_err().to_string();
        assert!(
            said.contains("chmod 600") && said.contains(&format!("{mode:04o}")),
            "{said}"
        );
        assert!(
            file.save(&two(), &secret("p")).is_err(),
            "nor is it written over"
        );
    }
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o400)).unwrap();
    assert!(file.load(&secret("p")).is_ok());
}

#[test]
fn s13_links_and_what_is_no_file_are_refused() {
    let folder = Folder::new();
    let file = folder.file();
    file.save(&two(), &secret("p")).unwrap();
    let link = KeyFile::with_little_work(folder.0.path().join("link.age"));
    symlink(file.path(), link.path()).unwrap();
    let here = KeyFile::with_little_work(folder.0.path().to_path_buf());
    for bad in [link, here] {
        let refused = bad.load(&secret("p")).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::NotAFile { .. }),
            "{refused}"
        );
    }
}

#[test]
fn another_passphrase_and_a_changed_file_are_refused() {
    let folder = Folder::new();
    let file = folder.file();
    file.save(&two(), &secret("right")).unwrap();
    let wrong = file.load(&secret("wrong")).unwrap_err();
    assert!(matches!(wrong, KeyFileError::Refused { .. }), "{wrong}");
    let good = fs::read(file.path()).unwrap();
    for at in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(file.path(), &bad).unwrap();
        assert!(file.load(&secret("right")).is_err(), "byte {at}");
    }
    for bad in [&b""[..], b"plain text", &good[..good.len() - 1]] {
        fs::write(file.path(), bad).unwrap();
        assert!(file.load(&secret("right")).is_err());
    }
    let missing = KeyFile::new(folder.0.path().join("none.age")).load(&secret("p"));
    assert!(missing.unwrap_err().to_string().contains("cannot open"));
}

#[test]
fn keys_are_named_once_and_checked() {
    let mut keys = two();
    let said = keys.add(key("gate-spot", "main")).unwrap_err().to_string();
    assert!(said.contains("already"), "{said}");
    for (venue, name) in [
        ("", "a"),
        ("a b", "a"),
        ("a", "../x"),
        ("a", &"x".repeat(41)),
    ] {
        let refused = keys.add(key(venue, name)).unwrap_err();
        assert!(matches!(refused, KeysError::Word { .. }), "{refused}");
    }
    let mut bad = key("a", "b");
    bad.secret = secret("with\ttab");
    let said = keys.add(bad).unwrap_err().to_string();
    assert!(said.contains("secret") && !said.contains("tab"), "{said}");
    keys.remove("gate-spot", "main").unwrap();
    let said = keys.remove("gate-spot", "main").unwrap_err().to_string();
    assert!(said.contains("keys list"), "{said}");
    assert_eq!(keys.iter().count(), 1);
}

#[test]
fn a_document_of_another_kind_is_refused_without_being_quoted() {
    for text in [
        format!(
            "{{\"schema\":1,\"keys\":[{{\"venue\":\"a\",\"name\":\"b\",\"key\":\"k\",\"secret\":7,\"{CANARY}\":1}}]}}"
        ),
        format!("{{\"schema\":2,\"keys\":[]}}{CANARY}"),
        format!("\"{CANARY}\""),
        "{\"schema\":9,\"keys\":[]}".to_string(),
    ] {
        let said = Keys::from_document(text.as_bytes())
            .unwrap_err()
            .to_string();
        assert_eq!(
            canary::find(said.as_bytes(), CANARY.as_bytes()),
            None,
            "{said}"
        );
    }
}

#[test]
fn s2_nothing_of_a_secret_is_shown() {
    let keys = two();
    let shown = format!("{keys:?} {:?} {:?}", secret(CANARY), Redactor::of(&keys));
    assert_eq!(
        canary::find(shown.as_bytes(), CANARY.as_bytes()),
        None,
        "{shown}"
    );
    assert_eq!(secret("public-key-abcdWXYZ").last_four(), Some("WXYZ"));
    assert_eq!(secret("short").last_four(), None);
    assert_eq!(secret("").last_four(), None);
    assert_eq!(secret("öäüßöäüß").last_four(), Some("öäüß"));
    assert!(
        secret("a") == secret("a") && secret("a") != secret("b") && secret("a") != secret("aa")
    );
}

#[test]
fn s3_a_redactor_takes_secrets_out_in_every_form() {
    let keys = two();
    let redactor = Redactor::of(&keys);
    for form in canary::forms(CANARY.as_bytes()) {
        let form_text = String::from_utf8(form.bytes).unwrap();
        let text = format!("error at x={form_text}, again {form_text}.");
        let out = redactor.redact(&text);
        assert_eq!(
            canary::find(out.as_bytes(), CANARY.as_bytes()),
            None,
            "{}: {out}",
            form.name
        );
        assert!(
            out.starts_with("error at x=[redacted]") && out.ends_with('.'),
            "{out}"
        );
    }
    assert_eq!(redactor.redact("an order of 3 BTC"), "an order of 3 BTC");
}

#[test]
fn values_of_telling_names_are_taken_out_though_nobody_knows_them() {
    let redactor = Redactor::default();
    for (text, out) in [
        (
            "GET /a?x=1&signature=abc123&y=2",
            "GET /a?x=1&signature=[redacted]&y=2",
        ),
        (
            "{\"apiKey\":\"k1\",\"secret\": \"s1\"}",
            "{\"apiKey\":\"[redacted]\",\"secret\": \"[redacted]\"}",
        ),
        ("X-MBX-APIKEY: zzz", "X-MBX-APIKEY: [redacted]"),
        (
            "Signature=a signature=b",
            "Signature=[redacted] signature=[redacted]",
        ),
        ("the sign of life", "the sign of life"),
        ("design=1 assign: 2", "design=1 assign: 2"),
        ("token=", "token="),
        (
            "{\"passphrase\": false, \"token\":falsely}",
            "{\"passphrase\": false, \"token\":[redacted]}",
        ),
    ] {
        assert_eq!(redactor.redact(text), out);
    }
}

#[test]
fn s3_a_log_writer_holds_back_what_is_not_whole() {
    let keys = two();
    let mut out = Vec::new();
    {
        let mut writer = Redactor::of(&keys).writer(&mut out);
        for piece in [
            "first ",
            &CANARY[..9],
            &CANARY[9..],
            " line\nsecond ",
            CANARY,
        ] {
            writer.write_all(piece.as_bytes()).unwrap();
        }
        let long = format!("{}{CANARY}", "x".repeat(100_000));
        for piece in long.as_bytes().chunks(70_011) {
            writer.write_all(piece).unwrap();
        }
    }
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.starts_with("first [redacted] line\nsecond [redacted]xxx"),
        "{}",
        &text[..60]
    );
    assert_eq!(canary::find(text.as_bytes(), CANARY.as_bytes()), None);
    assert!(text.ends_with("[redacted]"));
}

#[test]
fn s1_a_passphrase_comes_from_a_descriptor() {
    use std::os::fd::AsRawFd;
    let folder = Folder::new();
    let path = folder.0.path().join("word");
    fs::write(&path, "first line\r\nsecond\n").unwrap();
    let file = fs::File::open(&path).unwrap();
    let descriptor = u32::try_from(file.as_raw_fd()).unwrap();
    assert_eq!(
        passphrase_from_descriptor(descriptor).unwrap().expose(),
        "first line"
    );
    fs::write(&path, "\n").unwrap();
    let empty = passphrase_from_descriptor(descriptor).unwrap_err();
    assert!(matches!(empty, PassphraseError::Empty), "{empty}");
    let closed = passphrase_from_descriptor(9_999).unwrap_err().to_string();
    assert!(closed.contains("descriptor 9999"), "{closed}");
}
