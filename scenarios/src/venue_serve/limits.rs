//! How far limits are used.

use std::collections::BTreeMap;
use std::net::IpAddr;

use onetape_adapters::budget::Counted;
use onetape_adapters::server::accounts::AccountId;
use onetape_adapters::server::habits::{Charge, Habits, Scope, When};
use onetape_adapters::server::state::LimitState;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::names::InstrumentId;
use onetape_core::time::{Span, Ts};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asker {
    pub(super) address: IpAddr,
    pub(super) account: Option<AccountId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Address(IpAddr),
    Account(AccountId),
}

type Place = (Whose, &'static str, Option<InstrumentId>, Counted, Span);

/// What was used since a window began.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    window: i64,
    used: u64,
    refused: u32,
}

/// What is used of every limit. Windows begin at whole multiples of their length, as at venues.
#[derive(Debug)]
pub(super) struct Limits {
    on: bool,
    ban: Option<(u32, Span)>,
    used: BTreeMap<Place, Used>,
    banned: BTreeMap<IpAddr, Ts>,
}

/// Windows that are kept before old ones are looked for.
const KEPT: usize = 10_000;

impl Limits {
    pub(super) const fn new(habits: &Habits, on: bool) -> Self {
        Self {
            on,
            ban: habits.ban,
            used: BTreeMap::new(),
            banned: BTreeMap::new(),
        }
    }

    /// Until when an address is banned.
    pub(super) fn banned(&self, address: IpAddr, now: Ts) -> Option<Ts> {
        self.banned.get(&address).copied().filter(|it| *it > now)
    }

    /// Bans an address, or all that there are with `None` for as long.
    pub(super) fn ban(&mut self, address: IpAddr, until: Ts) {
        self.banned.insert(address, until);
    }

    /// Takes all bans back.
    pub(super) fn pardon(&mut self) {
        self.banned.clear();
    }

    fn place(charge: &Charge, who: Asker) -> Place {
        let whose = match (charge.scope, who.account) {
            (Scope::Account, Some(account)) => Whose::Account(account),
            _ => Whose::Address(who.address),
        };
        (
            whose,
            charge.of,
            charge.instrument,
            charge.counted,
            charge.over,
        )
    }

    fn window(over: Span, now: Ts) -> i64 {
        now.nanos().div_euclid(over.nanos().max(1))
    }

    fn entry(&mut self, charge: &Charge, who: Asker, now: Ts) -> &mut Used {
        if self.used.len() > KEPT {
            self.used
                .retain(|place, used| used.window == Self::window(place.4, now));
        }
        let window = Self::window(charge.over, now);
        let used = self.used.entry(Self::place(charge, who)).or_default();
        if used.window != window {
            *used = Used {
                window,
                ..Used::default()
            };
        }
        used
    }

    /// Counts what a request costs before it is done, or says that it is too much. Who goes on asking is banned.
    pub(super) fn take(&mut self, charges: &[Charge], who: Asker, now: Ts) -> Result<(), Wrong> {
        if !self.on {
            return Ok(());
        }
        for charge in charges {
            let used = self.entry(charge, who, now);
            if used.used.saturating_add(charge.amount) > charge.limit {
                used.refused += 1;
                let refused = used.refused;
                return Err(self.refusal(charge, refused, who, now));
            }
        }
        for charge in charges.iter().filter(|it| it.when == When::Always) {
            self.entry(charge, who, now).used += charge.amount;
        }
        Ok(())
    }

    fn refusal(&mut self, charge: &Charge, refused: u32, who: Asker, now: Ts) -> Wrong {
        if let Some((most, span)) = self.ban.filter(|_| charge.counted != Counted::Orders)
            && refused > most
        {
            let until = now + span;
            self.ban(who.address, until);
            return Wrong::Banned(until);
        }
        let wait = Self::end(charge.over, now).since(now);
        match charge.counted {
            Counted::Orders => Wrong::OrderLimit(wait),
            _ => Wrong::RateLimit(wait),
        }
    }

    /// When the window that is running ends.
    fn end(over: Span, now: Ts) -> Ts {
        let next = Self::window(over, now).saturating_add(1);
        Ts::from_nanos(next.saturating_mul(over.nanos().max(1)))
    }

    /// Counts what is known only when a request was answered.
    pub(super) fn settle(&mut self, charges: &[Charge], done: bool, who: Asker, now: Ts) {
        let when = if done { When::Done } else { When::Failed };
        for charge in charges.iter().filter(|it| it.when == when) {
            self.entry(charge, who, now).used += charge.amount;
        }
    }

    /// An order was filled, which gives back what it cost.
    pub(super) fn give_back(&mut self, charges: &[Charge], who: Asker, now: Ts) {
        for charge in charges.iter().filter(|it| it.counted == Counted::Orders) {
            let used = self.entry(charge, who, now);
            used.used = used.used.saturating_sub(charge.amount);
        }
    }

    /// How the limits stand that a request has to do with.
    pub(super) fn states(&mut self, charges: &[Charge], who: Asker, now: Ts) -> Vec<LimitState> {
        let state = |charge: &Charge| LimitState {
            counted: charge.counted,
            over: charge.over,
            limit: charge.limit,
            used: self.entry(charge, who, now).used,
            resets_at: Self::end(charge.over, now),
        };
        charges.iter().map(state).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_adapters::server::call::{Asked, Call, Way};
    use onetape_adapters::server::protocol::Protocol;

    fn who() -> Asker {
        Asker {
            address: IpAddr::from([127, 0, 0, 1]),
            account: Some(AccountId(0)),
        }
    }

    fn asked(call: Call) -> Asked {
        Asked {
            account: None,
            call,
            way: Way::default(),
        }
    }

    #[test]
    fn weight_runs_out_is_full_again_and_ends_in_a_ban() {
        let protocol = Protocol::BinanceSpot;
        let mut limits = Limits::new(&protocol.habits(), true);
        // 80 each of 6,000.
        let charges = protocol.charges(&asked(Call::OpenOrders(None)));
        let second = |at: i64| Ts::from_nanos(at * 1_000_000_000);
        for _ in 0..75 {
            limits.take(&charges, who(), second(10)).unwrap();
        }
        assert_eq!(limits.states(&charges, who(), second(10))[0].used, 6_000);
        let wait = Span::from_millis(50_000);
        for _ in 0..100 {
            assert_eq!(
                limits.take(&charges, who(), second(10)),
                Err(Wrong::RateLimit(wait))
            );
        }
        let until = second(10 + 120);
        assert_eq!(
            limits.take(&charges, who(), second(10)),
            Err(Wrong::Banned(until))
        );
        assert_eq!(limits.banned(who().address, second(129)), Some(until));
        assert_eq!(limits.banned(who().address, second(130)), None);
        assert_eq!(limits.take(&charges, who(), second(61)), Ok(()));
        assert_eq!(limits.states(&charges, who(), second(61))[0].used, 80);
    }

    #[test]
    fn orders_count_when_they_came_in_and_are_given_back_when_filled() {
        let protocol = Protocol::BinanceUsdm;
        let mut limits = Limits::new(&protocol.habits(), true);
        let charges = protocol.charges(&asked(Call::RateLimits));
        let placed: Vec<_> = charges
            .iter()
            .map(|it| Charge { amount: 1, ..*it })
            .collect();
        let now = Ts::from_nanos(0);
        limits.take(&placed, who(), now).unwrap();
        let counts = |limits: &mut Limits| {
            let states = limits.states(&placed, who(), now);
            states.iter().map(|it| it.used).collect::<Vec<_>>()
        };
        assert_eq!(counts(&mut limits), [1, 0, 0]);
        limits.settle(&placed, false, who(), now);
        assert_eq!(counts(&mut limits), [1, 0, 0]);
        limits.settle(&placed, true, who(), now);
        assert_eq!(counts(&mut limits), [1, 1, 1]);
        limits.give_back(&placed, who(), now);
        assert_eq!(counts(&mut limits), [1, 0, 0]);
    }

    #[test]
    fn ten_orders_a_second_of_a_pair_at_gate() {
        let protocol = Protocol::GateSpot;
        let mut limits = Limits::new(&protocol.habits(), true);
        let charge = |instrument| Charge {
            instrument: Some(InstrumentId(instrument)),
            ..protocol.charges(&asked(Call::PlaceMany(Vec::new())))[0]
        };
        let one = |instrument| {
            [Charge {
                amount: 1,
                ..charge(instrument)
            }]
        };
        let now = Ts::from_nanos(0);
        for _ in 0..10 {
            limits.take(&one(0), who(), now).unwrap();
        }
        assert!(matches!(
            limits.take(&one(0), who(), now),
            Err(Wrong::RateLimit(_))
        ));
        assert_eq!(limits.take(&one(1), who(), now), Ok(()));
        let mut off = Limits::new(&protocol.habits(), false);
        for _ in 0..50 {
            off.take(&one(0), who(), now).unwrap();
        }
    }
}
