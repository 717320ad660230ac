//! One round trip, or point of the equity, as JSON: the same text as from its derived form, in a fifth of the time.

use std::io;

use rust_decimal::Decimal;

use super::append;
use crate::report::{Amount, Attribution, EquityPoint, Pnl, RoleFills, RoundTrip, Short, TripLeg};
use onetape_core::num::Money;
use onetape_core::time::Ts;

/// Where the fields of a round trip stand, those of its attribution and legs, and those of a leg's roles.
macro_rules! field {
    (first trip $name:literal) => {
        concat!("{\n      \"", $name, "\": ")
    };
    (first part $name:literal) => {
        concat!("{\n        \"", $name, "\": ")
    };
    (first leg $name:literal) => {
        concat!("{\n          \"", $name, "\": ")
    };
    (first role $name:literal) => {
        concat!("{\n            \"", $name, "\": ")
    };
    (trip $name:literal) => {
        concat!(",\n      \"", $name, "\": ")
    };
    (part $name:literal) => {
        concat!(",\n        \"", $name, "\": ")
    };
    (leg $name:literal) => {
        concat!(",\n          \"", $name, "\": ")
    };
    (role $name:literal) => {
        concat!(",\n            \"", $name, "\": ")
    };
}

/// Text that grows.
pub(super) struct Text<'a>(pub(super) &'a mut Vec<u8>);

impl Text<'_> {
    /// In place, so that the length of a name is known where it is copied.
    #[inline(always)]
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn string(&mut self, name: &'static str, value: &str) -> io::Result<()> {
        self.raw(name);
        let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if !value.bytes().all(plain) {
            return append(self.0, value, 0);
        }
        self.quoted(value);
        Ok(())
    }

    fn quoted(&mut self, plain: &str) {
        self.0.push(b'"');
        self.raw(plain);
        self.0.push(b'"');
    }

    fn short(&mut self, text: &Short) {
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
    }

    #[inline(always)]
    fn count(&mut self, name: &'static str, value: u64) {
        self.raw(name);
        self.0.extend_from_slice(Short::count(value).as_bytes());
    }

    fn string_if(&mut self, name: &'static str, value: Option<&str>) -> io::Result<()> {
        match value {
            Some(value) => self.string(name, value),
            None => {
                self.raw(name);
                self.raw("null");
                Ok(())
            }
        }
    }

    fn moment(&mut self, name: &'static str, ts: Ts) -> io::Result<()> {
        match Short::moment(ts) {
            Some(text) => {
                self.raw(name);
                self.short(&text);
                Ok(())
            }
            None => self.string(name, &crate::time::moment(ts)),
        }
    }

    #[inline(always)]
    fn decimal(&mut self, name: &'static str, value: Decimal) {
        self.raw(name);
        self.number(value);
    }

    #[inline(always)]
    fn money(&mut self, name: &'static str, value: Money) {
        self.raw(name);
        if value.is_zero() {
            self.raw("\"0\"");
        } else {
            self.number(value.decimal());
        }
    }

    #[inline(never)]
    fn number(&mut self, value: Decimal) {
        self.short(&Short::decimal(value));
    }

    /// An amount, where objects of several assets are indented so deep.
    #[inline(always)]
    fn amount(&mut self, name: &'static str, value: &Amount, depth: usize) -> io::Result<()> {
        match value {
            Amount::One(value) => {
                self.money(name, *value);
                Ok(())
            }
            Amount::Many(_) => self.amounts(name, value, depth),
        }
    }

    #[cold]
    fn amounts(&mut self, name: &'static str, value: &Amount, depth: usize) -> io::Result<()> {
        self.raw(name);
        append(self.0, value, depth)
    }

    #[inline(always)]
    fn pnl(&mut self, names: [&'static str; 4], pnl: &Pnl, depth: usize) -> io::Result<()> {
        let [gross, fees, funding, net] = names;
        self.amount(gross, &pnl.gross, depth)?;
        self.amount(fees, &pnl.fees, depth)?;
        self.amount(funding, &pnl.funding, depth)?;
        self.amount(net, &pnl.net, depth)
    }

    pub(super) fn equity_point(&mut self, point: &EquityPoint) -> io::Result<()> {
        self.moment(field!(first trip "at"), point.at)?;
        self.amount(field!(trip "net"), &point.net, 3)?;
        self.raw("\n    }");
        Ok(())
    }

    pub(super) fn round_trip(&mut self, trip: &RoundTrip) -> io::Result<()> {
        self.string(field!(first trip "task"), &trip.task)?;
        self.count(field!(trip "trip"), trip.trip.into());
        self.moment(field!(trip "opened_at"), trip.opened_at)?;
        self.count(field!(trip "opened_seq"), trip.opened_seq.0);
        match trip.closed_at {
            Some(at) => self.moment(field!(trip "closed_at"), at)?,
            None => self.string_if(field!(trip "closed_at"), None)?,
        }
        match trip.closed_seq {
            Some(seq) => self.count(field!(trip "closed_seq"), seq.0),
            None => self.string_if(field!(trip "closed_seq"), None)?,
        }
        self.string_if(field!(trip "entry_reason"), trip.entry_reason.as_deref())?;
        self.string_if(field!(trip "exit_reason"), trip.exit_reason.as_deref())?;
        let names = [
            field!(trip "gross"),
            field!(trip "fees"),
            field!(trip "funding"),
            field!(trip "net"),
        ];
        self.pnl(names, &trip.pnl, 3)?;
        if let Some(parts) = &trip.attribution {
            self.raw(field!(trip "attribution"));
            self.attribution(parts)?;
        }
        self.raw(field!(trip "legs"));
        self.raw("[");
        for (at, leg) in trip.legs.iter().enumerate() {
            self.raw(if at == 0 { "\n        " } else { ",\n        " });
            self.leg(leg)?;
        }
        self.raw(if trip.legs.is_empty() {
            "]"
        } else {
            "\n      ]"
        });
        self.raw("\n    }");
        Ok(())
    }

    fn attribution(&mut self, parts: &Attribution) -> io::Result<()> {
        self.amount(field!(first part "decision_edge"), &parts.decision_edge, 4)?;
        self.amount(field!(part "delay"), &parts.delay, 4)?;
        self.amount(field!(part "legging"), &parts.legging, 4)?;
        self.amount(field!(part "slippage"), &parts.slippage, 4)?;
        self.amount(field!(part "spread_capture"), &parts.spread_capture, 4)?;
        self.amount(field!(part "repair"), &parts.repair, 4)?;
        self.amount(field!(part "venue_closings"), &parts.venue_closings, 4)?;
        self.amount(field!(part "fees"), &parts.fees, 4)?;
        self.amount(field!(part "rebates"), &parts.rebates, 4)?;
        self.amount(field!(part "funding"), &parts.funding, 4)?;
        self.amount(field!(part "residual_basis"), &parts.residual_basis, 4)?;
        self.amount(field!(part "residual_delta"), &parts.residual_delta, 4)?;
        self.amount(
            field!(part "dust_and_rounding"),
            &parts.dust_and_rounding,
            4,
        )?;
        self.amount(field!(part "net"), &parts.net, 4)?;
        self.raw("\n      }");
        Ok(())
    }

    fn leg(&mut self, leg: &TripLeg) -> io::Result<()> {
        self.count(field!(first leg "leg"), leg.leg.into());
        self.string(field!(leg "instrument"), &leg.instrument)?;
        self.string_if(field!(leg "side"), leg.side)?;
        self.role(field!(leg "entry"), &leg.entry)?;
        self.role(field!(leg "exit"), &leg.exit)?;
        self.role(field!(leg "repair"), &leg.repair)?;
        self.decimal(field!(leg "left"), leg.left);
        let names = [
            field!(leg "gross"),
            field!(leg "fees"),
            field!(leg "funding"),
            field!(leg "net"),
        ];
        self.pnl(names, &leg.pnl, 5)?;
        self.raw("\n        }");
        Ok(())
    }

    #[inline(always)]
    fn role(&mut self, name: &'static str, role: &RoleFills) -> io::Result<()> {
        self.raw(name);
        self.count(field!(first role "fills"), role.fills);
        self.decimal(field!(role "qty"), role.qty);
        match role.price {
            Some(price) => self.decimal(field!(role "price"), price),
            None => self.string_if(field!(role "price"), None)?,
        }
        self.raw("\n          }");
        Ok(())
    }
}
