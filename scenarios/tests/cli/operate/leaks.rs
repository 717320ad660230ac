//! Looks for keys in everything that a run left and said.

use std::path::Path;

use onetape_live::secrets::canary;

/// Everything below a folder and everything that was said: where a secret stands, and in which form. Files of keys are
/// not looked at: they are what keeps them.
pub(super) fn leaks(dir: &Path, said: &[(String, Vec<u8>)], secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |name: &str, bytes: &[u8]| {
        // Room that is kept for what is to be written is zeros.
        let end = bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |at| at + 1);
        for secret in secrets {
            if let Some((form, at)) = canary::find(&bytes[..end], secret.as_bytes()) {
                found.push(format!("{name}: {form} at {at}"));
            }
        }
        found.extend(signatures(&bytes[..end]).map(|at| format!("{name}: a signature at {at}")));
    };
    for (path, bytes) in crate::common::tree(dir) {
        let path = path.to_string_lossy().into_owned();
        if !path.ends_with("keys.age") {
            look(&path, &bytes);
        }
    }
    for (name, bytes) in said {
        look(name, bytes);
    }
    found
}

/// Where `signature=` is followed by a value.
fn signatures(bytes: &[u8]) -> impl Iterator<Item = usize> {
    const NAME: &[u8] = b"signature=";
    let places = bytes.windows(NAME.len() + 16).enumerate();
    let signed = places.filter(|(_, text)| {
        let value = &text[NAME.len()..];
        text.starts_with(NAME) && value.iter().all(u8::is_ascii_alphanumeric)
    });
    signed.map(|(at, _)| at).collect::<Vec<_>>().into_iter()
}

#[test]
fn s3_the_search_finds_what_is_planted() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let secret = super::SECRET;
    let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let within = STANDARD.encode(format!("a header: {secret}; more"));
    let mut journal = vec![7; 1000];
    journal.extend(secret.bytes());
    journal.extend([0; 4096]);
    let signature = format!("signature={}", "a1".repeat(32));
    let plants: [(&str, &[u8]); 6] = [
        ("run/journal/00000.seg", &journal),
        ("run/report.html", hex.as_bytes()),
        ("run/log.txt", percent.as_bytes()),
        ("kill.log", within.as_bytes()),
        ("deep/er/status.json", secret.as_bytes()),
        ("run/err.txt", signature.as_bytes()),
    ];
    for (name, bytes) in plants {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(leaks(dir.path(), &[], &[secret]).len(), 1, "{name}");
        let said = [("stderr".to_string(), bytes.to_vec())];
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(leaks(empty.path(), &said, &[secret]).len(), 1, "{name}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(leaks(empty.path(), &[], &[secret]).is_empty());
}
