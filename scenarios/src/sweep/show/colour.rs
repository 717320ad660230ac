//! Colours of scores: a scale of one hue after another that is told apart without red and green.

/// From the worst to the best.
const STOPS: [(u8, u8, u8); 5] = [
    (68, 60, 120),
    (59, 100, 148),
    (38, 148, 140),
    (110, 190, 90),
    (250, 214, 60),
];

/// The colour of a score between 0 and 1.
pub(super) fn colour(score: f64) -> String {
    let place = score.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let below = (place as usize).min(STOPS.len() - 2);
    let part = place - below as f64;
    let (low, high) = (STOPS[below], STOPS[below + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    format!(
        "#{:02x}{:02x}{:02x}",
        mix(low.0, high.0),
        mix(low.1, high.1),
        mix(low.2, high.2)
    )
}

#[cfg(test)]
mod tests {
    use super::colour;

    #[test]
    fn ends_are_the_stops() {
        assert_eq!(colour(-1.0), "#443c78");
        assert_eq!(colour(0.5), "#26948c");
        assert_eq!(colour(1.0), "#fad63c");
    }
}
