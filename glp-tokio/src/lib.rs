//! x

mod body;
mod clock;
mod failure;
mod http_transport;
#[cfg(feature = "testkit-server")]
mod listener;
mod transport;
mod trust;

pub use clock::Clock;
pub use http_transport::{HttpSettings, HttpTransport, PlainHttp};
#[cfg(feature = "testkit-server")]
pub use listener::FakeServer;
pub use transport::Transport;
