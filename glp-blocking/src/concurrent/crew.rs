//! Threads that do jobs, each begun at once.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};

/// What a job came to, or its panic.
type Ended<O> = Result<O, Box<dyn Any + Send>>;

/// Has `lead` give jobs to a crew of threads, which `work` on them; every thread has ended when
/// this returns.
///
/// A thread is hired where a job meets none that is idle, so the crew grows to as many as ever
/// work at once.
pub(super) fn with_crew<J: Send, O: Send, X>(
    work: impl Fn(J) -> O + Sync,
    lead: impl FnOnce(&mut Crew<'_, J, O>) -> X,
) -> X {
    let (jobs, queue) = channel();
    let (reports, ended) = channel();
    let shop = Shop { work: &work, queue: Mutex::new(queue), reports };
    thread::scope(|scope| {
        let mut hire = || Builder::new().spawn_scoped(scope, || shop.work_off()).map(drop);
        lead(&mut Crew { shop: &shop, hire: &mut hire, jobs, ended, threads: 0, busy: 0 })
        // The crew is dropped, and with it `jobs`: the threads end.
    })
}

/// The leader's side.
pub(super) struct Crew<'a, J, O> {
    shop: &'a Shop<'a, J, O>,
    hire: &'a mut dyn FnMut() -> io::Result<()>,
    jobs: Sender<J>,
    ended: Receiver<Ended<O>>,
    threads: usize,
    /// How many jobs have not been heard of.
    busy: usize,
}

impl<J, O> Crew<'_, J, O> {
    /// Has an idle thread do the job, or a new one. Where none is to be had, it waits for one that
    /// is busy; where there is none at all, the leader does it.
    pub(super) fn begin(&mut self, job: J) {
        if self.busy >= self.threads && (self.hire)().is_ok() {
            self.threads += 1;
        }
        self.busy += 1;
        if self.threads == 0 {
            self.shop.do_one(job);
        } else {
            _ = self.jobs.send(job); // the queue is in the shop, which is still open
        }
    }

    /// Returns how many jobs are under way.
    pub(super) fn busy(&self) -> usize {
        self.busy
    }

    /// Waits for the next job that ends; nothing where none is under way. A panic goes on here.
    pub(super) fn next_ended(&mut self) -> Option<O> {
        if self.busy == 0 {
            return None;
        }
        let ended = self.ended.recv().ok()?; // the sender is in the shop, which is still open
        self.busy -= 1;
        Some(ended.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

/// The threads' side.
struct Shop<'a, J, O> {
    work: &'a (dyn Fn(J) -> O + Sync),
    queue: Mutex<Receiver<J>>,
    reports: Sender<Ended<O>>,
}

impl<J, O> Shop<'_, J, O> {
    fn work_off(&self) {
        while let Some(job) = self.next_job() {
            self.do_one(job);
        }
    }

    fn next_job(&self) -> Option<J> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    fn do_one(&self, job: J) {
        // Whoever leads has the panic go on, so nobody sees what it left behind.
        let ended = catch_unwind(AssertUnwindSafe(|| (self.work)(job)));
        _ = self.reports.send(ended); // a leader that panicked does not listen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crew in a system that has no more than `threads` threads to give.
    fn in_want<X>(threads: usize, lead: impl FnOnce(&mut Crew<'_, u32, u32>) -> X) -> X {
        let mut left = threads;
        with_crew(
            |job| job * 2,
            |crew| {
                let Crew { shop, hire, jobs, ended, .. } = crew;
                let mut hire = || {
                    left = left.checked_sub(1).ok_or(io::ErrorKind::WouldBlock)?;
                    hire()
                };
                let (_, none) = channel();
                let ended = std::mem::replace(ended, none);
                lead(&mut Crew {
                    shop,
                    hire: &mut hire,
                    jobs: jobs.clone(),
                    ended,
                    threads: 0,
                    busy: 0,
                })
            },
        )
    }

    #[test]
    fn without_a_thread_the_leader_works_and_with_too_few_jobs_wait() {
        for threads in 0..3 {
            let mut ended = in_want(threads, |crew| {
                (0..4).for_each(|job| crew.begin(job));
                assert_eq!((crew.threads, crew.busy()), (threads, 4));
                let mut ended = Vec::new();
                while let Some(output) = crew.next_ended() {
                    ended.push(output);
                }
                ended
            });
            ended.sort_unstable();
            assert_eq!(ended, [0, 2, 4, 6]);
        }
    }

    #[test]
    fn an_idle_thread_is_taken_before_a_new_one() {
        let threads = with_crew(
            |job: u32| job,
            |crew| {
                for job in 0..10 {
                    crew.begin(job);
                    assert_eq!(crew.next_ended(), Some(job));
                }
                crew.threads
            },
        );
        assert_eq!(threads, 1);
    }
}
