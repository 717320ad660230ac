//! Parameters are read exactly; what is wrong with one is said with its fix.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::instrument::InstrumentKind;

static PARAMS: [ParamSpec; 7] = [
    ParamSpec::new(
        "notional",
        ParamKind::Money,
        "quote units",
        Presence::Optional,
        "Size by value.",
    )
    .at_least("0.01"),
    ParamSpec::new(
        "quantity",
        ParamKind::Quantity,
        "base units",
        Presence::Optional,
        "Fixed size.",
    ),
    ParamSpec::new(
        "min_entry_edge_bps",
        ParamKind::Bps,
        "bps",
        Presence::Required,
        "Smallest gross edge of an entry.",
    ),
    ParamSpec::new(
        "exit.edge_bps",
        ParamKind::Bps,
        "bps",
        Presence::Optional,
        "Exit by edge.",
    ),
    ParamSpec::new(
        "exit.max_age",
        ParamKind::Span,
        "",
        Presence::Optional,
        "Exit by age.",
    )
    .at_least("1s")
    .at_most("2d"),
    ParamSpec::new(
        "direction",
        ParamKind::Choice(&["both", "long_spot"]),
        "",
        Presence::Default("both"),
        "Which way to enter.",
    ),
    ParamSpec::new(
        "retries",
        ParamKind::Integer,
        "",
        Presence::Default("3"),
        "How often.",
    )
    .at_least("0")
    .at_most("9"),
];

static CARD: StrategyCard = StrategyCard {
    name: "pair",
    summary: "A pair.",
    legs: &[LegSpec {
        name: "spot",
        part: LegPart::Always,
        kinds: &[InstrumentKind::Spot],
        doc: "Bought.",
    }],
    params: &PARAMS,
    one_of: &[&["notional", "quantity"]],
    any_of: &[&["exit.edge_bps", "exit.max_age"]],
    reasons: &[("flat", "Nothing to do.")],
    rests_orders: false,
    captures: |params| {
        let (Some(entry_bps), Some(exit_bps)) = (
            params.bps("min_entry_edge_bps"),
            params.bps("exit.edge_bps"),
        ) else {
            return Vec::new();
        };
        vec![Capture {
            entry: "min_entry_edge_bps",
            entry_bps,
            exit: "exit.edge_bps",
            exit_bps,
            after_costs: false,
        }]
    },
};

const GOOD: [(&str, &str); 3] = [
    ("quantity", "1.50"),
    ("min_entry_edge_bps", "-2.93"),
    ("exit.edge_bps", "4.54"),
];

fn messages(given: &[(&str, &str)]) -> Vec<String> {
    match CARD.read(given.iter().copied()) {
        Ok(params) => vec![std::format!("{params:?}")],
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn values_are_exact_and_defaults_fill_in() {
    let params = CARD.read(GOOD).unwrap();
    assert_eq!(
        params.bps("min_entry_edge_bps"),
        Some(Bps::from_millionths(-2_930_000))
    );
    assert_eq!(params.decimal("quantity"), Some(Decimal::new(15, 1)));
    assert_eq!(params.choice("direction"), Some("both"));
    assert_eq!(params.integer("retries"), Some(3));
    assert_eq!(params.span("exit.max_age"), None);
    assert_eq!(params.bps("quantity"), None);
    assert!(!params.flag("retries") && params.has("retries"));
    let texts = params.texts();
    let want = [
        ("direction", "both"),
        ("exit.edge_bps", "4.54"),
        ("min_entry_edge_bps", "-2.93"),
        ("quantity", "1.5"),
        ("retries", "3"),
    ];
    assert_eq!(texts, want.map(|(n, t)| (n.to_string(), t.to_string())));
    let again = CARD.read(texts.iter().map(|(n, t)| (n.as_str(), t.as_str())));
    assert_eq!(again, Ok(params.clone()));
    let capture = (CARD.captures)(&params)[0];
    assert_eq!(capture.gross_bps(), Bps::parse("1.61").unwrap());
    assert_eq!(CARD.leg("spot").map(|leg| leg.doc), Some("Bought."));
    assert_eq!(
        CARD.param("retries").and_then(ParamSpec::range),
        Some("0 to 9".into())
    );
}

#[test]
fn each_error_says_what_is_wrong_and_the_fix() {
    let with = |name: &'static str, text: &'static str| {
        let mut given: Vec<_> = GOOD.into_iter().filter(|(n, _)| *n != name).collect();
        given.push((name, text));
        messages(&given).join("\n")
    };
    let cases = [
        (
            "exit.edgebps",
            "1",
            "`exit.edgebps` is not a parameter of this strategy; did you mean `exit.edge_bps`?",
        ),
        (
            "min_entry_edge_bps",
            "1e3",
            "`min_entry_edge_bps` is \"1e3\", expected a decimal number of basis points with at most 6 decimals (bps)",
        ),
        (
            "exit.max_age",
            "6 hours",
            "`exit.max_age` is \"6 hours\", expected a length of time such as \"5ms\", \"1.5s\", \"30m\" or \"6h\", 1s to 2d",
        ),
        (
            "exit.max_age",
            "3d",
            "`exit.max_age` is 3d, out of range; give 1s to 2d",
        ),
        (
            "retries",
            "10",
            "`retries` is 10, out of range; give 0 to 9",
        ),
        (
            "retries",
            "+1",
            "`retries` is \"+1\", expected a whole number, 0 to 9",
        ),
        (
            "direction",
            "up",
            "`direction` is \"up\", expected one of both, long_spot",
        ),
        (
            "quantity",
            "1_000",
            "`quantity` is \"1_000\", expected a plain decimal number (base units)",
        ),
        (
            "notional",
            "5",
            "`notional`, `quantity` exclude each other, and `notional`, `quantity` are given; keep one of them",
        ),
    ];
    for (name, text, want) in cases {
        assert_eq!(with(name, text), want);
    }
    assert_eq!(
        messages(&[
            ("min_entry_edge_bps", "1"),
            ("min_entry_edge_bps", "2"),
            ("notional", "0")
        ]),
        [
            "`min_entry_edge_bps` is given twice; keep one",
            "`notional` is 0, out of range; give at least 0.01 (quote units)",
            "none of `exit.edge_bps`, `exit.max_age` is given; give at least one of them",
        ]
    );
    assert_eq!(
        messages(&[("exit.max_age", "1h")]),
        [
            "`min_entry_edge_bps` is missing; add `min_entry_edge_bps = 10.0`: Smallest gross edge of an entry.",
            "one of `notional`, `quantity` is missing; give exactly one of them",
        ]
    );
}

proptest! {
    #[test]
    fn a_value_reads_back_from_its_own_text(
        bps in -1_000_000_000_000i64..1_000_000_000_000,
        nanos in 0i64..1_000_000_000_000_000_000,
        unit in prop::sample::select(vec![1i64, 1_000, 1_000_000, 1_000_000_000, 3_600_000_000_000]),
        mantissa in any::<i64>(),
        scale in 0u32..=18,
    ) {
        let span = Span::from_nanos(nanos / unit * unit % 1_000_000_000_000_000_000);
        for (kind, value) in [
            (ParamKind::Bps, ParamValue::Bps(Bps::from_millionths(bps))),
            (ParamKind::Span, ParamValue::Span(span)),
            (ParamKind::Money, ParamValue::Decimal(Decimal::new(mantissa, scale).normalize())),
            (ParamKind::Integer, ParamValue::Integer(mantissa)),
        ] {
            prop_assert_eq!(ParamValue::parse(kind, &value.to_string()), Some(value));
        }
    }

    #[test]
    fn no_text_panics(name in "\\PC{0,20}", text in "\\PC{0,40}") {
        for spec in &PARAMS {
            let _ = spec.parse(&text);
            let _ = CARD.read([(spec.name, text.as_str()), (name.as_str(), text.as_str())]);
        }
    }
}
