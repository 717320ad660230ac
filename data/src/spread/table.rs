//! A spread as text for people.

use std::fmt;

use super::report::{Counts, Evaluations, SpreadReport};

/// Width of the longest bar of the histogram.
const BAR: u64 = 40;

impl fmt::Display for SpreadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "A  {}   {} quotes", self.a[0], self.rows_a)?;
        writeln!(f, "B  {}   {} quotes", self.b[0], self.rows_b)?;
        for (name, rule, found) in [
            ("R1", "once a quote of A, against B's last", &self.r1),
            ("R2", "once a quote of either leg", &self.r2),
        ] {
            if let Some(found) = found {
                writeln!(f, "{name} {rule}: {} evaluations\n", found.n_eval)?;
                evaluations(f, found)?;
            }
        }
        Ok(())
    }
}

fn evaluations(f: &mut fmt::Formatter<'_>, found: &Evaluations) -> fmt::Result {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_string());
    writeln!(
        f,
        "{:<28}{:>16}{:>16}",
        "cost in % (negative: gain)", "buy A, sell B", "buy B, sell A"
    )?;
    for (name, a, b) in [
        ("smallest", &found.s_in.min, &found.s_out.min),
        ("mean", &found.s_in.mean_float, &found.s_out.mean_float),
        ("largest", &found.s_in.max, &found.s_out.max),
    ] {
        writeln!(f, "{name:<28}{:>16}{:>16}", text(a), text(b))?;
    }
    writeln!(
        f,
        "{:<28}{:>16}{:>16}",
        "gains", found.n_cross_ab, found.n_cross_ba
    )?;
    if let (Some(a), Some(b)) = (found.cross_ab_episodes, found.cross_ba_episodes) {
        writeln!(f, "{:<28}{a:>16}{b:>16}", "  in episodes")?;
    }
    if let (Some(a), Some(b)) = (found.cross_ab_duration_ms, found.cross_ba_duration_ms) {
        writeln!(f, "{:<28}{a:>16.3}{b:>16.3}", "  lasting, ms")?;
    }
    if let Some(ages) = found.age_of_b_ms {
        let ms = |age: Option<f64>| age.map_or("-".to_string(), |age| format!("{age:.3}"));
        writeln!(
            f,
            "\nB's quote is {} ms old (median), at most {} ms",
            ms(ages.median),
            ms(ages.max)
        )?;
    }
    histogram(f, "buy A, sell B", &found.s_in.count_le, found.n_eval)?;
    histogram(f, "buy B, sell A", &found.s_out.count_le, found.n_eval)?;
    if let Some(bps) = round_trip_bps(found) {
        writeln!(
            f,
            "\na round trip captures {bps:.4} bps on average (in and out at the touch at once, before fees)"
        )?;
    }
    Ok(())
}

/// What buying A and selling B, and the reverse at the same moment, brings on average.
fn round_trip_bps(found: &Evaluations) -> Option<f64> {
    let mean = |text: &Option<String>| text.as_ref()?.parse::<f64>().ok();
    Some(-(mean(&found.s_in.mean_float)? + mean(&found.s_out.mean_float)?) * 100.0)
}

/// Evaluations between two thresholds; empty ends are left out.
fn histogram(f: &mut fmt::Formatter<'_>, title: &str, counts: &Counts, n: u64) -> fmt::Result {
    let mut bins = Vec::new();
    let (mut below, mut lower) = (0, "");
    for &(threshold, count) in &counts.0 {
        bins.push((lower, threshold, count - below));
        (below, lower) = (count, threshold);
    }
    bins.push((lower, "", n - below));
    let most = bins.iter().map(|bin| bin.2).max().unwrap_or(0).max(1);
    let filled = |bin: &&(&str, &str, u64)| bin.2 > 0;
    let skip = bins.iter().take_while(|bin| !filled(bin)).count();
    let end = bins.len() - bins.iter().rev().take_while(|bin| !filled(bin)).count();
    writeln!(f, "\n{title}: cost in %, evaluations")?;
    for (lower, upper, count) in bins.get(skip..end).unwrap_or_default() {
        let bar = "#".repeat((count * BAR).div_ceil(most) as usize);
        let upper = if upper.is_empty() { "more" } else { upper };
        writeln!(f, "{lower:>7} .. {upper:<7}{count:>12}  {bar}")?;
    }
    Ok(())
}
