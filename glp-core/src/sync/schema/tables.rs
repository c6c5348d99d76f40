//! What the tables of the inventory hold.

use super::{Child, Column, Kind, Shape, Table};

/// The devices.
pub(super) static DEVICES: Table = Table {
    name: "devices",
    columns: &[
        text("mac_address", "/macAddress"),
        text("serial_number", "/serialNumber"),
        text("part_number", "/partNumber"),
        text("device_type", "/deviceType"),
        text("model", "/model"),
        text("make", "/make"),
        text("category", "/category"),
        text("region", "/region"),
        column("archived", Kind::Boolean, "/archived"),
        column("is_flex", Kind::Boolean, "/isFlex"),
        text("device_name", "/deviceName"),
        text("secondary_name", "/secondaryName"),
        text("assigned_state", "/assignedState"),
        text("resource_type", "/type"),
        text("tenant_workspace_id", "/tenantWorkspaceId"),
        text("in_use_workspace_id", "/inUseWorkspace/id"),
        text("application_id", "/application/id"),
        text("application_resource_uri", "/application/resourceUri"),
        text("dedicated_platform_id", "/dedicatedPlatformWorkspace/id"),
        text("location_id", "/location/id"),
        text("location_name", "/location/locationName"),
        text("location_city", "/location/city"),
        text("location_state", "/location/state"),
        text("location_country", "/location/country"),
        text("location_postal_code", "/location/postalCode"),
        text("location_street_address", "/location/streetAddress"),
        column("location_latitude", Kind::Real, "/location/latitude"),
        column("location_longitude", Kind::Real, "/location/longitude"),
        text("location_source", "/location/locationSource"),
        text("management", "/management"),
        text("ownership", "/ownership"),
        text("source", "/source"),
        text("subscription_category", "/subscriptionCategory"),
        text("billing_account_id", "/billingAccountId"),
        text("billing_account_name", "/billingAccountName"),
        text("billing_tier", "/billingTier"),
        column("warranty", Kind::Json, "/warranty"),
        column("contact", Kind::Json, "/contact"),
        time("manufactured_at", "/manufacturedDate"),
        time("created_at", "/createdAt"),
        time("updated_at", "/updatedAt"),
    ],
    children: &[
        Child {
            name: "device_subscriptions",
            parent_id: "device_id",
            source: "/subscription",
            shape: Shape::Array,
            columns: &[
                text("subscription_id", "/id"),
                text("resource_uri", "/resourceUri"),
                text("key", "/key"),
                text("tier", "/tier"),
                time("start_time", "/startTime"),
                time("end_time", "/endTime"),
            ],
        },
        tags("device_tags", "device_id"),
    ],
};

/// The subscriptions.
pub(super) static SUBSCRIPTIONS: Table = Table {
    name: "subscriptions",
    columns: &[
        text("key", "/key"),
        text("resource_type", "/type"),
        text("subscription_type", "/subscriptionType"),
        text("subscription_status", "/subscriptionStatus"),
        column("quantity", Kind::Integer, "/quantity"),
        column("available_quantity", Kind::Integer, "/availableQuantity"),
        text("sku", "/sku"),
        text("sku_description", "/skuDescription"),
        time("start_time", "/startTime"),
        time("end_time", "/endTime"),
        text("tier", "/tier"),
        text("tier_description", "/tierDescription"),
        text("product_type", "/productType"),
        column("is_eval", Kind::Boolean, "/isEval"),
        text("contract", "/contract"),
        text("quote", "/quote"),
        text("po", "/po"),
        text("reseller_po", "/resellerPo"),
        time("created_at", "/createdAt"),
        time("updated_at", "/updatedAt"),
    ],
    children: &[tags("subscription_tags", "subscription_id")],
};

/// A map's members are its rows: the sources of the two columns are a member's name and value.
const TAG_COLUMNS: &[Column] = &[text("tag_key", ""), text("tag_value", "")];

const fn tags(name: &'static str, parent_id: &'static str) -> Child {
    Child { name, parent_id, source: "/tags", shape: Shape::Map, columns: TAG_COLUMNS }
}

const fn column(name: &'static str, kind: Kind, source: &'static str) -> Column {
    Column { name, kind, source }
}

const fn text(name: &'static str, source: &'static str) -> Column {
    column(name, Kind::Text, source)
}

const fn time(name: &'static str, source: &'static str) -> Column {
    column(name, Kind::Time, source)
}
