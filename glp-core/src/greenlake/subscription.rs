//! A subscription, as `GET /subscriptions/v1/subscriptions` documents it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::greenlake::lenient::{model, open_enum};
use crate::wall::UnixTime;

model! {
    /// One subscription of the inventory: the 22 documented fields, and the raw text they came
    /// from.
    ///
    /// Every field but the id may be absent. Unknown fields and unknown enum values are accepted;
    /// a field of a wrong type is `None` and named in `drift`.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::greenlake::{Subscription, SubscriptionStatus};
    ///
    /// let raw = r#"{"id":"s-1","quantity":"0","subscriptionStatus":"LOCKED"}"#;
    /// let subscription = Subscription::from_json(raw)?;
    /// assert_eq!(subscription.quantity, Some(0));
    /// assert_eq!(subscription.status, Some(SubscriptionStatus::Locked));
    /// # Ok::<(), glp_core::operation::Malformed>(())
    /// ```
    row Subscription {
        /// The kind of resource: `subscriptions/subscription`.
        resource_type: String = "type",
        /// The key, by which people know it.
        key: String = "key",
        /// What it is for.
        subscription_type: SubscriptionType = "subscriptionType",
        /// Where it stands in its life.
        status: SubscriptionStatus = "subscriptionStatus",
        /// How many devices or users it serves.
        quantity: i64 = "quantity",
        /// How many of these are not in use.
        available_quantity: i64 = "availableQuantity",
        /// Whether it is an evaluation.
        is_eval: bool = "isEval",
        /// The stock keeping unit.
        sku: String = "sku",
        /// The stock keeping unit in words.
        sku_description: String = "skuDescription",
        /// The contract.
        contract: String = "contract",
        /// When it starts.
        start_time: UnixTime = "startTime",
        /// When it ends.
        end_time: UnixTime = "endTime",
        /// When it was added to the inventory.
        created_at: UnixTime = "createdAt",
        /// When it was last changed.
        updated_at: UnixTime = "updatedAt",
        /// What kind of product it belongs to.
        product_type: ProductType = "productType",
        /// The tier. The service names some 130 of them, and adds more.
        tier: String = "tier",
        /// The tier in words.
        tier_description: String = "tierDescription",
        /// The quote.
        quote: String = "quote",
        /// The purchase order.
        po: String = "po",
        /// The reseller's purchase order.
        reseller_po: String = "resellerPo",
        /// Its tags.
        tags: BTreeMap<String, String> = "tags",
    }
}

open_enum! {
    /// What a subscription is for.
    SubscriptionType {
        CentralAp = "CENTRAL_AP",
        CentralCompute = "CENTRAL_COMPUTE",
        CentralController = "CENTRAL_CONTROLLER",
        CentralGw = "CENTRAL_GW",
        CentralNwThirdParty = "CENTRAL_NW_THIRD_PARTY",
        CentralStorage = "CENTRAL_STORAGE",
        CentralSwitch = "CENTRAL_SWITCH",
        Opsramp = "OPSRAMP",
        PrivateCloudEnterprise = "PRIVATE_CLOUD_ENTERPRISE",
        Service = "SERVICE",
        Support = "SUPPORT",
        Unknown = "UNKNOWN",
        UxiAgentAndroid = "UXI_AGENT_ANDROID",
        UxiAgentCloud = "UXI_AGENT_CLOUD",
        UxiSensorCloud = "UXI_SENSOR_CLOUD",
        UxiSensorLte = "UXI_SENSOR_LTE",
    }
}

open_enum! {
    /// Where a subscription stands in its life.
    SubscriptionStatus {
        Cancelled = "CANCELLED",
        Ended = "ENDED",
        Locked = "LOCKED",
        None = "NONE",
        NotStarted = "NOT_STARTED",
        Started = "STARTED",
        Suspended = "SUSPENDED",
    }
}

open_enum! {
    /// What kind of product a subscription belongs to.
    ProductType {
        Device = "DEVICE",
        MandatoryAttached = "MANDATORY_ATTACHED",
        OnPrem = "ON_PREM",
        Service = "SERVICE",
        Support = "SUPPORT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_a_number_or_a_text() {
        let raw = r#"{"id":"s-1","quantity":250,"availableQuantity":"0"}"#;
        let subscription = Subscription::from_json(raw).unwrap();
        assert_eq!(subscription.quantity, Some(250));
        assert_eq!(subscription.available_quantity, Some(0));
    }

    #[test]
    fn a_status_never_seen_is_kept() {
        let raw = r#"{"id":"s-1","subscriptionStatus":"HIBERNATING","quantity":"many"}"#;
        let subscription = Subscription::from_json(raw).unwrap();
        assert_eq!(subscription.status.unwrap().as_str(), "HIBERNATING");
        assert_eq!(subscription.drift, ["quantity"]);
    }
}
