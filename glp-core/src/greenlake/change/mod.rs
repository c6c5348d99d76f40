//! What a write says: rows to add, changes of rows, and the requests made of them.

mod contact;
mod device_change;
mod held;
mod new_device;
mod new_subscription;
mod request;
mod tags;
mod version;
mod word;

pub use contact::NewContact;
pub use device_change::{DeviceChange, DeviceEdit};
pub(crate) use held::Held;
pub use new_device::NewDevice;
pub use new_subscription::NewSubscription;
pub use request::{
    Effect, MAX_SUBSCRIPTIONS, add_devices, add_subscriptions, change_devices, change_subscriptions,
};
pub use tags::{TagEdits, Tags};
pub use version::ApiVersion;
