//! Our order ids as the texts that venues keep, and back: `ot{epoch}-{n}-{tag}`, the tag being the run's own.

use std::fmt;

use onetape_core::order::OrderId;

/// Tells the orders of one run from those of every other on the same account, whose epochs and numbers are the same.
///
/// It is no part of a decision: the run's folder has it, not its journal, so that equal runs keep equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunTag([u8; Self::LEN]);

impl RunTag {
    /// Characters of a tag. With the longest epoch and number an id has 26 then; the shortest limit, Gate's, is 28.
    pub const LEN: usize = 8;

    /// The tag of a number that somebody drew.
    pub fn of(mut drawn: u64) -> Self {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        Self(std::array::from_fn(|_| {
            let digit = DIGITS[(drawn % 36) as usize];
            drawn /= 36;
            digit
        }))
    }

    /// The tag that is written so; `None` where that is none.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = text.as_bytes().try_into().ok().map(Self)?;
        bytes.0.iter().all(known).then_some(bytes)
    }
}

impl fmt::Display for RunTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        (self.0.iter()).try_for_each(|byte| f.write_char(char::from(*byte)))
    }
}

/// What a venue says is the client's own id of an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientId {
    /// This run's: epoch and sequence.
    Ours(OrderId),
    /// Somebody else's, another run's, another program's, or one that the venue made up.
    Foreign(String),
    /// None was told.
    Untold,
}

impl ClientId {
    /// Reads the venue's text, after a prefix that the venue asks for (`t-` at Gate; empty elsewhere). It is ours with
    /// this run's tag alone.
    pub fn read(text: &str, prefix: &str, tag: Option<RunTag>) -> Self {
        if text.is_empty() {
            return Self::Untold;
        }
        let ours = text.strip_prefix(prefix);
        let ours = ours.and_then(|text| order_id(text, tag));
        ours.map_or_else(|| Self::Foreign(text.to_string()), Self::Ours)
    }

    /// The text as the venue has it; `None` where none was told.
    pub fn text(&self, prefix: &str, tag: Option<RunTag>) -> Option<String> {
        match self {
            Self::Ours(order) => Some(format!("{prefix}{}", client_text(*order, tag))),
            Self::Foreign(text) => Some(text.clone()),
            Self::Untold => None,
        }
    }

    /// Our id, if it is ours.
    pub const fn ours(&self) -> Option<OrderId> {
        match self {
            Self::Ours(order) => Some(*order),
            _ => None,
        }
    }
}

/// The text of an order of a run: [`OrderId::client_text`], and the run's tag where it has one. Runs that began before
/// there were tags have none.
pub fn client_text(order: OrderId, tag: Option<RunTag>) -> String {
    let mut text = order.client_text();
    if let Some(tag) = tag {
        text.push('-');
        text.extend(tag.0.map(char::from));
    }
    text
}

/// The id behind [`client_text`]; `None` for any other text, also for one that reads as such an id but is written in
/// another way (so that two texts are never one order), and for one with another tag.
pub fn order_id(text: &str, tag: Option<RunTag>) -> Option<OrderId> {
    let (id, told) = tagged(text)?;
    (told == tag).then_some(id)
}

/// Another run's order of this program: the tag of its run, where that has one; also after Gate's prefix.
pub fn of_another_run(text: &str, tag: Option<RunTag>) -> Option<Option<RunTag>> {
    let (_, told) = tagged(text.strip_prefix("t-").unwrap_or(text))?;
    (told != tag).then_some(told)
}

/// Any run's order of this program, and the run's tag.
fn tagged(text: &str) -> Option<(OrderId, Option<RunTag>)> {
    let (epoch, rest) = text.strip_prefix("ot")?.split_once('-')?;
    let (n, tag) = match rest.split_once('-') {
        Some((n, tag)) => (n, Some(RunTag::parse(tag)?)),
        None => (rest, None),
    };
    let number = |text: &str| u32::from_str_radix(text, 36).ok();
    let id = OrderId {
        epoch: number(epoch)?,
        n: number(n)?,
    };
    (client_text(id, tag) == text).then_some((id, tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gate: 28 after `t-`; MEXC: 32; Binance: 36.
    const LONGEST: usize = 28;

    proptest! {
        #[test]
        fn ids_fit_every_venue_and_come_back(epoch: u32, n: u32, drawn: Option<u64>) {
            let id = OrderId { epoch, n };
            let tag = drawn.map(RunTag::of);
            let text = client_text(id, tag);
            prop_assert!(text.len() <= LONGEST);
            prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            for prefix in ["", "t-"] {
                let told = format!("{prefix}{text}");
                let read = ClientId::read(&told, prefix, tag);
                prop_assert_eq!(&read, &ClientId::Ours(id));
                prop_assert_eq!(read.text(prefix, tag), Some(told));
            }
            if let Some(tag) = tag {
                prop_assert_eq!(RunTag::parse(&tag.to_string()), Some(tag));
            }
        }

        #[test]
        fn the_same_id_of_another_run_is_foreign(id: (u32, u32), runs: [Option<u64>; 2]) {
            let id = OrderId { epoch: id.0, n: id.1 };
            let [own, other] = runs.map(|drawn| drawn.map(RunTag::of));
            let text = client_text(id, other);
            let read = ClientId::read(&text, "", own);
            prop_assert_eq!(read.ours(), (own == other).then_some(id));
            prop_assert_eq!(of_another_run(&text, own), (own != other).then_some(other));
        }

        #[test]
        fn any_other_text_is_foreign(text in "\\PC{1,20}|ot[0-9A-Za-z+-]{0,12}") {
            match ClientId::read(&text, "", None) {
                ClientId::Ours(id) => prop_assert_eq!(id.client_text(), text),
                ClientId::Foreign(same) => prop_assert_eq!(same, text),
                ClientId::Untold => prop_assert!(false, "{} is a text", text),
            }
        }
    }
}
