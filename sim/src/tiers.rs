//! Fees that fall with what was traded: a venue adds up thirty UTC days and says each midnight which rates hold.

use std::collections::VecDeque;

use onetape_core::instrument::Instrument;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;

use crate::config::{FeeStep, FeeTiers};

/// Days that count: those before the day itself.
const DAYS: i64 = 30;

/// Where an account stands among a venue's tiers.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    tiers: FeeTiers,
    /// The day that the rates hold on, once something was charged.
    day: Option<i64>,
    /// Volume by UTC day, in the order of days, the day itself last.
    traded: VecDeque<(i64, Money)>,
}

impl Standing {
    pub(crate) const fn new(tiers: FeeTiers) -> Self {
        Self {
            tiers,
            day: None,
            traded: VecDeque::new(),
        }
    }

    /// The rates of a day that has begun since this was asked last; `None` while those that were given hold.
    pub(crate) fn rates_from(&mut self, now: Ts) -> Option<FeeStep> {
        let today = now.utc_day();
        if self.day == Some(today) {
            return None;
        }
        if self.day.is_none() {
            self.traded.push_back((today - 1, self.tiers.before));
        }
        self.day = Some(today);
        while self
            .traded
            .front()
            .is_some_and(|(day, _)| *day < today - DAYS)
        {
            self.traded.pop_front();
        }
        let volume = self.traded.iter().map(|(_, volume)| *volume).sum();
        Some(self.tiers.at(volume))
    }

    /// Counts an execution, after [`Standing::rates_from`] of its moment.
    pub(crate) fn count(&mut self, instrument: &Instrument, price: Price, qty: Qty) {
        let Some(today) = self.day.filter(|_| instrument.quote == self.tiers.asset) else {
            return;
        };
        let volume = instrument.notional(price, qty).abs();
        match self.traded.back_mut() {
            Some((day, sum)) if *day == today => *sum += volume,
            _ => self.traded.push_back((today, volume)),
        }
    }
}
