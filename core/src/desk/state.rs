//! What a desk is at, written down and taken up again.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Desk, Own, Slot};
use crate::state::{Loader, RestoreError, Saver, State, Value};
use crate::strategy::{Draft, Params};

impl State for Desk {
    fn save(&self, out: &mut Saver) {
        let Self {
            own,
            draft,
            tasks,
            digest,
            oversight,
            routes: _,
        } = self;
        own.save(out);
        draft.save(out);
        crate::state::save_each(tasks, out);
        digest.put(out);
        oversight.save(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.own.restore(from)?;
        self.draft.restore(from)?;
        crate::state::restore_each(&mut self.tasks, from)?;
        self.digest = Value::get(from)?;
        self.oversight.restore(from)?;
        let count = self.own.names.instruments.len();
        let counts = [
            self.own.positions.len(),
            self.own.traded_last.len(),
            self.own.foreign.len(),
        ];
        if counts == [count; 3] {
            Ok(())
        } else {
            Err(RestoreError::Malformed("number of instruments"))
        }
    }
}

crate::state!(Own { gate, orders, positions, ledger, day, traded_last, foreign, closed } fixed { names });

impl State for Draft {
    fn save(&self, out: &mut Saver) {
        let Self {
            ids,
            timers,
            timed,
            placed,
            refusals,
            ahead,
            before,
            failed,
            found,
        } = self;
        if !placed.is_empty() {
            // What was approved is an order's only way out: it is never made from bytes.
            out.refuse("an order between its approval and its journal");
        }
        ids.put(out);
        timers.put(out);
        (*timed, *failed).put(out);
        refusals.put(out);
        ahead.put(out);
        before.put(out);
        found.put(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.ids = Value::get(from)?;
        self.timers = Value::get(from)?;
        (self.timed, self.failed) = Value::get(from)?;
        self.refusals = Value::get(from)?;
        self.ahead = Value::get(from)?;
        self.before = Value::get(from)?;
        self.found = Value::get(from)?;
        Ok(())
    }
}

impl State for Slot {
    fn save(&self, out: &mut Saver) {
        let Self {
            task,
            deaf,
            reason,
            refused,
            life,
        } = self;
        // Parameters come first: what the task derives from them it has before its state is taken up.
        let params = &life.terms.params;
        params.texts().put(out);
        task.save(out);
        (*deaf, reason.clone()).put(out);
        refused.put(out);
        life.save(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.restore_params(from)?;
        self.task.restore(from)?;
        (self.deaf, self.reason) = Value::get(from)?;
        self.refused = Value::get(from)?;
        self.life.restore(from)
    }
}

impl Slot {
    /// Changes the task's parameters to what people made them while it ran.
    fn restore_params(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        let misfit = RestoreError::Malformed("parameters of a task");
        let texts = Vec::<(String, String)>::get(from)?;
        let terms = &mut self.life.terms;
        if texts == terms.params.texts() {
            return Ok(());
        }
        let card = terms.card.ok_or(misfit)?;
        let given = texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        let params: Params = card.read(given).map_err(|_| misfit)?;
        self.task.update(&params).map_err(|_| misfit)?;
        terms.params = params;
        Ok(())
    }
}
