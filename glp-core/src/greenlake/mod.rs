//! GreenLake as data: resources, routes and their documented limits, models, error envelope.

mod envelope;
mod list;
mod query;
mod resource;
mod route;

pub use envelope::ErrorEnvelope;
pub use list::{List, MAX_ID, get};
pub use query::{Comparison, Direction, Field, Filter, Literal, Sort};
pub use resource::Resource;
pub use route::Route;
