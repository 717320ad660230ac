//! `onetape keys`: the keys of venues, in a file that is encrypted with a passphrase.
//!
//! Nothing secret is ever an argument: every process of a machine can read those of every other.

mod ask;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use onetape_live::process::close_to_others;
use onetape_live::secrets::{Key, KeyFile, Keys, Secret};
use serde_json::{Value, json};

use ask::Asker;

use crate::hush;

/// Version of the JSON document: it grows when a field changes its meaning or goes; fields may be added.
const SCHEMA: u32 = 1;
/// The environment variable that names the file.
const FILE_VARIABLE: &str = "ONETAPE_KEYS";

/// `onetape keys …`
#[derive(Debug, clap::Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeysCommand {
    /// Add a key: it is asked for, or read from stdin, key and secret a line each.
    Add(AddArgs),
    /// List the keys: venue, name and the last four characters, never a secret.
    List(ListArgs),
    /// Remove a key.
    Remove(RemoveArgs),
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// The venue, as in scenarios: binance-spot, gate-usdt, …
    venue: String,
    /// A name for it, one of each a venue.
    #[arg(default_value = "main")]
    name: String,
    /// The venue wants a passphrase with the key; it is asked for too, or the third line.
    #[arg(long)]
    with_passphrase: bool,
    #[command(flatten)]
    file: FileArgs,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Print one JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: FileArgs,
}

#[derive(Debug, clap::Args)]
struct RemoveArgs {
    /// The venue.
    venue: String,
    /// The key's name.
    #[arg(default_value = "main")]
    name: String,
    #[command(flatten)]
    file: FileArgs,
}

/// Which file keys are in, and how it is opened.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FileArgs {
    /// The file [default: what `ONETAPE_KEYS` names, or onetape/keys.age in the configuration folder].
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read the passphrase from this file descriptor; else it is that of `ONETAPE_KEYS_PASSPHRASE`, or asked for.
    #[arg(long, value_name = "N")]
    passphrase_fd: Option<u32>,
}

impl FileArgs {
    /// A file and a descriptor that other arguments gave.
    pub(crate) const fn new(file: Option<PathBuf>, passphrase_fd: Option<u32>) -> Self {
        Self {
            file,
            passphrase_fd,
        }
    }

    /// The keys of the file; none where there is no file.
    pub(crate) fn load(&self) -> anyhow::Result<Keys> {
        let file = self.file()?;
        if !file.exists() {
            return Ok(Keys::default());
        }
        read(&file, &self.asker().passphrase()?)
    }

    fn file(&self) -> anyhow::Result<KeyFile> {
        if let Some(path) = &self.file {
            return Ok(KeyFile::new(path.clone()));
        }
        let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(path) = of(FILE_VARIABLE) {
            return Ok(KeyFile::new(path.into()));
        }
        let folder = of("XDG_CONFIG_HOME").map(PathBuf::from);
        let folder = folder.or_else(|| Some(PathBuf::from(of("HOME")?).join(".config")));
        let folder = folder.with_context(|| {
            format!("there is no HOME to keep keys in; name a file by --file or {FILE_VARIABLE}")
        })?;
        Ok(KeyFile::new(folder.join("onetape").join("keys.age")))
    }

    fn asker(&self) -> Asker {
        Asker::new(self.passphrase_fd)
    }
}

/// Reads keys, and sees to it that they stay here: no other process reads the memory that they are in, and nothing that
/// is said has them.
fn read(file: &KeyFile, passphrase: &Secret) -> anyhow::Result<Keys> {
    close_to_others().context("this process cannot be closed to others, so no key is used")?;
    let keys = file.load(passphrase)?;
    hush::know(&keys);
    Ok(keys)
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be used, the passphrase is another, or a key is not there or there already.
pub fn run(args: &KeysArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    match &args.command {
        KeysCommand::Add(args) => add(args, out)?,
        KeysCommand::List(args) => list(args, out)?,
        KeysCommand::Remove(args) => remove(args, out)?,
    }
    Ok(0)
}

fn add(args: &AddArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let file = args.file.file()?;
    let mut asker = args.file.asker();
    let (mut keys, passphrase) = if file.exists() {
        let passphrase = asker.passphrase()?;
        (read(&file, &passphrase)?, passphrase)
    } else {
        (Keys::default(), asker.new_passphrase()?)
    };
    let key = asker.value("key")?;
    let secret = asker.value("secret")?;
    let third = args
        .with_passphrase
        .then(|| asker.value("passphrase of the key"));
    let ends_with = ending(&key);
    keys.add(Key {
        venue: args.venue.clone(),
        name: args.name.clone(),
        key,
        secret,
        passphrase: third.transpose()?,
    })?;
    file.save(&keys, &passphrase)?;
    let path = file.path().display();
    writeln!(
        out,
        "{} {} {ends_with} added to {path}",
        args.venue, args.name
    )?;
    Ok(())
}

fn list(args: &ListArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let file = args.file.file()?;
    let keys = if file.exists() {
        read(&file, &args.file.asker().passphrase()?)?
    } else {
        Keys::default()
    };
    if args.json {
        let all: Vec<Value> = keys.iter().map(document).collect();
        writeln!(
            out,
            "{:#}",
            json!({"schema": SCHEMA, "file": file.path(), "keys": all})
        )?;
        return Ok(());
    }
    for key in keys.iter() {
        writeln!(out, "{} {} {}", key.venue, key.name, ending(&key.key))?;
    }
    if keys.iter().next().is_none() {
        writeln!(out, "no keys in {}", file.path().display())?;
    }
    Ok(())
}

fn document(key: &Key) -> Value {
    json!({
        "venue": key.venue,
        "name": key.name,
        "key_ends_with": key.key.last_four(),
        "passphrase": key.passphrase.is_some(),
    })
}

/// The last four characters of a key; a short one tells none.
fn ending(key: &Secret) -> String {
    format!("…{}", key.last_four().unwrap_or_default())
}

fn remove(args: &RemoveArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let file = args.file.file()?;
    let passphrase = args.file.asker().passphrase()?;
    let mut keys = read(&file, &passphrase)?;
    keys.remove(&args.venue, &args.name)?;
    file.save(&keys, &passphrase)?;
    writeln!(out, "{} {} removed", args.venue, args.name)?;
    Ok(())
}
