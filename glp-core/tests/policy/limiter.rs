//! Pacing: the quota, the hold, what the server says is left, and the line.

use core::num::NonZeroU32;
use core::time::Duration;

use glp_core::limiter::{Later, Limiter, Pace, Ticket, Turn};
use glp_core::time::Instant;
use proptest::prelude::*;

use crate::{Clock, at, clocks, secs, some};

/// What callers and the server do to a limiter.
#[derive(Clone, Copy, Debug)]
enum Step {
    Take,
    Join,
    /// The ticket at this place of the line, counted round, is tried, or left.
    Redeem(usize),
    Leave(usize),
    Hold(u64),
    Observe {
        remaining: u64,
        reset: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<(Clock, Step)>> {
    let step = prop_oneof![
        6 => Just(Step::Take),
        3 => Just(Step::Join),
        3 => (0..8_usize).prop_map(Step::Redeem),
        1 => (0..8_usize).prop_map(Step::Leave),
        1 => (0..3_000_u64).prop_map(Step::Hold),
        1 => (0..20_u64, 0..5_000_u64).prop_map(|(remaining, reset)| Step::Observe { remaining, reset }),
    ];
    prop::collection::vec((clocks(), step), 1..250)
}

fn paces() -> impl Strategy<Value = Pace> {
    (1..30_u32, 1..40_u32, 1..5_000_u64).prop_map(|(quota, burst, window)| Pace {
        quota: some(quota),
        burst: some(burst),
        window: Duration::from_millis(window),
    })
}

/// The model: what went out when, and what was promised of it.
#[derive(Default)]
struct Record {
    sent: Vec<Instant>,
    not_before: Instant,
    /// From when, until when, and how many may go out.
    left: Vec<(Instant, Instant, u64)>,
}

impl Record {
    fn send(&mut self, now: Instant, pace: &Pace) -> Result<(), TestCaseError> {
        self.sent.push(now);
        let in_window = self.sent.iter().filter(|at| now.since(**at) < pace.window).count();
        prop_assert!(in_window <= pace.quota.get() as usize, "law 9: more than the quota");
        prop_assert!(now >= self.not_before, "sent while held");
        for (from, until, remaining) in &self.left {
            let within = self.sent.iter().filter(|at| *from <= **at && **at < *until).count();
            let before = self.sent.iter().filter(|at| **at == *from).count();
            prop_assert!(within as u64 <= *remaining + before as u64, "more than was left");
        }
        Ok(())
    }
}

/// Takes as much as goes out at once, and once more; lists the answers.
fn takes(mut limiter: Limiter, now: Instant) -> Vec<Result<(), Later>> {
    let mut answers = Vec::new();
    while answers.last().is_none_or(Result::is_ok) && answers.len() < 100 {
        answers.push(limiter.take(now));
    }
    answers
}

/// Whoever is told to come later gets out at that instant, and with nobody ahead not a nanosecond
/// before.
fn tells_the_truth(
    limiter: &Limiter,
    (ticket, ahead): (Option<&Ticket>, usize),
    told: Later,
    latest: Instant,
) -> Result<(), TestCaseError> {
    prop_assert!(told.retry_at > latest);
    prop_assert_eq!(limiter.turn(ticket, told.retry_at), Ok(()));
    let just_before = Instant::from_nanos(told.retry_at.as_nanos() - 1);
    prop_assert!(ahead > 0 || limiter.turn(ticket, just_before) == Err(told));
    Ok(())
}

proptest! {
    #[test]
    fn laws_9_and_10_quota_hold_and_what_is_left_are_kept_under_any_clock(
        pace in paces(), steps in steps(),
    ) {
        let (mut limiter, mut record) = (Limiter::new(pace), Record::default());
        let mut line: Vec<Ticket> = Vec::new();
        let (mut now, mut latest) = (Instant::ZERO, Instant::ZERO);
        for (clock, step) in steps {
            now = clock.from(now);
            // Only these tell the limiter the time.
            let told = match step {
                Step::Take | Step::Observe { .. } => true,
                Step::Redeem(_) => !line.is_empty(),
                Step::Join | Step::Leave(_) | Step::Hold(_) => false,
            };
            if told {
                latest = latest.max(now);
            }
            let place = |place: usize| (!line.is_empty()).then(|| place % line.len());
            match step {
                Step::Take => {
                    let seen = limiter.check(now);
                    let taken = limiter.take(now);
                    prop_assert_eq!(seen, taken, "a look and a take agree");
                    match taken {
                        Ok(()) => record.send(latest, &pace)?,
                        Err(later) => tells_the_truth(&limiter, (None, line.len()), later, latest)?,
                    }
                }
                Step::Join => line.push(limiter.join()),
                Step::Redeem(at) => if let Some(at) = place(at) {
                    match limiter.redeem(line.remove(at), now) {
                        Ok(()) => record.send(latest, &pace)?,
                        Err((ticket, later)) => {
                            tells_the_truth(&limiter, (Some(&ticket), at), later, latest)?;
                            line.insert(at, ticket);
                        }
                    }
                },
                Step::Leave(at) => if let Some(at) = place(at) {
                    let behind = line.len() - at - 1;
                    prop_assert_eq!(limiter.leave(line.remove(at)), behind);
                },
                Step::Hold(millis) => {
                    let until = latest + Duration::from_millis(millis);
                    limiter.hold(until);
                    record.not_before = record.not_before.max(until);
                }
                Step::Observe { remaining, reset } => {
                    let reset = Duration::from_millis(reset);
                    limiter.observe(remaining, reset, now);
                    // A later answer corrects the earlier one.
                    record.left = vec![(latest, latest + reset, remaining)];
                }
            }
            prop_assert_eq!(limiter.waiting(), line.len());
            if limiter.is_at_rest(now) {
                prop_assert!(line.is_empty());
                let seen = now.max(latest);
                prop_assert_eq!(takes(limiter.clone(), seen), takes(Limiter::new(pace), seen));
            }
        }
    }

    #[test]
    fn first_come_first_sent_and_nobody_is_told_to_come_twice(
        pace in paces(), warm in 0..60_u32, count in 1..40_usize, hold in 0..3_000_u64,
        left in prop::option::of((1..50_u64, 0..5_000_u64)),
    ) {
        let mut limiter = Limiter::new(pace);
        (0..warm).for_each(|_| _ = limiter.take(Instant::ZERO));
        limiter.hold(Instant::ZERO + Duration::from_millis(hold));
        if let Some((remaining, reset)) = left {
            limiter.observe(remaining, Duration::from_millis(reset), Instant::ZERO);
        }
        let mut line: Vec<Ticket> = (0..count).map(|_| limiter.join()).collect();
        let told: Vec<Instant> = line
            .iter()
            .map(|ticket| limiter.turn(Some(ticket), Instant::ZERO))
            .map(|turn| turn.err().map_or(Instant::ZERO, |later| later.retry_at))
            .collect();
        prop_assert!(told.is_sorted(), "in order of arrival");
        let mut previous = Instant::ZERO;
        for at in told {
            let first = line.remove(0);
            if at > previous {
                let early = limiter.turn(Some(&first), Instant::from_nanos(at.as_nanos() - 1));
                prop_assert_eq!(early.map_err(|later| later.retry_at), Err(at), "not earlier");
            }
            prop_assert_eq!(limiter.redeem(first, at), Ok(()), "and not later");
            previous = at;
        }
    }

    #[test]
    fn of_what_is_left_no_more_goes_out_however_hard_one_tries(
        pace in paces(), warm in 0..9_u32, remaining in 1..60_u64, reset in 0..5_000_u64,
    ) {
        let mut limiter = Limiter::new(pace);
        (0..warm).for_each(|_| _ = limiter.take(Instant::ZERO));
        let until = Instant::ZERO + Duration::from_millis(reset);
        limiter.observe(remaining, Duration::from_millis(reset), Instant::ZERO);
        let (mut now, mut sent) = (Instant::ZERO, 0);
        while now < until {
            match limiter.take(now) {
                Ok(()) => sent += 1,
                Err(later) => now = later.retry_at,
            }
        }
        prop_assert!(sent <= remaining);
    }

    #[test]
    fn a_greedy_caller_gets_all_of_its_pace_and_no_more(pace in paces(), windows in 1..5_u32) {
        let mut limiter = Limiter::new(pace);
        let (mut now, mut sent) = (Instant::ZERO, 0);
        while now < Instant::ZERO + pace.window * windows {
            match limiter.take(now) {
                Ok(()) => sent += 1,
                Err(later) => now = later.retry_at,
            }
        }
        let steady = pace.quota.get() - pace.burst.get().min(pace.quota.get()) + 1;
        // Each spacing is rounded up to a whole nanosecond, which may cost a slot in the end.
        prop_assert!(sent + 1 >= windows * steady && sent <= windows * pace.quota.get(), "{sent}");
    }

    #[test]
    fn after_the_reset_nothing_is_left_of_the_slowness(
        pace in paces(), remaining in 1..60_u64, reset in 0..5_000_u64, late in 0..3_000_u64,
    ) {
        let mut limiter = Limiter::new(pace);
        let mut untold = limiter.clone();
        limiter.observe(remaining, Duration::from_millis(reset), Instant::ZERO);
        let now = Instant::ZERO + Duration::from_millis(reset + late);
        for _ in 0..50 {
            prop_assert_eq!(limiter.take(now), untold.take(now));
        }
    }

    #[test]
    fn a_ticket_that_is_left_uses_no_slot(pace in paces(), count in 2..20_usize, gone in 0..20_usize) {
        let mut limiter = Limiter::new(pace);
        while limiter.take(Instant::ZERO).is_ok() {}
        let mut without = limiter.clone();
        let mut line: Vec<Ticket> = (0..count).map(|_| limiter.join()).collect();
        limiter.leave(line.remove(gone % count));
        let shorter: Vec<Ticket> = (1..count).map(|_| without.join()).collect();
        for (ticket, model) in line.iter().zip(&shorter) {
            prop_assert_eq!(
                limiter.turn(Some(ticket), Instant::ZERO),
                without.turn(Some(model), Instant::ZERO)
            );
        }
    }

    #[test]
    fn one_that_stays_away_stops_nobody(pace in paces(), count in 1..20_usize) {
        let mut limiter = Limiter::new(pace);
        let away = limiter.join();
        let mut now = Instant::ZERO;
        for _ in 0..count {
            let mut ticket = limiter.join();
            while let Err((back, later)) = limiter.redeem(ticket, now) {
                prop_assert!(later.retry_at > now);
                (ticket, now) = (back, later.retry_at);
            }
        }
        let due = |ticket| limiter.turn(ticket, now).err().map(|later| later.retry_at);
        prop_assert!(due(Some(&away)) < due(None).or(Some(Instant::MAX)), "and keeps its place");
    }
}

fn per_minute(quota: u32) -> Pace {
    Pace::per_minute(NonZeroU32::new(quota).expect("a quota above zero"))
}

#[test]
fn a_tenth_of_a_minutes_quota_may_go_out_at_once_and_at_least_one() {
    for (quota, burst) in [(160, 16), (19, 1), (9, 1), (1, 1)] {
        let pace = per_minute(quota);
        assert_eq!((pace.burst, pace.window), (some(burst), secs(60)), "{quota}");
        let mut limiter = Limiter::new(pace);
        let at_once = (0..quota * 2).filter(|_| limiter.take(at(0)).is_ok()).count();
        assert_eq!(at_once, burst as usize, "{quota}");
    }
}

#[test]
fn it_is_at_rest_when_nothing_would_be_lost_with_it_and_not_an_instant_before() {
    let fresh = Limiter::new(Pace { burst: some(1), ..per_minute(60) });
    assert!(fresh.is_at_rest(at(0)));

    let [mut sent, mut held, mut told] = [fresh.clone(), fresh.clone(), fresh.clone()];
    assert!(sent.take(at(4)).is_ok());
    held.hold(at(5));
    told.observe(7, secs(1), at(4));
    for limiter in [sent, held, told] {
        let just_before = Instant::from_nanos(at(5).as_nanos() - 1);
        assert!(!limiter.is_at_rest(just_before), "{limiter:?}");
        assert!(limiter.is_at_rest(at(5)), "{limiter:?}");
    }

    let mut waited_for = fresh;
    let ticket = waited_for.join();
    assert!(!waited_for.is_at_rest(at(9)));
    waited_for.leave(ticket);
    assert!(waited_for.is_at_rest(at(9)));
}

#[test]
fn a_burst_above_the_quota_is_the_quota() {
    let mut limiter = Limiter::new(Pace { burst: some(9), quota: some(3), window: secs(6) });
    assert_eq!((0..9).filter(|_| limiter.take(at(0)).is_ok()).count(), 3);
    assert_eq!(limiter.take(at(0)).unwrap_err().retry_at, at(6));
}

#[test]
fn law_10_a_clock_at_its_end_neither_panics_nor_holds_for_ever() {
    let mut limiter = Limiter::new(per_minute(1));
    limiter.hold(Instant::MAX);
    assert_eq!(limiter.take(at(0)).unwrap_err().retry_at, Instant::MAX);
    limiter.observe(1, Duration::MAX, Instant::MAX);
    assert!(limiter.take(Instant::MAX).is_ok());
    assert!(limiter.take(at(0)).is_ok(), "time that runs backwards stands still");
}

#[test]
fn a_hold_outlasts_the_pace_and_is_never_shortened() {
    let mut limiter = Limiter::new(per_minute(600));
    limiter.hold(at(7));
    limiter.hold(at(1));
    let later = limiter.take(at(0)).unwrap_err();
    assert_eq!(later, Later { retry_at: at(7), turn: Turn::Held });
    assert!(limiter.take(at(7)).is_ok());
}

#[test]
fn it_slows_before_the_quota_is_gone() {
    let mut limiter = Limiter::new(Pace { burst: some(1), ..per_minute(60) });
    limiter.observe(3, secs(30), at(0));
    let mut now = at(0);
    let mut sent = Vec::new();
    while sent.len() < 4 {
        match limiter.take(now) {
            Ok(()) => sent.push(now),
            Err(later) => now = later.retry_at,
        }
    }
    assert_eq!(sent, [at(0), at(10), at(20), at(30)]);
}

#[test]
fn the_spread_ends_with_the_servers_window() {
    let mut limiter = Limiter::new(Pace { burst: some(1), ..per_minute(60) });
    limiter.hold(at(29));
    limiter.observe(1, secs(30), at(0));
    assert!(limiter.take(at(29)).is_ok());
    assert_eq!(limiter.take(at(29)).unwrap_err().retry_at, at(30));
}

#[test]
fn with_nothing_left_it_waits_for_the_reset() {
    let mut limiter = Limiter::new(per_minute(600));
    limiter.observe(0, secs(31), at(5));
    let later = limiter.take(at(5)).unwrap_err();
    assert_eq!(later, Later { retry_at: at(36), turn: Turn::Held });
}

#[test]
fn plenty_left_does_not_make_it_faster_than_its_pace() {
    let mut paced = Limiter::new(per_minute(60));
    let mut told = paced.clone();
    told.observe(u64::MAX, secs(1), at(0));
    for second in [0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 30] {
        assert_eq!(told.take(at(second)), paced.take(at(second)));
    }
}

#[test]
fn after_the_reset_it_is_back_at_its_pace() {
    let mut limiter = Limiter::new(Pace { burst: some(1), ..per_minute(60) });
    limiter.observe(1, secs(30), at(0));
    assert!(limiter.take(at(0)).is_ok());
    assert!(limiter.take(at(30)).is_ok());
    assert!(limiter.take(at(31)).is_ok());
}

#[test]
fn a_window_without_an_end_in_sight_is_looked_ahead_an_hour() {
    let mut limiter = Limiter::new(per_minute(600));
    limiter.observe(0, Duration::MAX, at(0));
    assert_eq!(limiter.take(at(0)).unwrap_err().retry_at, at(3_600));
}

#[test]
fn a_pace_without_a_window_is_refused_by_name() {
    let pace = Pace { window: Duration::ZERO, ..per_minute(60) };
    assert_eq!(pace.check().unwrap_err().field, "pace.window");
    let mut limiter = Limiter::new(pace);
    limiter.observe(1, Duration::ZERO, at(0));
    assert!(limiter.take(at(0)).is_ok(), "and stops nobody who uses it all the same");
}
