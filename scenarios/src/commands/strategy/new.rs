//! `onetape strategy new`: a crate with a strategy of one's own, outside this workspace.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use onetape_core::strategy::params::StrategyCard;

/// Exit code of a failure, and of bad usage.
const EXIT_FAILED: u8 = 1;
const EXIT_USAGE: u8 = 2;

/// The name that the templates have in place of the strategy's.
const NAME: &str = "my_rule";
/// Longest name.
const NAME_MAX: usize = 40;
/// Words that cannot be names: of the language, or of crates that the new one stands beside.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "main",
    "match",
    "mod",
    "move",
    "mut",
    "onetape",
    "onetape_core",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// What the new crate starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Template {
    /// Two legs on the saga: spot against a perpetual, with states of its own.
    #[default]
    SpotPerp,
    /// One leg; waits, places one order, and is done.
    Blank,
}

impl Template {
    /// Rule, scenario and read-me.
    const fn texts(self) -> [&'static str; 3] {
        match self {
            Self::SpotPerp => [
                include_str!("../../../templates/strategy/spot_perp/rule.rs"),
                include_str!("../../../templates/strategy/spot_perp/scenario.toml"),
                include_str!("../../../templates/strategy/spot_perp/README.md"),
            ],
            Self::Blank => [
                include_str!("../../../templates/strategy/blank/rule.rs"),
                include_str!("../../../templates/strategy/blank/scenario.toml"),
                include_str!("../../../templates/strategy/blank/README.md"),
            ],
        }
    }
}

/// `onetape strategy new …`
#[derive(Clone, Debug, clap::Args)]
pub struct NewArgs {
    /// What it is called: lower-case letters, digits and `_`, such as my_rule.
    pub name: String,
    /// The folder that is made; ./NAME when not given.
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// What it starts from.
    #[arg(long, value_enum, default_value_t)]
    pub template: Template,
    /// Where onetape's sources are: a folder, or the address of a git repository. The folder that this program was
    /// built from, when not given.
    #[arg(long, value_name = "PATH")]
    pub onetape: Option<String>,
}

/// Where the new crate finds onetape.
enum Sources {
    Folder(PathBuf),
    Git(String),
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When `out` or `err` cannot be written.
pub(super) fn run(
    args: &NewArgs,
    cards: &[StrategyCard],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let place = args
        .path
        .clone()
        .unwrap_or_else(|| PathBuf::from(&args.name));
    let checked = check_name(&args.name, cards)
        .and_then(|()| check_place(&place))
        .and_then(|()| sources(args.onetape.as_deref()));
    let sources = match checked {
        Ok(sources) => sources,
        Err(problem) => {
            writeln!(err, "error: {problem}")?;
            return Ok(EXIT_USAGE);
        }
    };
    if let Err(failure) = write_crate(&place, &args.name, args.template, &sources) {
        writeln!(
            err,
            "error: {}: cannot be written: {failure}",
            place.display()
        )?;
        return Ok(EXIT_FAILED);
    }
    let (name, shown) = (&args.name, place.display());
    writeln!(
        out,
        "{shown}: a crate with the strategy {name}, which is in src/{name}.rs\n\n\
         cd {shown}\n\
         cargo test\n\
         cargo run --release -- data synth --catalog catalog\n\
         cargo run --release -- backtest scenario.toml --out run"
    )?;
    Ok(0)
}

fn check_name(name: &str, cards: &[StrategyCard]) -> Result<(), String> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let formed = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(letter);
    if !formed || name.len() > NAME_MAX {
        let fit: String = name
            .to_ascii_lowercase()
            .chars()
            .map(|c| if letter(c) { c } else { '_' })
            .skip_while(|c| !c.is_ascii_lowercase())
            .take(NAME_MAX)
            .collect();
        let fit = if fit.is_empty() { NAME.into() } else { fit };
        return Err(format!(
            "{name:?} is no name for a strategy: it begins with a lower-case letter and has lower-case letters, \
             digits and `_`, {NAME_MAX} at most; such as {fit}"
        ));
    }
    if RESERVED.contains(&name) {
        return Err(format!(
            "{name:?} is a word of the language or the name of a crate beside it; call it my_{name}"
        ));
    }
    if cards.iter().any(|card| card.name == name) {
        return Err(format!(
            "a strategy is called {name:?} already; `onetape strategy list` lists the names that are taken"
        ));
    }
    Ok(())
}

fn check_place(place: &Path) -> Result<(), String> {
    if place.symlink_metadata().is_ok() {
        return Err(format!(
            "{}: is there already; remove it, or name another folder with --path",
            place.display()
        ));
    }
    if place.file_name().is_none() {
        return Err(format!("{}: is no name of a new folder", place.display()));
    }
    Ok(())
}

fn sources(given: Option<&str>) -> Result<Sources, String> {
    let Some(given) = given else {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        return built.and_then(checkout).map(Sources::Folder).ok_or_else(|| {
            "the sources that this program was built from are gone; give --onetape FOLDER, or --onetape with the \
             address of its git repository"
                .to_string()
        });
    };
    if given.contains("://") || given.starts_with("git@") {
        return Ok(Sources::Git(given.to_string()));
    }
    checkout(Path::new(given)).map(Sources::Folder).ok_or_else(|| {
        format!(
            "{given}: does not hold onetape's sources: there is no scenarios/Cargo.toml and core/Cargo.toml in it; name \
             the folder of a checkout"
        )
    })
}

/// The whole path of a folder that holds onetape's sources.
fn checkout(folder: &Path) -> Option<PathBuf> {
    let has = |part: &str| folder.join(part).join("Cargo.toml").is_file();
    (has("scenarios") && has("core"))
        .then(|| fs::canonicalize(folder).ok())
        .flatten()
}

impl Sources {
    /// What a dependency on the package in a folder of the sources says.
    fn dependency(&self, folder: &str) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        match self {
            Self::Folder(root) => {
                format!(
                    "path = {}",
                    quoted(&root.join(folder).display().to_string())
                )
            }
            Self::Git(address) => format!("git = {}", quoted(address)),
        }
    }

    /// The versions of every crate that onetape is tested with.
    fn lock(&self) -> Option<String> {
        match self {
            Self::Folder(root) => fs::read_to_string(root.join("Cargo.lock")).ok(),
            Self::Git(_) => None,
        }
    }
}

/// Writes the crate beside its place and moves it there when it is whole.
fn write_crate(place: &Path, name: &str, template: Template, sources: &Sources) -> io::Result<()> {
    let parent = place
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let mut making = String::from(".");
    let folder = place.file_name().unwrap_or_default().to_string_lossy();
    let _ = write!(making, "{folder}.partial-{}", std::process::id());
    let making = parent.join(making);
    let written =
        write_files(&making, name, template, sources).and_then(|()| fs::rename(&making, place));
    if written.is_err() {
        let _ = fs::remove_dir_all(&making);
    }
    written
}

fn write_files(folder: &Path, name: &str, template: Template, sources: &Sources) -> io::Result<()> {
    let [rule, scenario, readme] = template.texts();
    let named = |text: &str| text.replace(NAME, name);
    let manifest = named(include_str!("../../../templates/strategy/manifest.toml"))
        .replace("RUST_VERSION", env!("CARGO_PKG_RUST_VERSION"))
        .replace("ONETAPE_CORE", &sources.dependency("core"))
        .replace("ONETAPE", &sources.dependency("scenarios"));
    let main = named(include_str!("../../../templates/strategy/main.rs"));
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    if let Some(lock) = sources.lock() {
        fs::write(folder.join("Cargo.lock"), lock)?;
    }
    fs::write(folder.join("README.md"), named(readme))?;
    fs::write(folder.join("scenario.toml"), named(scenario))?;
    fs::write(
        folder.join(".gitignore"),
        "/target\n/catalog\n/run\n/sweep\n",
    )?;
    fs::write(folder.join("src/main.rs"), main)?;
    fs::write(folder.join("src").join(format!("{name}.rs")), named(rule))
}
