//! The Python literal that a `.npy` header is: a dict of texts, numbers, booleans, lists and tuples.

/// Most levels of brackets.
const DEPTH_MAX: usize = 8;

/// A value of it; a tuple is a list here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Int(u64),
    Bool(bool),
    List(Vec<Literal>),
    Dict(Vec<(String, Literal)>),
}

impl Literal {
    /// An entry of a dict.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Dict(entries) => (entries.iter())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Reads one value; `None` when the text is not exactly one.
pub(super) fn parse(text: &str) -> Option<Literal> {
    let mut rest = text;
    let value = value(&mut rest, 0)?;
    rest.trim().is_empty().then_some(value)
}

fn value(rest: &mut &str, depth: usize) -> Option<Literal> {
    if depth > DEPTH_MAX {
        return None;
    }
    *rest = rest.trim_start();
    match rest.chars().next()? {
        '\'' | '"' => text(rest).map(Literal::Text),
        '(' => items(rest, ')', depth).map(Literal::List),
        '[' => items(rest, ']', depth).map(Literal::List),
        '{' => dict(rest, depth).map(Literal::Dict),
        first if first.is_ascii_digit() => number(rest).map(Literal::Int),
        _ => [("True", true), ("False", false)]
            .into_iter()
            .find_map(|(word, value)| {
                *rest = rest.strip_prefix(word)?;
                Some(Literal::Bool(value))
            }),
    }
}

fn text(rest: &mut &str) -> Option<String> {
    let quote = rest.chars().next()?;
    let (text, after) = rest[1..].split_once(quote)?;
    // Names of fields need no escapes; what has one is not of ours.
    if text.contains('\\') {
        return None;
    }
    *rest = after;
    Some(text.to_string())
}

fn number(rest: &mut &str) -> Option<u64> {
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let number = rest[..end].parse().ok()?;
    // Python 2 wrote lengths with an L.
    *rest = rest[end..].strip_prefix('L').unwrap_or(&rest[end..]);
    Some(number)
}

fn items(rest: &mut &str, close: char, depth: usize) -> Option<Vec<Literal>> {
    *rest = &rest[1..];
    let mut items = Vec::new();
    loop {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(close) {
            *rest = after;
            return Some(items);
        }
        items.push(value(rest, depth + 1)?);
        comma(rest, close)?;
    }
}

fn dict(rest: &mut &str, depth: usize) -> Option<Vec<(String, Literal)>> {
    *rest = &rest[1..];
    let mut entries = Vec::new();
    loop {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            *rest = after;
            return Some(entries);
        }
        let Literal::Text(key) = value(rest, depth + 1)? else {
            return None;
        };
        *rest = rest.trim_start().strip_prefix(':')?;
        entries.push((key, value(rest, depth + 1)?));
        comma(rest, '}')?;
    }
}

/// Goes past a comma, or stays in front of the closing bracket.
fn comma(rest: &mut &str, close: char) -> Option<()> {
    *rest = rest.trim_start();
    match rest.strip_prefix(',') {
        Some(after) => *rest = after,
        None if rest.starts_with(close) => {}
        None => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn literals_are_read_or_refused() {
        let value = parse("{'a': [('x', '<u8'), (1, True,)], \"b\": (), 'n': (7L,)} \n").unwrap();
        assert_eq!(value.get("b"), Some(&Literal::List(Vec::new())));
        assert_eq!(value.get("n"), Some(&Literal::List(vec![Literal::Int(7)])));
        assert!(matches!(value.get("a"), Some(Literal::List(items)) if items.len() == 2));
        for bad in [
            "",
            "{",
            "{'a' 1}",
            "(1 2)",
            "{'a': 1} x",
            "'a",
            "{1: 2}",
            "nope",
            "[1,,2]",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&"[".repeat(10_000)), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\](){}'\",:a-z0-9 ]{0,40}") {
            let _ = parse(&text);
        }
    }
}
