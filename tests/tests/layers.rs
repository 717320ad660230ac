//! Which package sees which: the one list, compared with what cargo says.

use std::collections::{BTreeMap, BTreeSet};

use onetape_tests::packages::{edges, reach};

/// Every package and what it uses of the others. A new edge is a decision: it is made here.
const EDGES: [(&str, &[&str]); 8] = [
    ("onetape-core", &[]),
    ("onetape-adapters", &["onetape-core"]),
    ("onetape-data", &["onetape-core", "onetape-adapters"]),
    ("onetape-sim", &["onetape-core"]),
    (
        "onetape-live",
        &["onetape-core", "onetape-adapters", "onetape-data"],
    ),
    // Journals are read by who asks for a report; tables over files come with polars.
    ("onetape-reports", &["onetape-core"]),
    (
        "onetape",
        &[
            "onetape-core",
            "onetape-adapters",
            "onetape-data",
            "onetape-live",
            "onetape-sim",
            "onetape-reports",
        ],
    ),
    // Looks at the files and asks cargo.
    ("onetape-tests", &[]),
];

fn stated() -> BTreeMap<String, BTreeSet<String>> {
    let names = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    EDGES
        .iter()
        .map(|(package, uses)| (package.to_string(), names(uses)))
        .collect()
}

#[test]
fn packages_see_what_the_list_says() {
    assert_eq!(edges(), stated());
}

#[test]
fn simulation_and_live_never_see_each_other() {
    let edges = edges();
    let pairs = [
        ("onetape-sim", "onetape-live"),
        ("onetape-live", "onetape-sim"),
    ];
    for (one, other) in pairs {
        assert!(!reach(&edges, one).contains(other), "{one} sees {other}");
    }
}

#[test]
fn dependencies_point_one_way() {
    let edges = edges();
    for package in edges.keys() {
        assert!(
            !reach(&edges, package).contains(package),
            "{package} depends on itself"
        );
    }
}
