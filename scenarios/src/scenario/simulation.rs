//! The `[sim]` section: how venues are simulated, and what the data need not support.

use onetape_sim::QueueModel;

use super::error::Problems;
use super::fields::Fields;
use super::model::{Feed, Leg, Liquidity, Sim, Task};

/// Highest power of a queue: beyond it the model is the conservative one.
const POWER_MAX: u8 = 20;

pub(super) fn read(fields: &mut Fields<'_>, problems: &mut Problems) -> Sim {
    let mut sim = Sim {
        seed: 1,
        liquidity: Liquidity::Book,
        queue: QueueModel::Through,
        queue_on_quotes: false,
        no_trades: false,
        no_funding: false,
    };
    let Some(mut fields) = fields.table("sim", problems) else {
        return sim;
    };
    let seed = fields.optional("seed", "a whole number of at least 0", problems, |text| {
        // `+1` is no canonical number, and a seed is compared as text in reports.
        text.parse().ok().filter(|_| !text.starts_with('+'))
    });
    sim.seed = seed.unwrap_or(sim.seed);
    let expects = "one of \"book\", \"touch\", \"touch_unlimited\", \"bar\"";
    let liquidity = fields.optional("liquidity", expects, problems, |text| {
        let mut all = Liquidity::ALL.iter();
        all.find(|liquidity| liquidity.name() == text).copied()
    });
    sim.liquidity = liquidity.unwrap_or(sim.liquidity);
    let expects = "one of \"through\", \"conservative\", \"proportional\", or \"power:N\" with N from 1 to 20";
    let queue = fields.optional("queue", expects, problems, queue);
    sim.queue = queue.unwrap_or(sim.queue);
    sim.queue_on_quotes = fields.flag("queue_on_quotes", problems);
    sim.no_trades = fields.flag("no_trades", problems);
    sim.no_funding = fields.flag("no_funding", problems);
    fields.finish(problems);
    sim
}

fn queue(text: &str) -> Option<QueueModel> {
    match text {
        "through" => Some(QueueModel::Through),
        "conservative" => Some(QueueModel::Conservative),
        "proportional" => Some(QueueModel::Power(1)),
        other => {
            let digits = other.strip_prefix("power:")?;
            let plain = digits.bytes().all(|b| b.is_ascii_digit());
            let power = digits.parse().ok().filter(|_| plain)?;
            (1..=POWER_MAX)
                .contains(&power)
                .then_some(QueueModel::Power(power))
        }
    }
}

/// The word for a queue model.
pub(super) fn queue_text(queue: QueueModel) -> String {
    match queue {
        QueueModel::Through => "through".to_string(),
        QueueModel::Conservative => "conservative".to_string(),
        QueueModel::Power(1) => "proportional".to_string(),
        QueueModel::Power(power) => format!("power:{power}"),
    }
}

/// What is simulated must be on the legs' feeds.
pub(super) fn check(sim: &Sim, tasks: &[(usize, Task)], problems: &mut Problems) {
    let legs = || {
        tasks.iter().flat_map(|(index, task)| {
            let of = move |leg: &'_ Leg| format!("task.{index}.{}", leg.name);
            task.legs.iter().map(move |leg| (of(leg), leg))
        })
    };
    if sim.queue != QueueModel::Through && !sim.queue_on_quotes {
        for (path, leg) in legs().filter(|(_, leg)| leg.feed != Feed::Depth) {
            problems.add(
                "sim.queue",
                format!(
                    "is {:?}, but {path} moves by feed = {:?}, which does not show the queue behind the touch; use \
                     feed = \"depth\" or queue = \"through\", or accept what the touch shows with \
                     `queue_on_quotes = true`",
                    queue_text(sim.queue),
                    leg.feed.name(),
                ),
            );
        }
    }
    if sim.liquidity == Liquidity::Bar {
        for (path, leg) in legs().filter(|(_, leg)| leg.feed != Feed::Bar) {
            problems.add(
                "sim.liquidity",
                format!(
                    "is \"bar\", but {path} moves by feed = {:?}; use book, touch or touch_unlimited",
                    leg.feed.name(),
                ),
            );
        }
    }
}
