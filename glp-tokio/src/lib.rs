//! x

mod body;
mod clock;
mod failure;
mod http_transport;
mod transport;
mod trust;

pub use clock::Clock;
pub use http_transport::{HttpSettings, HttpTransport, PlainHttp};
pub use transport::Transport;
