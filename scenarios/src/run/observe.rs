//! What a person sees of a run while it goes on, and what it cost.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::lines::Lines;

/// Events between two looks at the clock.
const STEP: u64 = 1 << 16;

/// A progress bar with rate and ETA on stderr, silent when stderr is no terminal.
pub struct Progress {
    bar: ProgressBar,
    lines: Option<Lines>,
    done: u64,
}

impl Progress {
    /// For `total` rows.
    pub fn of(total: u64) -> Self {
        Self::counting(total, "rows")
    }

    /// For `total` points of a sweep.
    pub fn points(total: u64) -> Self {
        Self::counting(total, "points")
    }

    /// For `total` points of a sweep, a line of JSON a second instead of the bar.
    pub fn lines(total: u64) -> Self {
        let mut silent = Self::none();
        silent.lines = Some(Lines::of(total));
        silent
    }

    /// Shows nothing.
    pub fn none() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            lines: None,
            done: 0,
        }
    }

    fn counting(total: u64, what: &str) -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template(&format!(
            "{{bar:30}} {{human_pos}}/{{human_len}} {what}  {{per_sec}}  ETA {{eta}}"
        ));
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar,
            lines: None,
            done: 0,
        }
    }

    /// Shows how far it has come.
    pub fn set(&mut self, done: u64) {
        match &mut self.lines {
            Some(lines) => lines.set(done),
            None => self.bar.set_position(done),
        }
    }

    /// So many more rows.
    pub fn rows(&mut self, rows: u64) {
        let before = self.done;
        self.done += rows;
        if before / STEP != self.done / STEP {
            self.bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Peak resident memory of this process in MiB, where the system tells.
pub fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
