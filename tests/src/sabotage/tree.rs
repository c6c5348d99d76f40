//! A copy of the sources with every fault in it, each behind its switch.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::fault::{Edit, FAULTS, Fault};

/// What of the sources is copied.
const PARTS: [&str; 8] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "glp-async-std",
    "glp-blocking",
    "glp-core",
    "glp-tokio",
    "tests",
];

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The variable that names the fault that is switched on.
const SWITCH: &str = "GLP_SABOTAGE";

/// The switch, as it stands in the copy.
const SWITCH_SOURCE: &str = r#"
/// Says whether a deliberate fault is switched on.
#[allow(missing_docs, unused, unused_qualifications, reason = "not every fault uses it")]
pub mod sabotage {
    extern crate std;
    use alloc::string::String;
    pub fn on(name: &str) -> bool {
        static ON: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        ON.get_or_init(|| std::env::var("GLP_SABOTAGE").unwrap_or_default()) == name
    }
}
"#;

/// The copy, built.
#[derive(Debug)]
pub struct Tree {
    program: PathBuf,
}

/// Says why the faults cannot be tried.
#[derive(Debug)]
pub enum Unfit {
    /// The sources have changed: a fault does not fit them any more.
    Fault {
        /// The fault.
        name: &'static str,
        /// The file in which its place is not found, or found more than once.
        file: &'static str,
    },
    /// A file could not be read or written.
    Disk(io::Error),
    /// The copy does not build.
    Build,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { name, file } => {
                write!(f, "the fault {name:?} does not fit {file} any more: adapt it")
            }
            Self::Disk(error) => write!(f, "the sources cannot be copied: {error}"),
            Self::Build => f.write_str("the copy with the faults does not build"),
        }
    }
}

impl std::error::Error for Unfit {}

impl From<io::Error> for Unfit {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Tree {
    /// Copies the sources at `root` into `target`, puts every fault in, and builds the simulation.
    ///
    /// # Errors
    ///
    /// [`Unfit`] where a fault has no place any more, the disk fails, or the copy does not build.
    pub fn build(root: &Path, target: &Path) -> Result<Self, Unfit> {
        let place = target.join("sabotage");
        let copy = place.join("sources");
        for part in PARTS {
            copy_all(&root.join(part), &copy.join(part), &|path, text| {
                sabotaged(path.strip_prefix(root).unwrap_or(path), text)
            })?;
        }
        let arguments =
            ["build", "--release", "--quiet", "--package", "tests", "--bin", "simulation"];
        let built = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(&copy)
            .env("CARGO_TARGET_DIR", place.join("target"))
            // What the copy depends on is built already, for the program that asks.
            .env("CARGO_BUILD_BUILD_DIR", target)
            .status()?;
        if !built.success() {
            return Err(Unfit::Build);
        }
        let program = place.join("target/release/simulation");
        Ok(Self { program })
    }

    /// Lives through so many days with a fault, or with none.
    ///
    /// # Errors
    ///
    /// An error where the program cannot be run.
    pub fn live(&self, days: u64, fault: Option<&Fault>) -> io::Result<Output> {
        let name = fault.map_or("", |fault| fault.name);
        let mut program = Command::new(&self.program);
        program.args(["days", &days.to_string()]).env(SWITCH, name);
        program.stdout(Stdio::null()).stderr(Stdio::piped()).output()
    }
}

/// Puts the faults of one file into its text.
fn sabotaged(file: &Path, text: String) -> Result<String, Unfit> {
    let mut text = text;
    let in_core = file.starts_with("glp-core");
    for Fault { name, edits, .. } in FAULTS {
        for Edit { file: place, from, to } in *edits {
            if Path::new(place) != file {
                continue;
            }
            if text.matches(from).count() != 1 {
                return Err(Unfit::Fault { name, file: place });
            }
            let switch = if in_core { "crate" } else { "glp_core" };
            let on = format!("{switch}::sabotage::on({name:?})");
            text = text.replace(from, &to.replace("ON", &on));
        }
    }
    if file == Path::new("glp-core/src/lib.rs") {
        text.push_str(SWITCH_SOURCE);
    }
    if file == Path::new("Cargo.toml") {
        // Packages of another version, so that none built from here is taken for one of ours.
        text = text.replacen(&format!("{VERSION}\""), &format!("{VERSION}+sabotage\""), 1);
    }
    Ok(text)
}

/// Copies a file or a directory; what is there already as it should be is left alone, so that it is
/// not built again.
fn copy_all(
    from: &Path,
    to: &Path,
    change: &dyn Fn(&Path, String) -> Result<String, Unfit>,
) -> Result<(), Unfit> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_all(&entry.path(), &to.join(entry.file_name()), change)?;
        }
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let bytes = fs::read(from)?;
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => change(from, text)?.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    if fs::read(to).ok().as_ref() != Some(&bytes) {
        fs::write(to, bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_every_fault_and_what_catches_it() {
        let table = include_str!("../../SABOTAGE.md");
        for Fault { name, caught_by, .. } in FAULTS {
            assert!(table.contains(&format!("| {name} | {caught_by} |\n")), "{name}");
        }
        assert_eq!(table.matches("\n| ").count(), FAULTS.len() + 1);
    }

    #[test]
    fn every_fault_still_has_its_place_in_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for file in FAULTS.iter().flat_map(|fault| fault.edits).map(|edit| edit.file) {
            let text = fs::read_to_string(root.join(file)).unwrap();
            assert!(sabotaged(Path::new(file), text).is_ok(), "{file}");
        }
    }

    #[test]
    fn the_copys_packages_are_of_a_version_of_their_own() {
        let text =
            fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).unwrap();
        let copy = sabotaged(Path::new("Cargo.toml"), text).unwrap();
        let version =
            copy.split("[workspace.package]\n").nth(1).and_then(|rest| rest.lines().next());
        assert_eq!(version, Some(&*format!("version = \"{VERSION}+sabotage\"")));
    }
}
