//! The page of many runs: a sweep, or a walk through windows. What is on it comes from who ran them; how it looks and
//! works is as on the page of one run.

use askama::Template;
use serde::Serialize;
use serde_json::{Map, Value};

use super::PageError;
use super::embed::{LIBRARY, data, policy, script};
use super::view::tone;

/// A page of many runs.
#[derive(Clone, Debug, Default)]
pub struct Study {
    /// What kind of page it is, above its title.
    pub kicker: String,
    /// Its title.
    pub title: String,
    /// A line below the title.
    pub period: String,
    /// What must be read before the numbers.
    pub notes: Vec<String>,
    /// The number that matters most.
    pub headline: StudyFigure,
    /// Other numbers.
    pub cards: Vec<StudyFigure>,
    /// The asset of amounts in plots, or nothing.
    pub unit: String,
    /// Decimals that amounts in plots are shown with.
    pub decimals: u32,
    /// Drawings and plots.
    pub drawings: Vec<StudyDrawing>,
    /// Tables.
    pub tables: Vec<StudyTable>,
    /// What was run: names and texts.
    pub facts: Vec<(String, String)>,
}

/// A number with its name and meaning.
#[derive(Clone, Debug, Default)]
pub struct StudyFigure {
    /// What it is called.
    pub name: String,
    /// What it means.
    pub what: String,
    /// The number as text; a `+` or a true minus before it gives it the colour of a gain or a loss.
    pub text: String,
    /// What it is counted in, or nothing.
    pub unit: String,
    /// A few words below it.
    pub note: String,
}

/// A drawing with its title and a sentence on how to read it.
#[derive(Clone, Debug)]
pub struct StudyDrawing {
    /// Its title.
    pub title: String,
    /// How to read it.
    pub note: String,
    /// Whether it takes all of the width.
    pub wide: bool,
    /// What is drawn.
    pub what: Drawn,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub enum Drawn {
    /// A drawing that is complete, as SVG. Texts in it must be escaped by who made it.
    Svg(String),
    /// A plot.
    Plot(StudyPlot),
}

/// Series of a plot, small whatever the number of runs.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum StudyPlot {
    /// Runs by rank, the best first: rank, figure, deflated Sharpe ratio.
    Ranked(Vec<(u64, f64, Option<f64>)>),
    /// Runs by plateau and figure: both, how many runs are in one dot, and their mean deflated Sharpe ratio.
    Plateau(Vec<(f64, f64, u64, Option<f64>)>),
    /// By each value of a parameter: the value, the lowest, the median and the highest figure of its runs, how many.
    Values {
        /// The parameter.
        key: String,
        /// A row for each value, or for a stretch of values.
        rows: Vec<(String, f64, f64, f64, u64)>,
    },
    /// By window: what it is called, net a day of the train and of the test.
    Windows(Vec<(String, f64, f64)>),
    /// Net a day of the train and of the test, a dot a window.
    Pairs(Vec<(f64, f64, String)>),
    /// Net over time, in milliseconds since 1970.
    Walked(Vec<(i64, f64)>),
}

impl StudyPlot {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Ranked(_) => "ranked",
            Self::Plateau(_) => "plateau",
            Self::Values { .. } => "values",
            Self::Windows(_) => "windows",
            Self::Pairs(_) => "pairs",
            Self::Walked(_) => "walked",
        }
    }
}

/// A table that sorts.
#[derive(Clone, Debug)]
pub struct StudyTable {
    /// Its title.
    pub title: String,
    /// A sentence on it.
    pub note: String,
    /// Heads with what they mean; columns after the first are of numbers where `numbers` says so.
    pub heads: Vec<(String, String)>,
    /// Which columns are of numbers.
    pub numbers: Vec<bool>,
    /// Rows, a text for each head.
    pub rows: Vec<Vec<String>>,
}

#[derive(Template)]
#[template(path = "study.html")]
pub(super) struct StudyPage<'a> {
    study: &'a Study,
    drawings: Vec<DrawingView<'a>>,
    policy: String,
    library: &'static str,
    script: String,
    data: String,
}

struct DrawingView<'a> {
    own: &'a StudyDrawing,
    svg: Option<&'a str>,
    kind: &'static str,
    /// Under which name the plot's data stand.
    id: String,
}

impl<'a> StudyPage<'a> {
    pub(super) fn new(study: &'a Study) -> Result<Self, PageError> {
        let mut one = Map::new();
        one.insert("asset".into(), study.unit.as_str().into());
        one.insert("decimals".into(), study.decimals.into());
        let mut drawings = Vec::new();
        for (at, own) in study.drawings.iter().enumerate() {
            let (svg, kind, id) = match &own.what {
                Drawn::Svg(svg) => (Some(svg.as_str()), "", String::new()),
                Drawn::Plot(plot) => {
                    let id = format!("{}{at}", plot.kind());
                    one.insert(id.clone(), serde_json::to_value(plot)?);
                    (None, plot.kind(), id)
                }
            };
            drawings.push(DrawingView { own, svg, kind, id });
        }
        let script = script();
        Ok(Self {
            study,
            drawings,
            policy: policy(&[LIBRARY, &script]),
            library: LIBRARY,
            script,
            data: data(&serde_json::json!({ "assets": [Value::Object(one)] }))?,
        })
    }

    fn tone(&self, text: &str) -> &'static str {
        tone(text)
    }
}
