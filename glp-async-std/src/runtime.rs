//! What a client needs of a runtime: names resolved, connections made, threads to block, and time.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use async_std::net::{TcpStream, ToSocketAddrs};
use async_std::task;
use futures::io::{AsyncRead, AsyncWrite};
use glp_core::concurrent::Spawned;

use crate::clock;

/// Brings a client the outside world; [`AsyncStd`] is the one that ships.
///
/// It decides nothing: it keeps no timeout and tries nothing twice. It need not start tasks, for a
/// call drives its own connection; where it can, pages are read ahead.
///
/// # Examples
///
/// A runtime whose time runs as fast as anybody waits, for tests. One for smol differs from
/// [`AsyncStd`] in the names of six functions.
///
/// ```
/// use std::io;
/// use std::net::SocketAddr;
/// use std::sync::{Arc, Mutex};
/// use std::time::{Duration, Instant};
/// use async_std::net::TcpStream;
/// use glp_async_std::{AsyncStd, Clock, Runtime};
///
/// #[derive(Clone)]
/// struct Hurried(Arc<Mutex<Instant>>);
///
/// impl Runtime for Hurried {
///     type Stream = TcpStream;
///
///     async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
///         AsyncStd.resolve(host, port).await
///     }
///
///     async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
///         AsyncStd.connect(address).await
///     }
///
///     async fn unblock<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
///         AsyncStd.unblock(work).await
///     }
///
///     fn now(&self) -> Instant {
///         *self.0.lock().unwrap()
///     }
///
///     async fn sleep(&self, duration: Duration) {
///         *self.0.lock().unwrap() += duration;
///     }
/// }
///
/// # async_std::task::block_on(async {
/// let clock = Clock::of(Hurried(Arc::new(Mutex::new(AsyncStd.now()))));
/// let tomorrow = clock.now() + Duration::from_secs(86_400);
/// clock.sleep_until(tomorrow).await;
/// assert_eq!(clock.now(), tomorrow);
/// # });
/// ```
pub trait Runtime: Clone + Send + Sync + 'static {
    /// A TCP connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Looks up the addresses of `host`.
    ///
    /// # Errors
    ///
    /// Where the name does not resolve.
    fn resolve(
        &self,
        host: &str,
        port: u16,
    ) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;

    /// Makes a TCP connection.
    ///
    /// # Errors
    ///
    /// Where nobody answers at `address`.
    fn connect(&self, address: SocketAddr)
    -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Runs `work`, which may block, where it holds nobody up. It is finished even if the future is
    /// dropped.
    fn unblock<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = T> + Send;

    /// Reads the clock. It never runs backwards.
    fn now(&self) -> Instant;

    /// Waits. Ending a little early does no harm: a [`Clock`](crate::Clock) looks again.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// Runs `task` beside the caller, where it can. Without that no page is read ahead.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Spawned {
        drop(task);
        Spawned::Dropped
    }
}

/// The runtime of async-std.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsyncStd;

impl Runtime for AsyncStd {
    type Stream = TcpStream;

    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs().await?.collect())
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        // A request is written whole; there is nothing to wait for.
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn unblock<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        task::spawn_blocking(work).await
    }

    fn now(&self) -> Instant {
        clock::read()
    }

    async fn sleep(&self, duration: Duration) {
        clock::wait(duration).await;
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Spawned {
        drop(task::spawn(task)); // detached: it ends with what it does
        Spawned::Running
    }
}
