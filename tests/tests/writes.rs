//! One plan, written in the virtual world and through the clients: the same outcome of each row.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use glp_blocking::Time;
use glp_core::breaker::{self, State};
use glp_core::call::{CallOptions, Config, Control, Credentials};
use glp_core::error::{ErrorKind, SyncKind};
use glp_core::exchange::{Failure, FailureKind, Request, Response};
use glp_core::greenlake::{ApiVersion, NewDevice, Resource};
use glp_core::testkit::{Ending, Exchange, Server, Service, Settings as Fake, World};
use glp_core::time::Instant;
use glp_core::write::{Plan, Settings, Write, Written};
use http::Method;

/// A service that does the first write it gets, and loses the answer on the way.
#[derive(Clone)]
struct Loses {
    service: Arc<Mutex<Service>>,
    posts: Arc<Mutex<u32>>,
}

impl Loses {
    fn new() -> Self {
        let service = Service::new(Fake::default().with_devices(40).unwrap());
        Self { service: Arc::new(Mutex::new(service)), posts: Arc::default() }
    }

    /// How many devices it holds once all that it accepted is done, and how many POSTs it got.
    fn end(&self) -> (usize, u32) {
        let mut service = self.service.lock().unwrap();
        service.catch_up(Instant::ZERO + Duration::from_secs(86_400));
        (service.len(Resource::Devices), *self.posts.lock().unwrap())
    }

    fn credentials(&self) -> Credentials {
        let service = self.service.lock().unwrap();
        let settings = service.settings();
        Credentials {
            token_url: "https://sso.example/as/token.oauth2".into(),
            client_id: settings.client_id().into(),
            client_secret: settings.client_secret().clone(),
        }
    }
}

impl Server for Loses {
    fn answer(&mut self, request: &Request, now: Instant) -> Exchange {
        let exchange = self.service.lock().unwrap().answer(request, now);
        let write = request.method() == Method::POST && request.uri().path().contains("devices");
        let mut posts = self.posts.lock().unwrap();
        *posts += u32::from(write);
        match exchange.ending {
            Ending::Answer(_) if write && *posts == 1 => {
                Exchange { ending: Ending::ResetAfter, ..exchange }
            }
            _ => exchange,
        }
    }
}

/// Adds so few that they fit in two requests.
fn plan() -> Plan {
    let device = |n| NewDevice::compute(format!("NEW-{n}"), "P52534-B21").unwrap();
    Plan::add_devices(ApiVersion::V1, (0..8).map(device).collect::<Vec<_>>()).unwrap()
}

fn virtually(server: Loses) -> Written {
    let config = Config::new("https://api.example", server.credentials()).unwrap();
    let mut write = Write::new(plan(), Settings::DEFAULT, config.base_url.clone()).unwrap();
    World::new(config, server).unwrap().write(&mut write, CallOptions::BATCH)
}

fn on_tokio(server: Loses) -> Written {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    let Credentials { token_url, client_id, client_secret } = server.credentials();
    runtime.block_on(async {
        let client = glp_tokio::Client::builder()
            .token_url(token_url)
            .client_id(client_id)
            .client_secret(client_secret)
            .transport(glp_tokio::InMemory::new(server))
            .build()
            .unwrap();
        client.with(CallOptions::BATCH).write(plan(), Settings::DEFAULT).await.unwrap()
    })
}

/// Time that runs as fast as its one thread waits.
#[derive(Clone, Debug, Default)]
struct Hurried(Arc<Mutex<Instant>>);

impl Time for Hurried {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn park(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = *now + duration;
    }
}

/// The server, asked by a thread.
struct InMemory(Mutex<Loses>, Hurried);

impl glp_blocking::Transport for InMemory {
    fn send(&self, request: Request, _within: Duration) -> Result<Response, Failure> {
        let Exchange { after, ending } = self.0.lock().unwrap().answer(&request, self.1.now());
        self.1.park(after);
        match ending {
            Ending::Answer(response) => Ok(response),
            other => Err(Failure::new(FailureKind::Reset, format!("{other:?}"))),
        }
    }
}

fn threaded(server: Loses) -> glp_blocking::Client {
    let Credentials { token_url, client_id, client_secret } = server.credentials();
    let time = Hurried::default();
    glp_blocking::ClientBuilder::on(glp_blocking::Clock::of(time.clone()))
        .token_url(token_url)
        .client_id(client_id)
        .client_secret(client_secret)
        .transport(InMemory(Mutex::new(server), time))
        .build()
        .unwrap()
}

fn on_threads(server: Loses) -> Written {
    threaded(server).with(CallOptions::BATCH).write(plan(), Settings::DEFAULT).unwrap()
}

#[test]
fn a_lost_answer_is_looked_up_and_each_row_is_added_once_whoever_drives_it() {
    for (name, write) in
        [("world", virtually as fn(Loses) -> Written), ("tokio", on_tokio), ("threads", on_threads)]
    {
        let server = Loses::new();
        let written = write(server.clone());
        assert_eq!(written.done(), 8, "{name}: {written:?}");
        assert_eq!(server.end(), (48, 2), "{name}: nothing is added twice, nothing sent again");
    }
}

#[test]
fn breakers_are_in_hand_through_a_client_by_the_names_of_its_status() {
    let client = threaded(Loses::new());
    let route = "GET /devices/v1/devices";
    let refused = |client: &glp_blocking::Client| {
        let kind = client.get("/devices/v1/devices").err().map(|error| error.kind());
        kind == Some(ErrorKind::Sync(SyncKind::CircuitOpen))
    };
    let isolated = client.isolate(route).unwrap();
    assert!(refused(&client));
    drop(isolated);
    assert!(!refused(&client));

    client.control_breaker(route, Control::ForceOpen).unwrap();
    assert!(refused(&client));
    let status = client.circuit_status();
    let open = status.iter().find(|one| one.name == route).unwrap();
    assert_eq!(open.status.state, State::Open);
    client.reset_breakers();
    assert!(!refused(&client));

    let short = breaker::Config { cool_down: Duration::from_secs(1), ..breaker::Config::DEFAULT };
    client.reconfigure_breakers(short).unwrap();
    assert!(client.control_breaker("nowhere", Control::Reset).is_err());
}
