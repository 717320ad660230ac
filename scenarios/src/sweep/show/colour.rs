//! Colours of scores: a scale of one hue after another that is told apart without red and green.

use anstyle::{Ansi256Color, Style};

/// From the worst to the best. The last is dark enough to be a line on white paper.
const STOPS: [Rgb; 5] = [
    Rgb(68, 60, 120),
    Rgb(59, 100, 148),
    Rgb(38, 148, 140),
    Rgb(110, 190, 90),
    Rgb(244, 190, 30),
];
/// The same on a terminal of 256 colours, which has none of the shades between.
const CUBE_STOPS: [u8; 7] = [60, 25, 31, 36, 71, 142, 220];
/// Letters on colours.
const DARK: Rgb = Rgb(17, 17, 17);
const LIGHT: Rgb = Rgb(255, 255, 255);
/// Red, green and blue of the cube of 216 colours that terminals have from number 16 on.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rgb(u8, u8, u8);

impl Rgb {
    fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// How bright it looks, from 0 to 1, as the contrast of letters is reckoned with.
    fn luminance(self) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                libm::pow((value + 0.055) / 1.055, 2.4)
            }
        };
        0.2126 * part(self.0) + 0.7152 * part(self.1) + 0.0722 * part(self.2)
    }

    /// The letters that can be read better on it.
    fn ink(self) -> Self {
        let contrast = |other: Self| {
            let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
            one.max(two) / one.min(two)
        };
        if contrast(DARK) > contrast(LIGHT) {
            DARK
        } else {
            LIGHT
        }
    }

    /// A colour of a terminal's cube by its number.
    fn of_cube(number: u8) -> Self {
        let step = |weight: u8| CUBE[usize::from(number.saturating_sub(16) / weight % 6)];
        Self(step(36), step(6), step(1))
    }
}

/// The colour of a score between 0 and 1.
pub(super) fn colour(score: f64) -> String {
    scale(score).hex()
}

/// The colour of letters on it.
pub(super) fn ink(score: f64) -> String {
    scale(score).ink().hex()
}

/// Both on a terminal.
pub(super) fn painted(score: f64) -> Style {
    let place = score.clamp(0.0, 1.0) * (CUBE_STOPS.len() - 1) as f64;
    let ground = CUBE_STOPS[(place.round() as usize).min(CUBE_STOPS.len() - 1)];
    let ink = if Rgb::of_cube(ground).ink() == DARK {
        Ansi256Color(16)
    } else {
        Ansi256Color(231)
    };
    Style::new()
        .bg_color(Some(Ansi256Color(ground).into()))
        .fg_color(Some(ink.into()))
}

fn scale(score: f64) -> Rgb {
    let place = score.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let below = (place as usize).min(STOPS.len() - 2);
    let part = place - below as f64;
    let (low, high) = (STOPS[below], STOPS[below + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    Rgb(mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_the_stops() {
        assert_eq!(colour(-1.0), "#443c78");
        assert_eq!(colour(0.5), "#26948c");
        assert_eq!(colour(1.0), "#f4be1e");
    }

    #[test]
    fn letters_can_be_read_on_all_of_it() {
        let smooth = (0..=100).map(|step| scale(f64::from(step) / 100.0));
        for ground in smooth.chain(CUBE_STOPS.map(Rgb::of_cube)) {
            let (one, two) = (ground.luminance() + 0.05, ground.ink().luminance() + 0.05);
            let contrast = one.max(two) / one.min(two);
            assert!(contrast >= 4.0, "{ground:?}: {contrast}");
        }
    }

    #[test]
    fn terminals_have_a_cube() {
        assert_eq!(Rgb::of_cube(16), Rgb(0, 0, 0));
        assert_eq!(Rgb::of_cube(231), LIGHT);
        assert_eq!(Rgb::of_cube(142), Rgb(175, 175, 0));
        let best = Some(Ansi256Color(220).into());
        assert_eq!(painted(1.0).get_bg_color(), best);
        assert_eq!(
            painted(f64::NAN).get_bg_color(),
            painted(0.0).get_bg_color()
        );
    }
}
