//! What looks like somebody's key in a text.

/// Names that a secret is given where it is assigned.
const NAMES: [&str; 9] = [
    "secret",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "passphrase",
    "password",
    "passwd",
    "token",
];

/// Length of the keys and secrets of Binance and of the secrets of Gate; of SHA-256 in hex too.
const WHOLE: usize = 64;

/// Shortest value that is taken for a key where its name says that it is one: those of MEXC and Gate have 32 characters,
/// and the parts of one in base64 that `/` leaves fewer.
const NAMED_MIN: usize = 20;

/// Beginnings that tell what follows, and how many letters and digits do.
const MARKED: [(&str, usize, &str); 4] = [
    (concat!("AGE-SECRET-", "KEY-"), 20, "a key of age"),
    (concat!("AK", "IA"), 16, "a key of AWS"),
    (concat!("gh", "p_"), 36, "a token of GitHub"),
    (concat!("mx", "0vg"), 10, "a key of MEXC"),
];

/// Something that looks like a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its line, from one.
    pub line: usize,
    /// What it looks like.
    pub what: &'static str,
    /// Its text; of a file with a key, the line that says so.
    pub text: String,
}

/// Everything in a text that looks like a key. A value that says of itself that it is a canary is none.
pub fn keys_in(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut carries_over = false;
    for (at, line) in text.lines().enumerate() {
        let mut add = |what, text: &str| {
            // The part of a key that another rule would see is no second key.
            let mut here = found.iter().filter(|it| it.line == at + 1);
            let is_new = !here.any(|it| it.text.contains(text));
            if is_new && !text.to_ascii_lowercase().contains("canary") {
                let text = text.to_string();
                found.push(Found {
                    line: at + 1,
                    what,
                    text,
                });
            }
        };
        if line.contains(concat!("-----", "BEGIN "))
            && line.contains(concat!("PRIVATE ", "KEY-----"))
        {
            add("a private key in PEM", line.trim());
        }
        for (mark, length, what) in MARKED {
            for (from, _) in line.match_indices(mark) {
                let rest = &line[from + mark.len()..];
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric())
                    .unwrap_or(rest.len());
                if end >= length {
                    add(what, &line[from..from + mark.len() + end]);
                }
            }
        }
        for word in line.split(|c: char| !c.is_ascii_alphanumeric()) {
            if word.len() == WHOLE && is_mixed(word) {
                add("64 letters and digits", word);
            }
        }
        let named = match carries_over {
            true => Some(line),
            false => after_name(line),
        };
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '+';
        for word in named
            .into_iter()
            .flat_map(|rest| rest.split(|c| !is_key(c)))
        {
            if word.len() >= NAMED_MIN && is_mixed(word) {
                add("a value with the name of a secret", word);
            }
        }
        // Formatted, a long value stands on the line after its name.
        carries_over =
            after_name(line).is_some_and(|rest| rest.trim_end().ends_with(['=', ':', '(']));
    }
    found
}

fn is_mixed(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The line after the first name of a secret.
fn after_name(line: &str) -> Option<&str> {
    let lower = line.to_ascii_lowercase();
    let ends = NAMES
        .iter()
        .filter_map(|name| Some(lower.find(name)? + name.len()));
    line.get(ends.min()?..)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters and digits that nobody has as a key.
    fn made_up(length: usize, letters: &str) -> String {
        letters.chars().cycle().take(length).collect()
    }

    #[track_caller]
    fn finds(text: &str, line: usize, what: &str) {
        let found = keys_in(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!((found[0].line, found[0].what), (line, what), "{text}");
    }

    #[test]
    fn s1_each_kind_of_key_that_is_planted_is_found() {
        let (hex, mixed) = (made_up(64, "0a1b2c3d"), made_up(64, "aB3xY9"));
        let whole = "64 letters and digits";
        finds(&format!("x\nlet it = \"{hex}\";"), 2, whole);
        finds(&format!("KEY={}", hex.to_uppercase()), 1, whole);
        finds(&format!("a note: {mixed}"), 1, whole);
        let pem = "a private key in PEM";
        for kind in ["", "RSA ", "EC ", "OPENSSH "] {
            finds(
                &format!("\n-----BEGIN {kind}{}-----\nMIIE", "PRIVATE KEY"),
                2,
                pem,
            );
        }
        let age = format!("AGE-SECRET-{}1{}", "KEY-", made_up(58, "QPZ3"));
        finds(&age, 1, "a key of age");
        finds(
            &format!("AK{}{}", "IA", made_up(16, "QP3")),
            1,
            "a key of AWS",
        );
        finds(
            &format!("ghp{}{}", "_", made_up(36, "qP3")),
            1,
            "a token of GitHub",
        );
        finds(
            &format!("mx0{}{}", "vg", made_up(13, "lP3")),
            1,
            "a key of MEXC",
        );
    }

    #[test]
    fn s1_a_value_with_the_name_of_a_secret_is_found() {
        let value = made_up(32, "0a1b2c3d");
        let named = "a value with the name of a secret";
        for line in [
            format!("api_key = \"{value}\""),
            format!("const SECRET: &str = \"{value}\";"),
            format!("\"apiKey\": '{value}'"),
            format!("GATE_API_SECRET={value}"),
            format!("  passphrase: {value}"),
            format!("secret = \"{}/{}\"", made_up(7, "a1"), made_up(33, "b2+")),
        ] {
            finds(&line, 1, named);
        }
        finds(
            &format!("let secret =\n    \"{value}\";\n\"{value}\""),
            2,
            named,
        );
    }

    #[test]
    fn what_is_no_key_is_not_found() {
        for text in [
            "secret: onetape_live::secrets::Secret".to_string(),
            "let api_key = keys.get(venue, name)?;".to_string(),
            format!("run_id = \"{}\"", made_up(32, "0a1b2c3d")),
            format!("const SECRET: &str = \"cAnAry{}\";", made_up(32, "0a1b")),
            made_up(63, "0a1b"),
            made_up(65, "0a1b"),
            made_up(64, "ab"),
            concat!("AGE-SECRET-", "KEY-").to_string(),
        ] {
            assert_eq!(keys_in(&text), [], "{text}");
        }
    }
}
