//! Rust's text without what is not code, so that a rule on words does not stumble over prose.

/// The text with comments and the insides of strings and characters blanked out. Lines keep their numbers.
pub fn code(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let (length, keep) = token(rest, before);
        let (taken, left) = rest.split_at(length);
        if keep {
            out.push_str(taken);
        } else {
            out.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        before = taken.chars().next_back().unwrap_or(first);
        rest = left;
    }
    out
}

/// Length of what comes next, and whether it is code.
fn token(rest: &str, before: char) -> (usize, bool) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), false);
    }
    if rest.starts_with("/*") {
        return (block(rest), false);
    }
    if rest.starts_with('"') {
        return (quoted(rest, '"'), false);
    }
    if let Some(length) = raw(rest, before) {
        return (length, false);
    }
    if rest.starts_with('\'')
        && let Some(length) = character(rest)
    {
        return (length, false);
    }
    (rest.chars().next().map_or(0, char::len_utf8), true)
}

/// A block comment; they nest.
fn block(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == end {
            return at + 1;
        }
    }
    rest.len()
}

/// A raw string: `r"…"`, `r#"…"#`, and so on, not the end of a word.
fn raw(rest: &str, before: char) -> Option<usize> {
    if before.is_alphanumeric() && before != 'b' && before != 'c' || before == '_' {
        return None;
    }
    let inner = rest.strip_prefix('r')?;
    let marks = inner.len() - inner.trim_start_matches('#').len();
    let body = inner[marks..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(marks));
    let opened = rest.len() - body.len();
    Some(
        body.find(&end)
            .map_or(rest.len(), |at| opened + at + end.len()),
    )
}

/// A character, but not a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        return Some(quoted(rest, '\''));
    }
    let (at, second) = chars.next()?;
    (second == '\'').then_some(at + 1)
}

/// True when `word` stands in the code with no letter, digit or underscore at its own ends.
pub fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let inside = |end: Option<char>, of_word: Option<char>| {
        of_word.is_some_and(part) && end.is_some_and(part)
    };
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        !inside(before.chars().next_back(), word.chars().next())
            && !inside(after.chars().next(), word.chars().next_back())
    })
}

/// Lines of the code that hold any of `words`, as `path:line: word`.
pub fn lines_with(path: &str, code: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        for word in words.iter().filter(|word| has_word(line, word)) {
            found.push(format!("{path}:{}: {word}", number + 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_out() {
        for (text, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */\n d */ e", "a             \n      e"),
            (r#"f("x \" y", z)"#, "f(        , z)"),
            ("r#\"a \" b\"# c", "           c"),
            ("let c = 'x'; &'a str", "let c =    ; &'a str"),
            (r"'\'' 'a' '\u{41}' d", "                  d"),
            ("for \"s\"", "for    "),
            ("b\"x\" br\"y\" bar", "b    b     bar"),
            ("é // ü", "é      "),
        ] {
            assert_eq!(code(text).trim_end(), expected.trim_end(), "{text}");
        }
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("std::rand::random()", "rand::"));
        assert!(!has_word("rand_chacha::X", "rand::"));
        assert!(!has_word("operand::X", "rand::"));
        assert!(has_word("x.ln()", ".ln("));
        assert!(!has_word("MyHashMapper", "HashMap"));
        assert!(has_word("use a::{HashMap, B};", "HashMap"));
        assert_eq!(
            lines_with("a.rs", "x\nuse HashMap;", &["HashMap", "x"]),
            ["a.rs:1: x", "a.rs:2: HashMap"]
        );
    }
}
