//! GreenLake as data: resources, routes and their documented limits, models, error envelope.

mod envelope;
mod resource;
mod route;

pub use envelope::ErrorEnvelope;
pub use resource::Resource;
pub use route::Route;
