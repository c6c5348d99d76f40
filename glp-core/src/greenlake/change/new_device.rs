//! A device that is to be added to the inventory.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_json::{Value, json};

use super::word::word;
use super::{ApiVersion, NewContact, Tags};
use crate::greenlake::{Category, Id};
use crate::invalid::Invalid;

/// Describes a device that is to be added.
///
/// Network devices are known by their MAC address, compute and storage by their part number: there
/// is no way to name one without it.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{NewDevice, Tags};
///
/// let switch = NewDevice::network("SG09KN0", "9c:8c:d8:00:01:02")?
///     .tags(Tags::new().set("owner", "network")?);
/// let server = NewDevice::compute("MXQ41", "P52534-B21")?;
///
/// assert_eq!(NewDevice::network("SG09KN0", "9c8c").unwrap_err().field, "mac_address");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NewDevice {
    serial_number: String,
    hardware: Hardware,
    tags: Tags,
    location: Option<Id>,
    contact: Option<NewContact>,
}

#[derive(Clone, PartialEq, Eq)]
enum Hardware {
    Compute { part_number: String },
    Network { mac_address: String },
    Storage { part_number: String },
}

impl NewDevice {
    /// Describes a network device. The MAC address is six pairs of hexadecimal digits with colons.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a serial number that is no line of text, or a MAC address that is none.
    pub fn network(
        serial_number: impl Into<String>,
        mac_address: impl Into<String>,
    ) -> Result<Self, Invalid> {
        let mac_address = mac_address.into();
        let pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
        let pairs: Vec<bool> = mac_address.split(':').map(pair).collect();
        if pairs != [true; 6] {
            let value = format_args!("a text of {} bytes", mac_address.len());
            return Err(Invalid::new("mac_address", value, "six hexadecimal pairs with colons"));
        }
        Self::new(serial_number, Hardware::Network { mac_address })
    }

    /// Describes a server.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a serial or part number that is no line of text.
    pub fn compute(
        serial_number: impl Into<String>,
        part_number: impl Into<String>,
    ) -> Result<Self, Invalid> {
        let part_number = word("part_number", part_number)?;
        Self::new(serial_number, Hardware::Compute { part_number })
    }

    /// Describes a storage array.
    ///
    /// # Errors
    ///
    /// As [`compute`](Self::compute).
    pub fn storage(
        serial_number: impl Into<String>,
        part_number: impl Into<String>,
    ) -> Result<Self, Invalid> {
        let part_number = word("part_number", part_number)?;
        Self::new(serial_number, Hardware::Storage { part_number })
    }

    fn new(serial_number: impl Into<String>, hardware: Hardware) -> Result<Self, Invalid> {
        let serial_number = word("serial_number", serial_number)?;
        Ok(Self { serial_number, hardware, tags: Tags::new(), location: None, contact: None })
    }

    /// Sets the tags.
    #[must_use]
    pub fn tags(mut self, tags: Tags) -> Self {
        self.tags = tags;
        self
    }

    /// Sets the location. `v1` takes none.
    #[must_use]
    pub fn location(mut self, location: Id) -> Self {
        self.location = Some(location);
        self
    }

    /// Sets whom to ask about it. `v1` takes nobody.
    #[must_use]
    pub fn contact(mut self, contact: NewContact) -> Self {
        self.contact = Some(contact);
        self
    }

    /// Returns the serial number.
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// Returns the class of device.
    pub const fn category(&self) -> Category {
        match self.hardware {
            Hardware::Compute { .. } => Category::Compute,
            Hardware::Network { .. } => Category::Network,
            Hardware::Storage { .. } => Category::Storage,
        }
    }

    /// Refuses what a version does not take.
    pub(crate) fn check(&self, version: ApiVersion) -> Result<(), Invalid> {
        match (version, &self.location, &self.contact) {
            (ApiVersion::V2Beta1, ..) | (ApiVersion::V1, None, None) => Ok(()),
            (ApiVersion::V1, Some(_), _) => Err(Invalid::new("location", "set", "left to v2beta1")),
            (ApiVersion::V1, None, Some(_)) => {
                Err(Invalid::new("contact", "set", "left to v2beta1"))
            }
        }
    }

    /// Writes the three arrays of `v1`, each of which must be there, empty or not.
    pub(super) fn lists(devices: &[&Self]) -> Value {
        let of = |category: Category| -> Value {
            devices
                .iter()
                .filter(|device| device.category() == category)
                .map(|d| d.json())
                .collect()
        };
        json!({
            "compute": of(Category::Compute),
            "network": of(Category::Network),
            "storage": of(Category::Storage),
        })
    }

    /// Writes the one object of `v2beta1`.
    pub(super) fn object(&self) -> Value {
        let mut object = self.json();
        object["deviceType"] = self.category().as_str().into();
        if let Some(location) = &self.location {
            object["location"] = json!({ "id": location.as_str() });
        }
        if let Some(contact) = &self.contact {
            object["contact"] = contact.json();
        }
        object
    }

    fn json(&self) -> Value {
        let mut object = json!({ "serialNumber": self.serial_number });
        match &self.hardware {
            Hardware::Compute { part_number } | Hardware::Storage { part_number } => {
                object["partNumber"] = part_number.as_str().into();
            }
            Hardware::Network { mac_address } => object["macAddress"] = mac_address.as_str().into(),
        }
        if !self.tags.is_empty() {
            object["tags"] = self.tags.json();
        }
        object
    }
}

/// Shows no serial number.
impl fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewDevice({})", self.category())
    }
}
