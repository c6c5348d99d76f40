//! The script in the virtual world: what every adapter is measured by.

use std::time::Duration;

use futures::future::FutureExt;
use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::testkit::{Progress, World};
use glp_core::time::Instant;

use crate::suite::fake::Fake;
use crate::suite::perform::{Caller, perform};
use crate::suite::scenario::{API, SSO, Scenario};
use crate::suite::trace::Trace;

pub(crate) fn run(scenario: &Scenario) -> Vec<String> {
    let world = World::new(scenario.config(), Fake::new(scenario)).unwrap();
    let trace = Trace::default();
    let mut virtual_one = Virtual { world, trace: trace.clone(), written: 0 };
    perform(scenario, &mut virtual_one, &trace).now_or_never().unwrap();
    trace.lines([API, SSO])
}

/// Every future here is ready at once: it is the world that moves.
struct Virtual {
    world: World<Fake>,
    trace: Trace,
    /// Entries of the world's log that the trace has.
    written: usize,
}

impl Virtual {
    fn write(&mut self) {
        let log = &self.world.log()[self.written..];
        log.iter().for_each(|(at, notice)| self.trace.notice(*at, notice));
        self.written += log.len();
    }
}

impl Caller for Virtual {
    fn now(&self) -> Instant {
        self.world.now()
    }

    async fn call(&mut self, operation: Operation) -> Result<Response, Error> {
        let result = self.world.run(operation);
        self.write();
        result
    }

    async fn together(
        &mut self,
        calls: usize,
        operation: Operation,
    ) -> Vec<Result<Response, Error>> {
        let calls: Vec<_> = (0..calls).map(|_| self.world.start(operation.clone())).collect();
        self.world.settle();
        self.write();
        calls.into_iter().map(|call| self.world.take(call).unwrap()).collect()
    }

    async fn abandon(&mut self, operation: Operation) {
        let abandoned = self.world.server().abandoned();
        let call = self.world.start(operation);
        while self.world.server().abandoned() == abandoned {
            assert_eq!(self.world.step(), Progress::Happened, "no line says `Abandoned`");
        }
        self.world.cancel(call);
        self.write();
    }

    async fn wait(&mut self, seconds: u64) {
        self.world.run_until(self.world.now() + Duration::from_secs(seconds));
    }
}
