//! A runtime whose time runs as fast as anybody waits: a wait is over at once, and the clock shows
//! that it was kept. The sockets are real.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_std::net::TcpStream;
use glp_async_std::{AsyncStd, Runtime};

#[derive(Clone, Debug)]
pub(crate) struct Hurried(Arc<Mutex<Instant>>);

impl Hurried {
    pub(crate) fn start() -> Self {
        Self(Arc::new(Mutex::new(AsyncStd.now())))
    }
}

impl Runtime for Hurried {
    type Stream = TcpStream;

    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        AsyncStd.resolve(host, port).await
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        AsyncStd.connect(address).await
    }

    async fn unblock<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        AsyncStd.unblock(work).await
    }

    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}
