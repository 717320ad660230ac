//! Sweeps: many runs of one scenario with other parameters, here or in shards on many machines.
//!
//! A [`Plan`] lists every point by index. A [`Shard`] is a share of them: it runs its points through an
//! [`Executor`], keeps checkpoints, and leaves one part. [`merge`] puts the parts together, and [`Results`] judges
//! them. Rows hold nothing that differs between two runs of a point, so results are the same bytes whatever the
//! number of threads and shards was, and however often they were interrupted.

mod checkpoint;
mod error;
mod execute;
mod memory;
pub mod merge;
mod metrics;
mod objective;
mod overfit;
mod pace;
mod part;
mod plan;
mod plateau;
mod point;
mod prepare;
mod results;
mod row;
mod search;
mod shard;
pub mod show;
pub mod space;
mod table;

pub use error::{Fault, SweepError, coded, fault};
pub use execute::{Companies, Executor, News};
pub use memory::parse as parse_size;
pub use metrics::{Metrics, PERIODS};
pub use objective::{Objective, pareto, ranking};
pub use overfit::Overfit;
pub use pace::Pace;
pub use part::{Part, Timings, place as part_place};
pub use plan::{PLAN_FILE, Plan};
pub use point::Ground;
pub use prepare::{Planned, Request, plan};
pub use results::{RESULTS_FILE, Results};
pub use row::{Cost, Done, Job, Row};
pub use search::{
    Asked, Generation, Machine, Search, Stage, Told, ask, open as open_search, run as run_search,
    settle, tell, told, whole,
};
pub use shard::{End, Shard, run as run_shard};
