//! The words that devices are made of: products, sites, regions, states.

use super::json::Object;

/// What a device can be.
pub(super) struct Product {
    pub(super) device_type: &'static str,
    pub(super) category: &'static str,
    pub(super) model: &'static str,
    pub(super) part: &'static str,
    pub(super) make: &'static str,
    pub(super) tier: &'static str,
    pub(super) serial_prefix: &'static str,
}

impl Product {
    /// Returns the first product of a category; the first one of all where there is none.
    pub(super) fn of(category: &str) -> &'static Self {
        let all: &'static [Self; 8] = &Self::ALL;
        all.iter().find(|product| product.category == category).unwrap_or(&all[0])
    }

    pub(super) const ALL: [Self; 8] = [
        network("AP", "AP-635", "R7J27A", "CNP7"),
        network("AP", "AP-515", "Q9H62A", "CNK2"),
        network("IAP", "IAP-305", "JX945A", "CNF9"),
        network("SWITCH", "6300M-48G", "JL663A", "SG09"),
        network("SWITCH", "CX-8325", "JL624A", "TW1A"),
        network("GATEWAY", "9004-LTE", "R3V90A", "DL00"),
        Self {
            category: "COMPUTE",
            tier: "COMPUTE",
            ..network("COMPUTE", "ProLiant DL380 Gen11", "P52534-B21", "MXQ4")
        },
        Self {
            category: "STORAGE",
            tier: "STORAGE",
            ..network("STORAGE", "Alletra MP B10000", "S0B84A", "4UW0")
        },
    ];
}

const fn network(
    device_type: &'static str,
    model: &'static str,
    part: &'static str,
    serial_prefix: &'static str,
) -> Product {
    let (category, make, tier) = ("NETWORK", "HPE", "NETWORKING");
    Product { device_type, category, model, part, make, tier, serial_prefix }
}

/// Where a device can be.
pub(super) struct Site {
    pub(super) number: u32,
    pub(super) city: &'static str,
    pub(super) country: &'static str,
    /// Name and street as JSON: escapes and letters beyond ASCII must survive a client.
    name_json: &'static str,
    street_json: &'static str,
    /// The reference types it as text; its example is a number.
    postal_code_json: &'static str,
    latitude: &'static str,
    longitude: &'static str,
}

pub(super) const SITES: [Site; 4] = [
    Site {
        number: 0,
        city: "Houston",
        country: "United States",
        name_json: r#""Campus \"East\"""#,
        street_json: r#""1701 E Mossy Oaks Rd""#,
        postal_code_json: "77389",
        latitude: "30.0996",
        longitude: "-95.4425",
    },
    Site {
        number: 1,
        city: "Zürich",
        country: "Switzerland",
        name_json: r#""Z\u00fcrich West""#,
        street_json: r#""Hardstrasse 201""#,
        postal_code_json: r#""8005""#,
        latitude: "47.3858",
        longitude: "8.5170",
    },
    Site {
        number: 2,
        city: "São Paulo",
        country: "Brazil",
        name_json: r#""Torre 1\/B""#,
        street_json: r#""Alameda Rio Negro, 750""#,
        postal_code_json: r#""06454-000""#,
        latitude: "-23.4990",
        longitude: "-46.8488",
    },
    Site {
        number: 3,
        city: "Tokyo",
        country: "Japan",
        name_json: "\"東京オフィス\"",
        street_json: "null",
        postal_code_json: r#""136-0075""#,
        latitude: "35.6702",
        longitude: "139.8215",
    },
];

impl Site {
    /// Writes the members that describe the site.
    pub(super) fn write(&self, location: &mut Object<'_>) {
        location.text("city", self.city);
        location.raw("state", "null");
        location.text("country", self.country);
        location.raw("latitude", self.latitude);
        location.raw("longitude", self.longitude);
        location.raw("postalCode", self.postal_code_json);
        location.raw("locationName", self.name_json);
        location.raw("streetAddress", self.street_json);
        location.text("locationSource", "PRIMARY");
    }
}

pub(super) const REGIONS: [&str; 4] = ["us-west", "us-east", "eu-central", "ap-northeast"];

pub(super) const STATES: [&str; 4] =
    ["ASSIGNED_TO_SERVICE", "ASSIGNED_TO_SERVICE", "ASSIGNED_TO_DEDICATED_PLATFORM", "UNASSIGNED"];
