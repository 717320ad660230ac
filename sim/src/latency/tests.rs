//! Delays: bounds, keys, and the shape of what is drawn.

use proptest::prelude::*;

use super::*;

const VENUE: VenueId = VenueId(3);

fn draws(stream: Stream) -> Draws {
    Draws::new(7, VENUE, stream)
}

fn sample(delay: &Delay, count: u64) -> Vec<i64> {
    let draws = draws(Stream::Order);
    (0..count)
        .map(|number| delay.draw(draws.at(number)).nanos())
        .collect()
}

fn nanos(value: i64) -> Span {
    Span::from_nanos(value)
}

#[test]
fn the_generator_is_splitmix64() {
    // The first outputs of Vigna's splitmix64.c from the state 1234567.
    let draws = Draws(1_234_567);
    for (number, word) in [
        (0, 6_457_827_717_110_365_317),
        (1, 3_203_168_211_198_807_973),
        (2, 9_817_491_932_198_370_423),
    ] {
        assert_eq!(draws.at(number), Draw(word));
    }
}

#[test]
fn every_part_of_the_key_counts_and_the_order_of_use_does_not() {
    let mut words: Vec<u64> = Vec::new();
    for seed in 0..8 {
        for venue in 0..8 {
            for stream in [Stream::Feed, Stream::Order, Stream::Answer] {
                let draws = Draws::new(seed, VenueId(venue), stream);
                words.extend((0..32).map(|number| draws.at(number).0));
            }
        }
    }
    let count = words.len();
    let backwards: Vec<u64> = (0..32)
        .rev()
        .map(|number| Draws::new(0, VenueId(0), Stream::Feed).at(number).0)
        .collect();
    assert!(backwards.iter().rev().eq(&words[..32]));
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), count, "two keys share a draw");
}

#[test]
fn uniform_draws_fill_their_bounds_evenly() {
    // A die of six faces, thrown 60,000 times: each face 10,000 times, with a standard deviation of 91.
    let die = Delay::Uniform(nanos(1), nanos(6));
    let mut faces = [0_i64; 6];
    for face in sample(&die, 60_000) {
        faces[face as usize - 1] += 1;
    }
    assert!(
        faces.iter().all(|times| (times - 10_000).abs() < 500),
        "{faces:?}"
    );
    // Integers alone: the mean of 100,000 draws between 2 and 4 ms is 3 ms to within six standard errors.
    let sum: i64 = sample(&Delay::Uniform(nanos(2_000_000), nanos(4_000_000)), 100_000)
        .iter()
        .sum();
    assert!((sum / 100_000 - 3_000_000).abs() < 11_000, "{sum}");
}

#[test]
fn a_lognormal_has_its_median_its_mean_and_its_spread() {
    let delay = Delay::LogNormal {
        median: nanos(1_000_000),
        sigma: 0.5,
        least: nanos(0),
        most: nanos(1_000_000_000),
    };
    let mut drawn = sample(&delay, 100_000);
    drawn.sort_unstable();
    // Standard errors of 100,000: of the median 1,980 ns, of the mean 1,910 ns.
    assert!(
        (drawn[50_000] - 1_000_000).abs() < 10_000,
        "{}",
        drawn[50_000]
    );
    // exp(0.5^2 / 2) = 1.133148...
    let mean = drawn.iter().sum::<i64>() / 100_000;
    assert!((mean - 1_133_148).abs() < 10_000, "{mean}");
    // One standard deviation each way: exp(0.5) = 1.648721, exp(-0.5) = 0.606531.
    assert!(
        (drawn[84_134] - 1_648_721).abs() < 25_000,
        "{}",
        drawn[84_134]
    );
    assert!(
        (drawn[15_866] - 606_531).abs() < 12_000,
        "{}",
        drawn[15_866]
    );
}

#[test]
fn lognormal_draws_are_these_on_every_machine() {
    let delay = Delay::LogNormal {
        median: nanos(5_000_000),
        sigma: 0.7,
        least: nanos(0),
        most: nanos(i64::MAX),
    };
    // The middle draw is the median; the word 2^62 is the first quartile, z = -0.6744897501960817:
    // 5,000,000 * exp(-0.4721428251372572) = 3,118,322.
    assert_eq!(delay.draw(Draw(1 << 63)), nanos(5_000_000));
    assert_eq!(delay.draw(Draw(1 << 62)), nanos(3_118_322));
    assert!(delay.draw(Draw(u64::MAX)) > nanos(1_000_000_000));
}

#[test]
fn table_entries_come_alike() {
    let table = Delay::Table([10, 20, 30, 40].map(nanos).into_iter().collect());
    let drawn = sample(&table, 40_000);
    for value in [10, 20, 30, 40] {
        let times = drawn.iter().filter(|&&drawn| drawn == value).count();
        assert!(times.abs_diff(10_000) < 500, "{value}: {times}");
    }
    assert_eq!((table.least(), table.most()), (nanos(10), nanos(40)));
}

fn delay() -> impl proptest::strategy::Strategy<Value = Delay> {
    let span = || (0_i64..10_000_000_000).prop_map(nanos);
    prop_oneof![
        span().prop_map(Delay::Constant),
        (span(), span()).prop_map(|(one, other)| Delay::Uniform(one, other)),
        (span(), 0.0_f64..5.0, span(), span()).prop_map(|(median, sigma, one, other)| {
            Delay::LogNormal {
                median,
                sigma,
                least: one.min(other),
                most: one.max(other),
            }
        }),
        proptest::collection::vec(span(), 1..20).prop_map(|table| Delay::Table(table.into())),
    ]
}

proptest! {
    #[test]
    fn draws_stay_in_bounds_and_repeat(delay in delay(), seed: u64, venue: u16, number: u64, word: u64) {
        let (least, most) = (delay.least(), delay.most());
        for draw in [Draws::new(seed, VenueId(venue), Stream::Answer).at(number), Draw(word), Draw(0), Draw(u64::MAX)] {
            let drawn = delay.draw(draw);
            prop_assert!(least <= drawn && drawn <= most, "{least:?} {drawn:?} {most:?}");
            prop_assert_eq!(drawn, delay.draw(draw));
        }
    }

    /// A larger word never gives a shorter delay: quantiles go through unbent.
    #[test]
    fn delays_grow_with_the_word(delay in delay(), one: u64, other: u64) {
        if !matches!(delay, Delay::Table(_)) {
            prop_assert!(delay.draw(Draw(one.min(other))) <= delay.draw(Draw(one.max(other))));
        }
    }

    #[test]
    fn no_sigma_breaks_it(sigma in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(1e308)], word: u64) {
        let delay = Delay::LogNormal { median: nanos(5), sigma, least: nanos(1), most: nanos(9) };
        prop_assert!((1..=9).contains(&delay.draw(Draw(word)).nanos()));
    }

    #[test]
    fn no_table_panics(text in "[0-9a-z.,\\-# \n]{0,60}") {
        let _ = Delay::table_from_text(&text);
    }
}
