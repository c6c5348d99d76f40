//! What the service lists, read page by page without a store.

use std::collections::BTreeMap;
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};

use glp_blocking::{Client, ClientBuilder};
use glp_core::call::CallOptions;
use glp_core::greenlake::{List, Resource};
use glp_core::pager::Pager;
use serde_json::Value;
use tests::program::Serving;

/// The rows of each resource: how many, and what they are.
pub(crate) struct Listed(BTreeMap<Resource, (usize, u64)>);

impl Listed {
    pub(crate) fn read(serving: &Serving) -> Result<Self, Box<dyn Error>> {
        let client = ClientBuilder::from_lookup(|name| serving.variable(name))?
            .call_options(CallOptions::BATCH)
            .build()?;
        let rows = |resource| Ok((resource, rows(&client, resource)?));
        Resource::ALL.into_iter().map(rows).collect::<Result<_, Box<dyn Error>>>().map(Self)
    }

    /// Returns the number of rows and their fingerprint.
    pub(crate) fn of(&self, resource: Resource) -> (usize, u64) {
        self.0.get(&resource).copied().unwrap_or_default()
    }

    pub(crate) fn rows(&self) -> usize {
        self.0.values().map(|(rows, _)| rows).sum()
    }
}

fn rows(client: &Client, resource: Resource) -> Result<(usize, u64), Box<dyn Error>> {
    let mut rows = BTreeMap::new();
    for page in client.pages(Pager::by_offset(List::of(resource))) {
        for item in &page?.items {
            let row: Value = serde_json::from_str(item.get())?;
            let id = row["id"].as_str().ok_or("a row without an id")?;
            rows.insert(id.to_owned(), item.get().to_owned());
        }
    }
    let mut print = Fingerprint::default();
    rows.iter().for_each(|(id, raw)| print.add(&(id.as_str(), raw.as_str())));
    Ok(print.finish())
}

/// Rows in the order of their ids, as one number.
#[derive(Default)]
pub(crate) struct Fingerprint {
    rows: usize,
    hasher: DefaultHasher,
}

impl Fingerprint {
    pub(crate) fn add(&mut self, row: &impl Hash) {
        self.rows += 1;
        row.hash(&mut self.hasher);
    }

    pub(crate) fn finish(self) -> (usize, u64) {
        (self.rows, self.hasher.finish())
    }
}
