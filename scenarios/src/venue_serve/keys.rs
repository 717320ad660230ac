//! Keys of private streams.

use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::habits::Habits;
use onetape_core::time::{Span, Ts};

/// Most keys that an account may have at a time.
const KEYS_MAX: usize = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    text: String,
    account: AccountId,
    until: Ts,
}

/// The keys that are good.
#[derive(Debug)]
pub(super) struct Keys {
    all: Vec<Key>,
    made: u64,
    life: Span,
    /// Asking again gives the same key.
    one: bool,
}

impl Keys {
    pub(super) const fn new(habits: &Habits) -> Self {
        Self {
            all: Vec::new(),
            made: 0,
            life: habits.key_life,
            one: habits.one_key,
        }
    }

    /// A key of an account. `None` when it has as many as it may.
    pub(super) fn open(&mut self, account: AccountId, now: Ts) -> Option<String> {
        let until = now + self.life;
        let mut mine = self.all.iter_mut().filter(|it| it.account == account);
        if self.one
            && let Some(key) = mine.next()
        {
            key.until = until;
            return Some(key.text.clone());
        }
        if mine.count() >= KEYS_MAX {
            return None;
        }
        self.made += 1;
        // Long as those of venues, and letters and digits alone.
        let text = format!(
            "onetape{:05}{:052x}",
            account.0,
            now.nanos().unsigned_abs() ^ self.made
        );
        self.all.push(Key {
            text: text.clone(),
            account,
            until,
        });
        Some(text)
    }

    /// Lets a key live on, and gives it back; the account's own where it is not named.
    pub(super) fn keep(&mut self, account: AccountId, text: &str, now: Ts) -> Option<String> {
        let until = now + self.life;
        let mut all = self.all.iter_mut();
        let key = all.find(|it| it.account == account && (text.is_empty() || it.text == text))?;
        key.until = until;
        Some(key.text.clone())
    }

    /// Ends a key; the account's own where it is not named. False when there is none.
    pub(super) fn close(&mut self, account: AccountId, text: &str) -> bool {
        let before = self.all.len();
        self.all
            .retain(|it| it.account != account || !(text.is_empty() || it.text == text));
        self.all.len() < before
    }

    /// Whose a key is.
    pub(super) fn whose(&self, text: &str) -> Option<AccountId> {
        let mut all = self.all.iter();
        all.find(|it| it.text == text).map(|it| it.account)
    }

    /// The keys of an account.
    pub(super) fn of(&self, account: AccountId) -> Vec<String> {
        let mine = self.all.iter().filter(|it| it.account == account);
        mine.map(|it| it.text.clone()).collect()
    }

    /// Takes out the keys whose time is over.
    pub(super) fn expired(&mut self, now: Ts) -> Vec<String> {
        let over = self.all.extract_if(.., |it| it.until <= now);
        over.map(|it| it.text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_adapters::server::protocol::Protocol;

    const HOUR: i64 = 3_600_000_000_000;

    #[test]
    fn a_key_lives_an_hour_from_when_it_was_kept() {
        let mut keys = Keys::new(&Protocol::BinanceUsdm.habits());
        let (one, other) = (AccountId(0), AccountId(1));
        let at = Ts::from_nanos;
        let key = keys.open(one, at(0)).unwrap();
        assert_eq!(keys.open(one, at(5)).as_deref(), Some(key.as_str()));
        assert_ne!(keys.open(other, at(5)).unwrap(), key);
        assert_eq!(
            keys.keep(one, "", at(HOUR / 2)).as_deref(),
            Some(key.as_str())
        );
        assert_eq!(keys.keep(other, &key, at(0)), None);
        assert_eq!(keys.expired(at(HOUR + 10)).len(), 1);
        assert_eq!(keys.whose(&key), Some(one));
        assert_eq!(keys.expired(at(HOUR * 3 / 2)), std::slice::from_ref(&key));
        assert_eq!(keys.whose(&key), None);
        assert_eq!(keys.keep(one, &key, at(0)), None);
    }

    #[test]
    fn some_venues_give_a_new_key_each_time_up_to_sixty() {
        let mut keys = Keys::new(&Protocol::MexcSpot.habits());
        let account = AccountId(0);
        let made: Vec<_> = (0..61)
            .map(|at| keys.open(account, Ts::from_nanos(at)))
            .collect();
        assert!(made[59].is_some() && made[60].is_none());
        assert_eq!(keys.of(account).len(), 60);
        assert!(keys.close(account, made[0].as_deref().unwrap()));
        assert!(!keys.close(account, made[0].as_deref().unwrap()));
    }
}
