//! Where a passphrase and a key come from: a descriptor, the environment, a person, a pipe.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail, ensure};
use onetape_live::secrets::{
    PASSPHRASE_VARIABLE, Secret, passphrase_from_descriptor, passphrase_from_environment,
};

/// Shortest passphrase of a new file, in characters.
const SHORTEST: usize = 8;
/// Longest line of a pipe.
const LINE_MAX: u64 = 64 * 1024;

/// Asks, or reads what was given instead.
pub(super) struct Asker {
    descriptor: Option<u32>,
}

impl Asker {
    pub(super) const fn new(descriptor: Option<u32>) -> Self {
        Self { descriptor }
    }

    /// The passphrase of a file that is there.
    pub(super) fn passphrase(&self) -> anyhow::Result<Secret> {
        match self.given()? {
            Some(given) => Ok(given),
            None => prompt("passphrase of the key file"),
        }
    }

    /// The passphrase of a file that will be made; asked for twice.
    pub(super) fn new_passphrase(&self) -> anyhow::Result<Secret> {
        let chosen = if let Some(given) = self.given()? {
            given
        } else {
            let chosen = prompt("passphrase for the new key file")?;
            ensure!(
                prompt("the same again")? == chosen,
                "the two passphrases differ"
            );
            chosen
        };
        let length = chosen.expose().chars().count();
        ensure!(
            length >= SHORTEST,
            "the passphrase has {length} characters; take {SHORTEST} or more"
        );
        Ok(chosen)
    }

    fn given(&self) -> anyhow::Result<Option<Secret>> {
        match self.descriptor {
            Some(descriptor) => Ok(Some(passphrase_from_descriptor(descriptor)?)),
            None => Ok(passphrase_from_environment()?),
        }
    }

    /// A part of a key: from the terminal, unseen, or the next line of stdin.
    pub(super) fn value(&mut self, what: &str) -> anyhow::Result<Secret> {
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            return prompt(what);
        }
        let mut line = String::new();
        let mut limited = std::io::Read::take(stdin.lock(), LINE_MAX);
        let read = limited.read_line(&mut line);
        let read = read.with_context(|| format!("cannot read the {what} from stdin"))?;
        if read == 0 {
            bail!("stdin has no line for the {what}; give key and secret a line each");
        }
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        Ok(Secret::new(line))
    }
}

/// Asks on the terminal, without showing what is typed.
fn prompt(what: &str) -> anyhow::Result<Secret> {
    let typed = rpassword::prompt_password(format!("{what}: ")).with_context(|| {
        format!("there is no terminal to ask for the {what} on; set {PASSPHRASE_VARIABLE}, or give --passphrase-fd")
    })?;
    Ok(Secret::new(typed))
}
