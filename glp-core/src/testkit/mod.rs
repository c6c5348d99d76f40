//! A world in virtual time: the fake GreenLake service, scripted answers and a model store.

mod ending;
mod fake;

pub use ending::{Ending, Exchange};
pub use fake::{
    Change, Distortion, Endpoint, Envelope, ErrorBody, Faults, Hint, HintStyle, Injected, Level,
    Mishap, NoSuchRow, Outage, OutageStyle, Quota, ServerStatus, Service, Settings,
};
