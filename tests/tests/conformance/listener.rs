//! A listener on plain threads, which does with each request what its line says.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use glp_core::exchange::Response;
use http::StatusCode;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::suite::line::End;
use crate::suite::wire::{EXCHANGE, Wire};

/// What is spoken on a connection.
#[derive(Clone)]
pub(crate) enum Speech {
    Plain,
    Tls(Arc<ServerConfig>),
    /// Nothing, once the other side has spoken.
    HangsUp,
}

/// Accepts connections until it is dropped; then it closes those that are left.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    stopped: Arc<AtomicBool>,
    open: Open,
    accepting: Option<JoinHandle<()>>,
}

/// The connections that have not ended, by number.
type Open = Arc<Mutex<HashMap<usize, TcpStream>>>;

impl Listener {
    /// Starts to listen on any port that is free.
    pub(crate) fn start(speech: Speech, wire: Arc<Wire>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stopped, open) = (Arc::new(AtomicBool::new(false)), Open::default());
        let (stop, opened) = (stopped.clone(), open.clone());
        let accepting = thread::spawn(move || {
            for (number, stream) in listener.incoming().map(Result::unwrap).enumerate() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (speech, wire, opened) = (speech.clone(), wire.clone(), opened.clone());
                opened.lock().unwrap().insert(number, stream.try_clone().unwrap());
                thread::spawn(move || {
                    speak(stream, &speech, &wire);
                    opened.lock().unwrap().remove(&number);
                });
            }
        });
        Self { address, stopped, open, accepting: Some(accepting) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes it, to find that out.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            accepting.join().unwrap();
        }
        for stream in self.open.lock().unwrap().values() {
            // The client may have closed it just now.
            _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn speak(mut stream: TcpStream, speech: &Speech, wire: &Wire) {
    stream.set_nodelay(true).unwrap();
    match speech {
        Speech::Plain => serve(stream, wire),
        Speech::Tls(config) => {
            serve(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream), wire);
        }
        Speech::HangsUp => _ = stream.read(&mut [0; 4_096]),
    }
}

/// Deals with one request after the other, until one ends the connection or the client does.
fn serve(mut stream: impl Read + Write, wire: &Wire) {
    while exchange(&mut stream, wire).is_some() {}
}

/// Does what is to be done with one request; nothing where that ends the connection.
fn exchange(stream: &mut (impl Read + Write), wire: &Wire) -> Option<()> {
    let (number, length) = number(stream)?;
    let (line, standstill) = wire.arrived(number);
    if let End::ResetBefore = line.end() {
        // What is not read makes a reset of the end.
        return None;
    }
    read_rest(stream, length)?;
    match line.end() {
        End::Answer(response) => {
            return send(stream, response, response.body().len());
        }
        End::Cut { response, keep } => send(stream, response, *keep)?,
        End::Stalled { response, keep } => {
            send(stream, response, *keep)?;
            standstill.end();
            outlast(stream);
        }
        End::Silence => {
            standstill.end();
            outlast(stream);
        }
        End::Abandoned => {
            wire.tell_arrival();
            outlast(stream);
        }
        End::ResetBefore | End::ResetAfter | End::Unreached(_) => {}
    }
    None
}

/// Waits for the client to go.
fn outlast(stream: &mut impl Read) {
    while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
}

/// Reads a request to the header that numbers it. Returns the number, and the length of the body if
/// it was stated before; nothing where the connection ends first.
fn number(stream: &mut impl Read) -> Option<(u64, u64)> {
    let mut length = 0;
    loop {
        let line = read_line(stream)?;
        assert!(!line.is_empty(), "a request without a number");
        length = header(&line, "content-length").unwrap_or(length);
        if let Some(number) = header(&line, EXCHANGE) {
            return Some((number, length));
        }
    }
}

/// Reads the rest of a request.
fn read_rest(stream: &mut impl Read, mut length: u64) -> Option<()> {
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        length = header(&line, "content-length").unwrap_or(length);
    }
    io::copy(&mut stream.take(length), &mut io::sink()).ok().filter(|read| *read == length)?;
    Some(())
}

fn read_line(stream: &mut impl Read) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        line.extend(byte);
    }
    Some(String::from_utf8(line).unwrap().trim_end().to_owned())
}

/// Returns the value of the header, if `line` is it.
fn header(line: &str, name: &str) -> Option<u64> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then(|| value.trim().parse().unwrap())
}

/// Sends a head that promises the whole body, and `keep` bytes of it.
fn send(stream: &mut impl Write, response: &Response, keep: usize) -> Option<()> {
    let mut bytes = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let body: &[u8] = match response.status() {
        StatusCode::NO_CONTENT => b"",
        _ => {
            bytes.extend(format!("content-length: {}\r\n", response.body().len()).into_bytes());
            &response.body()[..keep]
        }
    };
    bytes.extend([b"\r\n", body].concat());
    stream.write_all(&bytes).and_then(|()| stream.flush()).ok()
}
