//! The bytes themselves. A journal that was written must stay readable: when this test fails, the wire format
//! changed, and frames need a new version instead.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use proptest::prelude::*;

use super::sample::{RUN, decision, event, every_kind, segment};
use crate::event::{
    AccountEvent, Body, Control, DepthUpdate, Fill, Level, OrderEvent, OrderEventKind, Quote, Seq,
    Timer,
};
use crate::journal::codec::{self, Decode, Encode};
use crate::journal::{End, Frames, Record};
use crate::names::{AssetId, InstrumentId, TaskId, VenueId};
use crate::num::{Money, Price, Qty};
use crate::order::OrderId;
use crate::risk::BreakerKind;
use crate::text::Text;

/// One line a frame: kind, sequence number, and its bytes in hex.
fn dump(segment: &[u8]) -> String {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    let frames = Frames::open(segment).unwrap();
    let mut text = format!("header {}\n", hex(&segment[..crate::journal::HEADER_LEN]));
    for frame in frames {
        let frame = frame.unwrap();
        let bytes = hex(&segment[frame.offset..frame.end()]);
        let _ = writeln!(text, "{} {} {bytes}", frame.kind.name(), frame.seq.0);
    }
    text
}

#[test]
fn the_wire_format_is_what_it_was() {
    insta::assert_snapshot!(dump(&segment(&every_kind())));
}

#[test]
fn words_of_people_keep_their_tags() {
    let bytes = |control: Control| {
        let mut bytes = Vec::new();
        codec::encode(&control, &mut bytes).unwrap();
        bytes
    };
    let plain = [Control::Pause, Control::Resume, Control::Halt];
    for (tag, control) in plain.into_iter().enumerate() {
        assert_eq!(bytes(control), [tag as u8, 0, 0, 0]);
    }
    for (tag, kind) in BreakerKind::ALL.into_iter().enumerate() {
        let reset = Control::ResetBreaker(kind);
        assert_eq!(bytes(reset), [3, 0, 0, 0, tag as u8, 0, 0, 0]);
    }
    assert_eq!(bytes(Control::AcceptBalances), [4, 0, 0, 0]);
}

fn money() -> impl Strategy<Value = Money> {
    (any::<i64>(), 0u32..=28)
        .prop_map(|(mantissa, scale)| Money::new(rust_decimal::Decimal::new(mantissa, scale)))
}

fn level() -> impl Strategy<Value = Level> {
    (any::<i64>(), any::<i64>()).prop_map(|(price, qty)| Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    })
}

fn depth() -> impl Strategy<Value = Body> {
    let side = || prop::collection::vec(level(), 0..30);
    (
        any::<u64>(),
        any::<Option<u64>>(),
        any::<bool>(),
        side(),
        side(),
    )
        .prop_map(|(first, prev, snapshot, bids, asks)| {
            Body::Depth(alloc::boxed::Box::new(DepthUpdate {
                instrument: InstrumentId(3),
                snapshot,
                first,
                last: first.saturating_add(2),
                prev,
                bids,
                asks,
            }))
        })
}

fn body() -> impl Strategy<Value = Body> {
    let order = |epoch, n| OrderId { epoch, n };
    prop_oneof![
        depth(),
        (any::<u16>(), level(), level()).prop_map(|(id, bid, ask)| Body::Quote(Quote {
            instrument: InstrumentId(id),
            bid,
            ask,
        })),
        (any::<u16>(), any::<u32>()).prop_map(|(task, id)| Body::Timer(Timer {
            task: TaskId(task),
            id,
        })),
        (any::<u16>(), any::<u16>(), money()).prop_map(|(venue, asset, total)| {
            Body::Account(AccountEvent::Balance {
                venue: VenueId(venue),
                asset: AssetId(asset),
                total,
            })
        }),
        (any::<u32>(), any::<u64>(), level(), money(), any::<bool>()).prop_map(
            move |(n, trade_id, at, fee, maker)| {
                let fee = crate::event::Fee {
                    asset: AssetId(1),
                    amount: fee,
                    value: -fee,
                };
                let fill = Fill {
                    trade_id,
                    price: at.price,
                    qty: at.qty,
                    fee,
                    maker,
                };
                Body::Order(OrderEvent {
                    order: order(n, n),
                    kind: OrderEventKind::Filled(Box::new(fill)),
                })
            }
        ),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    prop_oneof![
        (any::<u32>(), body()).prop_map(|(n, body)| Record::Event(event(n.into(), body))),
        (any::<u32>(), "\\PC{0,40}", any::<u64>()).prop_map(|(n, reason, digest)| {
            let mut decision = decision(n.into());
            decision.reason = Text::from(reason);
            decision.digest = digest;
            decision.commands.truncate(n as usize % 4);
            Record::Decision(decision)
        }),
    ]
}

fn encoded<T: Encode>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::encode(value, &mut bytes).unwrap();
    bytes
}

fn decodes_back<T: Encode + Decode<()> + PartialEq>(value: &T) -> bool {
    codec::decode::<T>(&encoded(value)).as_ref() == Ok(value)
}

proptest! {
    #[test]
    fn records_round_trip(mut records in prop::collection::vec((any::<u64>(), record()), 0..40)) {
        // A decision's frame has its cause; order by what the frame will have.
        for (seq, record) in &mut records {
            match record {
                Record::Decision(decision) => *seq = decision.cause.0,
                Record::Event(event) => prop_assert!(decodes_back(event)),
                Record::Marks(marks) => prop_assert!(decodes_back(marks)),
            }
        }
        records.sort_by_key(|(seq, _)| *seq);
        let records: Vec<_> = records.into_iter().map(|(n, record)| (Seq(n), record)).collect();
        let bytes = segment(&records);
        if records.is_empty() {
            prop_assert!(bytes.is_empty());
            return Ok(());
        }
        let mut frames = Frames::open(&bytes).unwrap();
        prop_assert_eq!(frames.header().run_id, RUN);
        prop_assert_eq!(frames.header().first, records[0].0);
        let read: Vec<_> = frames
            .by_ref()
            .map(|frame| frame.map(|frame| (frame.seq, frame.record().unwrap())).unwrap())
            .collect();
        prop_assert_eq!(frames.end(), Some(End::Clean { zeros: 0 }));
        prop_assert_eq!(read, records);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), good in 0usize..3_000) {
        let mut segment = segment(&every_kind());
        segment.truncate(good);
        segment.extend_from_slice(&bytes);
        if let Ok(frames) = Frames::open(&segment) {
            for frame in frames.flatten() {
                let _ = frame.record();
            }
        }
        let _ = codec::decode::<crate::event::Event>(&bytes);
        let _ = codec::decode::<crate::decision::Decision>(&bytes);
    }
}
