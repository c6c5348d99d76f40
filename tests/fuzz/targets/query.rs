//! Filters, orders, selections and ids: no value becomes syntax, and what is accepted can be sent.
//!
//! Each line is a step: `= FIELD VALUE` puts a comparison on a stack (likewise `!`, `<`, `>`, `[`
//! for at most, `]` for at least), `& `, `| ` and `-` combine what is there, `^ FIELD` sorts by,
//! `* FIELD` selects, `# ID` reads one row.
#![no_main]

use glp_core::call::{Config, Credentials};
use glp_core::exchange::Request;
use glp_core::greenlake::{
    self, Comparison, Device, Direction, Field, Filter, List, Literal, Resource, Sort,
};
use glp_core::operation::Operation;
use glp_core::page::Page;
use glp_core::testkit::{Service, Settings, World};
use glp_core::wall::UnixTime;
use libfuzzer_sys::fuzz_target;

/// Steps up to which the fake service follows any filter.
const FOLLOWED: usize = 8;

fuzz_target!(|text: &str| {
    let mut asked = Asked::default();
    text.lines().take(64).for_each(|line| asked.step(line));
    let mut list = List::of(Resource::Devices);
    for filter in &asked.filters {
        let Ok(filtered) = list.clone().filter(filter) else { continue };
        list = filtered;
        check_target(&list.page(7, list.max_rows()).request, "filter", &filter.to_string());
        if asked.is_known && text.lines().count() <= FOLLOWED {
            world().run(list.page(0, list.max_rows())).expect("the service can read the filter");
        }
    }
    if let Some(sort) = &asked.sort
        && let Ok(sorted) = list.clone().sort(sort)
    {
        check_target(&sorted.page(0, sorted.max_rows()).request, "sort", &sort.to_string());
    }
    if let Ok(selected) = list.clone().select(&asked.selected) {
        let names: Vec<String> = asked.selected.iter().map(Field::to_string).collect();
        check_target(&selected.page(0, selected.max_rows()).request, "select", &names.join(","));
    }
});

/// What a text asks for.
struct Asked {
    filters: Vec<Filter>,
    sort: Option<Sort>,
    selected: Vec<Field>,
    /// Whether every field is one of a device's.
    is_known: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self { filters: Vec::new(), sort: None, selected: Vec::new(), is_known: true }
    }
}

impl Asked {
    fn step(&mut self, line: &str) {
        let (step, rest) = line.split_once(' ').unwrap_or((line, ""));
        match step {
            "=" => self.compare(Comparison::Equal, rest),
            "!" => self.compare(Comparison::NotEqual, rest),
            "<" => self.compare(Comparison::Less, rest),
            ">" => self.compare(Comparison::Greater, rest),
            "[" => self.compare(Comparison::AtMost, rest),
            "]" => self.compare(Comparison::AtLeast, rest),
            "&" => self.combine(Filter::and),
            "|" => self.combine(Filter::or),
            "-" => {
                let negated = self.filters.pop().map(Filter::negate);
                self.filters.extend(negated);
            }
            "^" => {
                let Ok(field) = Field::new(rest.to_string()) else { return };
                self.sort = Some(match self.sort.take() {
                    None => Sort::by(field, Direction::Descending),
                    Some(sort) => sort.then(field, Direction::Ascending),
                });
            }
            "*" => self.selected.extend(Field::new(rest.to_string())),
            "#" => check_id(rest),
            _ => check_text(line),
        }
    }

    fn compare(&mut self, comparison: Comparison, rest: &str) {
        let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
        let Ok(field) = Field::new(name.to_string()) else { return };
        self.is_known &= [Field::ID, Field::SERIAL_NUMBER, Field::CREATED_AT].contains(&field);
        self.filters.push(Filter::compare(field, comparison, literal(value)));
    }

    fn combine(&mut self, combine: impl FnOnce(Filter, Filter) -> Filter) {
        if let (Some(one), Some(other)) = (self.filters.pop(), self.filters.pop()) {
            self.filters.push(combine(other, one));
        }
    }
}

fn literal(value: &str) -> Literal {
    match value {
        "true" => true.into(),
        "null" => Literal::Null,
        value => match (value.parse::<i64>(), value.parse::<UnixTime>()) {
            (Ok(number), _) => number.into(),
            (_, Ok(time)) => time.into(),
            _ => value.into(),
        },
    }
}

/// The query holds each name once, and this value to the letter under this name.
fn check_target(request: &Request, name: &str, value: &str) {
    let query = request.uri().query().expect("a page is named in the query");
    let pairs: Vec<(&str, &str)> =
        query.split('&').map(|pair| pair.split_once('=').expect("a name and a value")).collect();
    let mut names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), pairs.len(), "a name given twice: {query}");
    assert!(
        names.iter().all(|name| ["filter", "limit", "offset", "select", "sort"].contains(name))
    );
    let sent = pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| decode(value));
    assert_eq!(sent.as_deref(), Some(value));
}

/// An id stays one segment of the path.
fn check_id(id: &str) {
    let Ok(operation) = greenlake::device(id) else { return };
    let uri = operation.request.uri();
    assert_eq!(uri.query(), None, "{uri}");
    let segment = uri.path().strip_prefix("/devices/v1/devices/").expect("the path of a device");
    assert!(!segment.contains('/') && decode(segment) == id, "{uri}");
}

/// A text selects the rows that hold it, and no others.
fn check_text(text: &str) {
    let filter = Filter::equal(Field::SERIAL_NUMBER, text);
    let Ok(list) = List::of(Resource::Devices).filter(&filter) else { return };
    let found = rows(list.page(0, list.max_rows()));
    assert!(found.iter().all(|device| device.serial_number.as_deref() == Some(text)), "{found:?}");
}

fn rows(operation: Operation) -> Vec<Device> {
    let response = world().run(operation).expect("the service can read the filter");
    let page = Page::take(&response).expect("a listing is decoded");
    page.items.iter().map(|item| Device::from_json(item.get()).expect("a device")).collect()
}

fn world() -> World<Service> {
    let settings = Settings::default().with_devices(3).expect("a few rows");
    let service = Service::new(settings);
    let settings = service.settings();
    let credentials = Credentials::for_workspace(
        settings.workspace_id(),
        settings.client_id(),
        settings.client_secret().clone(),
    );
    let config = Config::new(Config::GREENLAKE, credentials).expect("a good configuration");
    World::new(config, service).expect("a good configuration")
}

/// Undoes percent-encoding.
fn decode(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("what was encoded was text")
}
