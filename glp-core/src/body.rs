//! A response's body as it arrives: counted, unpacked, and limited before and after unpacking.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::exchange::{Failure, FailureKind};

/// The one encoding that is asked for and understood.
pub const ACCEPTED: &str = "gzip";

/// Collects a body chunk by chunk; nothing beyond the limit is ever kept.
///
/// # Examples
///
/// ```
/// use glp_core::body::Body;
/// use glp_core::exchange::FailureKind;
/// use http::HeaderMap;
///
/// let mut body = Body::new(&HeaderMap::new(), 8)?;
/// body.push(b"hello")?;
/// assert_eq!(body.push(b", world").unwrap_err().kind, FailureKind::TooLarge);
/// # Ok::<(), glp_core::exchange::Failure>(())
/// ```
#[derive(Debug)]
pub struct Body {
    limit: usize,
    arrived: usize,
    unpacked: Unpacked,
}

#[derive(Debug)]
enum Unpacked {
    Plain(Limited),
    Gzip(Box<MultiGzDecoder<Limited>>),
}

impl Body {
    /// Starts an empty body of at most `limit` bytes, both as sent and as unpacked.
    ///
    /// # Errors
    ///
    /// `TooLarge` where the head announces more; `Truncated` where it names another encoding.
    pub fn new(head: &HeaderMap, limit: usize) -> Result<Self, Failure> {
        let announced =
            head.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: u64| length > limit as u64) {
            return Err(too_large(limit));
        }
        let unpacked = match head.get(CONTENT_ENCODING).map(|value| value.as_bytes()) {
            None => Unpacked::Plain(Limited::new(limit)),
            Some(name) if name.eq_ignore_ascii_case(b"identity") => {
                Unpacked::Plain(Limited::new(limit))
            }
            Some(name) if name.eq_ignore_ascii_case(ACCEPTED.as_bytes()) => {
                Unpacked::Gzip(Box::new(MultiGzDecoder::new(Limited::new(limit))))
            }
            Some(_) => {
                let detail = "the body has an encoding that was not asked for";
                return Err(Failure::new(FailureKind::Truncated, detail));
            }
        };
        Ok(Self { limit, arrived: 0, unpacked })
    }

    /// Takes the next bytes off the wire.
    ///
    /// # Errors
    ///
    /// `TooLarge` past the limit; `Truncated` where the bytes do not unpack.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.arrived = self.arrived.saturating_add(chunk.len());
        if self.arrived > self.limit {
            return Err(too_large(self.limit));
        }
        let written = match &mut self.unpacked {
            Unpacked::Plain(bytes) => bytes.write_all(chunk),
            Unpacked::Gzip(decoder) => decoder.write_all(chunk),
        };
        written.map_err(|error| explain(&error, self.limit))
    }

    /// Ends the body, and takes out of its head what that says of the packed one.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::body::Body;
    /// use http::HeaderMap;
    /// use http::header::CONTENT_LENGTH;
    ///
    /// let mut head = HeaderMap::new();
    /// head.insert(CONTENT_LENGTH, 2.into());
    /// let mut body = Body::new(&head, 8)?;
    /// body.push(b"hi")?;
    /// assert_eq!(body.unpacked(&mut head)?, "hi");
    /// assert_eq!(head[CONTENT_LENGTH], "2", "it was not packed");
    /// # Ok::<(), glp_core::exchange::Failure>(())
    /// ```
    pub fn unpacked(self, head: &mut HeaderMap) -> Result<Bytes, Failure> {
        if head.remove(CONTENT_ENCODING).is_some() {
            head.remove(CONTENT_LENGTH);
        }
        self.finish()
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// `Truncated` where packed bytes are missing.
    pub fn finish(self) -> Result<Bytes, Failure> {
        let bytes = match self.unpacked {
            Unpacked::Plain(bytes) => bytes,
            // The answer to a HEAD names the encoding of a body that it does not bring.
            Unpacked::Gzip(_) if self.arrived == 0 => return Ok(Bytes::new()),
            Unpacked::Gzip(decoder) => {
                decoder.finish().map_err(|error| explain(&error, self.limit))?
            }
        };
        Ok(Bytes::from(bytes.bytes))
    }
}

/// Takes bytes up to a limit, and none of a write that would pass it.
#[derive(Debug)]
struct Limited {
    bytes: Vec<u8>,
    limit: usize,
}

impl Limited {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }
}

impl Write for Limited {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if chunk.len() > self.limit - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn explain(error: &io::Error, limit: usize) -> Failure {
    match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(limit),
        _ => Failure::new(FailureKind::Truncated, format!("the body does not unpack: {error}")),
    }
}

fn too_large(limit: usize) -> Failure {
    Failure::new(FailureKind::TooLarge, format!("more than {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Reads `wire` in chunks of `step` bytes.
    fn read(encoding: Option<&'static str>, wire: &[u8], step: usize, limit: usize) -> Read {
        let mut head = HeaderMap::new();
        if let Some(encoding) = encoding {
            head.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let mut body = Body::new(&head, limit).map_err(|failure| failure.kind)?;
        for chunk in wire.chunks(step) {
            body.push(chunk).map_err(|failure| failure.kind)?;
        }
        body.finish().map_err(|failure| failure.kind)
    }

    type Read = Result<Bytes, FailureKind>;

    #[test]
    fn a_body_arrives_whole_however_it_is_cut() {
        let text = b"so much inventory, so little time ".repeat(40);
        for step in [1, 7, 100_000] {
            assert_eq!(read(None, &text, step, text.len()).unwrap(), text);
            assert_eq!(read(Some("identity"), &text, step, text.len()).unwrap(), text);
            assert_eq!(read(Some("GZIP"), &gzip(&text), step, text.len()).unwrap(), text);
        }
    }

    #[test]
    fn one_byte_over_the_limit_is_too_large() {
        assert_eq!(read(None, b"12345", 2, 4), Err(FailureKind::TooLarge));
    }

    #[test]
    fn a_small_body_that_unpacks_to_a_large_one_is_too_large() {
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2_000);

        assert_eq!(read(Some("gzip"), &bomb, 100, 64 * 1_024), Err(FailureKind::TooLarge));
    }

    #[test]
    fn many_packed_bytes_of_nothing_are_too_large() {
        let nothing = gzip(b"").repeat(100);

        assert_eq!(read(Some("gzip"), &nothing, 50, 1_000), Err(FailureKind::TooLarge));
    }

    #[test]
    fn an_announced_length_over_the_limit_is_refused_unread() {
        let mut head = HeaderMap::new();
        head.insert(CONTENT_LENGTH, HeaderValue::from_static("5"));

        assert_eq!(
            Body::new(&head, 4).map_err(|failure| failure.kind).err(),
            Some(FailureKind::TooLarge)
        );
        assert!(Body::new(&head, 5).is_ok());
    }

    #[test]
    fn packed_bytes_that_end_early_or_make_no_sense_are_truncated() {
        let whole = gzip(b"0123456789");

        assert_eq!(
            read(Some("gzip"), &whole[..whole.len() - 3], 64, 99),
            Err(FailureKind::Truncated)
        );
        assert_eq!(read(Some("gzip"), b"<html>", 64, 99), Err(FailureKind::Truncated));
        assert_eq!(read(Some("br"), b"", 64, 99), Err(FailureKind::Truncated));
    }

    #[test]
    fn an_answer_without_a_body_is_empty_whatever_its_head_says() {
        assert_eq!(read(Some("gzip"), b"", 64, 99), Ok(Bytes::new()));
    }
}
