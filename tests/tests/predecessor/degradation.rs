//! Tests 28 to 34.

use std::time::Duration;

const LIMIT: Duration = Duration::from_millis(50);

type Answer = Result<&'static str, &'static str>;

mod async_flavour {
    use std::cell::Cell;
    use std::future::{Future, ready};
    use std::time::Duration;

    use glp_core::concurrent::{Timer, with_timeout, with_timeout_or};
    use glp_core::testkit::VirtualTimer;
    use glp_core::time::Instant;
    use glp_tokio::{FallbackError, TimedOut, try_or_default, with_fallback, with_fallback_if};

    use super::{Answer, LIMIT};

    fn run<F: Future>(future: F) -> F::Output {
        VirtualTimer::new().run(future)
    }

    async fn sleep(timer: &VirtualTimer, milliseconds: u64) {
        timer.sleep_until(timer.now() + Duration::from_millis(milliseconds)).await;
    }

    #[test]
    fn test_with_fallback_uses_primary() {
        let made = Cell::new(false);
        let answer = run(with_fallback(ready(Answer::Ok("primary")), |_| {
            made.set(true);
            ready(Answer::Ok("fallback"))
        }));
        assert_eq!((answer, made.get()), (Ok("primary"), false));
    }

    #[test]
    fn test_with_fallback_uses_fallback_on_error() {
        let offline = || ready(Answer::Err("offline"));
        let answer = run(with_fallback(offline(), |_| ready(Answer::Ok("fallback"))));
        assert_eq!(answer, Ok("fallback"));

        let answer = run(with_fallback(offline(), |_| ready(Answer::Err("no store"))));
        assert_eq!(answer, Err(FallbackError { primary: "offline", fallback: Some("no store") }));

        let fallback = |_: &_| ready(Answer::Ok("fallback"));
        let answer = run(with_fallback_if(offline(), |error| *error != "offline", fallback));
        assert_eq!(answer, Err(FallbackError { primary: "offline", fallback: None }));
    }

    #[test]
    fn test_with_timeout_succeeds_within_limit() {
        let timer = VirtualTimer::new();
        let work = async {
            sleep(&timer, 10).await;
            "done"
        };
        assert_eq!(timer.run(with_timeout(&timer, LIMIT, work)), Ok("done"));
        assert_eq!(timer.now(), Instant::ZERO + Duration::from_millis(10));
    }

    /// Is set when it is dropped.
    struct Dropped<'a>(&'a Cell<bool>);

    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    #[test]
    fn test_with_timeout_raises_on_exceed() {
        let (timer, dropped) = (VirtualTimer::new(), Cell::new(false));
        let work = async {
            let _dropped = Dropped(&dropped);
            sleep(&timer, 10_000).await;
        };
        assert_eq!(timer.run(with_timeout(&timer, LIMIT, work)), Err(TimedOut { limit: LIMIT }));
        assert!(dropped.get());
        assert_eq!(timer.now(), Instant::ZERO + LIMIT);
    }

    #[test]
    fn test_with_timeout_returns_default() {
        let timer = VirtualTimer::new();
        let work = async {
            sleep(&timer, 10_000).await;
            "done"
        };
        let answer = timer.run(with_timeout_or(&timer, LIMIT, work, || "timed_out"));
        assert_eq!(answer, "timed_out");

        let inner = Duration::from_millis(1);
        let work = with_timeout(&timer, inner, sleep(&timer, 10));
        let answer = timer.run(with_timeout_or(&timer, LIMIT, work, || Ok(())));
        assert_eq!(answer, Err(TimedOut { limit: inner }), "an inner timeout stays its own");
    }

    #[test]
    fn test_try_or_default_returns_result() {
        let work = ready(Ok::<_, &str>(vec![1]));
        assert_eq!(run(try_or_default(work, |_| Vec::new())), [1]);
    }

    #[test]
    fn test_try_or_default_returns_default_on_error() {
        let empty = || run(try_or_default(ready(Err::<Vec<u8>, _>("offline")), |_| Vec::new()));
        empty().push(1);
        assert!(empty().is_empty(), "a fresh one each time");
    }
}

mod blocking_flavour {
    use std::cell::Cell;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use glp_blocking::concurrent::{TimeLeft, with_timeout, with_timeout_or};
    use glp_blocking::{FallbackError, TimedOut, try_or_default, with_fallback, with_fallback_if};
    use glp_core::concurrent::ThreadTimer;
    use glp_core::testkit::VirtualThreadTimer;
    use glp_core::time::Instant;

    use super::{Answer, LIMIT};
    use crate::at_most;

    /// A timer for who waits, the work, and so many more.
    fn timer(more: usize) -> VirtualThreadTimer {
        VirtualThreadTimer::for_threads(at_most(2 + more))
    }

    /// Makes work that takes so long, and then comes to `value`.
    fn slow<T: Send + 'static>(
        timer: &VirtualThreadTimer,
        milliseconds: u64,
        value: T,
    ) -> impl FnOnce(TimeLeft<VirtualThreadTimer>) -> T + Send + 'static {
        let timer = timer.clone();
        move |_| {
            timer.sleep_until(timer.now() + Duration::from_millis(milliseconds));
            value
        }
    }

    #[test]
    fn test_with_fallback_uses_primary() {
        let done = Cell::new(false);
        let answer = with_fallback(
            || Answer::Ok("primary"),
            |_| {
                done.set(true);
                Answer::Ok("fallback")
            },
        );
        assert_eq!((answer, done.get()), (Ok("primary"), false));
    }

    #[test]
    fn test_with_fallback_uses_fallback_on_error() {
        let offline = || Answer::Err("offline");
        assert_eq!(with_fallback(offline, |_| Answer::Ok("fallback")), Ok("fallback"));

        let answer = with_fallback(offline, |_| Answer::Err("no store"));
        assert_eq!(answer, Err(FallbackError { primary: "offline", fallback: Some("no store") }));

        let not_offline = |error: &&str| *error != "offline";
        let answer = with_fallback_if(offline, not_offline, |_| Answer::Ok("fallback"));
        assert_eq!(answer, Err(FallbackError { primary: "offline", fallback: None }));
    }

    #[test]
    fn test_with_timeout_succeeds_within_limit() {
        let timer = timer(0);
        assert_eq!(with_timeout(&timer, LIMIT, slow(&timer, 10, "done")), Ok("done"));
        assert_eq!(timer.now(), Instant::ZERO + Duration::from_millis(10));
    }

    #[test]
    fn test_with_timeout_raises_on_exceed() {
        let (timer, (tell, told)) = (timer(0), channel());
        let clock = timer.clone();

        let answer = with_timeout(&timer, LIMIT, move |time: TimeLeft<_>| {
            slow(&clock, 10_000, ())(time.clone());
            _ = tell.send(time.is_up());
        });

        assert_eq!(answer, Err(TimedOut { limit: LIMIT }));
        assert_eq!(timer.now(), Instant::ZERO + LIMIT);
        timer.leave(); // the work goes on by itself, and is told that its time is up
        assert_eq!(told.recv(), Ok(true));
    }

    #[test]
    fn test_with_timeout_returns_default() {
        let one = timer(0);
        let answer = with_timeout_or(&one, LIMIT, slow(&one, 10_000, "done"), || "timed_out");
        assert_eq!(answer, "timed_out");
        one.leave(); // the work ends by itself

        let (two, inner) = (timer(1), Duration::from_millis(1));
        let clock = two.clone();
        let work = move |_: TimeLeft<_>| with_timeout(&clock, inner, slow(&clock, 10, ()));
        let answer = with_timeout_or(&two, LIMIT, work, || Ok(()));
        assert_eq!(answer, Err(TimedOut { limit: inner }), "an inner timeout stays its own");
    }

    #[test]
    fn test_try_or_default_returns_result() {
        assert_eq!(try_or_default(|| Ok::<_, &str>(vec![1]), |_| Vec::new()), [1]);
    }

    #[test]
    fn test_try_or_default_returns_default_on_error() {
        let empty = || try_or_default(|| Err::<Vec<u8>, _>("offline"), |_| Vec::new());
        empty().push(1);
        assert!(empty().is_empty(), "a fresh one each time");
    }
}
