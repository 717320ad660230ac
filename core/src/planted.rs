//! Defects that a build with the feature `planted` can be given, one at a time, to see that the checks find them.
//!
//! Each stands as one line beside the right code: `if planted(Bug::X) { wrong } else { right }`. Without the feature
//! [`planted`] is a constant, so a build without it has neither the wrong code nor the words in this file, and pays
//! nothing. With it the choice is one number for the whole process: a field of the desk would have to be handed down to
//! where a fill is booked or a lot is cut, and would change every signature on the way for the sake of a test. So a
//! process has one bug at a time, and whoever plants one runs alone.

/// A defect. Append only: the order is that of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// Legs are booked as large as they were ordered.
    HedgeByOrder,
    /// An order of which nobody knows is taken for one that ended.
    ResendOnTimeout,
    /// No answer is taken for a refusal.
    TimeoutIsReject,
    /// A refused cancel is taken for the order's end.
    CancelRefusedIsEnd,
    /// A book whose feed is down is believed.
    IgnoreFeedDown,
    /// A hole in the chain of depth messages is passed over.
    IgnoreSequenceGap,
    /// The gate does not ask how old a book is.
    DropStaleCheck,
    /// Quantities are cut to the lot above.
    LotsRoundUp,
    /// A fill that is told twice counts twice.
    FillTwice,
    /// A fill after the end of its order is dropped.
    DropLateFill,
    /// A part that the venue closed of its own is still counted as held.
    IgnoreDeleveraging,
    /// The ledger does not know of fees.
    FeeLeftOut,
    /// The ledger books funding with the wrong sign.
    FundingSign,
    /// Now and then an id is handed out again.
    ReuseId,
    /// A wake is set a tenth of a basis point too high.
    Oversleep,
    /// The order of two legs depends on what the process did before.
    HashOrder,
    /// The worst case leaves out what is open.
    ForgetOpen,
    /// What nobody knows of is not counted as alive.
    ForgetUnknown,
    /// What an order held stays held when it ends.
    HoldForGood,
    /// What an order held is given back twice.
    ReleaseTwice,
    /// A repair trades the wrong way.
    RepairWrongWay,
    /// The future does not stand while the spot leg moves.
    SwitchMovesFuture,
    /// A halt lets through what does not open.
    HaltLetsRepairs,
    /// A halt ends with its day.
    HaltEndsAtMidnight,
    /// A pause lets entries through.
    PauseLetsEntries,
    /// A close of a future may open.
    DropReduceOnly,
    /// A quarantine that nobody is told of.
    QuarantineSilently,
    /// A trip is entered while another one is being mended.
    EnterOnOpenLeg,
    /// Nobody looks whether legs are out of balance for too long.
    DropDeadline,
    /// A price may be twice as far from the middle as is allowed.
    CollarTwiceAsWide,
    /// Tasks may trade with each other.
    TradeWithOneself,
}

/// Whether a bug is in this process.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}

/// Something that no event says.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub(crate) const fn whim() -> bool {
    false
}

#[cfg(feature = "planted")]
pub use switch::plant;
#[cfg(feature = "planted")]
pub(crate) use switch::{planted, whim};

#[cfg(feature = "planted")]
mod switch {
    use core::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

    use super::Bug;

    /// No bug.
    const NONE: u8 = u8::MAX;

    static PLANTED: AtomicU8 = AtomicU8::new(NONE);
    static CALLS: AtomicU32 = AtomicU32::new(0);

    /// Puts a bug in place of whatever was there, or takes it out; everything that is kept between calls begins anew.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.store(bug.map_or(NONE, |bug| bug as u8), Relaxed);
        CALLS.store(0, Relaxed);
    }

    /// Whether a bug is in this process.
    pub(crate) fn planted(bug: Bug) -> bool {
        // Whatever is compiled away, the mark of a bug that is compiled in stays in the program.
        core::hint::black_box(bug.mark());
        PLANTED.load(Relaxed) == bug as u8
    }

    /// True for some calls of the process and false for others, as the order of a hashed map would be.
    pub(crate) fn whim() -> bool {
        CALLS.fetch_add(1, Relaxed) % 3 == 1
    }

    /// Every bug with the text that a program which may have it has in it, and what it does.
    macro_rules! bugs {
        ($($bug:ident $name:literal $what:literal,)*) => {
            impl Bug {
                /// All of them.
                pub const ALL: &[Self] = &[$(Self::$bug),*];

                /// The text that is in every program that can be given this bug, and in no other.
                pub const fn mark(self) -> &'static str {
                    match self { $(Self::$bug => concat!("planted-bug:", $name),)* }
                }

                /// What it is called.
                pub const fn name(self) -> &'static str {
                    match self { $(Self::$bug => $name,)* }
                }

                /// What it does wrong.
                pub const fn what(self) -> &'static str {
                    match self { $(Self::$bug => $what,)* }
                }
            }
        };
    }

    bugs! {
        HedgeByOrder "hedge_by_order" "the saga books a leg as large as its order, not as what filled",
        ResendOnTimeout "resend_on_timeout" "an order that nobody knows of counts as ended, so the saga sends again",
        TimeoutIsReject "timeout_is_reject" "no answer counts as a refusal",
        CancelRefusedIsEnd "cancel_refused_is_end" "a cancel that the venue refuses counts as done",
        IgnoreFeedDown "ignore_feed_down" "the book of a venue whose feed is down stays live",
        IgnoreSequenceGap "ignore_sequence_gap" "a hole in the chain of depth messages is passed over",
        DropStaleCheck "drop_stale_check" "the gate does not ask how old a book is",
        LotsRoundUp "lots_round_up" "quantities are cut to the lot above",
        FillTwice "fill_twice" "a fill that is told twice counts twice",
        DropLateFill "drop_late_fill" "a fill after the end of its order is dropped",
        IgnoreDeleveraging "ignore_deleveraging" "what a venue closed of its own still counts as held",
        FeeLeftOut "fee_left_out" "the ledger books fills without their fees",
        FundingSign "funding_sign" "the ledger books funding with the wrong sign",
        ReuseId "reuse_id" "every eighth order gets the id of the one before",
        Oversleep "oversleep" "a pair's wake is set a tenth of a basis point above its threshold",
        HashOrder "hash_order" "the order in which legs are sent depends on what the process did before",
        ForgetOpen "forget_open" "the worst case leaves out the orders that are open",
        ForgetUnknown "forget_unknown" "an order that nobody knows of counts for nothing in the worst case",
        HoldForGood "hold_for_good" "what an order held of a balance stays held when it ends",
        ReleaseTwice "release_twice" "what an order held of a balance is given back twice",
        RepairWrongWay "repair_wrong_way" "a repair buys where it has to sell",
        SwitchMovesFuture "switch_moves_future" "the future does not stand while the spot leg moves",
        HaltLetsRepairs "halt_lets_repairs" "a halt holds entries back and nothing else",
        HaltEndsAtMidnight "halt_ends_at_midnight" "a halt is over with the day on which it came",
        PauseLetsEntries "pause_lets_entries" "a pause holds nothing back",
        DropReduceOnly "drop_reduce_only" "an order that closes a future does not say that it may only close",
        QuarantineSilently "quarantine_silently" "a saga gives up and tells nobody",
        EnterOnOpenLeg "enter_on_open_leg" "a pair enters a trip while another one is being mended",
        DropDeadline "drop_deadline" "nobody looks whether legs are out of balance for too long",
        CollarTwiceAsWide "collar_twice_as_wide" "a price may be twice as far from the middle as is allowed",
        TradeWithOneself "trade_with_oneself" "the gate lets tasks trade with each other",
    }
}
