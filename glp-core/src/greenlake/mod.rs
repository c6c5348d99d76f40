//! GreenLake as data: resources, routes and their documented limits, models, error envelope.

mod device;
mod envelope;
pub(crate) mod lenient;
mod list;
mod one;
mod query;
mod resource;
mod route;
mod row;
mod subscription;

pub use device::{
    Application, AssignedState, Category, Contact, ContactType, Device, DeviceSubscription,
    DeviceType, Location, Management, Ownership, Source, SupportLevel, Warranty, Workspace,
};
pub use envelope::ErrorEnvelope;
pub use list::{List, MAX_ID, get};
pub use one::{device, subscription};
pub use query::{Comparison, Direction, Field, Filter, Literal, Sort};
pub use resource::Resource;
pub use route::Route;
pub use row::Row;
pub use subscription::{ProductType, Subscription, SubscriptionStatus, SubscriptionType};
