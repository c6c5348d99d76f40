//! A world in virtual time: the fake GreenLake service, scripted answers and a model store.

mod ending;
mod script;
mod world;

pub use ending::{Ending, Exchange};
pub use script::Script;
pub use world::{Handle, Progress, Server, World};
