//! A service of another process, on a loopback port, that costs this one nothing: its rows are
//! rendered before it begins.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::{env, thread};

use glp_core::call::{Config, Credentials};
use glp_core::greenlake::{List, Resource};
use glp_core::page::Page;
use glp_core::testkit::{Service as Fake, Settings, World};

/// The first argument of the process that serves; behind it stands the number of devices.
pub const SERVE: &str = "serve";

/// How many different rows there are; from then on only the ids differ.
const TEMPLATES: u32 = 2_000;

/// A service that runs; it ends with this.
pub struct Service {
    process: Child,
    /// Closed, it tells the process to end.
    _lifeline: Option<ChildStdin>,
    pub url: String,
}

impl Service {
    /// Starts one with so many devices.
    pub fn start(devices: u32) -> io::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args([SERVE, &devices.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lifeline = process.stdin.take();
        let output = process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url)?;
        Ok(Self { process, _lifeline: lifeline, url: url.trim_end().to_owned() })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self._lifeline = None;
        _ = self.process.wait();
    }
}

/// Serves until nobody holds the other end of the standard input.
pub fn serve(devices: u32) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let inventory = Arc::new(Inventory::of(devices));
    println!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let inventory = Arc::clone(&inventory);
            thread::spawn(move || converse(stream, &inventory));
        }
    });
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

/// Answers one request after the other, on one connection.
fn converse(stream: TcpStream, inventory: &Inventory) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut input, mut output) = (BufReader::new(stream.try_clone()?), stream);
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let is_get = line.starts_with("GET");
        let mut body = 0;
        loop {
            line.clear();
            input.read_line(&mut line)?;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                body = value.trim().parse().unwrap_or(0);
            }
            if line.trim_end().is_empty() {
                break;
            }
        }
        io::copy(&mut input.by_ref().take(body), &mut io::sink())?;
        line.clear();
        let answer = match target.split_once('?') {
            Some(("/devices/v1/devices", query)) => inventory.page(query),
            _ if is_get => SMALL.as_bytes().to_vec(),
            _ => TOKEN.as_bytes().to_vec(),
        };
        let length = answer.len();
        let mut message = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
        .into_bytes();
        message.extend(answer);
        output.write_all(&message)?;
    }
    Ok(())
}

const TOKEN: &str = r#"{"access_token":"of-no-worth","token_type":"Bearer","expires_in":7200}"#;
const SMALL: &str = r#"{"id":"8f0e3d7c-0000-4000-8000-000000000000","serialNumber":"CN00000001",
"partNumber":"P52534-B21","deviceType":"COMPUTE","archived":false,"tags":{"site":"Bonn"}}"#;

/// Devices, as texts round their ids.
struct Inventory {
    devices: u32,
    rows: Vec<(String, String)>,
}

impl Inventory {
    /// Takes the rows that the fake service of the tests would give.
    fn of(devices: u32) -> Self {
        let fake = Settings::default().with_devices(TEMPLATES).expect("so many are allowed");
        let secret = fake.client_secret().clone();
        let credentials = Credentials::for_workspace(fake.workspace_id(), fake.client_id(), secret);
        let config = Config::new(Config::GREENLAKE, credentials).expect("its own credentials");
        let mut world = World::new(config, Fake::new(fake)).expect("the configuration can be used");
        let list = List::of(Resource::Devices);
        let response = world.run(list.page(0, list.max_rows())).expect("nothing goes wrong here");
        let page = Page::take(&response).expect("the call machine has decoded it");
        let rows = page.items.iter().map(|item| around_the_id(item.get())).collect();
        Self { devices, rows }
    }

    /// Renders the page that a query asks for.
    fn page(&self, query: &str) -> Vec<u8> {
        let number = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse::<u32>().ok())
        };
        let first = number("offset").unwrap_or(0).min(self.devices);
        let end = first.saturating_add(number("limit").unwrap_or(50)).min(self.devices);
        let mut page = format!(
            r#"{{"count":{},"offset":{first},"total":{},"items":["#,
            end - first,
            self.devices
        );
        for number in first..end {
            let (before, behind) = &self.rows[number as usize % self.rows.len()];
            if number > first {
                page.push(',');
            }
            page.push_str(before);
            page.push_str(&format!("{number:08x}-0000-4000-8000-000000000000"));
            page.push_str(behind);
        }
        page.push_str("]}");
        page.into_bytes()
    }
}

/// Cuts a row's text before and behind the value of its `id`.
fn around_the_id(row: &str) -> (String, String) {
    const KEY: &str = "\"id\":\"";
    let before = row.find(KEY).map_or(0, |at| at + KEY.len());
    let behind = row[before..].find('"').map_or(row.len(), |length| before + length);
    (row[..before].to_owned(), row[behind..].to_owned())
}
