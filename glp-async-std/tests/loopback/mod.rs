//! A script behind a socket.

use std::future::pending;
use std::sync::{Arc, Mutex};

use async_std::net::{TcpListener, TcpStream};
use async_std::task::{self, JoinHandle};
use bytes::Bytes;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use glp_core::exchange::{Request, Response};
use glp_core::testkit::{Ending, Exchange, Script, Server};

/// Serves a script over HTTP/1.1. Whatever the script says about time is left out.
pub(crate) struct Loopback {
    url: String,
    accepting: Option<JoinHandle<()>>,
}

impl Loopback {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(script));
        let accepting = task::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                task::spawn(serve(stream, script.clone()));
            }
        });
        Self { url, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn stop(mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.cancel().await;
        }
    }
}

/// Answers one request after the other, until an ending closes the connection or the client does.
async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    while let Some(request) = read(&mut stream).await {
        let Exchange { ending, .. } = script.lock().unwrap().answer(&request, Default::default());
        match ending {
            Ending::Answer(response) => {
                let keep = response.body().len();
                write(&mut stream, &response, keep).await;
            }
            Ending::Truncated { response, keep } => {
                return write(&mut stream, &response, keep).await;
            }
            Ending::Failed(_) | Ending::ResetBefore | Ending::ResetAfter => return,
            Ending::Silence => return pending().await,
        }
    }
}

/// Reads a request: of its head, what a script looks at.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let mut words = head.split_ascii_whitespace();
    let request = http::Request::builder().method(words.next()?).uri(words.next()?);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(request.body(Bytes::from(body)).unwrap())
}

/// Promises the whole body and brings its first `keep` bytes.
async fn write(stream: &mut TcpStream, response: &Response, keep: usize) {
    let mut head = format!("HTTP/1.1 {}\r\n", response.status());
    for (name, value) in response.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head += &format!("content-length: {}\r\n\r\n", response.body().len());
    let bytes = [head.as_bytes(), &response.body()[..keep]].concat();
    stream.write_all(&bytes).await.unwrap();
}
