//! What the scenario orders in its `[[control]]` sections, in real time.

use std::collections::VecDeque;

use anyhow::bail;
use onetape_core::event::Control;
use onetape_core::time::Ts;

use crate::commands::time_text;
use crate::run::Prepared;

/// A moment that is past when a run begins would never come.
///
/// # Errors
/// With the moment and what to write instead.
pub(super) fn check(prepared: &Prepared<'_>, now: Ts) -> anyhow::Result<()> {
    let mut controls = prepared.scenario.controls.iter();
    let past = controls.find(|it| it.after.is_none() && it.at <= now);
    if let Some(past) = past {
        bail!(
            "[[control]] at = {:?} ({}) is past; in real time write `after = \"10m\"`, counted from the start of the \
             run, or a moment to come",
            time_text(past.at),
            past.action.name(),
        );
    }
    Ok(())
}

/// What is to be ordered after the last event of an earlier life, in the order of time, for a run that began then. What
/// was due while no process lived is due at once.
pub(super) fn orders(
    prepared: &Prepared<'_>,
    began: Ts,
    last: Option<Ts>,
) -> VecDeque<(Ts, Control)> {
    let given = prepared.scenario.controls.iter().zip(&prepared.controls);
    let due = given.map(|(said, (at, control))| {
        let at = said.after.map_or(*at, |after| began + after);
        (at, control.clone())
    });
    // An order stands in the journal before anything that happened later.
    let due = due.filter(|(at, _)| last.is_none_or(|last| *at > last));
    let mut due: Vec<_> = due.collect();
    due.sort_by_key(|(at, _)| *at);
    due.into()
}
