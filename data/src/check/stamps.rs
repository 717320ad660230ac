//! The stamps of one kind of rows: what time they cover, where it goes back, and how far the two clocks are apart.

use super::finding::{At, CheckName, ONCE, Scope, Severity, Tally, about, seconds};
use super::silence::Silence;
use super::sketch::Sketch;
use crate::tape::time_text;

/// Stamps of one kind of rows.
#[derive(Default)]
pub(super) struct Stamps {
    pub(super) rows: u64,
    first: Option<At>,
    /// Earliest and latest receive time.
    pub(super) range: Option<(i64, i64)>,
    last: Option<i64>,
    back: Tally,
    back_most: i64,
    last_venue: Option<i64>,
    venue_back: Tally,
    venue_back_most: i64,
    /// Receive time less venue time.
    offset: Sketch,
    behind: Tally,
    other_day: Tally,
}

impl Stamps {
    /// A row. One that is not of the `stream` answers a request: its venue time may be earlier.
    pub(super) fn row(&mut self, at: At, venue: Option<i64>, stream: bool, in_day: bool) {
        self.rows += 1;
        self.first.get_or_insert(at);
        let (least, most) = self.range.unwrap_or((at.ts, at.ts));
        self.range = Some((least.min(at.ts), most.max(at.ts)));
        step_back(
            &mut self.last,
            at.ts,
            at,
            &mut self.back,
            &mut self.back_most,
        );
        self.other_day.add_if(!in_day, at);
        if let Some(venue) = venue {
            let offset = at.ts.saturating_sub(venue);
            self.offset.add(offset);
            self.behind.add_if(offset < 0, at);
            if stream {
                let (last, most) = (&mut self.last_venue, &mut self.venue_back_most);
                step_back(last, venue, at, &mut self.venue_back, most);
            }
        }
    }

    pub(super) fn tell(&self, silence: &Silence, to: &mut Scope<'_>) {
        self.regressions(to);
        self.offsets(to);
        to.tell(
            CheckName::Coverage,
            Severity::Error,
            self.other_day,
            "rows lie outside the day or month of their file, so readers that choose files by it miss them; import again",
            Vec::new(),
        );
        self.coverage(silence, to);
    }

    fn regressions(&self, to: &mut Scope<'_>) {
        to.tell(
            CheckName::ClockRegression,
            Severity::Warning,
            self.back,
            format!(
                "receive time goes back, by up to {} s; a tape gives such rows the stamp of the row before them",
                about(self.back_most)
            ),
            vec![("largest_s", seconds(self.back_most))],
        );
        to.tell(
            CheckName::ClockRegression,
            Severity::Warning,
            self.venue_back,
            format!(
                "venue time goes back, by up to {} s; order by receive time and place holds, order by venue time would not",
                about(self.venue_back_most)
            ),
            vec![("largest_s", seconds(self.venue_back_most))],
        );
    }

    fn offsets(&self, to: &mut Scope<'_>) {
        let (Some(least), Some(median), Some(most)) = (
            self.offset.least(),
            self.offset.median(),
            self.offset.most(),
        ) else {
            return;
        };
        let range = format!(
            "{} to {} s, median {}",
            about(least),
            about(most),
            about(median)
        );
        let values = vec![
            ("rows", self.offset.count().to_string()),
            ("min_s", seconds(least)),
            ("median_s", seconds(median)),
            ("max_s", seconds(most)),
        ];
        let (severity, met, says) = if least < 0 {
            let says = format!(
                "the recorder's clock is behind the venue's: receive less venue time is {range}; \
                 feed = \"recorded\" cannot be used, and no delay is to be read from it"
            );
            (Severity::Warning, self.behind, says)
        } else if most == 0 {
            let says = "receive time is venue time: the source told one stamp, so no delay is to be read from it";
            (Severity::Note, ONCE, says.to_string())
        } else {
            (
                Severity::Note,
                ONCE,
                format!("receive less venue time is {range}"),
            )
        };
        to.tell(CheckName::ClockOffset, severity, met, says, values);
    }

    fn coverage(&self, silence: &Silence, to: &mut Scope<'_>) {
        let Some((first, last)) = self.range else {
            return;
        };
        let (first, last) = (time_text(first), time_text(last));
        let mut values = vec![("first", first.clone()), ("last", last.clone())];
        values.extend(silence.values());
        let met = Tally {
            count: self.rows,
            first: self.first,
        };
        let says = format!("rows from {first} to {last}{}", silence.words());
        to.tell(CheckName::Coverage, Severity::Note, met, says, values);
    }
}

fn step_back(last: &mut Option<i64>, now: i64, at: At, met: &mut Tally, most: &mut i64) {
    let back = last.map_or(0, |last| last.saturating_sub(now));
    if back > 0 {
        met.add(at);
        *most = (*most).max(back);
    }
    *last = Some(now);
}
