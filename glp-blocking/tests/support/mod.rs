//! Servers of hand-fed sockets, each on threads of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use glp_blocking::Clock;
use glp_core::exchange::{Request, Response};
use glp_core::testkit::{Ending, Exchange, Server};

/// Has `serve` deal with one connection after the other.
pub(crate) fn listen(mut serve: impl FnMut(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap())));
    address
}

/// Reads a request's head to its end; nothing where the connection ends first.
pub(crate) fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    Some(String::from_utf8(head).unwrap())
}

/// Serves a fake over loopback, for as long as the test runs.
pub(crate) fn fake(server: impl Server + Send + 'static) -> String {
    let (server, clock) = (Arc::new(Mutex::new(server)), Clock::start());
    let address = listen(move |mut stream| {
        let (server, clock) = (server.clone(), clock.clone());
        thread::spawn(move || {
            while let Some(request) = read_request(&mut stream) {
                let Exchange { after, ending } =
                    server.lock().unwrap().answer(&request, clock.now());
                clock.sleep_until(clock.now() + after);
                let Some(()) = end(&mut stream, ending) else { return };
            }
        });
    });
    format!("http://{address}")
}

fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let head = read_head(stream)?;
    let mut line = head.split(' ');
    let (method, path) = (line.next()?, line.next()?);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some(http::Request::builder().method(method).uri(path).body(Bytes::from(body)).unwrap())
}

/// Ends the exchange; nothing where that ends the connection too.
fn end(stream: &mut TcpStream, ending: Ending) -> Option<()> {
    match ending {
        Ending::Answer(response) => {
            let body = response.body().len();
            stream.write_all(&written(&response, body)).ok()
        }
        Ending::Truncated { response, keep } => {
            stream.write_all(&written(&response, keep)).ok()?;
            None
        }
        Ending::Failed(_) | Ending::ResetBefore | Ending::ResetAfter => None,
        Ending::Silence => {
            // It ends when the client has had enough.
            _ = stream.read(&mut [0]);
            None
        }
    }
}

/// Writes a head that promises the whole body, and `keep` bytes of it.
fn written(response: &Response, keep: usize) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {}\r\n", response.status().as_u16()).into_bytes();
    for (name, value) in response.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", response.body().len()).into_bytes());
    bytes.extend(&response.body()[..keep]);
    bytes
}
