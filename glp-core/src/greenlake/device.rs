//! A device, as `GET /devices/v1/devices` documents it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::greenlake::lenient::{model, open_enum};
use crate::wall::UnixTime;

model! {
    /// One device of the inventory: the 34 documented fields, and the raw text they came from.
    ///
    /// Every field but the id may be absent. Unknown fields and unknown enum values are accepted;
    /// a field of a wrong type is `None` and named in `drift`.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::greenlake::{Device, DeviceType};
    ///
    /// let device = Device::from_json(r#"{"id":"d-1","deviceType":"HOLODECK","archived":[]}"#)?;
    /// assert_eq!(device.device_type, Some(DeviceType::Other("HOLODECK".into())));
    /// assert_eq!(device.archived, None);
    /// assert_eq!(device.drift, ["archived"]);
    /// # Ok::<(), glp_core::operation::Malformed>(())
    /// ```
    row Device {
        /// The kind of resource: `devices/device`.
        resource_type: String = "type",
        /// The serial number.
        serial_number: String = "serialNumber",
        /// The part number.
        part_number: String = "partNumber",
        /// The MAC address, as the service spells it.
        mac_address: String = "macAddress",
        /// The model.
        model: String = "model",
        /// The maker.
        make: String = "make",
        /// The region it is assigned in, such as `us-west`.
        region: String = "region",
        /// What it is.
        device_type: DeviceType = "deviceType",
        /// The broad class it belongs to.
        category: Category = "category",
        /// What it is assigned to.
        assigned_state: AssignedState = "assignedState",
        /// Whether it is archived.
        archived: bool = "archived",
        /// Whether it is paid by use.
        is_flex: bool = "isFlex",
        /// The service it is assigned to.
        application: Application = "application",
        /// Where it stands.
        location: Location = "location",
        /// The dedicated platform it is assigned to.
        dedicated_platform_workspace: Workspace = "dedicatedPlatformWorkspace",
        /// The subscriptions it uses.
        subscription: Vec<DeviceSubscription> = "subscription",
        /// Its tags.
        tags: BTreeMap<String, String> = "tags",
        /// The tenant's workspace, where a managed service provider owns the device.
        tenant_workspace_id: String = "tenantWorkspaceId",
        /// When it was added to the inventory.
        created_at: UnixTime = "createdAt",
        /// When it was last changed.
        updated_at: UnixTime = "updatedAt",
        /// When it was made.
        manufactured_at: UnixTime = "manufacturedDate",
        /// Its host name.
        device_name: String = "deviceName",
        /// Its second host name.
        secondary_name: String = "secondaryName",
        /// Its warranty.
        warranty: Warranty = "warranty",
        /// Whom to ask about it.
        contact: Contact = "contact",
        /// The workspace that uses it.
        in_use_workspace: Workspace = "inUseWorkspace",
        /// Who manages it.
        management: Management = "management",
        /// How it is owned.
        ownership: Ownership = "ownership",
        /// How it came into the inventory.
        source: Source = "source",
        /// The class of subscription it needs.
        subscription_category: String = "subscriptionCategory",
        /// The account it is billed to.
        billing_account_id: String = "billingAccountId",
        /// The name of that account.
        billing_account_name: String = "billingAccountName",
        /// The tier it is billed at.
        billing_tier: String = "billingTier",
    }
}

open_enum! {
    /// What a device is.
    DeviceType {
        Als = "ALS",
        Ap = "AP",
        Ble = "BLE",
        Bridges = "BRIDGES",
        Compute = "COMPUTE",
        Controller = "CONTROLLER",
        DhciCompute = "DHCI_COMPUTE",
        DhciStorage = "DHCI_STORAGE",
        Einar = "EINAR",
        Einr = "EINR",
        Gateway = "GATEWAY",
        Iap = "IAP",
        LteModem = "LTE_MODEM",
        Mc = "MC",
        NwThirdParty = "NW_THIRD_PARTY",
        OpsrampSaas = "OPSRAMP_SAAS",
        Pce = "PCE",
        SdSaas = "SD_SAAS",
        SdWanGw = "SD_WAN_GW",
        Sensor = "SENSOR",
        Storage = "STORAGE",
        Switch = "SWITCH",
        Unknown = "UNKNOWN",
    }
}

open_enum! {
    /// The broad class of a device.
    Category {
        Compute = "COMPUTE",
        Network = "NETWORK",
        Storage = "STORAGE",
    }
}

open_enum! {
    /// What a device is assigned to.
    AssignedState {
        AssignedToActivateConfig = "ASSIGNED_TO_ACTIVATE_CONFIG",
        AssignedToDedicatedPlatform = "ASSIGNED_TO_DEDICATED_PLATFORM",
        AssignedToService = "ASSIGNED_TO_SERVICE",
        Unassigned = "UNASSIGNED",
    }
}

open_enum! {
    /// Who manages a device.
    Management {
        Msp = "MSP",
        Tenant = "TENANT",
    }
}

open_enum! {
    /// How a device is owned.
    Ownership {
        Discovered = "DISCOVERED",
        Flex = "FLEX",
        Managed = "MANAGED",
    }
}

open_enum! {
    /// How a device came into the inventory.
    Source {
        Discovered = "DISCOVERED",
        Managed = "MANAGED",
    }
}

open_enum! {
    /// Whether a contact is a user of the workspace.
    ContactType {
        NonWorkspaceUser = "NON-WORKSPACE-USER",
        WorkspaceUser = "WORKSPACE-USER",
    }
}

model! {
    /// The service a device is assigned to.
    Application {
        /// The service's id.
        id: String = "id",
        /// The service's path in the API.
        resource_uri: String = "resourceUri",
    }
}

model! {
    /// Where a device stands.
    Location {
        /// The location's id.
        id: String = "id",
        /// The location's path in the API.
        resource_uri: String = "resourceUri",
        /// The name.
        name: String = "locationName",
        /// The street and number.
        street_address: String = "streetAddress",
        /// The city.
        city: String = "city",
        /// The state or province.
        state: String = "state",
        /// The country.
        country: String = "country",
        /// The postal code.
        postal_code: String = "postalCode",
        /// The latitude, in degrees.
        latitude: f64 = "latitude",
        /// The longitude, in degrees.
        longitude: f64 = "longitude",
        /// Where the location is known from.
        source: String = "locationSource",
    }
}

model! {
    /// A workspace that a device belongs to.
    Workspace {
        /// The workspace's id.
        id: String = "id",
        /// The kind of resource.
        resource_type: String = "type",
        /// The workspace's path in the API.
        resource_uri: String = "resourceUri",
    }
}

model! {
    /// A subscription, as the device that uses it names it.
    DeviceSubscription {
        /// The subscription's id.
        id: String = "id",
        /// The subscription's path in the API.
        resource_uri: String = "resourceUri",
        /// The subscription's key.
        key: String = "key",
        /// The tier.
        tier: String = "tier",
        /// When it starts.
        start_time: UnixTime = "startTime",
        /// When it ends.
        end_time: UnixTime = "endTime",
    }
}

model! {
    /// The warranty of a device.
    Warranty {
        /// The country it holds in.
        country: String = "country",
        /// The level in force.
        current_support_level: SupportLevel = "currentSupportLevel",
        /// Every level.
        support_levels: Vec<SupportLevel> = "supportLevels",
    }
}

model! {
    /// One level of support.
    SupportLevel {
        /// The contract's level.
        contract_level: String = "contractLevel",
        /// The rank of the contract's level.
        contract_level_rank: i64 = "contractLevelRank",
        /// The service's level.
        service_level: String = "serviceLevel",
        /// The rank of the service's level.
        service_level_rank: i64 = "serviceLevelRank",
        /// When it begins.
        start_date: UnixTime = "startDate",
        /// When it ends.
        end_date: UnixTime = "endDate",
    }
}

model! {
    /// Whom to ask about a device.
    Contact {
        /// Whether the person is a user of the workspace.
        contact_type: ContactType = "type",
        /// The person's id.
        id: String = "id",
        /// The person's path in the API.
        resource_uri: String = "resourceUri",
        /// The e-mail address.
        email: String = "email",
        /// The first name.
        first_name: String = "firstName",
        /// The last name.
        last_name: String = "lastName",
        /// The telephone number.
        phone_number: String = "phoneNumber",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_read_with_everything_inside_it() {
        let raw = r#"{"id":"d-1","serialNumber":"CN1","isFlex":"true","inUseWorkspace":null,
            "location":{"id":"l-1","postalCode":77494,"latitude":"29.7"},
            "subscription":[{"id":"s-1","endTime":"2027-01-01T00:00:00Z"}],
            "tags":{"site":"Houston","floor":3},
            "warranty":{"currentSupportLevel":{"endDate":1798761600}},"novelty":{"deep":[1]}}"#;

        let device = Device::from_json(raw).unwrap();

        let location = device.location.unwrap();
        assert_eq!(location.postal_code.as_deref(), Some("77494"));
        assert_eq!(location.latitude, Some(29.7));
        let level = device.warranty.unwrap().current_support_level.unwrap();
        let end = device.subscription.unwrap()[0].end_time;
        assert_eq!(level.end_date, end);
        assert_eq!(device.tags.unwrap()["floor"], "3");
        assert_eq!(device.is_flex, Some(true));
        assert_eq!(device.in_use_workspace, None);
        assert_eq!(device.drift, Vec::<String>::new());
        assert_eq!(device.raw, raw);
    }

    #[test]
    fn a_wrong_type_costs_its_field_and_is_named_by_its_path() {
        let raw = r#"{"id":"d-1","model":true,"location":{"latitude":"north","city":"Bonn"},
            "subscription":[{"id":"s-1"},"s-2"],"tags":{"a":{}},"createdAt":"soon"}"#;

        let device = Device::from_json(raw).unwrap();

        let drift = ["model", "location.latitude", "subscription[1]", "tags.a", "createdAt"];
        assert_eq!(device.drift, drift);
        assert_eq!(device.location.unwrap().city.as_deref(), Some("Bonn"));
        assert_eq!(device.subscription.unwrap().len(), 1);
    }

    #[test]
    fn a_known_value_is_spelled_as_the_service_spells_it() {
        for known in DeviceType::KNOWN {
            assert_eq!(&DeviceType::from(known.as_str()), known);
            assert!(!matches!(known, DeviceType::Other(_)));
        }
    }
}
