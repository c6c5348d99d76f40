//! The list of the predecessor's defects names tests that exist.

use std::path::Path;

#[test]
fn every_test_that_the_list_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the workspace");
    let list = std::fs::read_to_string(root.join("tests/PREDECESSOR.md")).expect("the list");
    let named: Vec<_> = list.split('`').filter_map(|word| word.split_once("::")).collect();
    assert!(named.len() >= 50, "only {} tests are named", named.len());
    for (file, test) in named {
        let source = std::fs::read_to_string(root.join(file)).expect(file);
        assert!(source.contains(&format!("fn {test}(")), "{file} has no test {test}");
    }
}
