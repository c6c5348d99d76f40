//! One HTTP/1.1 connection, driven by whoever waits for it.
//!
//! No task runs beside a call: while a call waits for an answer it turns the connection itself, and
//! a call that is dropped takes its connection down with it. A connection that rests in the pool
//! does nothing; that the server has closed it shows at the first turn of the next call, before it
//! takes the request.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::io::{AsyncRead, AsyncWrite};
use glp_core::exchange::Failure;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};

use crate::failure::{Stage, explain};
use crate::stream::Stream;

/// A request as hyper takes it.
pub(crate) type Outgoing = http::Request<Full<Bytes>>;

/// A connection that can carry one request at a time.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// What moves the bytes; none once the connection has ended.
    driver: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Why there is no answer to a request. Not `Debug`: a request holds secrets.
pub(crate) enum Unanswered {
    /// The connection had ended before a byte was written: here is the request back.
    Unsent(Box<Outgoing>, Failure),
    /// The request may have been sent.
    Failed(Failure),
}

impl Unanswered {
    pub(crate) fn into_failure(self) -> Failure {
        match self {
            Self::Unsent(_, failure) | Self::Failed(failure) => failure,
        }
    }
}

impl Connection {
    /// Speaks HTTP on `stream`.
    ///
    /// # Errors
    ///
    /// `Connect` where hyper will not; nothing is sent yet.
    pub(crate) async fn open<S>(stream: S) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = handshake(Stream::new(stream))
            .await
            .map_err(|error| explain(&error, Stage::Connecting))?;
        let driver = async {
            // Its error reaches the request or the body that it happened to. At rest it means that
            // the server has left.
            let _ended = connection.await;
        };
        Ok(Self { sender, driver: Some(Box::pin(driver)) })
    }

    /// Sends `request` and waits for the head of its answer.
    ///
    /// # Errors
    ///
    /// [`Unanswered`], which tells whether the request may be sent on another connection.
    pub(crate) async fn send(
        &mut self,
        request: Outgoing,
    ) -> Result<http::Response<Incoming>, Unanswered> {
        let answer = self.sender.try_send_request(request);
        self.carry(answer).await.map_err(|mut error| {
            let unsent = error.take_message();
            let failure = explain(&error.into_error(), Stage::Sending);
            match unsent {
                Some(request) => Unanswered::Unsent(Box::new(request), failure),
                None => Unanswered::Failed(failure),
            }
        })
    }

    /// Waits for the next bytes of a body; nothing after the last.
    ///
    /// # Errors
    ///
    /// Where the connection ends before the body does.
    pub(crate) async fn chunk(&mut self, body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
        while let Some(frame) = self.carry(body.frame()).await {
            let frame = frame.map_err(|error| explain(&error, Stage::Reading))?;
            // A frame without data is one of trailers, which nobody reads.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Gives the connection back if it can carry another request: the last one is over on both
    /// sides. The turn that brought the end of its answer has mostly told; else there is one more.
    pub(crate) async fn reusable(mut self) -> Option<Self> {
        if !self.sender.is_ready() {
            poll_fn(|context| {
                self.turn(context);
                Poll::Ready(())
            })
            .await;
        }
        self.sender.is_ready().then_some(self)
    }

    /// Turns the connection until `future`, which waits for it, is ready.
    async fn carry<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(output);
            }
            self.turn(context);
            // What that turn brought is looked at now: nobody may wake us for it again.
            future.as_mut().poll(context)
        })
        .await
    }

    fn turn(&mut self, context: &mut Context<'_>) {
        if self.driver.as_mut().is_some_and(|driver| driver.as_mut().poll(context).is_ready()) {
            self.driver = None;
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("ended", &self.driver.is_none()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use async_std::net::{TcpListener, TcpStream};
    use futures::future::join;
    use futures::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A connection that has brought one answer, and the server's end of it.
    async fn at_rest() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let mut connection = Connection::open(stream).await.unwrap();
        let answering = async {
            assert!(server.read(&mut [0; 1_024]).await.unwrap() > 0);
            server.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        };
        let (answer, ()) = join(connection.send(Outgoing::default()), answering).await;
        assert!(answer.is_ok());
        (connection, server)
    }

    #[async_std::test]
    async fn a_connection_whose_answer_has_come_can_be_used_again() {
        let (connection, _server) = at_rest().await;

        assert!(connection.reusable().await.is_some());
    }

    #[async_std::test]
    async fn a_request_on_a_connection_that_ended_comes_back_unsent() {
        let (mut connection, server) = at_rest().await;
        drop(server);

        let unanswered = connection.send(Outgoing::default()).await.map(|_| ()).unwrap_err();

        assert!(matches!(unanswered, Unanswered::Unsent(..)));
        assert!(connection.reusable().await.is_none());
    }

    #[async_std::test]
    async fn a_request_on_a_connection_that_brought_what_nobody_asked_for_comes_back_unsent() {
        let (mut connection, mut server) = at_rest().await;
        server.write_all(b"HTTP/1.1 408 Request Timeout\r\n\r\n").await.unwrap();

        let unanswered = connection.send(Outgoing::default()).await.map(|_| ()).unwrap_err();

        assert!(matches!(unanswered, Unanswered::Unsent(..)));
    }

    #[async_std::test]
    async fn a_connection_whose_answer_is_still_on_its_way_is_not_used_again() {
        let (mut connection, _server) = at_rest().await;
        assert!(futures::poll!(pin!(connection.send(Outgoing::default()))).is_pending());

        assert!(connection.reusable().await.is_none());
    }
}
