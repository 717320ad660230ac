//! What a strategy says about itself.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::{ParamError, ParamKind, ParamSpec, Params};
use crate::instrument::InstrumentKind;
use crate::num::Bps;

/// How a leg takes part in a round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegPart {
    /// Every round trip trades it.
    Always,
    /// A round trip trades one of the card's alternatives; a scenario names this one.
    Alternative,
    /// An alternative that a scenario may leave out, with those after it.
    MoreAlternative,
    /// Every round trip trades it once: it is not held.
    Once,
    /// Every round trip trades it, and what is held moves between the legs of this part.
    Moving,
    /// A scenario may leave it out; what holds then is the strategy's to say.
    Optional,
}

/// One leg that a strategy trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegSpec {
    /// The name that scenarios use, such as `spot`.
    pub name: &'static str,
    /// Its part in a round trip.
    pub part: LegPart,
    /// Kinds of instrument that it may be.
    pub kinds: &'static [InstrumentKind],
    /// What it is for, in one sentence.
    pub doc: &'static str,
}

impl LegSpec {
    /// True when a scenario must name it.
    pub fn is_required(&self) -> bool {
        !matches!(self.part, LegPart::MoreAlternative | LegPart::Optional)
    }

    /// True when a round trip trades one of several legs of which this is one.
    pub fn is_alternative(&self) -> bool {
        matches!(self.part, LegPart::Alternative | LegPart::MoreAlternative)
    }

    /// How many fees a round trip pays on it.
    pub const fn fills(&self) -> u8 {
        match self.part {
            LegPart::Once => 1,
            _ => 2,
        }
    }
}

/// What a round trip is configured to take, before fees: an entry at no less than one edge and an exit at no
/// less than another. The validator subtracts the taker fees of every leg, in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The parameter that sets the entry's edge.
    pub entry: &'static str,
    /// Gross edge of the entry, positive is good.
    pub entry_bps: Bps,
    /// The parameter that sets the exit's edge.
    pub exit: &'static str,
    /// Gross edge of the exit, positive is good.
    pub exit_bps: Bps,
    /// Both edges are judged after all costs: nothing more is subtracted. Where the exit's parameter is no edge, the
    /// entry is judged by what is expected rather than by what prices promise.
    pub after_costs: bool,
}

impl Capture {
    /// Entry and exit together.
    pub fn gross_bps(&self) -> Bps {
        self.entry_bps + self.exit_bps
    }
}

/// A strategy's declarations: enough to check a scenario, to describe the strategy and to bound a sweep.
#[derive(Clone, Copy, Debug)]
pub struct StrategyCard {
    /// The name that scenarios use.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its legs, in the order that ties are broken in.
    pub legs: &'static [LegSpec],
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// Groups of optional parameters of which exactly one must be given.
    pub one_of: &'static [&'static [&'static str]],
    /// Groups of optional parameters of which at least one must be given.
    pub any_of: &'static [&'static [&'static str]],
    /// Reason codes of its decisions, with their meaning.
    pub reasons: &'static [(&'static str, &'static str)],
    /// What each configured exit takes, for exits that promise a gross edge; an exit by age or by profit after
    /// fees promises none and is left out.
    pub captures: fn(&Params) -> Vec<Capture>,
    /// Its orders rest in the book and wait for others: what becomes of them depends on the prints of the tape.
    pub rests_orders: bool,
}

impl StrategyCard {
    /// Reads given `(name, text)` pairs: types, ranges, defaults and groups.
    ///
    /// # Errors
    /// Every [`ParamError`], in the order of what was given; what is absent comes last.
    pub fn read<'a>(
        &self,
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Params, Vec<ParamError>> {
        let given: Vec<(&str, &str)> = given.into_iter().collect();
        let mut errors = Vec::new();
        let present = |group: &[&'static str]| -> Vec<&'static str> {
            let names = group.iter().copied();
            names
                .filter(|name| given.iter().any(|(given, _)| given == name))
                .collect()
        };
        for group in self.one_of.iter().copied() {
            let given = present(group);
            match given.len() {
                0 => errors.push(ParamError::NoneOf(group)),
                1 => {}
                _ => errors.push(ParamError::SeveralOf { group, given }),
            }
        }
        for group in self.any_of.iter().copied() {
            if present(group).is_empty() {
                errors.push(ParamError::NoneOfAny(group));
            }
        }
        match Params::read(self.params, given.iter().copied()) {
            Ok(params) if errors.is_empty() => Ok(params),
            Ok(_) => Err(errors),
            Err(mut all) => {
                all.append(&mut errors);
                Err(all)
            }
        }
    }

    /// The declaration of a leg.
    pub fn leg(&self, name: &str) -> Option<&'static LegSpec> {
        self.legs.iter().find(|leg| leg.name == name)
    }

    /// True when a round trip chooses among legs.
    pub fn has_alternatives(&self) -> bool {
        self.legs.iter().any(LegSpec::is_alternative)
    }

    /// True when it chooses among legs by their prices and fees, so that its signals depend on both.
    pub fn follows_fees(&self) -> bool {
        let moves = |leg: &LegSpec| leg.part == LegPart::Moving;
        self.has_alternatives() || self.legs.iter().any(moves)
    }

    /// True when the exit of a capture promises an edge of its own.
    pub fn has_exit_edge(&self, capture: &Capture) -> bool {
        let exit = self.param(capture.exit);
        exit.is_some_and(|spec| spec.kind == ParamKind::Bps)
    }

    /// How far apart the legs may be by the strategy's own rule, in base units: zero where no parameter says it.
    pub fn delta_band(&self, params: &Params) -> Decimal {
        let bands = self.params.iter().filter(|spec| spec.is_band);
        let bands = bands.filter_map(|spec| params.decimal(spec.name));
        bands.max().unwrap_or_default()
    }

    /// The declaration of a parameter.
    pub fn param(&self, name: &str) -> Option<&'static ParamSpec> {
        self.params.iter().find(|spec| spec.name == name)
    }
}
