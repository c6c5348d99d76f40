//! A response's body as it arrives: counted, unpacked, and limited before and after unpacking.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::exchange::{Failure, FailureKind};

/// The one encoding that is asked for and understood.
pub const ACCEPTED: &str = "gzip";

/// What is set aside on the word of a head, in bytes; a larger body grows as it arrives.
const MAX_SET_ASIDE: usize = 8 << 20;

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
    /// What the head says will come, in bytes.
    announced: usize,
    arrived: usize,
    unpacked: Unpacked,
}

#[derive(Debug)]
enum Unpacked {
    /// The one piece that has come so far, as it came: most bodies have no other.
    Whole(Bytes),
    Joined(Vec<u8>),
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
            head.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let announced = usize::try_from(announced.unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > limit {
            return Err(too_large(limit));
        }
        let unpacked = match head.get(CONTENT_ENCODING).map(|value| value.as_bytes()) {
            None => Unpacked::Whole(Bytes::new()),
            Some(name) if name.eq_ignore_ascii_case(b"identity") => Unpacked::Whole(Bytes::new()),
            Some(name) if name.eq_ignore_ascii_case(ACCEPTED.as_bytes()) => {
                Unpacked::Gzip(Box::new(MultiGzDecoder::new(Limited::new(limit))))
            }
            Some(_) => {
                let detail = "the body has an encoding that was not asked for";
                return Err(Failure::new(FailureKind::Truncated, detail));
            }
        };
        Ok(Self { limit, announced, arrived: 0, unpacked })
    }

    /// Takes the next bytes off the wire, and copies them.
    ///
    /// # Errors
    ///
    /// `TooLarge` past the limit; `Truncated` where the bytes do not unpack.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.arrived = self.arrived.saturating_add(chunk.len());
        if self.arrived > self.limit {
            return Err(too_large(self.limit));
        }
        match &mut self.unpacked {
            Unpacked::Whole(first) => {
                let mut joined = Vec::with_capacity(self.announced.min(MAX_SET_ASIDE));
                joined.extend_from_slice(first);
                joined.extend_from_slice(chunk);
                self.unpacked = Unpacked::Joined(joined);
            }
            Unpacked::Joined(joined) => joined.extend_from_slice(chunk),
            Unpacked::Gzip(decoder) => {
                decoder.write_all(chunk).map_err(|error| explain(&error, self.limit))?;
            }
        }
        Ok(())
    }

    /// Takes the next bytes off the wire, and keeps them as they are where they are the whole body.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use glp_core::body::Body;
    /// use http::HeaderMap;
    ///
    /// let arrived = Bytes::from(b"hello".to_vec());
    /// let mut body = Body::new(&HeaderMap::new(), 8)?;
    /// body.take(arrived.clone())?;
    /// assert_eq!(body.finish()?.as_ptr(), arrived.as_ptr(), "it was not copied");
    /// # Ok::<(), glp_core::exchange::Failure>(())
    /// ```
    pub fn take(&mut self, chunk: Bytes) -> Result<(), Failure> {
        match &mut self.unpacked {
            Unpacked::Whole(whole) if whole.is_empty() && chunk.len() <= self.limit => {
                self.arrived = chunk.len();
                *whole = chunk;
                Ok(())
            }
            _ => self.push(&chunk),
        }
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
        match self.unpacked {
            Unpacked::Whole(whole) => Ok(whole),
            Unpacked::Joined(joined) => Ok(joined.into()),
            // The answer to a HEAD names the encoding of a body that it does not bring.
            Unpacked::Gzip(_) if self.arrived == 0 => Ok(Bytes::new()),
            Unpacked::Gzip(decoder) => {
                let unpacked = decoder.finish().map_err(|error| explain(&error, self.limit))?;
                Ok(unpacked.bytes.into())
            }
        }
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

    /// Reads `wire` in chunks of `step` bytes, by both ways in.
    fn read(encoding: Option<&'static str>, wire: &[u8], step: usize, limit: usize) -> Read {
        let mut head = HeaderMap::new();
        if let Some(encoding) = encoding {
            head.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let [pushed, taken] =
            [Body::push, |body: &mut Body, chunk: &[u8]| body.take(Bytes::copy_from_slice(chunk))]
                .map(|arrive| {
                    let mut body = Body::new(&head, limit)?;
                    wire.chunks(step).try_for_each(|chunk| arrive(&mut body, chunk))?;
                    body.finish()
                });
        assert_eq!(pushed, taken, "copied or not");
        taken.map_err(|failure| failure.kind)
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
