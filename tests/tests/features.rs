//! The tables of what shows what, in `scenarios/README.md` and `live/docs`: every test that they name is there, and every
//! row of their lists has a line.

use std::collections::BTreeSet;

use onetape_tests::assert_none;
use onetape_tests::files;

/// Pages with the rows that they must have: of each kind, from 1 to the last.
const PAGES: [(&str, &[(&str, u32)]); 3] = [
    (
        "scenarios/README.md",
        &[
            ("ST", 18),
            ("EX", 24),
            ("RK", 18),
            ("BA", 5),
            ("PL", 11),
            ("RC", 12),
            ("TM", 9),
            ("MD", 10),
            ("MO", 11),
            ("CF", 5),
            ("DP", 4),
            ("SE", 4),
        ],
    ),
    (
        "live/docs/invariants.md",
        &[("J", 8), ("O", 7), ("R", 9), ("K", 4)],
    ),
    ("live/docs/security.md", &[("S", 18)]),
];

/// Names in code marks that look like those of tests.
fn named(text: &str) -> BTreeSet<&str> {
    let marked = text.split('`').skip(1).step_by(2);
    let is_test = |name: &&str| {
        name.contains('_')
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    marked.filter(is_test).collect()
}

#[test]
fn every_test_that_the_tables_name_exists() {
    let sources: Vec<String> = files::rust().into_iter().map(|file| file.text).collect();
    for (page, rows) in PAGES {
        let text = files::read(page);
        let named = named(&text);
        assert!(
            named.len() > rows.len() * 5,
            "{page}: only {} tests are named",
            named.len()
        );
        let missing = named.into_iter().filter(|name| {
            let definition = format!("fn {name}(");
            !sources.iter().any(|text| text.contains(&definition))
        });
        let missing: Vec<String> = missing.map(|name| format!("{page}: {name}")).collect();
        assert_none("tests that are named and not there", &missing);
    }
}

#[test]
fn every_row_of_the_lists_has_a_line() {
    for (page, rows) in PAGES {
        let text = files::read(page);
        let lines = text.lines().filter_map(|line| line.strip_prefix("| "));
        let firsts = lines.filter_map(|line| line.split(" | ").next());
        let told: BTreeSet<&str> = firsts.flat_map(|ids| ids.split(", ")).collect();
        let all = rows
            .iter()
            .flat_map(|(kind, last)| (1..=*last).map(move |n| format!("{kind}{n}")));
        let missing = all.filter(|id| !told.contains(id.as_str()));
        let missing: Vec<String> = missing.map(|id| format!("{page}: {id}")).collect();
        assert_none("rows without a line", &missing);
    }
}
