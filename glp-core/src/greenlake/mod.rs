//! GreenLake as data: resources, routes and their documented limits, models, error envelope.

mod async_operation;
mod change;
mod device;
mod envelope;
mod id;
pub(crate) mod lenient;
mod list;
mod one;
mod query;
mod resource;
mod route;
mod subscription;

pub(crate) use async_operation::follow;
pub use async_operation::{
    AsyncOperation, FailedItem, ItemReport, OperationError, OperationStatus,
};
pub(crate) use change::Held;
pub use change::{
    ApiVersion, DeviceChange, DeviceEdit, Effect, MAX_SUBSCRIPTIONS, NewContact, NewDevice,
    NewSubscription, TagEdits, Tags, add_devices, add_subscriptions, change_devices,
    change_subscriptions,
};
pub use device::{
    Application, AssignedState, Category, Contact, ContactType, Device, DeviceSubscription,
    DeviceType, Location, Management, Ownership, Source, SupportLevel, Warranty, Workspace,
};
pub use envelope::ErrorEnvelope;
pub use id::Id;
pub use list::{List, get};
pub use one::{device, subscription};
pub use query::{Comparison, Direction, Field, Filter, Literal, Sort};
pub use resource::Resource;
pub use route::Route;
pub use subscription::{ProductType, Subscription, SubscriptionStatus, SubscriptionType};
