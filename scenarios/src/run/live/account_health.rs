//! How the accounts of a run are, by what they told last.

use std::collections::BTreeMap;

use onetape_core::names::{Names, VenueId};
use onetape_core::notice::NoticeKind;
use onetape_core::time::Ts;
use onetape_live::account::Notice;
use onetape_live::venue::ClockOffset;

/// A venue's clock may be so far from ours; signed requests go by its own all the same.
const OFFSET_MAX_NS: u64 = 1_000_000_000;

/// One venue.
#[derive(Debug)]
struct Venue {
    name: String,
    offset: ClockOffset,
    down: bool,
    /// Nothing, or no order, goes there until then.
    held: Option<(&'static str, Ts)>,
    fatal: Option<String>,
    margin_call: bool,
}

/// All venues.
#[derive(Debug, Default)]
pub(super) struct AccountHealth(BTreeMap<VenueId, Venue>);

impl AccountHealth {
    /// Every one is well until it says otherwise.
    pub(super) fn new(venues: impl Iterator<Item = (VenueId, ClockOffset)>, names: &Names) -> Self {
        let venue = |(id, offset)| {
            let venue = Venue {
                name: names.venue(id).to_string(),
                offset,
                down: false,
                held: None,
                fatal: None,
                margin_call: false,
            };
            (id, venue)
        };
        Self(venues.map(venue).collect())
    }

    /// Takes a notice in.
    pub(super) fn take(&mut self, notice: &Notice) {
        let (Notice::RateLimited { venue, .. }
        | Notice::Banned { venue, .. }
        | Notice::Fatal { venue, .. }
        | Notice::Stream { venue, .. }
        | Notice::MarginCall { venue }) = notice
        else {
            return;
        };
        let Some(kept) = self.0.get_mut(venue) else {
            return;
        };
        match notice {
            Notice::RateLimited { until, .. } => kept.held = Some(("asked too much", *until)),
            Notice::Banned { until, .. } => kept.held = Some(("banned", *until)),
            Notice::Fatal { words, .. } => {
                kept.fatal = Some(crate::hush::hushed(words).into_owned())
            }
            Notice::Stream { up, .. } => kept.down = !up,
            Notice::MarginCall { .. } => kept.margin_call = true,
            _ => {}
        }
    }

    /// Account and clock of each venue, and what is wrong with it.
    pub(super) fn parts(&self, now: Ts) -> Vec<(String, Option<String>)> {
        let of = |venue: &Venue| {
            let held = venue.held.filter(|(_, until)| *until > now);
            let why = if let Some(words) = &venue.fatal {
                Some(format!("takes nothing until a person acts: {words}"))
            } else if venue.down {
                Some("its stream is down".to_string())
            } else if let Some((why, until)) = held {
                Some(format!("{why} until {}", crate::commands::time_text(until)))
            } else {
                venue
                    .margin_call
                    .then(|| "it is close to liquidation".to_string())
            };
            let offset = venue.offset.nanos();
            let off = (offset.unsigned_abs() > OFFSET_MAX_NS)
                .then(|| format!("it is {} ms from ours", offset / 1_000_000));
            [
                (format!("account {}", venue.name), why),
                (format!("clock {}", venue.name), off),
            ]
        };
        self.0.values().flat_map(of).collect()
    }
}

/// What a notice is in the journal. Limits and bans are not here: they stand there as faults already.
pub(super) const fn kind(notice: &Notice) -> Option<NoticeKind> {
    match notice {
        Notice::RateLimited { .. } | Notice::Banned { .. } => None,
        Notice::Orphan { .. } | Notice::Foreign { .. } => Some(NoticeKind::Foreign),
        Notice::Fatal { .. }
        | Notice::Disagrees { .. }
        | Notice::TurnedUp { .. }
        | Notice::Unreadable { .. }
        | Notice::OtherRun { .. }
        | Notice::Stream { .. }
        | Notice::MarginCall { .. }
        | Notice::Settings { .. } => Some(NoticeKind::Venue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::time::Span;
    use onetape_live::venue::Measured;

    #[test]
    fn mo5_an_account_is_as_it_told_last() {
        let mut names = Names::default();
        let venue = names.venue_id("gate-usdt");
        let offset = ClockOffset::default();
        let mut health = AccountHealth::new([(venue, offset.clone())].into_iter(), &names);
        let at = Ts::from_nanos(1);
        let whys = |health: &AccountHealth| -> Vec<Option<String>> {
            health.parts(at).into_iter().map(|(_, why)| why).collect()
        };
        assert_eq!(whys(&health), [None, None]);
        health.take(&Notice::Stream { venue, up: false });
        assert_eq!(whys(&health)[0].as_deref(), Some("its stream is down"));
        health.take(&Notice::Stream { venue, up: true });
        let until = Ts::from_nanos(1_000);
        health.take(&Notice::Banned { venue, until });
        assert!(
            whys(&health)[0]
                .as_ref()
                .is_some_and(|why| why.starts_with("banned until"))
        );
        assert_eq!(health.parts(until)[0].1, None, "a ban ends");
        offset.set(Measured {
            offset_ns: -2_000_000_000,
            within: Span::ZERO,
        });
        assert_eq!(
            whys(&health)[1].as_deref(),
            Some("it is -2000 ms from ours")
        );
    }

    #[test]
    fn what_is_not_the_run_s_own_waits_for_a_person() {
        let order = onetape_core::order::OrderId { epoch: 1, n: 1 };
        let venue = VenueId(0);
        assert_eq!(
            kind(&Notice::Orphan { venue, order }),
            Some(NoticeKind::Foreign)
        );
        let until = Ts::from_nanos(1);
        assert_eq!(kind(&Notice::Banned { venue, until }), None);
    }
}
