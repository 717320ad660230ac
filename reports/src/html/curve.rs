//! The curve of cumulative net as a vector picture. Floats are for pixels alone.

use std::fmt::Write;

use onetape_core::time::Ts;

use crate::time::strftime;

/// One step of the curve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) at: Ts,
    pub(super) value: f64,
}

/// What is drawn: steps in time order, and when round trips were opened and closed.
#[derive(Clone, Debug, Default)]
pub(super) struct Curve {
    pub(super) steps: Vec<Step>,
    pub(super) entries: Vec<Ts>,
    /// With the value that the curve takes there.
    pub(super) exits: Vec<Step>,
    /// Right end of the time axis.
    pub(super) until: Ts,
}

/// Size of a picture in its own units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Space for labels on the left and below; a little on the right and above.
const LEFT: f64 = 66.0;
const BELOW: f64 = 44.0;
const RIGHT: f64 = 14.0;
const ABOVE: f64 = 14.0;
/// More marks than this would cover the curve.
pub(super) const MARKS_MAX: usize = 120;

impl Curve {
    /// The picture; nothing when there is no time to draw over.
    pub(super) fn svg(&self, size: Size, label: &str) -> Option<String> {
        let first = self.steps.first()?.at;
        let frame = Frame::of(self, first, size)?;
        let mut svg = String::new();
        let _ = write!(
            svg,
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{label}\">",
            size.width, size.height
        );
        frame.value_axis(&mut svg);
        frame.time_axis(&mut svg);
        frame.line(&mut svg, &self.steps);
        if self.exits.len() <= MARKS_MAX && self.entries.len() <= MARKS_MAX {
            frame.marks(&mut svg, self);
        }
        svg.push_str("</svg>");
        Some(svg)
    }

    fn value_at(&self, at: Ts) -> f64 {
        let after = self.steps.partition_point(|step| step.at <= at);
        let before = after.checked_sub(1).and_then(|at| self.steps.get(at));
        before.map_or(0.0, |step| step.value)
    }
}

/// From moments and values to pixels.
struct Frame {
    size: Size,
    from: i64,
    until: i64,
    low: f64,
    high: f64,
    step: f64,
}

impl Frame {
    fn of(curve: &Curve, first: Ts, size: Size) -> Option<Self> {
        let (from, until) = (first.nanos(), curve.until.nanos());
        if until <= from {
            return None;
        }
        let values = || curve.steps.iter().map(|step| step.value);
        let low = values().fold(0.0, f64::min);
        let high = values().fold(0.0, f64::max);
        let span = if high > low { high - low } else { 1.0 };
        let step = round_step(span / (size.height / 60.0));
        Some(Self {
            size,
            from,
            until,
            low: (low / step).floor() * step,
            high: if high > low {
                (high / step).ceil() * step
            } else {
                low + step
            },
            step,
        })
    }

    fn x(&self, at: Ts) -> f64 {
        let part = (at.nanos() - self.from) as f64 / (self.until - self.from) as f64;
        LEFT + part.clamp(0.0, 1.0) * (self.size.width - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value - self.low) / (self.high - self.low);
        self.bottom() - part * (self.bottom() - ABOVE)
    }

    fn bottom(&self) -> f64 {
        self.size.height - BELOW
    }

    fn value_axis(&self, svg: &mut String) {
        let decimals = step_decimals(self.step);
        let count = ((self.high - self.low) / self.step).round() as i32;
        for at in 0..=count {
            let value = self.low + f64::from(at) * self.step;
            let y = self.y(value);
            let class = if value.abs() < self.step / 1e3 {
                "zero"
            } else {
                "grid"
            };
            let _ = write!(
                svg,
                "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                self.size.width - RIGHT,
                LEFT - 8.0,
                y + 4.0,
                axis_text(value, decimals),
            );
        }
    }

    fn time_axis(&self, svg: &mut String) {
        let wide = self.size.width - LEFT - RIGHT;
        let labels = |each: f64| (wide / each).max(2.0) as i64;
        let span = self.until - self.from;
        let step = match time_step(span / labels(80.0)) {
            step if step < SECOND => time_step(span / labels(110.0)),
            step => step,
        };
        let format = time_format(step);
        let mut at = self
            .from
            .div_euclid(step)
            .saturating_add(1)
            .saturating_mul(step);
        while at <= self.until {
            let x = self.x(Ts::from_nanos(at));
            if x > LEFT + 20.0 && x < self.size.width - RIGHT - 20.0 {
                let _ = write!(
                    svg,
                    "<line class=\"tick\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
                     <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                    self.bottom(),
                    self.bottom() + 5.0,
                    self.bottom() + 19.0,
                    strftime(Ts::from_nanos(at), format),
                );
            }
            at = at.saturating_add(step);
        }
        let _ = write!(
            svg,
            "<text class=\"axis\" x=\"{LEFT}\" y=\"{:.1}\">{} UTC</text>",
            self.size.height - 6.0,
            self.days(),
        );
    }

    /// The day, or the first and the last.
    fn days(&self) -> String {
        let day = |at| strftime(Ts::from_nanos(at), "%Y-%m-%d");
        let (first, last) = (day(self.from), day(self.until));
        if first == last {
            first
        } else {
            format!("{first} to {last}")
        }
    }

    fn line(&self, svg: &mut String, steps: &[Step]) {
        let mut path = String::new();
        let mut last = 0.0;
        let mut drawn = (f64::MIN, f64::MIN);
        for (at, step) in steps.iter().enumerate() {
            let (x, y) = (self.x(step.at), self.y(step.value));
            if at == 0 {
                let _ = write!(path, "M{x:.1} {y:.1}");
            } else if (x - drawn.0).abs() >= 0.5
                || (y - drawn.1).abs() >= 0.5
                || at + 1 == steps.len()
            {
                let _ = write!(path, "H{x:.1}V{y:.1}");
            } else {
                continue;
            }
            drawn = (x, y);
            last = y;
        }
        let end = self.size.width - RIGHT;
        let zero = self.y(0.0);
        let _ = write!(
            svg,
            "<path class=\"area\" d=\"{path}H{end:.1}V{zero:.1}H{LEFT}Z\"/>\
             <path class=\"curve\" d=\"{path}H{end:.1}\"/>\
             <circle class=\"now\" cx=\"{end:.1}\" cy=\"{last:.1}\" r=\"3.5\"/>"
        );
    }

    fn marks(&self, svg: &mut String, curve: &Curve) {
        for &entry in &curve.entries {
            let (x, y) = (self.x(entry), self.y(curve.value_at(entry)));
            let _ = write!(
                svg,
                "<circle class=\"entry\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.8\"/>"
            );
        }
        for exit in &curve.exits {
            let (x, y) = (self.x(exit.at), self.y(exit.value));
            let _ = write!(
                svg,
                "<circle class=\"exit\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.8\"/>"
            );
        }
    }
}

/// The next of 1, 2, 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= least && power < 1e15 {
        power *= 10.0;
    }
    while power > least && power > 1e-12 {
        power /= 10.0;
    }
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

fn step_decimals(step: f64) -> usize {
    let (mut decimals, mut scaled) = (0, step);
    while scaled < 0.999_999 && decimals < 12 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

fn axis_text(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    if value < 0.0 && !zero {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

const SECOND: i64 = 1_000_000_000;

/// The next of the lengths of time that a clock is divided in.
fn time_step(least: i64) -> i64 {
    const MILLI: i64 = 1_000_000;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let steps = [
        MILLI,
        10 * MILLI,
        100 * MILLI,
        200 * MILLI,
        500 * MILLI,
        SECOND,
        2 * SECOND,
        5 * SECOND,
        10 * SECOND,
        15 * SECOND,
        30 * SECOND,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        14 * DAY,
        30 * DAY,
        90 * DAY,
        180 * DAY,
    ];
    let fits = steps.into_iter().find(|step| *step >= least);
    fits.unwrap_or_else(|| (least / (365 * DAY) + 1).saturating_mul(365 * DAY))
}

fn time_format(step: i64) -> &'static str {
    match step / SECOND {
        0 => "%H:%M:%S.%3f",
        1..60 => "%H:%M:%S",
        60..86_400 => "%H:%M",
        _ => "%d %b",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (least, step) in [
            (0.3, 0.5),
            (0.5, 0.5),
            (0.51, 1.0),
            (7.0, 10.0),
            (120.0, 200.0),
            (0.0011, 0.002),
        ] {
            assert!((round_step(least) / step - 1.0).abs() < 1e-9, "{least}");
        }
        assert_eq!([1.0, 0.5, 0.002].map(step_decimals), [0, 1, 3]);
        assert_eq!(axis_text(-0.0001, 2), "0.00");
        assert_eq!(time_step(7 * SECOND), 10 * SECOND);
        assert_eq!(time_format(time_step(4_000 * SECOND)), "%H:%M");
    }

    #[test]
    fn extreme_curves_are_drawn_within_the_picture() {
        let size = Size {
            width: 400.0,
            height: 200.0,
        };
        for value in [0.0, 1e-9, -1e-9, 1e12, -1e12, 5e-324] {
            let curve = Curve {
                steps: vec![
                    Step {
                        at: Ts::from_nanos(0),
                        value: 0.0,
                    },
                    Step {
                        at: Ts::from_nanos(5),
                        value,
                    },
                ],
                until: Ts::from_nanos(10),
                ..Curve::default()
            };
            let svg = curve.svg(size, "net").unwrap();
            assert!(
                svg.len() < 20_000 && !svg.contains("NaN") && !svg.contains("inf"),
                "{value}: {svg}"
            );
        }
        assert!(Curve::default().svg(size, "net").is_none());
    }
}
