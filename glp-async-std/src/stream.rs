//! A stream of bytes, as hyper reads and writes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

/// The most bytes that are read at once.
const MOST_AT_ONCE: usize = 128 << 10;

/// Reads through a buffer of its own.
///
/// hyper offers memory that nothing has been written to, and a stream of these traits reads into
/// memory that something has. To clear hyper's before every read would take longer than the reads,
/// most of which find nothing. This buffer is cleared once, and only what has arrived is copied.
#[derive(Debug)]
pub(crate) struct Stream<S> {
    inner: S,
    /// As long as the longest read that was asked for.
    buffer: Vec<u8>,
}

impl<S> Stream<S> {
    /// Has nothing read yet, and no buffer before something is.
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, buffer: Vec::new() }
    }
}

impl<S: AsyncRead + Unpin> Read for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { inner, buffer } = &mut *self;
        let room = into.remaining().min(MOST_AT_ONCE);
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        let buffer = buffer.get_mut(..room).unwrap_or_default();
        let arrived = ready!(Pin::new(inner).poll_read(context, buffer))?;
        into.put_slice(buffer.get(..arrived).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Write for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(context)
    }
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;
    use std::task::Waker;

    use futures::io::Cursor;
    use hyper::rt::ReadBuf;

    use super::*;

    /// Reads from `stream` into `room` bytes that nothing has been written to.
    fn read(stream: &mut Stream<Cursor<Vec<u8>>>, room: usize) -> Vec<u8> {
        let mut memory = vec![MaybeUninit::uninit(); room];
        let mut buffer = ReadBuf::uninit(&mut memory);
        let context = &mut Context::from_waker(Waker::noop());
        let read = Pin::new(stream).poll_read(context, buffer.unfilled());
        assert!(matches!(read, Poll::Ready(Ok(()))));
        buffer.filled().to_vec()
    }

    #[test]
    fn bytes_arrive_in_order_whatever_room_there_is_and_end_with_none() {
        let sent: Vec<u8> = (0..=u8::MAX).cycle().take(3 * MOST_AT_ONCE).collect();
        let mut stream = Stream::new(Cursor::new(sent.clone()));
        let mut arrived = Vec::new();

        for room in [1, 8_192, 7, MOST_AT_ONCE, 2 * MOST_AT_ONCE, 100] {
            let bytes = read(&mut stream, room);
            assert_eq!(bytes.len(), room.min(MOST_AT_ONCE));
            arrived.extend(bytes);
        }
        arrived.extend(read(&mut stream, MOST_AT_ONCE));

        assert_eq!(arrived, sent);
        assert!(read(&mut stream, 8_192).is_empty());
    }
}
