//! The figures of a profile, alone or beside those of another tape.

use std::fmt;

use serde::Serialize;

/// One figure; quantities are in base units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What it is, with its unit.
    pub name: String,
    /// How much; `None` where the tape has nothing to tell it from.
    pub value: Option<f64>,
}

/// How one instrument's market behaves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MarketProfile {
    /// Full name.
    pub instrument: String,
    /// From the first message to the last.
    pub seconds: f64,
    /// The figures, in the order in which they are shown.
    pub figures: Vec<Figure>,
}

impl MarketProfile {
    /// A figure by its name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        let figure = self.figures.iter().find(|figure| figure.name == name)?;
        figure.value
    }
}

/// An instrument, and another tape's beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The first one.
    pub profile: MarketProfile,
    /// What it is compared with.
    pub against: Option<MarketProfile>,
}

fn number(value: Option<f64>) -> String {
    let Some(value) = value else {
        return "-".to_owned();
    };
    // Four digits that count, and no exponent.
    let whole = value.abs();
    let decimals = match whole {
        _ if whole >= 1_000.0 => 0,
        _ if whole >= 100.0 => 1,
        _ if whole >= 10.0 => 2,
        _ if whole >= 0.1 => 3,
        _ if whole >= 0.001 => 5,
        _ => 6,
    };
    format!("{value:.decimals$}")
}

/// How many times the second is in the first; for correlations, which lie around zero, their difference.
fn set_against(name: &str, one: f64, other: f64) -> String {
    if name.starts_with("autocorrelation") {
        return format!("{:+.3}", one - other);
    }
    if other == 0.0 {
        return "-".to_owned();
    }
    format!("x {:.2}", one / other)
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, against } = self;
        let other = against.as_ref();
        let name = other.map_or("", |other| other.instrument.as_str());
        let (one_wide, other_wide) = (profile.instrument.len().max(12), name.len().max(12));
        write!(f, "{:<26} {:>one_wide$}", "", profile.instrument)?;
        if other.is_some() {
            write!(f, " {name:>other_wide$}")?;
        }
        writeln!(f)?;
        write!(
            f,
            "{:<26} {:>one_wide$}",
            "seconds",
            number(Some(profile.seconds))
        )?;
        if let Some(other) = other {
            write!(f, " {:>other_wide$}", number(Some(other.seconds)))?;
        }
        writeln!(f)?;
        for figure in &profile.figures {
            write!(f, "{:<26} {:>one_wide$}", figure.name, number(figure.value))?;
            if let Some(other) = other {
                let value = other.figure(&figure.name);
                write!(f, " {:>other_wide$}", number(value))?;
                if let (Some(one), Some(other)) = (figure.value, value) {
                    write!(f, " {:>8}", set_against(&figure.name, one, other))?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(instrument: &str, rate: f64, correlation: Option<f64>) -> MarketProfile {
        let figure = |name: &str, value| Figure {
            name: name.to_owned(),
            value,
        };
        MarketProfile {
            instrument: instrument.to_owned(),
            seconds: 60.0,
            figures: vec![
                figure("quotes_per_s", Some(rate)),
                figure("autocorrelation_1s_lag1", correlation),
            ],
        }
    }

    #[test]
    fn figures_stand_side_by_side() {
        let comparison = Comparison {
            profile: profile("a:X", 82.0, Some(0.05)),
            against: Some(profile("b:X", 41.0, Some(-0.1))),
        };
        let text = comparison.to_string();
        assert!(text.contains("82.00        41.00   x 2.00\n"), "{text}");
        assert!(text.contains("0.05000       -0.100   +0.150\n"), "{text}");
        let alone = Comparison {
            profile: profile("a:X", 0.0002, None),
            against: None,
        };
        let text = alone.to_string();
        assert!(
            text.contains("0.000200\n") && text.contains("lag1               -\n"),
            "{text}"
        );
    }
}
