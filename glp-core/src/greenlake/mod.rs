//! GreenLake as data: resources, routes and their documented limits, models, error envelope.

mod resource;
mod route;

pub use resource::Resource;
pub use route::Route;
