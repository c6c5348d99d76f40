//! A world in virtual time: the fake GreenLake service, scripted answers and a model store.

mod ending;
mod model_store;
mod script;
mod world;

pub use ending::{Ending, Exchange};
pub use model_store::ModelStore;
pub use script::Script;
pub use world::{Handle, Progress, Server, World};
