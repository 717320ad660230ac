//! Folds a journal into numbers, tables and one self-contained page.
//!
//! A [`Fold`] takes events and decisions in order, live or read back, and ends in a [`Report`]. It needs no
//! market events: what was sent, what came back, what the venue says of balances and the last tops of book are
//! enough. [`to_text`] and [`to_html`] show a report; serialising it gives the JSON document.
//!
//! A [`Query`] is about tables in Parquet, of many runs: it takes the bytes of files and ends in an [`Answer`]. Reading them
//! is polars', which comes with the feature `polars`.
//!
//! Nothing here reads a clock, a file or the network, and nothing depends on the order of a hash map: equal
//! journals give equal reports, byte for byte.

mod beside;
mod compare;
mod detail;
mod facts;
mod fold;
mod html;
mod json;
mod plots;
mod query;
mod report;
pub mod stats;
pub mod tables;
mod text;
mod time;

pub use beside::{Alone, Beside};
pub use compare::{Aligner, Alignment, Comparison, Gap, Sides, TripPair};
pub use detail::{Note, Timelines};
pub use facts::{RunFacts, RunReport, RunSummary};
pub use fold::Fold;
pub use html::{
    Drawn, PageError, Study, StudyDrawing, StudyFigure, StudyPlot, StudyTable, comparison_to_html,
    study_to_html, to_html,
};
pub use json::{write_json, write_json_beside};
pub use query::{Answer, Asked, Query, QueryError};
pub use report::{
    Amount, Analysis, Attribution, Attributions, Basis, BasisPoint, BasisTrade, Bucket,
    CapacityPoint, Capture, Closed, CurvePoint, DayAttribution, DayClose, DelayBin, DeltaBands,
    Distribution, Equity, EquityPoint, Execution, Exit, Exposure, Exposures, Feeds, Figures,
    FillRatio, Funnel, Hedging, Holding, Inventory, Latency, LedgerLine, LegAttribution, LegBucket,
    MarginUse, OpenPosition, Outcomes, Pnl, Quantiles, Report, RoleFills, RoundTrip, Run,
    TrackPoint, Tracks, TripLeg,
};
pub use text::{alignment_to_text, comparison_to_text, to_text};
