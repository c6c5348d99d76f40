//! Every public item of the policy modules shows an example, or says where one is.

use std::fs;
use std::path::{Path, PathBuf};

/// The policy modules, below `glp-core/src`.
const MODULES: [&str; 9] =
    ["backoff", "breaker", "budget", "hint", "invalid.rs", "limiter", "retry", "rng.rs", "time.rs"];

const ITEMS: [&str; 5] = ["pub const fn ", "pub enum ", "pub fn ", "pub struct ", "pub trait "];

/// Lists the files of a module, or the one that it is.
fn files(path: &Path) -> Vec<PathBuf> {
    match fs::read_dir(path) {
        Ok(entries) => entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect(),
        Err(_) => vec![path.into()],
    }
}

/// Lists the public items without an example: those whose documentation neither has one nor names
/// the item that has.
fn items_without_example(source: &str) -> Vec<&str> {
    let (mut missing, mut documentation) = (Vec::new(), String::new());
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("///") {
            documentation += line;
        } else if !line.starts_with("#[") {
            let shown =
                documentation.contains("# Examples") || documentation.contains("Example: see");
            if ITEMS.iter().any(|item| line.starts_with(item)) && !shown {
                missing.push(line);
            }
            documentation.clear();
        }
    }
    missing
}

#[test]
fn every_public_item_of_the_policy_modules_has_an_example_or_a_link_to_one() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../glp-core/src");
    let mut missing = Vec::new();
    for file in MODULES.iter().flat_map(|module| files(&source.join(module))) {
        let text = fs::read_to_string(&file).expect("a source file");
        missing.extend(
            items_without_example(&text)
                .into_iter()
                .map(|item| format!("{}: {item}", file.display())),
        );
    }
    assert!(missing.is_empty(), "without an example:\n{}", missing.join("\n"));
}
