//! Fees that fall with volume: `tiers`, `volume_in` and `volume` of a venue's `fees`.

use onetape_core::num::Money;
use onetape_sim::FeeStep;

use super::doc::Value;
use super::error::Problems;
use super::fields::{Fields, as_table, wrong};
use super::model::{FeeTiers, is_word};
use super::venue::{RATE, amount_of, rate};

const TIERS: &str =
    "a list such as [{ from = 1000000, maker_bps = 9.0, taker_bps = 10.0 }] that is not empty";
const VOLUME: &str = "a plain decimal number of at least 0, such as \"250000\"";

impl FeeTiers {
    /// The rates that what was traded before the run has.
    pub fn at_start(&self) -> FeeStep {
        let reached = self.steps.iter().rev().find(|it| it.from <= self.volume);
        *reached.unwrap_or(&self.steps[0])
    }

    /// The rates without volume, and those of the tiers.
    pub fn split(&self) -> (&FeeStep, &[FeeStep]) {
        (&self.steps[0], &self.steps[1..])
    }
}

/// The tiers above the rates without volume; `None` where there are none, or they are wrong.
pub(super) fn read(
    fields: &mut Fields<'_>,
    base: FeeStep,
    problems: &mut Problems,
) -> Option<FeeTiers> {
    let path = fields.path("tiers");
    let Some(node) = fields.node("tiers") else {
        for key in ["volume_in", "volume"] {
            if fields.node(key).is_some() {
                let why = "has no meaning without `tiers`; remove it, or add them";
                problems.add(fields.path(key), why);
            }
        }
        return None;
    };
    let example = "\"USDT\"";
    let expects = "the asset that volume is counted in, such as \"USDT\"";
    let volume_in = fields.required("volume_in", expects, example, problems, |text| {
        is_word(text).then(|| text.to_string())
    });
    let volume = fields.optional("volume", VOLUME, problems, amount_of);
    let Value::List(list) = &node.value else {
        problems.add(path, wrong(&node.value, TIERS));
        return None;
    };
    if list.is_empty() {
        problems.add(path, format!("is empty, expected {TIERS}"));
        return None;
    }
    let mut steps = vec![base];
    for (index, node) in list.iter().enumerate() {
        let path = format!("{path}.{index}");
        let step = read_step(as_table(&path, node, problems)?, problems)?;
        let before = steps.last().copied().unwrap_or(base);
        if let Some(why) = misplaced(before, step) {
            problems.add(path, why);
            return None;
        }
        steps.push(step);
    }
    Some(FeeTiers {
        volume_in: volume_in?,
        volume: volume.unwrap_or(Money::ZERO),
        steps,
    })
}

fn read_step(mut fields: Fields<'_>, problems: &mut Problems) -> Option<FeeStep> {
    let from = fields.required("from", VOLUME, "1000000", problems, amount_of);
    let maker = fields.required("maker_bps", RATE, "9.0", problems, rate);
    let taker = fields.required("taker_bps", RATE, "10.0", problems, rate);
    fields.finish(problems);
    Some(FeeStep {
        from: from?,
        maker: maker?,
        taker: taker?,
    })
}

/// Why a tier cannot follow on another. Fees that rose with volume would cost more than strategies reckon with.
fn misplaced(before: FeeStep, step: FeeStep) -> Option<&'static str> {
    if step.from <= before.from {
        Some(
            "does not begin above the one before it; give each a larger `from` than the last, the first one above 0",
        )
    } else if step.maker > before.maker || step.taker > before.taker {
        Some("has a higher rate than what holds below it; give rates that fall with volume")
    } else {
        None
    }
}
