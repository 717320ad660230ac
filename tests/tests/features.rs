//! The table of features in `scenarios/README.md`: every test that it names is there, and every row of the list has a line.

use std::collections::BTreeSet;

use onetape_tests::assert_none;
use onetape_tests::files;

fn table() -> String {
    files::read("scenarios/README.md")
}

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
fn every_test_that_the_table_names_exists() {
    let table = table();
    let named = named(&table);
    assert!(named.len() > 60, "only {} tests are named", named.len());
    let sources: Vec<String> = files::rust().into_iter().map(|file| file.text).collect();
    let missing = named.into_iter().filter(|name| {
        let definition = format!("fn {name}(");
        !sources.iter().any(|text| text.contains(&definition))
    });
    let missing: Vec<String> = missing.map(str::to_string).collect();
    assert_none("tests that are named and not there", &missing);
}

#[test]
fn every_row_of_the_list_has_a_line() {
    let table = table();
    let rows = [
        ("ST", 18),
        ("EX", 24),
        ("RK", 18),
        ("BA", 5),
        ("PL", 11),
        ("RC", 12),
        ("TM", 9),
    ];
    let lines: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .collect();
    let firsts = lines.iter().filter_map(|line| line.split(" | ").next());
    let told: BTreeSet<&str> = firsts.flat_map(|ids| ids.split(", ")).collect();
    let all = rows
        .into_iter()
        .flat_map(|(kind, last)| (1..=last).map(move |n| format!("{kind}{n}")));
    let missing: Vec<String> = all.filter(|id| !told.contains(id.as_str())).collect();
    assert_none("rows without a line", &missing);
}
