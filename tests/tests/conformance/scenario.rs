//! A script: a name, what the server does, what is called, under which configuration.

use std::num::NonZeroU32;
use std::time::Duration;

use glp_core::backoff::{Backoff, Jitter};
use glp_core::breaker;
use glp_core::call::{CallOptions, Config, Credentials, Guard, Patience};
use glp_core::exchange::FailureKind;
use glp_core::greenlake::{List, Resource, Route};
use glp_core::operation::{Operation, Replay};
use http::Method;

use crate::suite::line::{Line, status};

/// Where the virtual world's API and token service are; real addresses are shown as these.
pub(crate) const API: &str = "api.example";
/// See [`API`].
pub(crate) const SSO: &str = "sso.example";
/// Where tokens are asked for.
pub(crate) const TOKEN_PATH: &str = "/as/token";
/// The largest body that a transport takes, unless a script says otherwise, in bytes.
pub(crate) const MAX_BODY: usize = 1 << 20;
/// One seed, one schedule.
pub(crate) const SEED: u64 = 7;

/// One script. Every driver is given the same.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// Says what happens.
    pub(crate) name: String,
    /// What the API does, request by request; the last line is repeated.
    pub(crate) lines: Vec<Line>,
    /// What the token service does first; then it grants.
    pub(crate) tokens: Vec<Line>,
    /// How the API is found.
    pub(crate) host: Host,
    /// What is done with the client, one after the other.
    pub(crate) acts: Vec<Act>,
    /// What a call is allowed.
    pub(crate) options: CallOptions,
    /// When breakers open.
    pub(crate) breaker: breaker::Config,
    /// The largest body that the transport takes, in bytes.
    pub(crate) max_body: usize,
}

/// What is done with a client.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// One call is made, and awaited.
    Call(Operation),
    /// So many calls are made at once, and awaited.
    Together(usize, Operation),
    /// A call is made, and dropped once its request has arrived: the line is `Abandoned`.
    Abandon(Operation),
    /// A listing of devices is walked, two rows at a time.
    Walk,
    /// The devices are synced into an empty store, two rows at a time.
    Sync,
    /// Nothing is done for so many seconds.
    Wait(u64),
}

/// How the API is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// It listens.
    Plain,
    /// It listens, for TLS, with a certificate of an authority that the client was told of.
    Trusted,
    /// It listens, for TLS, with a certificate of an authority that nobody knows.
    Untrusted,
    /// It hangs up in the handshake of TLS.
    HangsUp,
    /// Nobody listens.
    Nobody,
    /// Its name does not resolve.
    Nowhere,
}

impl Host {
    /// Says why no request comes to it, where that is so.
    pub(crate) fn failure(self) -> Option<FailureKind> {
        match self {
            Self::Plain | Self::Trusted => None,
            Self::Untrusted => Some(FailureKind::Certificate),
            Self::HangsUp => Some(FailureKind::TlsHandshake),
            Self::Nobody => Some(FailureKind::Connect),
            Self::Nowhere => Some(FailureKind::Dns),
        }
    }
}

impl Scenario {
    /// Makes a script: one read, the answers to which are `lines`, of which there is at least one.
    pub(crate) fn new(name: impl Into<String>, lines: impl Into<Vec<Line>>) -> Self {
        Self {
            name: name.into(),
            lines: lines.into(),
            tokens: Vec::new(),
            host: Host::Plain,
            acts: vec![Act::Call(read())],
            options: CallOptions::INTERACTIVE,
            breaker: breaker::Config::DEFAULT,
            max_body: MAX_BODY,
        }
    }

    /// Makes a script whose API is found otherwise, and answers what comes through.
    pub(crate) fn at(host: Host, name: &str) -> Self {
        Self { host, ..Self::new(name, [status(200)]) }
    }

    pub(crate) fn acts(self, acts: impl Into<Vec<Act>>) -> Self {
        Self { acts: acts.into(), ..self }
    }

    pub(crate) fn tokens(self, lines: impl Into<Vec<Line>>) -> Self {
        Self { tokens: lines.into(), ..self }
    }

    pub(crate) fn attempts(mut self, attempts: u32) -> Self {
        self.options.attempts = some(attempts);
        self
    }

    pub(crate) fn within(mut self, seconds: u64) -> Self {
        self.options.operation_timeout = Duration::from_secs(seconds);
        self
    }

    pub(crate) fn server_may_ask_for(mut self, seconds: u64) -> Self {
        self.options.max_server_wait = Duration::from_secs(seconds);
        self
    }

    /// Has calls wait at an open breaker, for up to an hour.
    pub(crate) fn patient(mut self) -> Self {
        self.options.patience = Patience::Wait;
        self.within(3_600)
    }

    /// Opens breakers after so many failures, for a minute.
    pub(crate) fn opens_after(mut self, failures: u32) -> Self {
        self.breaker.failure_threshold = some(failures);
        self
    }

    pub(crate) fn max_body(self, bytes: usize) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// Returns the backoff: without jitter, so that every wait of our own can be read off.
    pub(crate) fn backoff(&self) -> Backoff {
        Backoff { jitter: Jitter::None, ..Backoff::DEFAULT }
    }

    pub(crate) fn guard(&self) -> Guard {
        Guard::On(self.breaker)
    }

    /// Returns the configuration of the virtual world.
    pub(crate) fn config(&self) -> Config {
        let credentials = Credentials {
            token_url: format!("https://{SSO}{TOKEN_PATH}"),
            client_id: "me".into(),
            client_secret: "hunter2".into(),
        };
        let mut config = Config::new(&format!("https://{API}"), credentials).unwrap();
        config.backoff = self.backoff();
        config.breaker = self.guard();
        config.call = self.options;
        config.seed = SEED;
        config
    }
}

/// A request that reads, on a route that no pace holds up.
pub(crate) fn read() -> Operation {
    paced(1_000_000)
}

/// A request that reads, on a route of so many requests a minute.
pub(crate) fn paced(quota: u32) -> Operation {
    let route = Route::new(&Method::GET, "/things", some(quota));
    Operation { route, ..Operation::get("/things?limit=1") }
}

/// A request that must not be sent twice.
pub(crate) fn write() -> Operation {
    let mut operation = read();
    *operation.request.method_mut() = Method::POST;
    *operation.request.body_mut() = r#"{"serialNumber":"SGH1"}"#.into();
    operation.route = Route::new(&Method::POST, "/things", some(1_000_000));
    Operation { replay: Replay::Once, ..operation }
}

/// A request for the first page of devices, whose answer is decoded.
pub(crate) fn first_page() -> Operation {
    List::of(Resource::Devices).page(0, some(2))
}

pub(crate) fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}
