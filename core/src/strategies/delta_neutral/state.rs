//! The states of the task and the one table of how it goes from one to another.

/// Where the task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing was seen yet.
    Idle,
    /// News is taken in. Rests here while paused, and while a book cannot be acted on.
    Syncing,
    /// Decides what is next.
    Analyzing,
    /// One side lags, and what it lacks is being taken.
    Rebalancing,
    /// The slices of both sides rest, or are on their way.
    ManagingOrders,
    /// Both sides are within a minimum of their total.
    Completing,
    /// Something keeps an order from leaving or from being known; left by itself with the next news or timer.
    Error,
}

crate::value!(
    enum State {
        Idle,
        Syncing,
        Analyzing,
        Rebalancing,
        ManagingOrders,
        Completing,
        Error,
    }
);

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Idle,
        Self::Syncing,
        Self::Analyzing,
        Self::Rebalancing,
        Self::ManagingOrders,
        Self::Completing,
        Self::Error,
    ];

    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "IDLE",
            Self::Syncing => "SYNCING",
            Self::Analyzing => "ANALYZING",
            Self::Rebalancing => "REBALANCING",
            Self::ManagingOrders => "MANAGING_ORDERS",
            Self::Completing => "COMPLETING",
            Self::Error => "ERROR",
        }
    }

    /// Whether the table allows to go from here to another state.
    pub const fn may_go(self, to: Self) -> bool {
        TABLE[self as usize][to as usize]
    }
}

/// One row a state that is left, one column a state that is entered, in the order of [`State::ALL`].
///
/// A completed task is done, except that news of an order can come after its end: it is taken in, and a side that lags
/// for it is brought up.
#[rustfmt::skip]
const TABLE: [[bool; 7]; 7] = {
    const NO: bool = false;
    const GO: bool = true;
    [
        //                   Idle Sync Anal Reba Mana Comp Erro
        /* Idle           */ [NO, GO, NO, NO, NO, NO, NO],
        /* Syncing        */ [NO, NO, GO, NO, NO, NO, GO],
        /* Analyzing      */ [NO, NO, NO, GO, GO, GO, GO],
        /* Rebalancing    */ [NO, GO, NO, NO, NO, NO, GO],
        /* ManagingOrders */ [NO, GO, NO, NO, NO, NO, GO],
        /* Completing     */ [NO, GO, NO, NO, NO, NO, NO],
        /* Error          */ [NO, GO, NO, NO, NO, NO, NO],
    ]
};

#[cfg(test)]
mod tests {
    use super::State as S;

    #[test]
    fn rows_and_columns_stand_in_the_order_of_the_enum() {
        for (at, state) in S::ALL.into_iter().enumerate() {
            assert_eq!(state as usize, at);
        }
    }

    /// Every pair of states, by the rules that the table was made from.
    #[test]
    fn every_pair_of_states_obeys_the_rules() {
        for from in S::ALL {
            for to in S::ALL {
                let allowed = match (from, to) {
                    // Whatever it does, the next thing is to take news in.
                    (S::Idle | S::Rebalancing | S::ManagingOrders, S::Syncing) => true,
                    (S::Completing | S::Error, S::Syncing) => true,
                    (S::Syncing, S::Analyzing) => true,
                    // Only an analysis says what is done.
                    (S::Analyzing, S::Rebalancing | S::ManagingOrders | S::Completing) => true,
                    // Everything that looks or acts can fail.
                    (S::Syncing | S::Analyzing | S::Rebalancing | S::ManagingOrders, S::Error) => {
                        true
                    }
                    _ => false,
                };
                assert_eq!(from.may_go(to), allowed, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn every_state_is_reached_from_the_first_and_none_is_a_dead_end() {
        let mut seen = std::vec![S::Idle];
        let mut at = 0;
        while at < seen.len() {
            let more = S::ALL.into_iter().filter(|to| seen[at].may_go(*to));
            let more: std::vec::Vec<S> = more.filter(|to| !seen.contains(to)).collect();
            seen.extend(more);
            at += 1;
        }
        assert_eq!(seen.len(), S::ALL.len());
        for from in S::ALL {
            assert!(S::ALL.into_iter().any(|to| from.may_go(to)), "{from:?}");
        }
    }
}
