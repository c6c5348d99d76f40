//! A world in virtual time: the fake GreenLake service, scripted answers and a model store.

mod ending;

pub use ending::{Ending, Exchange};
