//! Every way of breaking a small journal, and what the reader says of it.

use alloc::vec::Vec;
use std::println;

use super::sample::{RUN, segment, sixteen_kib};
use crate::event::Seq;
use crate::journal::codec::PAYLOAD_MAX;
use crate::journal::{
    End, FRAME_OVERHEAD, Frames, HEADER_LEN, HeaderError, Next, ReadError, SegmentHeader, Tail,
    chain_start,
};

/// Frames as (offset, end, seq).
type Spans = Vec<(usize, usize, Seq)>;

/// The good frames, and the verdict on what follows.
fn read(segment: &[u8]) -> (Spans, Result<End, ReadError>) {
    let mut good = Vec::new();
    let mut frames = match Frames::open(segment) {
        Ok(frames) => frames,
        Err(error) => return (good, Err(error)),
    };
    for frame in frames.by_ref() {
        match frame {
            Ok(frame) => good.push((frame.offset, frame.end(), frame.seq)),
            Err(error) => return (good, Err(error)),
        }
    }
    (good, Ok(frames.end().unwrap()))
}

fn used(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |at| at + 1)
}

#[test]
fn every_truncation_is_classified() {
    let whole = segment(&sixteen_kib());
    let (frames, end) = read(&whole);
    assert_eq!(end, Ok(End::Clean { zeros: 0 }));
    assert!((15_000..20_000).contains(&whole.len()), "{}", whole.len());
    let (mut clean, mut torn) = (0, 0);
    for length in 0..=whole.len() {
        let cut = &whole[..length];
        let (good, end) = read(cut);
        if length < HEADER_LEN {
            assert_eq!(end, Err(ReadError::Header(HeaderError::Short(length))));
            continue;
        }
        let kept = frames.iter().filter(|(_, end, _)| *end <= length).count();
        assert_eq!(good, frames[..kept], "cut at {length}");
        let offset = good.last().map_or(HEADER_LEN, |(_, end, _)| *end);
        let bytes = used(&cut[offset..]);
        if bytes == 0 {
            clean += 1;
            let zeros = length - offset;
            assert_eq!(end, Ok(End::Clean { zeros }), "cut at {length}");
        } else {
            torn += 1;
            let last = good.last().map(|(_, _, seq)| *seq);
            let tail = Tail {
                offset,
                bytes,
                last,
            };
            assert_eq!(end, Ok(End::Torn(tail)), "cut at {length}");
        }
    }
    println!(
        "{} truncations of {} frames: {HEADER_LEN} without a header, {clean} clean, {torn} torn",
        whole.len() + 1,
        frames.len()
    );
    assert_eq!(HEADER_LEN + clean + torn, whole.len() + 1);
}

#[test]
fn every_bit_flip_is_noticed() {
    let mut bytes = segment(&sixteen_kib());
    let (frames, _) = read(&bytes);
    let &(last_start, ..) = frames.last().unwrap();
    let (mut errors, mut tails) = (0, 0);
    for bit in 0..bytes.len() * 8 {
        let at = bit / 8;
        bytes[at] ^= 1 << (bit % 8);
        let (good, end) = read(&bytes);
        if at < HEADER_LEN {
            errors += 1;
            assert!(
                matches!(end, Err(ReadError::Header(_))),
                "bit {bit}: {end:?}"
            );
        } else {
            let hit = frames.iter().position(|(_, end, _)| at < *end).unwrap();
            assert_eq!(good, frames[..hit], "bit {bit}");
            let offset = frames[hit].0;
            match end {
                Err(ReadError::Damaged {
                    offset: told, next, ..
                }) => {
                    errors += 1;
                    assert_eq!(told, offset);
                    let Next::At(next) = next else {
                        panic!("bit {bit}: {next:?}")
                    };
                    assert!(frames.iter().any(|frame| frame.0 == next && next > offset));
                }
                Ok(End::Torn(tail)) => {
                    tails += 1;
                    assert_eq!(offset, last_start, "bit {bit} cut more than the last frame");
                    assert_eq!(tail.offset, offset);
                }
                other => panic!("bit {bit}: {other:?}"),
            }
        }
        bytes[at] ^= 1 << (bit % 8);
    }
    let in_last = (bytes.len() - last_start) * 8;
    println!(
        "{} flips: {errors} errors, {tails} in the last frame cut as tail, 0 silent",
        bytes.len() * 8
    );
    assert_eq!((errors, tails), (bytes.len() * 8 - in_last, in_last));
}

#[test]
fn zeroed_sectors_are_errors_or_cut_the_end() {
    let whole = segment(&sixteen_kib());
    let (frames, _) = read(&whole);
    let mut errors = 0;
    for start in (0..whole.len()).step_by(512) {
        let mut bytes = whole.clone();
        let end = (start + 512).min(bytes.len());
        bytes[start..end].fill(0);
        let (good, verdict) = read(&bytes);
        // The next frame can be told once the one before it is whole too: its CRC is the four bytes before.
        let survivor = frames.iter().any(|(offset, ..)| *offset >= end + 4);
        if survivor {
            errors += 1;
            assert!(verdict.is_err(), "sector at {start}: {verdict:?}");
        } else {
            let cut = frames.iter().filter(|(_, end, _)| *end <= start).count();
            assert_eq!(good, frames[..cut]);
            assert!(
                matches!(verdict, Ok(End::Torn(_) | End::Clean { .. })),
                "{verdict:?}"
            );
        }
    }
    assert!(errors >= 30, "{errors}");
    println!("{errors} sectors zeroed before the last frame: {errors} errors");
}

#[test]
fn zero_and_garbage_tails_recover() {
    let whole = segment(&sixteen_kib());
    let (frames, _) = read(&whole);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for length in [1, 3, 4, 17, 18, 48, 511, 512, 4_096, 70_000] {
        let mut zeros = whole.clone();
        zeros.resize(whole.len() + length, 0);
        assert_eq!(
            read(&zeros),
            (frames.clone(), Ok(End::Clean { zeros: length }))
        );

        let mut garbage = whole.clone();
        garbage.extend((0..length).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8 | 1
        }));
        let tail = Tail {
            offset: whole.len(),
            bytes: length,
            last: frames.last().map(|(_, _, seq)| *seq),
        };
        assert_eq!(read(&garbage), (frames.clone(), Ok(End::Torn(tail))));

        // A frame that was cut off in reserved space.
        let cut = whole.len() - 5;
        let mut reserved = whole[..cut].to_vec();
        reserved.resize(cut + length, 0);
        let (good, end) = read(&reserved);
        assert_eq!(good, frames[..frames.len() - 1]);
        assert!(matches!(end, Ok(End::Torn(_))), "{end:?}");
    }
}

#[test]
fn frames_cannot_be_taken_out_doubled_or_swapped() {
    let whole = segment(&sixteen_kib());
    let (frames, _) = read(&whole);
    let bytes_of = |at: usize| &whole[frames[at].0..frames[at].1];
    // A pair swapped at the very end has no whole frame after it, and is cut like any tail.
    for at in 0..frames.len() - 3 {
        let (start, end, _) = frames[at];
        let without = [&whole[..start], &whole[end..]].concat();
        let doubled = [&whole[..end], bytes_of(at), &whole[end..]].concat();
        let swapped = [
            &whole[..start],
            bytes_of(at + 1),
            bytes_of(at),
            &whole[frames[at + 1].1..],
        ];
        for broken in [without, doubled, swapped.concat()] {
            let (_, verdict) = read(&broken);
            assert!(
                matches!(verdict, Err(ReadError::Damaged { .. })),
                "frame {at}: {verdict:?}"
            );
        }
    }
}

#[test]
fn frames_of_another_run_do_not_pass() {
    let ours = segment(&sixteen_kib());
    let header = SegmentHeader {
        index: 0,
        run_id: [1; 16],
        first: Seq(0),
        chain: chain_start(&[1; 16]),
    };
    let theirs = [&header.to_bytes()[..], &ours[HEADER_LEN..]].concat();
    let (good, verdict) = read(&theirs);
    assert!(good.is_empty() && matches!(verdict, Err(ReadError::Damaged { .. })));
    let wrong_chain = SegmentHeader { chain: 5, ..header };
    let (_, verdict) = read(&wrong_chain.to_bytes());
    assert_eq!(verdict, Err(ReadError::Header(HeaderError::Chain)));
    assert_ne!(chain_start(&RUN), chain_start(&[1; 16]));
}

#[test]
fn hostile_lengths_neither_allocate_nor_reach_outside() {
    let whole = segment(&sixteen_kib());
    for length in [
        0,
        1,
        PAYLOAD_MAX as u32,
        PAYLOAD_MAX as u32 + 1,
        u32::MAX - 17,
        u32::MAX,
    ] {
        let mut bytes = whole.clone();
        bytes[HEADER_LEN..HEADER_LEN + 4].copy_from_slice(&length.to_le_bytes());
        let (good, verdict) = read(&bytes);
        assert!(good.is_empty());
        assert!(
            matches!(verdict, Err(ReadError::Damaged { .. })),
            "{verdict:?}"
        );
        let alone = &bytes[..HEADER_LEN + FRAME_OVERHEAD + 2];
        assert!(matches!(read(alone).1, Ok(End::Torn(_))));
    }
}

/// A segment whose every sixteenth byte starts what looks like a frame of eight megabytes.
#[test]
fn a_search_that_would_not_end_is_given_up() {
    let header = &segment(&[])[..];
    assert!(header.is_empty(), "no record, no segment");
    let mut bytes = segment(&sixteen_kib())[..HEADER_LEN].to_vec();
    let mut fake = [0; 16];
    fake[0..4].copy_from_slice(&(PAYLOAD_MAX as u32).to_le_bytes());
    fake[12..14].copy_from_slice(&[1, 2]);
    for _ in 0..(16 * 1024 * 1024 / 16) {
        bytes.extend_from_slice(&fake);
    }
    let (good, verdict) = read(&bytes);
    assert!(good.is_empty());
    assert!(
        matches!(
            verdict,
            Err(ReadError::Damaged {
                next: Next::GivenUp,
                ..
            })
        ),
        "{verdict:?}"
    );
}

/// The search is linear in what it searches: 64 MiB of noise take a tenth of a second, where trying each place
/// to the end would take days.
#[test]
fn a_long_garbage_tail_is_searched_once() {
    let mut bytes = segment(&sixteen_kib());
    let good = bytes.len();
    let mut state = 1_u64;
    while bytes.len() < 64 * 1024 * 1024 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    let (_, verdict) = read(&bytes);
    assert!(
        matches!(verdict, Ok(End::Torn(Tail { offset, .. })) if offset == good),
        "{verdict:?}"
    );
}
