//! Times as decimal texts, exact to the nanosecond: no stamp goes through a float.

use onetape_core::time::Ts;

/// A time in seconds since 1970, such as `1633998512.0633569`; `None` for what is none, and for digits below a
/// nanosecond that are not zero.
pub fn of_seconds(text: &str) -> Option<Ts> {
    of_units(text, 9)
}

/// A time in milliseconds since 1970, such as `1619093543708.2642`.
pub fn of_millis(text: &str) -> Option<Ts> {
    of_units(text, 6)
}

/// Seconds or milliseconds, told by the digits before the point: 11 digits of seconds are the year 2286.
pub fn of_either(text: &str) -> Option<Ts> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.len() > 11 {
        of_millis(text)
    } else {
        of_seconds(text)
    }
}

/// `places` is how many digits after the point make a nanosecond.
fn of_units(text: &str, places: usize) -> Option<Ts> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let (kept, rest) = fraction.split_at(fraction.len().min(places));
    if rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let nanos = format!("{whole}{kept:0<places$}").parse::<i64>().ok()?;
    Some(Ts::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stamps_are_exact() {
        for (text, nanos) in [
            ("1633998512.0633569", 1_633_998_512_063_356_900),
            ("1633998512.86375", 1_633_998_512_863_750_000),
            ("1633998512", 1_633_998_512_000_000_000),
            ("1684930166.123456789", 1_684_930_166_123_456_789),
            ("1684930166.1234567890", 1_684_930_166_123_456_789),
        ] {
            assert_eq!(of_seconds(text), Some(Ts::from_nanos(nanos)), "{text}");
            assert_eq!(of_either(text), Some(Ts::from_nanos(nanos)), "{text}");
        }
        let millis = Some(Ts::from_nanos(1_619_093_543_708_264_200));
        assert_eq!(of_millis("1619093543708.2642"), millis);
        assert_eq!(of_either("1619093543708.2642"), millis);
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e9",
            "1.0000000001",
            "99999999999",
        ] {
            assert_eq!(of_seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(nanos in 0_i64..4_000_000_000_000_000_000) {
            let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
            prop_assert_eq!(of_seconds(&text), Some(Ts::from_nanos(nanos)));
            let text = format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000);
            prop_assert_eq!(of_millis(&text), Some(Ts::from_nanos(nanos)));
        }

        #[test]
        fn any_text_is_a_time_or_none(text in ".{0,24}") {
            let _ = of_either(&text);
        }
    }
}
