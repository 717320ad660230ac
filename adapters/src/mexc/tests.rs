//! What the decoder makes of frames that are put together here, of broken ones and of any bytes.

use super::*;
use proptest::prelude::*;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    let length = varint(value.len() as u64);
    [varint(field << 3 | 2), length, value.to_vec()].concat()
}

fn frame(body: u64) -> Vec<u8> {
    let quote = [
        bytes(1, b"1.50"),
        bytes(2, b"2"),
        bytes(3, b"1.51"),
        bytes(4, b"0.004965"),
        bytes(5, b"81999275445"),
        number(6, 1_600_000_000_233),
        // Fields of every other type are passed over.
        [varint(7 << 3 | 1), vec![0; 8]].concat(),
        [varint(8 << 3 | 5), vec![0; 4]].concat(),
    ];
    [
        bytes(1, b"spot@public.aggre.bookTicker.v3.api.pb@10ms@XYZUSDT"),
        bytes(3, b"XYZUSDT"),
        number(6, 1_600_000_000_239),
        bytes(body, &quote.concat()),
    ]
    .concat()
}

#[test]
fn a_top_of_book_is_read() {
    let bytes = frame(315);
    let found = decode(&bytes).unwrap();
    assert_eq!(found.symbol, Some("XYZUSDT"));
    assert_eq!(found.sent, Some(Ts::from_nanos(1_600_000_000_239_000_000)));
    assert!(found.channel.starts_with("spot@public.aggre.bookTicker"));
    let Message::Quote(quote) = found.message else {
        panic!()
    };
    assert_eq!((quote.bid.price, quote.bid.qty), ("1.50", "2"));
    assert_eq!((quote.ask.price, quote.ask.qty), ("1.51", "0.004965"));
    assert_eq!(quote.version, Some(81_999_275_445));
    assert_eq!(quote.time, Some(Ts::from_nanos(1_600_000_000_233_000_000)));
}

#[test]
fn other_bodies_are_told_by_their_number() {
    assert_eq!(decode(&frame(313)).unwrap().message, Message::Ignored(313));
    assert_eq!(decode(&[]).unwrap().message, Message::Ignored(0));
}

#[test]
fn a_frame_that_is_cut_off_is_none() {
    let whole = frame(315);
    let wrapper = [
        bytes(1, b"spot@public.aggre.bookTicker.v3.api.pb@10ms@XYZUSDT").len(),
        bytes(3, b"XYZUSDT").len(),
        number(6, 1_600_000_000_239).len(),
    ];
    // Protobuf has no end mark: at the end of a field a shorter frame is a frame.
    let ends: Vec<usize> = (0..=3).map(|count| wrapper[..count].iter().sum()).collect();
    for cut in 0..whole.len() {
        assert_eq!(decode(&whole[..cut]).is_ok(), ends.contains(&cut), "{cut}");
    }
    assert_eq!(decode(&number(1, 5)), Err(DecodeError::Field(1)));
    assert_eq!(decode(&number(315, 5)), Err(DecodeError::Field(315)));
    assert_eq!(decode(&[0xff; 11]), Err(ProtoError::Unsound.into()));
    assert_eq!(decode(&[0x0b]), Err(ProtoError::Unsound.into()));
    assert_eq!(decode(&[0x00, 0x00]), Err(ProtoError::Unsound.into()));
    let version = bytes(315, &bytes(5, b"x"));
    assert_eq!(decode(&version), Err(DecodeError::Field(5)));
}

proptest! {
    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn a_flipped_bit_is_survived(at in 0_usize..130, bit in 0_u32..8) {
        let mut bytes = frame(315);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << bit;
        }
        let _ = decode(&bytes);
    }
}
