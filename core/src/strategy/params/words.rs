//! The nearest known word to a misspelt one.

use alloc::vec::Vec;

/// The candidate that is fewest edits from `word`, when those are few enough to be a slip: at most a third of
/// the longer word, and at least two are always allowed. The last part of a dotted candidate counts as well, so
/// that `edge_bps` finds `exit.edge_bps`. The first of equals.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer texts are no slip of a name, and would make the comparison slow.
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let word_lower = word.to_ascii_lowercase().replace('-', "_");
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_ascii_lowercase().replace('-', "_");
            let last = lower.rsplit('.').next().unwrap_or(&lower);
            let whole = edits(&word_lower, &lower);
            let part = edits(&word_lower, last);
            let (count, longer) = if whole <= part {
                (whole, lower.len().max(word_lower.len()))
            } else {
                (part, last.len().max(word_lower.len()))
            };
            (count <= (longer / 3).max(2) && count < longer).then_some((count, candidate))
        })
        .min_by_key(|(count, _)| *count)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance over characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_word_and_others_do_not() {
        let known = ["quantity", "notional", "exit.edge_bps", "exit.max_age"];
        assert_eq!(nearest("quantiy", known), Some("quantity"));
        assert_eq!(nearest("notionl", known), Some("notional"));
        assert_eq!(nearest("edge_bps", known), Some("exit.edge_bps"));
        assert_eq!(nearest("exit.maxage", known), Some("exit.max_age"));
        assert_eq!(nearest("Quantity", known), Some("quantity"));
        assert_eq!(nearest("leverage", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }
}
