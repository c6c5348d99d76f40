//! GreenLake as data: resources, routes and their documented limits, models, error envelope.

mod device;
pub(crate) mod lenient;
mod resource;
mod route;
mod subscription;

pub use device::{
    Application, AssignedState, Category, Contact, ContactType, Device, DeviceSubscription,
    DeviceType, Location, Management, Ownership, Source, SupportLevel, Warranty, Workspace,
};
pub use resource::Resource;
pub use route::Route;
pub use subscription::{ProductType, Subscription, SubscriptionStatus, SubscriptionType};
