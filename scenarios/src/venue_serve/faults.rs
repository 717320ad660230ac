//! What is to go wrong, and when.

use std::fmt;
use std::str::FromStr;

use onetape_core::time::{Span, Ts};

use crate::exchange::Forced;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request about an order is done, and the connection ends without an answer.
    Drop,
    /// A request about an order is not done, and the connection ends without an answer.
    Lose,
    /// A request about an order is done, and answered as one that timed out.
    Timeout,
    /// A request about an order is done, and answered as one of which nobody knows what became.
    Unknown,
    /// A request about an order is not done; the server says that it is not there.
    Unavailable,
    /// A request about an order is not done; the server says that it is too busy.
    Busy,
    /// A request about an order is refused as one too many.
    Limit,
    /// A new order is done, and of its answer only the part comes that says that it came.
    AckOnly,
    /// A message of the account's stream is not told.
    Miss,
    /// A depth message is not told, so that numbers do not connect.
    Gap,
    /// All WebSockets end.
    Cut,
    /// Market data stand still for a while; connections stay.
    Stale,
    /// Whoever asks is banned for a while.
    Ban,
    /// The venue closes half of every position in futures.
    Adl,
    /// The venue closes every position in futures.
    Liquidate,
}

const KINDS: [(&str, Kind); 15] = [
    ("drop", Kind::Drop),
    ("lose", Kind::Lose),
    ("timeout", Kind::Timeout),
    ("unknown", Kind::Unknown),
    ("unavailable", Kind::Unavailable),
    ("busy", Kind::Busy),
    ("limit", Kind::Limit),
    ("ack-only", Kind::AckOnly),
    ("miss", Kind::Miss),
    ("gap", Kind::Gap),
    ("cut", Kind::Cut),
    ("stale", Kind::Stale),
    ("ban", Kind::Ban),
    ("adl", Kind::Adl),
    ("liquidate", Kind::Liquidate),
];

/// How long what lasts does, where it is not said.
const LASTS: Span = Span::from_millis(5_000);

impl Kind {
    fn name(self) -> &'static str {
        let mut all = KINDS.iter();
        all.find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    /// True for what happens at a time, and not to something.
    const fn is_timed(self) -> bool {
        matches!(
            self,
            Self::Cut | Self::Stale | Self::Ban | Self::Adl | Self::Liquidate
        )
    }

    /// True for what lasts.
    const fn lasts(self) -> bool {
        matches!(self, Self::Stale | Self::Ban)
    }

    /// True for what happens to a request.
    const fn is_of_requests(self) -> bool {
        !matches!(self, Self::Miss | Self::Gap) && !self.is_timed()
    }
}

/// A fault that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {fix}")]
pub struct FaultError {
    what: String,
    fix: String,
}

/// A kind of fault and when it happens: `KIND[@every=N|SPAN][@at=SPAN][@for=SPAN][@times=N]`.
///
/// Without `every` it happens once; `every=3` is every third time that it could, and of what happens at a time
/// `every=30s`. `at` is a time after the start, or after it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    kind: Kind,
    every: Every,
    at: Span,
    lasts: Span,
    times: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Once,
    Nth(u64),
    After(Span),
}

impl FromStr for Rule {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = |what: String, fix: &str| FaultError {
            what,
            fix: fix.to_string(),
        };
        let mut parts = text.split('@');
        let name = parts.next().unwrap_or_default();
        let found = KINDS.iter().find(|(known, _)| *known == name);
        let Some((_, kind)) = found else {
            let known: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
            let fix = format!("choose among {}", known.join(", "));
            return Err(wrong(format!("fault {name:?} is not known"), &fix));
        };
        let mut rule = Self {
            kind: *kind,
            every: Every::Once,
            at: Span::ZERO,
            lasts: LASTS,
            times: None,
        };
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let span = || {
                let span = Span::parse(value).filter(|it| *it > Span::ZERO);
                span.ok_or_else(|| {
                    wrong(
                        format!("fault {text:?}: {part:?}"),
                        "write a time such as 5s",
                    )
                })
            };
            let number = || {
                let number = value.parse::<u64>().ok().filter(|it| *it > 0);
                number.ok_or_else(|| {
                    wrong(
                        format!("fault {text:?}: {part:?}"),
                        "write a number such as 3",
                    )
                })
            };
            match key {
                "every" if kind.is_timed() => rule.every = Every::After(span()?),
                "every" => rule.every = Every::Nth(number()?),
                "at" => rule.at = span()?,
                "for" => rule.lasts = span()?,
                "times" => rule.times = Some(number()?),
                _ => {
                    let what = format!("fault {text:?}: {part:?} is not known");
                    return Err(wrong(what, "write every=, at=, for= or times="));
                }
            }
        }
        Ok(rule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |span: Span| span.nanos() / 1_000_000;
        f.write_str(self.kind.name())?;
        match self.every {
            Every::Once => {}
            Every::Nth(nth) => write!(f, "@every={nth}")?,
            Every::After(span) => write!(f, "@every={}ms", millis(span))?,
        }
        if self.at > Span::ZERO {
            write!(f, "@at={}ms", millis(self.at))?;
        }
        if self.kind.lasts() {
            write!(f, "@for={}ms", millis(self.lasts))?;
        }
        match self.times {
            Some(times) => write!(f, "@times={times}"),
            None => Ok(()),
        }
    }
}

#[derive(Clone, Debug)]
struct Running {
    rule: Rule,
    /// Not before.
    from: Ts,
    /// How often it could have happened.
    seen: u64,
    /// How often it happened.
    met: u64,
}

impl Running {
    fn is_over(&self) -> bool {
        let most = match self.rule.every {
            Every::Once => Some(1),
            Every::Nth(_) | Every::After(_) => self.rule.times,
        };
        most.is_some_and(|most| self.met >= most)
    }

    /// Whether it happens to what comes now.
    fn meets(&mut self, now: Ts) -> bool {
        if now < self.from || self.is_over() {
            return false;
        }
        self.seen += 1;
        let meets = match self.rule.every {
            Every::Once => true,
            Every::Nth(nth) => self.seen.is_multiple_of(nth),
            Every::After(span) => {
                self.from = self.from.max(now) + span;
                true
            }
        };
        self.met += u64::from(meets);
        meets
    }
}

/// The faults of a venue.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Running>);

/// What happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timed {
    Cut,
    Stale(Span),
    Ban(Span),
    /// As soon as there is something to close.
    Force(Forced),
}

impl Faults {
    /// From now on.
    pub(super) fn add(&mut self, rule: Rule, now: Ts) {
        let from = now + rule.at;
        self.0.push(Running {
            rule,
            from,
            seen: 0,
            met: 0,
        });
    }

    /// None from now on.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What happens to a request about an order.
    pub(super) fn of_request(&mut self, places: bool, now: Ts) -> Option<Kind> {
        let fits = |kind: Kind| kind.is_of_requests() && (places || kind != Kind::AckOnly);
        self.first(fits, now)
    }

    /// Whether a depth message is left out.
    pub(super) fn gap(&mut self, now: Ts) -> bool {
        self.first(|kind| kind == Kind::Gap, now).is_some()
    }

    /// Whether a message of an account's stream is left out.
    pub(super) fn miss(&mut self, now: Ts) -> bool {
        self.first(|kind| kind == Kind::Miss, now).is_some()
    }

    fn first(&mut self, fits: impl Fn(Kind) -> bool, now: Ts) -> Option<Kind> {
        let mut all = self.0.iter_mut().filter(|it| fits(it.rule.kind));
        all.find_map(|it| it.meets(now).then_some(it.rule.kind))
    }

    /// What happens now by itself.
    pub(super) fn timed(&mut self, now: Ts) -> Vec<Timed> {
        let all = self.0.iter_mut().filter(|it| it.rule.kind.is_timed());
        let met = all.filter_map(|it| it.meets(now).then_some((it.rule.kind, it.rule.lasts)));
        met.map(|(kind, lasts)| match kind {
            Kind::Stale => Timed::Stale(lasts),
            Kind::Ban => Timed::Ban(lasts),
            Kind::Adl => Timed::Force(Forced::Deleveraging),
            Kind::Liquidate => Timed::Force(Forced::Liquidation),
            _ => Timed::Cut,
        })
        .collect()
    }

    /// Each with how often it happened.
    pub(super) fn told(&self) -> Vec<(String, u64)> {
        let all = self.0.iter();
        all.map(|it| (it.rule.to_string(), it.met)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Faults {
        let mut faults = Faults::default();
        faults.add(text.parse().unwrap(), at(0));
        faults
    }

    const fn at(seconds: i64) -> Ts {
        Ts::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_fault_happens_once_every_so_often_or_at_a_time() {
        let mut once = with("drop");
        assert_eq!(once.of_request(true, at(0)), Some(Kind::Drop));
        assert_eq!(once.of_request(true, at(0)), None);

        let mut third = with("unknown@every=3@times=2");
        let met: Vec<_> = (0..9)
            .map(|_| third.of_request(false, at(0)).is_some())
            .collect();
        assert_eq!(
            met,
            [false, false, true, false, false, true, false, false, false]
        );
        assert_eq!(third.told(), [("unknown@every=3@times=2".to_string(), 2)]);

        let mut later = with("gap@at=10s");
        assert!(!later.gap(at(9)) && later.gap(at(10)) && !later.gap(at(11)));

        let mut cuts = with("cut@every=30s@at=5s");
        let met: Vec<_> = [4, 5, 6, 34, 35, 36]
            .map(|s| cuts.timed(at(s)).len())
            .to_vec();
        assert_eq!(met, [0, 1, 0, 0, 1, 0]);
        assert_eq!(
            with("adl@at=2s").timed(at(2)),
            [Timed::Force(Forced::Deleveraging)]
        );
        assert_eq!(with("liquidate@at=2s").timed(at(1)), []);
        assert_eq!(
            with("stale@for=2s").timed(at(0)),
            [Timed::Stale(Span::from_millis(2_000))]
        );
    }

    #[test]
    fn only_new_orders_have_acknowledgements() {
        let mut faults = with("ack-only");
        assert_eq!(faults.of_request(false, at(0)), None);
        assert_eq!(faults.of_request(true, at(0)), Some(Kind::AckOnly));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_the_fix() {
        for (text, says) in [
            ("explode", "choose among drop, lose"),
            ("drop@every=0", "a number such as 3"),
            ("cut@every=3", "a time such as 5s"),
            ("drop@when=now", "write every=, at=, for= or times="),
        ] {
            let said = text.parse::<Rule>().unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
        let rule: Rule = "stale@every=60s@at=1s@for=2s".parse().unwrap();
        assert_eq!(rule.to_string().parse(), Ok(rule));
    }
}
