//! Our order ids as the texts that venues keep, and back.

use onetape_core::order::OrderId;

/// What a venue says is the client's own id of an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientId {
    /// Ours: epoch and sequence.
    Ours(OrderId),
    /// Somebody else's, another program's, or one that the venue made up.
    Foreign(String),
    /// None was told.
    Untold,
}

impl ClientId {
    /// Reads the venue's text, after a prefix that the venue asks for (`t-` at Gate; empty elsewhere).
    pub fn read(text: &str, prefix: &str) -> Self {
        if text.is_empty() {
            return Self::Untold;
        }
        let ours = text.strip_prefix(prefix).and_then(order_id);
        ours.map_or_else(|| Self::Foreign(text.to_string()), Self::Ours)
    }

    /// The text as the venue has it; `None` where none was told.
    pub fn text(&self, prefix: &str) -> Option<String> {
        match self {
            Self::Ours(order) => Some(format!("{prefix}{}", order.client_text())),
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

/// The id behind [`OrderId::client_text`]; `None` for any other text, also for one that reads as such an id but is
/// written in another way (so that two texts are never one order).
pub fn order_id(text: &str) -> Option<OrderId> {
    let (epoch, n) = text.strip_prefix("ot")?.split_once('-')?;
    let number = |text: &str| u32::from_str_radix(text, 36).ok();
    let id = OrderId {
        epoch: number(epoch)?,
        n: number(n)?,
    };
    (id.client_text() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gate: 28 after `t-`; MEXC: 32; Binance: 36.
    const LONGEST: usize = 28;

    proptest! {
        #[test]
        fn ids_fit_every_venue_and_come_back(epoch in any::<u32>(), n in any::<u32>()) {
            let id = OrderId { epoch, n };
            let text = id.client_text();
            prop_assert!(text.len() <= LONGEST);
            prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            for prefix in ["", "t-"] {
                let told = format!("{prefix}{text}");
                let read = ClientId::read(&told, prefix);
                prop_assert_eq!(&read, &ClientId::Ours(id));
                prop_assert_eq!(read.text(prefix), Some(told));
            }
        }

        #[test]
        fn any_other_text_is_foreign(text in "\\PC{1,20}|ot[0-9A-Za-z+-]{0,12}") {
            match ClientId::read(&text, "") {
                ClientId::Ours(id) => prop_assert_eq!(id.client_text(), text),
                ClientId::Foreign(same) => prop_assert_eq!(same, text),
                ClientId::Untold => prop_assert!(false, "{} is a text", text),
            }
        }
    }
}
