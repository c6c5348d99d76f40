//! What the fake service holds and how it behaves.

use alloc::string::String;
use core::time::Duration;

use secrecy::SecretString;

use super::faults::Faults;
use super::hint::HintStyle;
use crate::invalid::Invalid;
use crate::wall::UnixTime;

/// Says what a fake service holds and how it behaves.
///
/// # Examples
///
/// ```
/// use glp_core::testkit::{Faults, Level, Settings};
///
/// let settings = Settings::default()
///     .with_devices(12_000)?
///     .with_seed(7)
///     .with_faults(Faults::level(Level::Harsh));
/// assert_eq!(settings.client_id(), "fake-client");
/// assert!(Settings::default().with_workspace_id("not-hexadecimal").is_err());
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) devices: u32,
    pub(super) subscriptions: u32,
    pub(super) seed: u64,
    client_id: String,
    client_secret: SecretString,
    workspace_id: String,
    token_life: Duration,
    pub(super) quotas: Quota,
    pub(super) quota_hint: HintStyle,
    pub(super) envelope: Envelope,
    pub(super) faults: Faults,
    pub(super) latency: Duration,
    pub(super) operation_time: Duration,
    pub(super) origin: UnixTime,
    pub(super) today: UnixTime,
}

/// Whether the documented quotas are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// Requests beyond a route's quota get a 429.
    Enforced,
    /// Requests are never too many.
    Off,
}

/// What a page tells beside its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// `count`, `offset` and `total`.
    Full,
    /// `count` only: the reference makes the other two optional.
    Bare,
}

impl Default for Settings {
    /// A thousand devices, a hundred subscriptions, no faults, quotas enforced.
    fn default() -> Self {
        Self {
            devices: 1_000,
            subscriptions: 100,
            seed: 0,
            client_id: "fake-client".into(),
            client_secret: "fake-secret".into(),
            workspace_id: "7600415a8876498dbb4ff735a89ddc32".into(),
            token_life: Self::TOKEN_LIFE,
            quotas: Quota::Enforced,
            quota_hint: HintStyle::ResetSeconds,
            envelope: Envelope::Full,
            faults: Faults::none(),
            latency: Duration::ZERO,
            operation_time: Self::OPERATION_TIME,
            origin: Self::ORIGIN,
            today: Self::ORIGIN,
        }
    }
}

impl Settings {
    /// The most rows of one resource: their numbers take four bytes each.
    pub const MAX_ROWS: u32 = 10_000_000;
    /// The life of a token, as the service is seen to tell it.
    pub const TOKEN_LIFE: Duration = Duration::from_secs(899);
    /// How long an asynchronous operation takes, where nobody sets it; ours.
    pub const OPERATION_TIME: Duration = Duration::from_secs(5);
    /// The wall time at the origin of time, where nobody sets one: 2026-01-01T00:00:00Z.
    pub const ORIGIN: UnixTime = UnixTime::from_secs(1_767_225_600);

    /// Sets how many devices there are at first.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for more than [`MAX_ROWS`](Self::MAX_ROWS).
    pub fn with_devices(mut self, devices: u32) -> Result<Self, Invalid> {
        self.devices = rows("devices", devices)?;
        Ok(self)
    }

    /// Sets how many subscriptions there are at first.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for more than [`MAX_ROWS`](Self::MAX_ROWS).
    pub fn with_subscriptions(mut self, subscriptions: u32) -> Result<Self, Invalid> {
        self.subscriptions = rows("subscriptions", subscriptions)?;
        Ok(self)
    }

    /// Sets the seed of the rows and of all chance.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the name and the secret of the one client that may fetch tokens.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when one of them is empty. The secret is never part of the error.
    pub fn with_client(
        mut self,
        id: impl Into<String>,
        secret: impl Into<SecretString>,
    ) -> Result<Self, Invalid> {
        use secrecy::ExposeSecret;
        (self.client_id, self.client_secret) = (id.into(), secret.into());
        if self.client_id.is_empty() {
            return Err(Invalid::new("client_id", "empty", "at least one character"));
        }
        if self.client_secret.expose_secret().is_empty() {
            return Err(Invalid::new("client_secret", "empty", "at least one character"));
        }
        Ok(self)
    }

    /// Sets the workspace in whose name tokens are fetched. Hyphens are taken out.
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless it has 32 hexadecimal digits.
    pub fn with_workspace_id(mut self, workspace_id: &str) -> Result<Self, Invalid> {
        self.workspace_id = workspace_id.replace('-', "");
        let digits = self.workspace_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.workspace_id.len() != 32 || !digits {
            return Err(Invalid::new("workspace_id", workspace_id, "32 hexadecimal digits"));
        }
        Ok(self)
    }

    /// Sets how long a token is accepted.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for less than a second, which is the unit in which it is told.
    pub fn with_token_life(mut self, life: Duration) -> Result<Self, Invalid> {
        if life < Duration::from_secs(1) {
            return Err(Invalid::new("token_life", format_args!("{life:?}"), "at least 1s"));
        }
        self.token_life = life;
        Ok(self)
    }

    /// Sets whether the documented quotas are enforced.
    #[must_use]
    pub const fn with_quotas(mut self, quotas: Quota) -> Self {
        self.quotas = quotas;
        self
    }

    /// Sets how a request beyond its quota is told when to come back.
    #[must_use]
    pub const fn with_quota_hint(mut self, style: HintStyle) -> Self {
        self.quota_hint = style;
        self
    }

    /// Sets what a page tells beside its items.
    #[must_use]
    pub const fn with_envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// Sets what goes wrong.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Sets how long every answer takes.
    #[must_use]
    pub const fn with_latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets how long an asynchronous operation takes, from its acceptance to its end.
    #[must_use]
    pub const fn with_operation_time(mut self, time: Duration) -> Self {
        self.operation_time = time;
        self
    }

    /// Sets the wall time at [`Instant::ZERO`](crate::time::Instant::ZERO), for the `Date` header
    /// and for hints that name a time.
    #[must_use]
    pub const fn with_origin(mut self, origin: UnixTime) -> Self {
        self.origin = origin;
        self
    }

    /// Sets the day around which the dates of the rows lie. Only its date in UTC counts, so that
    /// services begun on one day hold the same rows.
    #[must_use]
    pub const fn with_today(mut self, today: UnixTime) -> Self {
        self.today = UnixTime::from_secs(today.as_secs() / DAY * DAY);
        self
    }

    /// Returns the name of the client.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the secret of the client.
    pub fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// Returns the workspace, in 32 hexadecimal digits.
    pub fn workspace_id(&self) -> &str {
        &self.workspace_id
    }

    /// Returns how long a token is accepted.
    pub fn token_life(&self) -> Duration {
        self.token_life
    }
}

/// Seconds in a day.
const DAY: u64 = 86_400;

fn rows(field: &'static str, rows: u32) -> Result<u32, Invalid> {
    if rows > Settings::MAX_ROWS {
        return Err(Invalid::new(field, rows, format_args!("at most {}", Settings::MAX_ROWS)));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn settings_never_show_the_secret() {
        let settings = Settings::default().with_client("client", "hush-7").unwrap();
        assert!(!format!("{settings:?}").contains("hush-7"));
    }

    #[test]
    fn each_error_names_the_field_the_value_and_the_limit() {
        let error = Settings::default().with_devices(u32::MAX).unwrap_err();
        assert_eq!(error.to_string(), "devices is 4294967295: it must be at most 10000000");
        let error = Settings::default().with_token_life(Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "token_life is 0ns: it must be at least 1s");
    }
}
