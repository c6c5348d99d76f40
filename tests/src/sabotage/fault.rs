//! The deliberate faults: what each changes, and what must catch it.

/// A deliberate fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// What is wrong with it on.
    pub name: &'static str,
    /// The check that must catch it.
    pub caught_by: &'static str,
    /// What is changed in the sources.
    pub edits: &'static [Edit],
}

/// A change of one place. In what it puts there, `ON` says whether the fault is switched on.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// The file, from the root of the sources.
    pub file: &'static str,
    /// What stands there: once, to the letter.
    pub from: &'static str,
    /// What is put there.
    pub to: &'static str,
}

const BREAKER: &str = "glp-core/src/breaker/machine.rs";
const CALL: &str = "glp-core/src/call/machine.rs";
const CLASSIFY: &str = "glp-core/src/classify.rs";
const LISTING: &str = "glp-core/src/sync/listing.rs";
const READING: &str = "glp-core/src/sync/reading.rs";
const RETRY: &str = "glp-core/src/retry/mod.rs";
const TOKEN: &str = "glp-core/src/token.rs";
const PUBLISH: &str = "glp-blocking/src/store/publish.rs";

/// Every deliberate fault.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "rows are retired after an error",
        caught_by: "I1",
        edits: &[Edit {
            file: LISTING,
            from: "code().into_owned());\n        self.state = State::Ended;",
            to: "code().into_owned());\n        let pass = self.checkpoint.pass;
                 self.state = if ON { State::Publish(Publication::Complete { pass }) }
                 else { State::Ended };",
        }],
    },
    Fault {
        name: "movement is not noticed",
        caught_by: "I1",
        edits: &[Edit {
            file: LISTING,
            from: "self.drift.or(reading.drift).or_else(|| self.miscount(next, distinct));",
            to: "self.drift.or(reading.drift).or_else(|| self.miscount(next, distinct));
                 if ON { self.drift = None; }",
        }],
    },
    Fault {
        name: "an offset is resumed without a fence",
        caught_by: "I1",
        edits: &[
            Edit {
                file: READING,
                from: "Self::Fence => before.offset.saturating_sub(1),",
                to: "Self::Fence if ON => before.offset,
                     Self::Fence => before.offset.saturating_sub(1),",
            },
            Edit {
                file: READING,
                from: "(ask == Ask::Fence && before.offset > 0)",
                to: "(ask == Ask::Fence && before.offset > 0 && !ON)",
            },
        ],
    },
    Fault {
        name: "the guard against mass retirement looks away",
        caught_by: "I4",
        edits: &[Edit {
            file: "glp-core/src/sync/guard.rs",
            from: "if self.percent == Self::OFF.percent {",
            to: "if self.percent == Self::OFF.percent || ON {",
        }],
    },
    Fault {
        name: "partial is reported as complete",
        caught_by: "I6",
        edits: &[Edit {
            file: "glp-core/src/sync/run.rs",
            from: "            Outcome::Partial\n        };",
            to: "            if ON { Outcome::Complete } else { Outcome::Partial }\n        };",
        }],
    },
    Fault {
        name: "the checkpoint is committed before its rows",
        caught_by: "I5",
        edits: &[Edit {
            file: "glp-blocking/src/store/stage.rs",
            from: "let fresh = keep_rows(file, rows, checkpoint)?;",
            to: "if ON {
                     keep_checkpoint(file, checkpoint, 0)?;
                     file.execute_batch(\"COMMIT; BEGIN IMMEDIATE\")?;
                 }
                 let fresh = keep_rows(file, rows, checkpoint)?;",
        }],
    },
    Fault {
        name: "a generation is published in two halves",
        caught_by: "I5",
        edits: &[Edit {
            file: PUBLISH,
            from: "if let Some(pass) = pass {\n        counts.retired",
            to: "if ON { file.execute_batch(\"COMMIT; BEGIN IMMEDIATE\")?; }
                 if let Some(pass) = pass {\n        counts.retired",
        }],
    },
    Fault {
        name: "the store counts restored rows as inserted",
        caught_by: "the stores disagree",
        edits: &[Edit {
            file: PUBLISH,
            from: "Self::Restore => &mut counts.restored,",
            to: "Self::Restore if ON => &mut counts.inserted,
                 Self::Restore => &mut counts.restored,",
        }],
    },
    Fault {
        name: "waits are shorter than the server's hint",
        caught_by: "I8",
        edits: &[
            Edit {
                file: RETRY,
                from: "(asked.saturating_add(up_to(rng, spread)), Why::ServerAsked)",
                to: "(if ON { asked / 2 } else { asked.saturating_add(up_to(rng, spread)) },
                      Why::ServerAsked)",
            },
            Edit {
                file: "glp-core/src/call/settle.rs",
                from: "core.hold(route, delay, now);",
                to: "core.hold(route, if ON { delay / 2 } else { delay }, now);",
            },
        ],
    },
    Fault {
        name: "one attempt more than allowed is made",
        caught_by: "I8",
        edits: &[Edit {
            file: RETRY,
            from: "if attempt >= self.policy.attempts.get() {",
            to: "if attempt >= self.policy.attempts.get() + u32::from(ON) {",
        }],
    },
    Fault {
        name: "the limiter is ignored",
        caught_by: "I8",
        edits: &[Edit {
            file: "glp-core/src/limiter/mod.rs",
            from: "if now >= retry_at {",
            to: "if now >= retry_at || ON {",
        }],
    },
    Fault {
        name: "a write is replayed",
        caught_by: "law 9",
        edits: &[
            Edit { file: CLASSIFY, from: "const fn maybe_acted_on", to: "fn maybe_acted_on" },
            Edit {
                file: CLASSIFY,
                from: "Replay::Once => Next::FailUnknown { hold },",
                to: "Replay::Once if ON => Next::Retry { cause, hold },
                     Replay::Once => Next::FailUnknown { hold },",
            },
        ],
    },
    Fault {
        name: "a 429 counts as a failure",
        caught_by: "law 3",
        edits: &[Edit {
            file: CLASSIFY,
            from: "Verdict::new(Ignore, Ignore, next)",
            to: "Verdict::new(Ignore, if ON { Failure } else { Ignore }, next)",
        }],
    },
    Fault {
        name: "a result of an older epoch counts",
        caught_by: "law 3",
        edits: &[Edit {
            file: BREAKER,
            from: "if permit.epoch() != self.epoch {",
            to: "if permit.epoch() != self.epoch && !ON {",
        }],
    },
    Fault {
        name: "a breaker never closes again",
        caught_by: "I9",
        edits: &[Edit {
            file: BREAKER,
            from: "if round.successes >= verdict.successes {",
            to: "if round.successes >= verdict.successes && !ON {",
        }],
    },
    Fault {
        name: "a dropped call keeps its probe",
        caught_by: "law 6",
        edits: &[Edit {
            file: "glp-core/src/call/core.rs",
            from: "let changes = self.circuits.release(leg, permits);",
            to: "if ON { return; }
                 let changes = self.circuits.release(leg, permits);",
        }],
    },
    Fault {
        name: "a dropped call keeps the token flight",
        caught_by: "law 6",
        edits: &[Edit {
            file: CALL,
            from: "if core.token.land(self.id) == Landing::Ended {",
            to: "if !ON && core.token.land(self.id) == Landing::Ended {",
        }],
    },
    Fault {
        name: "a renewal fetches tokens beyond the attempts",
        caught_by: "I8",
        edits: &[Edit {
            file: CALL,
            from: "if self.token_attempts >= self.options.attempts.get() {",
            to: "if self.token_attempts >= self.options.attempts.get() && !ON {",
        }],
    },
    Fault {
        name: "a late 401 throws a newer token away",
        caught_by: "law 8",
        edits: &[Edit {
            file: TOKEN,
            from: "held.grant.generation == generation)",
            to: "held.grant.generation == generation || ON)",
        }],
    },
    Fault {
        name: "every waiting call fetches a token",
        caught_by: "law 8",
        edits: &[Edit {
            file: TOKEN,
            from: "(None, Some(flight), _) => Ask::Wait(flight.expires),",
            to: "(None, Some(_), _) if ON => Ask::Fetch,
                 (None, Some(flight), _) => Ask::Wait(flight.expires),",
        }],
    },
];
