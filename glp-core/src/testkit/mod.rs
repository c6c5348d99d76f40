//! A world in virtual time: the fake GreenLake service, scripted answers and a model store.

mod ending;
mod fake;
mod model_store;
mod script;
#[cfg(feature = "futures")]
mod virtual_timer;
mod world;

pub use ending::{Ending, Exchange};
pub use fake::{
    Change, Distortion, Endpoint, Envelope, ErrorBody, Faults, Hint, HintStyle, Injected, Level,
    Mishap, NoSuchRow, OperationMishap, Outage, OutageStyle, Quota, ServerStatus, Service,
    Settings,
};
pub use model_store::ModelStore;
pub use script::Script;
#[cfg(feature = "futures")]
pub use virtual_timer::VirtualTimer;
pub use world::{Handle, Progress, Server, World};
