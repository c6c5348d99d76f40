//! Asynchronous operations: what was accepted, when it is done, what is told of it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde_json::{Value, json};

use super::operation_mishap::OperationMishap;
use super::order::Order;
use super::uuid::Uuid;
use crate::greenlake::Resource;
use crate::time::Instant;
use crate::wall::UnixTime;

/// One asynchronous operation.
pub(super) struct Job {
    pub(super) id: Uuid,
    pub(super) resource: Resource,
    /// What is to be done; nothing once it is.
    pub(super) order: Option<Order>,
    started_at: Instant,
    pub(super) done_at: Instant,
    pub(super) mishap: Option<OperationMishap>,
    pub(super) result: Option<Done>,
}

/// What came of the rows of an operation.
pub(super) struct Done {
    kind: Kind,
    succeeded: Vec<Named>,
    failed: Vec<(Named, Failure)>,
}

/// The forms of a result, by what the operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Add,
    Change,
}

/// A row by the name that the request gave it.
struct Named {
    /// `id`, `serialNumber` or `key`.
    by: &'static str,
    name: String,
}

/// Why a row was not done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

/// A row's name in the request, and what came of it.
pub(super) type Attempt = (String, Result<(), Failure>);

/// How long an operation that is over is shown; documented.
const SHOWN_FOR: Duration = Duration::from_secs(24 * 3_600);
/// How long the service gives an operation, in minutes; as seen.
const TIMEOUT_MINUTES: u64 = 2;
/// How often the service wants to be asked, in seconds; as seen.
const INTERVAL_SECONDS: u64 = 2;

impl Job {
    pub(super) fn new(
        id: Uuid,
        resource: Resource,
        order: Order,
        mishap: Option<OperationMishap>,
        times: (Instant, Duration),
    ) -> Self {
        let (started_at, takes) = times;
        let takes = match mishap {
            Some(OperationMishap::TimedOut | OperationMishap::Timeout) => {
                Duration::from_secs(60 * TIMEOUT_MINUTES)
            }
            _ => takes,
        };
        let done_at = started_at + takes;
        Self { id, resource, order: Some(order), started_at, done_at, mishap, result: None }
    }

    /// Returns where the operation is shown, as the answer that accepts it tells.
    pub(super) fn location(&self) -> Option<String> {
        let path = format!("/{}/v1/async-operations/{}", self.resource, self.id.text());
        match self.mishap {
            Some(OperationMishap::Unlocated) => None,
            Some(OperationMishap::LocatedElsewhere) => {
                Some(format!("https://elsewhere.example{path}"))
            }
            _ => Some(path),
        }
    }

    /// Shows the operation; nothing once it is forgotten.
    pub(super) fn show(&self, now: Instant, origin: UnixTime) -> Option<Value> {
        use OperationMishap::{Fails, Forgotten, Pauses, StuckDone, StuckIdle, TimedOut, Timeout};
        let over = now >= self.done_at;
        if now >= self.done_at + SHOWN_FOR || (over && self.mishap == Some(Forgotten)) {
            return None;
        }
        let wall = |at: Instant| origin + at.since(Instant::ZERO);
        let mut shown = json!({
            "id": self.id.text(),
            "type": "/async-resource",
            "startedAt": wall(self.started_at),
            "suggestedPollingIntervalSeconds": INTERVAL_SECONDS,
            "timeoutMinutes": TIMEOUT_MINUTES,
            "logMessages": [],
        });
        let (status, progress) = match self.mishap {
            Some(StuckDone | StuckIdle) => ("RUNNING", 50),
            Some(Pauses) if !over => ("PAUSED", 50),
            _ if !over => ("RUNNING", 50),
            Some(TimedOut) => ("TIMEDOUT", 50),
            Some(Timeout) => ("TIMEOUT", 50),
            Some(Fails) => ("FAILED", 0),
            _ if self.result.as_ref().is_none_or(|done| done.succeeded.is_empty()) => ("FAILED", 0),
            _ => ("SUCCEEDED", 100),
        };
        shown["status"] = status.into();
        shown["progressPercent"] = progress.into();
        if matches!(status, "RUNNING" | "PAUSED") {
            return Some(shown);
        }
        shown["endedAt"] = json!(wall(self.done_at));
        if self.mishap == Some(Fails) {
            let code = "HPE_GL_ERROR_INTERNAL_SERVER_ERROR";
            shown["error"] = json!({ "errorCode": code, "message": "The service failed" });
        }
        if let Some(done) = &self.result {
            let text = self.mishap == Some(OperationMishap::TextResult);
            (shown["result"], shown["resultType"]) = done.told(self.resource, text);
        }
        Some(shown)
    }
}

impl Done {
    /// Sorts what came of the rows; `by` says what names them.
    pub(super) fn of(
        kind: Kind,
        by: &'static str,
        attempts: impl Iterator<Item = Attempt>,
    ) -> Self {
        let mut done = Self { kind, succeeded: Vec::new(), failed: Vec::new() };
        for (name, result) in attempts {
            match result {
                Ok(()) => done.succeeded.push(Named { by, name }),
                Err(failure) => done.failed.push((Named { by, name }, failure)),
            }
        }
        done
    }

    /// Returns the result and its type: as seen, a text for an addition that went well, the bare
    /// names for one that did not at all, lists of objects otherwise.
    fn told(&self, resource: Resource, text: bool) -> (Value, Value) {
        let noun = match resource {
            Resource::Devices => "Devices",
            Resource::Subscriptions => "Subscriptions",
        };
        let kind = match self.kind {
            Kind::Add => json!(format!("post{noun}Response")),
            Kind::Change => json!("PatchDeviceResponseV2"),
        };
        if text || (self.kind == Kind::Add && self.failed.is_empty()) {
            return (json!(format!("{} were done", self.succeeded.len())), kind);
        }
        if self.kind == Kind::Add && self.succeeded.is_empty() {
            let names: Vec<&str> = self.failed.iter().map(|(row, _)| row.name.as_str()).collect();
            return (json!({ format!("failed{noun}Serial"): names }), kind);
        }
        let succeeded = self.succeeded.iter().map(|row| json!({ row.by: row.name }));
        let failed = self.failed.iter().map(|(row, failure)| {
            let message = format!("{} {}", row.name, failure.message);
            json!({ row.by: row.name, "errorCode": failure.code, "message": message })
        });
        let lists = json!({
            format!("succeeded{noun}"): succeeded.collect::<Value>(),
            format!("failed{noun}"): failed.collect::<Value>(),
        });
        (lists, kind)
    }
}
