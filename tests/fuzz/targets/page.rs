//! Bodies of pages: a page holds what came, byte for byte, or the error points into the body.
#![no_main]

use glp_core::greenlake::{Device, Resource, Row, Subscription};
use glp_core::page::Page;
use glp_core::sync::schema;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let page = match Page::from_json(body) {
        Ok(page) => page,
        Err(malformed) => {
            assert!(malformed.at <= body.len(), "byte {} of {}", malformed.at, body.len());
            return;
        }
    };
    let held: usize = page.items.iter().map(|item| item.get().len()).sum();
    assert!(held <= body.len(), "{held} bytes of items out of {}", body.len());
    for item in &page.items {
        let raw = item.get();
        let found = body.windows(raw.len().max(1)).any(|window| window == raw.as_bytes());
        assert!(found, "an item that did not come: {raw}");
        for resource in Resource::ALL {
            let table = schema::table(resource);
            let row = table.read(raw);
            assert_eq!(row.values.len(), table.columns.len());
            assert_eq!(row.children.len(), table.children.len());
        }
        check::<Device>(raw);
        check::<Subscription>(raw);
    }
});

fn check<R: Row>(raw: &str) {
    if let Err(malformed) = R::read(raw) {
        assert!(malformed.at <= raw.len(), "byte {} of {raw}", malformed.at);
    }
}
