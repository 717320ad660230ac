//! `[venue.NAME] latency`: how long messages are on their way, as a constant, a distribution or a table.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use onetape_core::strategy::params::plain_decimal;
use onetape_core::time::Span;
use onetape_sim::Delay;

use super::doc::{Node, Place, Value};
use super::error::Problems;
use super::fields::{Fields, as_table, wrong};
use super::model::{FeedLatency, Latency};
use super::read::SPAN;
use super::resolved::{quoted, span};

const EXAMPLE: &str = "write `\"5ms\"`, `{ uniform = [\"2ms\", \"8ms\"] }`, `{ lognormal = { median = \"5ms\", sigma = 0.4, \
                       least = \"1ms\", most = \"80ms\" } }` or `{ table = \"latencies.csv\" }`";
/// Largest file of measured delays.
const TABLE_BYTES: u64 = 1024 * 1024;
/// Most delays of a table: all of them stand in the resolved scenario.
const TABLE_ROWS: usize = 10_000;

pub(super) fn read(mut fields: Fields<'_>, folder: &Path, problems: &mut Problems) -> Latency {
    let mut latency = Latency::default();
    let path = fields.path("feed");
    if let Some(node) = fields.node("feed") {
        if node.value == Value::Text("recorded".to_string()) {
            latency.feed = FeedLatency::Recorded;
        } else if let Some(delay) = read_delay(&path, node, folder, problems) {
            latency.feed = FeedLatency::Modelled(delay);
        }
    }
    let mut delay = |key| {
        let path = fields.path(key);
        let node = fields.node(key)?;
        read_delay(&path, node, folder, problems)
    };
    if let Some(order) = delay("order") {
        latency.order = order;
    }
    if let Some(answer) = delay("answer") {
        latency.answer = answer;
    }
    fields.finish(problems);
    latency
}

fn read_delay(path: &str, node: &Node, folder: &Path, problems: &mut Problems) -> Option<Delay> {
    let Value::Table(table) = &node.value else {
        return read_span(path, node, problems).map(Delay::Constant);
    };
    let mut fields = Fields::new(path, table);
    let kinds = ["uniform", "lognormal", "table"].map(|kind| (kind, fields.node(kind)));
    let given: Vec<_> = kinds
        .into_iter()
        .filter_map(|(kind, node)| Some((kind, node?)))
        .collect();
    let at = |kind: &str| fields.path(kind);
    let delay = match given.as_slice() {
        [("uniform", node)] => read_uniform(&at("uniform"), node, problems),
        [("lognormal", node)] => read_lognormal(&at("lognormal"), node, problems),
        [("table", node)] => read_table(&at("table"), node, folder, problems),
        // What is given under another name is reported below.
        [] if fields.rest().next().is_some() => None,
        [] => {
            problems.add(path, format!("names no distribution; {EXAMPLE}"));
            None
        }
        _ => {
            problems.add(path, format!("names several distributions; {EXAMPLE}"));
            None
        }
    };
    fields.finish(problems);
    delay
}

fn read_span(path: &str, node: &Node, problems: &mut Problems) -> Option<Span> {
    let span = node.value.scalar().as_deref().and_then(Span::parse);
    if span.is_none() {
        problems.add(path, wrong(&node.value, SPAN));
    }
    span
}

fn read_uniform(path: &str, node: &Node, problems: &mut Problems) -> Option<Delay> {
    let bounds = match &node.value {
        Value::List(list) => list.as_slice(),
        _ => &[],
    };
    let [least, most] = bounds else {
        let expects = "the shortest and the longest delay, such as [\"2ms\", \"8ms\"]";
        problems.add(path, wrong(&node.value, expects));
        return None;
    };
    let least = read_span(&format!("{path}.0"), least, problems);
    let most = read_span(&format!("{path}.1"), most, problems);
    let (least, most) = (least?, most?);
    if least > most {
        problems.add(
            path,
            "has its longest delay first; write the shortest first",
        );
        return None;
    }
    Some(Delay::Uniform(least, most))
}

fn read_lognormal(path: &str, node: &Node, problems: &mut Problems) -> Option<Delay> {
    let mut fields = as_table(path, node, problems)?;
    let median = fields.required("median", SPAN, "\"5ms\"", problems, |text| {
        Span::parse(text).filter(|span| *span > Span::ZERO)
    });
    let expects = "a plain decimal number above 0 and at most 10";
    let sigma = fields.required("sigma", expects, "0.4", problems, sigma);
    let least = fields.required("least", SPAN, "\"1ms\"", problems, Span::parse);
    let most = fields.required("most", SPAN, "\"80ms\"", problems, Span::parse);
    fields.finish(problems);
    let (median, sigma, least, most) = (median?, sigma?, least?, most?);
    if !(least <= median && median <= most) {
        let what = "has bounds that its median is not between; give least <= median <= most";
        problems.add(path, what);
        return None;
    }
    Some(Delay::LogNormal {
        median,
        sigma,
        least,
        most,
    })
}

fn sigma(text: &str) -> Option<f64> {
    plain_decimal(text)?;
    let sigma: f64 = text.parse().ok()?;
    (sigma > 0.0 && sigma <= 10.0).then_some(sigma)
}

/// A list of delays, as the resolved text has it, or a file of them.
fn read_table(path: &str, node: &Node, folder: &Path, problems: &mut Problems) -> Option<Delay> {
    let delays = match &node.value {
        Value::List(list) => {
            let delay = |(index, node)| read_span(&format!("{path}.{index}"), node, problems);
            let read: Vec<_> = list.iter().enumerate().map(delay).collect();
            Delay::Table(read.into_iter().collect::<Option<Arc<[Span]>>>()?)
        }
        Value::Text(file) => {
            // As for the catalogue: a path of the file is relative to it, one of a flag to where the command runs.
            let from_flag = matches!(node.place, Place::Flag(_));
            let file = if from_flag {
                Path::new(file).to_path_buf()
            } else {
                folder.join(file)
            };
            match read_file(&file) {
                Ok(delays) => delays,
                Err(what) => {
                    problems.add(path, format!("{}{what}", file.display()));
                    return None;
                }
            }
        }
        other => {
            let expects = "a file of delays such as \"latencies.csv\", or a list of them";
            problems.add(path, wrong(other, expects));
            return None;
        }
    };
    let rows = match &delays {
        Delay::Table(table) => table.len(),
        _ => 0,
    };
    match rows {
        0 => problems.add(
            path,
            "has no delay; write one a line, such as 5ms, or a list",
        ),
        rows if rows > TABLE_ROWS => problems.add(
            path,
            format!(
                "has {rows} delays; keep at most {TABLE_ROWS}, evenly spaced quantiles of them"
            ),
        ),
        _ => return Some(delays),
    }
    None
}

fn read_file(file: &Path) -> Result<Delay, String> {
    let fix = "name a file with one delay a line, such as 5ms";
    let failed = |cause| format!(": cannot be read: {cause}; {fix}");
    let mut text = String::new();
    let opened = File::open(file).map_err(failed)?;
    opened
        .take(TABLE_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > TABLE_BYTES {
        return Err(format!(": is larger than {TABLE_BYTES} bytes; {fix}"));
    }
    Delay::table_from_text(&text).map_err(|why| format!(":{}: {}", why.line, why.what))
}

/// As a scenario says it; a table by its delays, so that the text does not depend on a file.
pub(super) fn text(latency: &Latency) -> String {
    let feed = match &latency.feed {
        FeedLatency::Modelled(delay) => delay_text(delay),
        FeedLatency::Recorded => quoted("recorded"),
    };
    let (order, answer) = (delay_text(&latency.order), delay_text(&latency.answer));
    format!("{{ feed = {feed}, order = {order}, answer = {answer} }}")
}

fn delay_text(delay: &Delay) -> String {
    match delay {
        Delay::Constant(length) => span(*length),
        Delay::Uniform(least, most) => {
            format!("{{ uniform = [{}, {}] }}", span(*least), span(*most))
        }
        Delay::LogNormal {
            median,
            sigma,
            least,
            most,
        } => format!(
            "{{ lognormal = {{ median = {}, sigma = {sigma}, least = {}, most = {} }} }}",
            span(*median),
            span(*least),
            span(*most)
        ),
        Delay::Table(table) => {
            let delays: Vec<String> = table.iter().map(|delay| span(*delay)).collect();
            format!("{{ table = [{}] }}", delays.join(", "))
        }
    }
}
