//! What a day is made of: sizes, policies, and which things go wrong how often.
//!
//! The mix is drawn as well. Were every fault always on, some would hide the others: a service that
//! resets every tenth connection seldom gets as far as the guard against mass retirement.
//!
//! Source: A. Groce et al., *Swarm Testing*, ISSTA 2012.

use core::time::Duration;

use glp_core::backoff::Backoff;
use glp_core::breaker::{self, Growth, RampUp, Share};
use glp_core::budget::{self, Tokens};
use glp_core::call::{CallOptions, Config, Credentials, Guard as Breakers, Patience};
use glp_core::greenlake::{Resource, Route};
use glp_core::sync::{Guard, Settings, Start};
use glp_core::testkit::{
    Distortion, Envelope, ErrorBody, Faults, HintStyle, Mishap, Outage, OutageStyle, Quota,
    ServerStatus, Settings as Fake,
};
use glp_core::time::Instant;

use super::draw::Draw;
use crate::some;

/// How long one send may take, whoever sends it.
pub(super) const ATTEMPT: Duration = Duration::from_secs(30);

/// The longest wait that a server asks for in any day.
pub(super) const LONGEST_HINT: Duration = Duration::from_secs(3_000);

/// What a day is made of.
#[derive(Clone, Debug)]
pub(super) struct Mix {
    pub(super) fake: Fake,
    pub(super) breaker: breaker::Config,
    pub(super) budget: u32,
    /// Requests a minute to a listing, where it is not the documented number.
    pub(super) quota: Option<u32>,
    pub(super) page_rows: [u32; 2],
    pub(super) guard: Option<(u8, u64)>,
    pub(super) max_passes: u32,
    /// Processes that the day may wear out before its faults stop.
    pub(super) lives: u32,
    /// How much longer than another an answer may take, in milliseconds: so that one overtakes another.
    pub(super) spread: u32,
    pub(super) odds: Odds,
}

/// Once in how many steps something happens; never, where it is zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odds {
    pub(super) call: u32,
    pub(super) drop: u32,
    pub(super) jump: u32,
    pub(super) kill: u32,
    /// Of requests to the API.
    pub(super) edit: u32,
    /// Of commands to the store.
    pub(super) store: u32,
    /// Of runs.
    pub(super) afresh: u32,
}

impl Mix {
    pub(super) fn draw(seed: u64) -> Self {
        let draw = &mut Draw::new(seed, "mix");
        let envelope = if draw.one_in(4) { Envelope::Bare } else { Envelope::Full };
        let devices = draw.pick(&[0, 3, 60, 200, 300, 400]);
        let subscriptions = draw.pick(&[0, 1, 30, 80]);
        let quotas = if draw.one_in(3) { Quota::Enforced } else { Quota::Off };
        let life = draw.pick(&[20, 90, 899]);
        let fake = Fake::default()
            .with_devices(devices)
            .and_then(|fake| fake.with_subscriptions(subscriptions))
            .and_then(|fake| fake.with_token_life(Duration::from_secs(life)))
            .expect("within the limits")
            .with_seed(draw.number())
            .with_envelope(envelope)
            .with_quotas(quotas)
            .with_latency(draw.millis(1, 400));
        let fake = fake.with_faults(faults(draw, envelope));
        let quota = draw.one_in(3).then(|| draw.between(20, 90));
        let guard = (!draw.one_in(4)).then(|| draw.pick(&[(10, 20), (10, 2), (30, 0)]));
        Self {
            fake,
            breaker: guarding(draw),
            budget: draw.pick(&[20, 100, 500]),
            quota,
            page_rows: [draw.between(7, 40), draw.between(2, 20)],
            guard,
            max_passes: draw.between(1, 3),
            lives: draw.between(2, 6),
            spread: draw.pick(&[0, 100, 3_000]),
            odds: Odds {
                call: draw.pick(&[0, 4, 15]),
                drop: draw.pick(&[0, 10, 60]),
                jump: draw.pick(&[0, 60, 400]),
                kill: draw.pick(&[0, 100, 400, 2_000]),
                edit: draw.pick(&[0, 4, 15, 60]),
                store: draw.pick(&[0, 10, 40]),
                afresh: draw.pick(&[0, 4]),
            },
        }
    }

    /// Makes the configuration of the process that begins at `base` of the service's time.
    pub(super) fn config(&self, seed: u64, base: Duration) -> Config {
        let credentials = Credentials {
            token_url: "https://sso.example/as/token.oauth2".into(),
            client_id: self.fake.client_id().into(),
            client_secret: self.fake.client_secret().clone(),
        };
        let config = Config::new("https://api.example", credentials).expect("good addresses");
        let tokens = Tokens { capacity: some(self.budget), ..Tokens::DEFAULT };
        let slower = |route: Route| self.quota.map(|quota| route.with_quota(some(quota)));
        Config {
            seed,
            origin: Fake::ORIGIN + base,
            backoff: Backoff::DEFAULT,
            breaker: Breakers::On(self.breaker),
            budget: budget::Config::Tokens(tokens),
            quotas: Resource::ALL.into_iter().filter_map(|of| slower(Route::list(of))).collect(),
            call: CallOptions { attempt_timeout: ATTEMPT, ..CallOptions::INTERACTIVE },
            ..config
        }
    }

    /// Makes the settings of a run.
    pub(super) fn settings(&self, start: Start, guard: Guard) -> Settings {
        let [devices, subscriptions] = self.page_rows;
        Settings::default()
            .page_rows(Resource::Devices, devices)
            .and_then(|settings| settings.page_rows(Resource::Subscriptions, subscriptions))
            .expect("the page sizes are allowed")
            .guard(guard)
            .max_passes(some(self.max_passes))
            .start(start)
    }

    pub(super) fn guard(&self) -> Guard {
        let guard = |(percent, floor)| Guard::new(percent, floor).expect("a share");
        self.guard.map_or(Guard::OFF, guard)
    }

    /// Returns how many requests a minute this client may send on a route.
    pub(super) fn quota_of(&self, route: &str) -> u32 {
        let lists = Resource::ALL.map(Route::list);
        let own = self.quota.filter(|_| lists.iter().any(|list| list.to_string() == route));
        let documented = [
            Route::LIST_DEVICES,
            Route::LIST_SUBSCRIPTIONS,
            Route::GET_DEVICE,
            Route::GET_SUBSCRIPTION,
            Route::ADD_DEVICES,
        ];
        let known = documented.into_iter().find(|known| known.to_string() == route);
        own.or_else(|| known.map(|known| known.quota().get())).unwrap_or(60)
    }
}

/// What the pages of a sync are allowed.
pub(super) const BATCH: CallOptions =
    CallOptions { attempt_timeout: ATTEMPT, ..CallOptions::BATCH };

/// What a call that waits at open breakers is allowed.
pub(super) const PATIENT: CallOptions =
    CallOptions { patience: Patience::Wait, attempt_timeout: ATTEMPT, ..CallOptions::INTERACTIVE };

fn guarding(draw: &mut Draw) -> breaker::Config {
    let share = Share::percent(draw.pick(&[1, 10, 50])).expect("a share");
    let ramp_up = RampUp { start: share, over: Duration::from_secs(draw.pick(&[20, 120])) };
    breaker::Config {
        failure_threshold: some(draw.between(1, 6)),
        success_threshold: some(draw.between(1, 3)),
        cool_down: Duration::from_secs(draw.pick(&[5, 30, 60])),
        max_probes: some(draw.between(1, 2)),
        growth: draw.one_in(2).then_some(Growth::DEFAULT),
        ramp_up: draw.one_in(2).then_some(ramp_up),
        ..breaker::Config::DEFAULT
    }
}

/// Draws which mishaps come, and how often each.
fn faults(draw: &mut Draw, envelope: Envelope) -> Faults {
    let mut faults = Faults::none().at_most_in_a_row(draw.pick(&[1, 2, 8, u32::MAX]));
    for mishap in mishaps(draw, envelope) {
        if draw.one_in(3) {
            faults = faults.sometimes(some(draw.pick(&[12, 40, 150])), mishap);
        }
    }
    if draw.one_in(2) {
        faults = faults.cap_limit(some(draw.between(2, 30)));
    }
    for _ in 0..draw.below(3) {
        let style = draw.pick(&[OutageStyle::Reset, OutageStyle::Unavailable]);
        let start = Instant::ZERO + draw.millis(0, 600_000);
        faults = faults.outage(Outage::at(start, draw.millis(2_000, 240_000)).style(style));
    }
    faults
}

/// Lists what may come by chance in this day. Rows come, change and go by the day's own hand.
fn mishaps(draw: &mut Draw, envelope: Envelope) -> Vec<Mishap> {
    let styles = HintStyle::READABLE;
    let limited = |draw: &mut Draw, seconds: &[u64]| {
        let seconds = draw.pick(seconds);
        Mishap::RateLimited(Some(draw.pick(&styles).secs(seconds)))
    };
    let failing = |status, body, hint| Mishap::ServerError { status, body, hint };
    let unavailable = |style: HintStyle, seconds| {
        failing(ServerStatus::Unavailable, ErrorBody::Json, Some(style.secs(seconds)))
    };
    let mut mishaps = vec![
        limited(draw, &[1, 3]),
        limited(draw, &[20, 90]),
        limited(draw, &[200, LONGEST_HINT.as_secs()]),
        Mishap::RateLimited(None),
        Mishap::RateLimited(Some(HintStyle::Garbage.secs(1))),
        failing(ServerStatus::InternalError, ErrorBody::Json, None),
        failing(
            ServerStatus::InternalError,
            ErrorBody::Json,
            Some(HintStyle::RetryAfterSeconds.secs(draw.pick(&[3, 30]))),
        ),
        failing(ServerStatus::BadGateway, ErrorBody::Html, None),
        failing(ServerStatus::Unavailable, ErrorBody::Html, None),
        unavailable(HintStyle::RetryAfterSeconds, draw.pick(&[2, 45])),
        unavailable(HintStyle::BodySeconds, draw.pick(&[5, 120])),
        Mishap::ResetBefore,
        Mishap::ResetAfter,
        Mishap::Truncated,
        Mishap::Silence,
        Mishap::Slow(draw.millis(200, 2_000)),
        Mishap::Slow(draw.millis(10_000, 29_000)),
        Mishap::Slow(draw.millis(31_000, 90_000)),
        Mishap::Revoked,
        Mishap::Mismatched,
        Mishap::Forbidden,
        Mishap::Page(Distortion::CutAt(draw.below(900) as usize)),
        Mishap::Page(Distortion::DuplicateRow),
        Mishap::Page(Distortion::ErrorEnvelope),
        Mishap::Page(Distortion::Html),
        Mishap::Page(Distortion::NotAnObject),
        Mishap::Page(Distortion::WrongType),
    ];
    if envelope == Envelope::Full {
        // An empty success that announces nothing cannot be told from an empty inventory.
        mishaps.push(Mishap::Page(Distortion::Empty));
        mishaps.push(Mishap::Page(Distortion::WrongTotal));
    }
    mishaps
}
