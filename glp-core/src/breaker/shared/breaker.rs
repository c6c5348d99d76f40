//! The breaker that many threads share, and its quick path.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::breaker::permit::Grant;
use crate::breaker::shared::atomic::{AtomicU64, Ordering, give_way};
use crate::breaker::shared::builder::SharedBreakerBuilder;
use crate::breaker::shared::codec::{self, Origin};
use crate::breaker::shared::herald::Herald;
use crate::breaker::shared::permit::SharedPermit;
use crate::breaker::shared::register::{Kind, Raced, Register};
use crate::breaker::{
    Barrier, Breaker, Config, Permit, Refused, Report, Snapshot, State, Status, Transition,
};
use crate::time::Instant;

/// Guards one thing that may fail, for as many threads as like: a [`Breaker`] to share.
///
/// It gives the answers that a [`Breaker`] gives, for it is one: its state is a handful of words, and
/// a step reads them, lets the pure machine make the step, and puts the new words in the place of
/// the old ones, or looks anew where another thread was first. There is no lock, and nobody waits
/// for a thread that was suspended.
///
/// Most steps need not go that way. The admission of a healthy breaker, the success after it and the
/// refusal of an open one change nothing, so they read two or three words and write none: threads
/// that share a healthy breaker do not slow each other down.
///
/// Counting requests would be a write. So it counts them only where
/// [asked to](SharedBreakerBuilder::counting), and [`Status`] says nothing of them otherwise.
///
/// A clone is another handle of the same breaker and costs what an `Arc` costs. In its default
/// configuration it takes 56 bytes while it is healthy, its handle included, and a little over a
/// kilobyte from its first failure on.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
/// use glp_core::breaker::{Config, Outcome, SharedBreaker, State};
/// use glp_core::time::Instant;
///
/// let config = Config { failure_threshold: NonZeroU32::MIN, ..Config::DEFAULT };
/// let breaker = SharedBreaker::new(config);
/// let other = breaker.clone();
/// std::thread::spawn(move || {
///     let permit = other.try_acquire(Instant::ZERO).expect("a new breaker admits");
///     permit.report(Outcome::Failure, Instant::ZERO);
/// })
/// .join()
/// .expect("the thread ends");
///
/// assert_eq!(breaker.state(Instant::ZERO), State::Open);
/// let refused = breaker.try_acquire(Instant::ZERO).unwrap_err();
/// let probe = breaker.try_acquire(refused.retry_at)?;
/// drop(probe); // never sent: it comes back and decides nothing
/// assert!(breaker.try_acquire(refused.retry_at).is_ok());
/// # Ok::<(), glp_core::breaker::Refused>(())
/// ```
///
/// Source: ours.
#[derive(Clone)]
pub struct SharedBreaker(Arc<Inner>);

struct Inner {
    register: Register,
    seed: u64,
    /// None is a breaker of the default configuration that counts nothing and tells nobody.
    special: Option<Box<Special>>,
}

/// What most breakers do without.
struct Special {
    config: Config,
    counts: Option<Counts>,
    herald: Option<Herald>,
}

/// The requests counted so far.
pub(super) struct Counts {
    admitted: AtomicU64,
    rejected: AtomicU64,
}

impl Counts {
    pub(super) fn of(first: &Breaker) -> Self {
        let [admitted, rejected] = [first.admitted, first.rejected].map(AtomicU64::new);
        Self { admitted, rejected }
    }
}

static DEFAULT: Config = Config::DEFAULT;

impl SharedBreaker {
    /// Makes a closed breaker that counts no requests and tells nobody of its changes.
    ///
    /// Example: see [`Self`].
    pub fn new(config: Config) -> Self {
        Self::builder(config).build()
    }

    /// Begins to make a breaker with more than a configuration.
    ///
    /// Example: see [`Self`].
    pub const fn builder(config: Config) -> SharedBreakerBuilder {
        SharedBreakerBuilder::new(config)
    }

    /// Shares a breaker that is new or restored.
    pub(super) fn assemble(
        first: &Breaker,
        counts: Option<Counts>,
        herald: Option<Herald>,
    ) -> Self {
        let is_plain = first.config == DEFAULT && counts.is_none() && herald.is_none();
        let special = Special { config: first.config, counts, herald };
        let inner = Inner {
            register: Register::new(codec::kind(first)),
            seed: first.seed,
            special: (!is_plain).then(|| Box::new(special)),
        };
        let words = codec::encode(first, inner.origin());
        if words != codec::encode(&codec::decode(&[], inner.origin()), inner.origin()) {
            // Nobody else has it yet, so nobody is first.
            _ = inner.register.replace(inner.register.head(), codec::kind(first), &words);
        }
        Self(Arc::new(inner))
    }

    /// Says whether a request would be admitted now, without admitting it.
    ///
    /// Example: see [`Self`].
    ///
    /// # Errors
    ///
    /// [`Refused`], as [`try_acquire`](Self::try_acquire) would answer.
    pub fn peek(&self, now: Instant) -> Result<(), Refused> {
        self.0.look(|breaker| breaker.peek(now))
    }

    /// Asks leave to send one request. `now` is as for [`Breaker::try_acquire`].
    ///
    /// Example: see [`Self`].
    ///
    /// The permit borrows this handle; a task that outlives it clones the handle first.
    ///
    /// # Errors
    ///
    /// [`Refused`] carries the earliest instant at which asking again can succeed.
    #[inline]
    pub fn try_acquire(&self, now: Instant) -> Result<SharedPermit<'_>, Refused> {
        let head = self.0.register.head();
        match head.kind() {
            Kind::Passing | Kind::Admitting => {
                if let Ok(epoch) = self.0.register.word(head, codec::EPOCH) {
                    self.0.count(|counts| &counts.admitted);
                    let permit = Permit::new(epoch as u32, Grant::PLAIN);
                    return Ok(SharedPermit::new(self, permit, now));
                }
            }
            Kind::Shut => {
                let until = self.0.register.word(head, codec::UNTIL).map(Instant::from_nanos);
                if let Some(retry_at) = until.ok().filter(|until| now < *until) {
                    self.0.count(|counts| &counts.rejected);
                    return Err(Refused { retry_at, barrier: Barrier::CoolDown });
                }
            }
            Kind::Slow => {}
        }
        self.acquire_in_full(now)
    }

    #[cold]
    fn acquire_in_full(&self, now: Instant) -> Result<SharedPermit<'_>, Refused> {
        let answer = self.0.step(|breaker| breaker.try_acquire(now));
        answer.map(|permit| SharedPermit::new(self, permit, now))
    }

    /// Returns the state that a request would meet at `now`, as [`Breaker::state`] does.
    ///
    /// Example: see [`Self`].
    pub fn state(&self, now: Instant) -> State {
        self.0.look(|breaker| breaker.state(now))
    }

    /// Shows the breaker as it is at `now`.
    ///
    /// Example: see [`Self`].
    pub fn status(&self, now: Instant) -> Status {
        self.0.look(|breaker| {
            let counted = |count: u64| self.0.counts().is_some().then_some(count);
            let status = breaker.status(now);
            Status {
                admitted: status.admitted.and_then(counted),
                rejected: status.rejected.and_then(counted),
                ..status
            }
        })
    }

    /// Returns the configuration in force.
    ///
    /// Example: see [`Self`].
    pub fn config(&self) -> Config {
        self.0.look(|breaker| *breaker.config())
    }

    /// Returns the number of changes of state so far.
    ///
    /// Example: see [`Self`].
    pub fn transitions(&self) -> u64 {
        self.0.look(Breaker::transitions)
    }

    /// Takes down what survives a restart, as it is at `now`; see
    /// [`restore`](SharedBreakerBuilder::restore). Requests that were not counted are zero in it.
    ///
    /// Example: see [`Self`].
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        self.0.look(|breaker| breaker.snapshot(now))
    }

    /// Says whether a success would change nothing at this moment.
    #[inline]
    pub(super) fn is_unmoved_by_success(&self) -> bool {
        self.0.register.head().kind() == Kind::Passing
    }

    #[cold]
    pub(super) fn report_in_full(
        &self,
        permit: Permit,
        report: Report,
        now: Instant,
    ) -> Option<Transition> {
        self.step(|breaker| breaker.report(permit.again(), report, now))
    }

    /// Lets the pure machine make a step; see [`Breaker`].
    pub(super) fn step<T>(&self, step: impl Fn(&mut Breaker) -> T) -> T {
        self.0.step(step)
    }
}

impl Inner {
    /// Lets the pure machine make a step, and tries again where another thread was first.
    fn step<T>(&self, step: impl Fn(&mut Breaker) -> T) -> T {
        loop {
            match self.try_step(&step) {
                Ok(done) => return done,
                Err(Raced) => give_way(),
            }
        }
    }

    fn try_step<T>(&self, step: impl Fn(&mut Breaker) -> T) -> Result<T, Raced> {
        let origin = self.origin();
        let head = self.register.head();
        let mut old = self.register.read(head)?;
        let mut breaker = codec::decode(&old, origin);
        if old.is_empty() {
            // A new breaker has no words yet.
            old = codec::encode(&breaker, origin);
        }
        let before = breaker.transitions;
        let done = step(&mut breaker);
        let new = codec::encode(&breaker, origin);
        if new != old {
            self.register.replace(head, codec::kind(&breaker), &new)?;
        }
        if let Some(counts) = self.counts() {
            counts.admitted.fetch_add(breaker.admitted, Ordering::Relaxed);
            counts.rejected.fetch_add(breaker.rejected, Ordering::Relaxed);
        }
        if let Some(herald) = self.special.as_ref().and_then(|special| special.herald.as_ref()) {
            breaker.since(before).zip(before..).for_each(|(change, at)| herald.tell(at, change));
        }
        Ok(done)
    }

    /// Looks at the breaker as it is.
    fn look<T>(&self, look: impl FnOnce(&Breaker) -> T) -> T {
        let words = loop {
            match self.register.read(self.register.head()) {
                Ok(words) => break words,
                Err(Raced) => give_way(),
            }
        };
        let mut breaker = codec::decode(&words, self.origin());
        if let Some(counts) = self.counts() {
            breaker.admitted = counts.admitted.load(Ordering::Relaxed);
            breaker.rejected = counts.rejected.load(Ordering::Relaxed);
        }
        look(&breaker)
    }

    #[inline]
    fn count(&self, which: impl Fn(&Counts) -> &AtomicU64) {
        if let Some(counts) = self.counts() {
            which(counts).fetch_add(1, Ordering::Relaxed);
        }
    }

    #[inline]
    fn counts(&self) -> Option<&Counts> {
        self.special.as_ref()?.counts.as_ref()
    }

    fn origin(&self) -> Origin<'_> {
        let config = self.special.as_ref().map_or(&DEFAULT, |special| &special.config);
        Origin { config, seed: self.seed }
    }
}

impl core::fmt::Debug for SharedBreaker {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.look(|breaker| f.debug_tuple("SharedBreaker").field(breaker).finish())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::breaker::{Mode, Outcome};

    #[test]
    fn a_healthy_breaker_of_the_default_configuration_takes_at_most_64_bytes_with_its_handle() {
        let references = 2 * size_of::<usize>();
        let bytes = size_of::<Inner>() + references + size_of::<SharedBreaker>();
        assert!(bytes <= 64, "{bytes} bytes");
        assert!(SharedBreaker::new(Config::DEFAULT).0.special.is_none());
    }

    #[test]
    fn the_head_says_which_questions_need_no_words() {
        let breaker = SharedBreaker::new(Config::DEFAULT);
        let (at, kind) = (Instant::from_nanos, || breaker.0.register.head().kind());
        let send = |outcome| breaker.try_acquire(at(7)).map(|permit| permit.report(outcome, at(7)));
        assert_eq!(kind(), Kind::Passing);
        assert!(breaker.is_unmoved_by_success());

        assert_eq!(send(Outcome::Failure), Ok(None));
        assert_eq!(kind(), Kind::Admitting, "a success would be news");
        assert!(!breaker.is_unmoved_by_success());
        assert_eq!(send(Outcome::Success), Ok(None));
        assert_eq!(kind(), Kind::Passing);

        breaker.force_open(at(7));
        assert_eq!(kind(), Kind::Shut);
        breaker.set_mode(Mode::Observe);
        assert_eq!(kind(), Kind::Slow, "open, and admits");
        breaker.reset(at(7));
        assert_eq!(kind(), Kind::Passing);
        let isolated = breaker.isolate();
        assert_eq!(kind(), Kind::Slow);
        drop(isolated);
        assert_eq!(kind(), Kind::Passing);
        breaker.set_mode(Mode::Disabled);
        assert_eq!(kind(), Kind::Slow);
    }
}
