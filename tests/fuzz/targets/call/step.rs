//! One line of a text as one step. `N` is the number of a call, times are in milliseconds.

use glp_core::exchange::{Failure, FailureKind, Response};
use http::{HeaderName, HeaderValue, StatusCode};

/// What happens next. A line that says none of this is passed over.
pub(crate) enum Step {
    /// `read`, `write`, `patient` or `other`: a call begins.
    Begin(Asks),
    /// `poll N`
    Poll(usize),
    /// `answer N STATUS; name: value; … ;; body`, or `token N SECONDS`
    Answer(usize, Response),
    /// `fail N KIND`, by number
    Fail(usize, Failure),
    /// `cancel N`
    Cancel(usize),
    /// `clock AT`, or `clock end`
    Clock(u64),
    /// `pass BY`
    Pass(u64),
    /// `back BY`
    Back(u64),
    /// `until N`: the clock shows what the call was told to wait for.
    Until(usize),
    /// `open`: the host's breaker, by hand.
    Open,
    /// `reset`: all breakers, by hand.
    Reset,
}

/// What a call asks for.
pub(crate) enum Asks {
    Other,
    Patient,
    Read,
    Write,
}

const KINDS: [FailureKind; 10] = [
    FailureKind::Certificate,
    FailureKind::Configuration,
    FailureKind::Connect,
    FailureKind::Dns,
    FailureKind::Reset,
    FailureKind::Timeout,
    FailureKind::TlsHandshake,
    FailureKind::TooLarge,
    FailureKind::Truncated,
    FailureKind::UnsupportedUrl,
];

impl Step {
    pub(crate) fn read(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let call = || number.parse::<usize>().ok();
        let time = || number.parse::<u64>().ok();
        Some(match word {
            "other" => Self::Begin(Asks::Other),
            "patient" => Self::Begin(Asks::Patient),
            "read" => Self::Begin(Asks::Read),
            "write" => Self::Begin(Asks::Write),
            "poll" => Self::Poll(call()?),
            "answer" => Self::Answer(call()?, response(rest)),
            "token" => Self::Answer(call()?, token(rest)),
            "fail" => {
                let kind = rest.parse::<usize>().ok().and_then(|kind| KINDS.get(kind));
                Self::Fail(call()?, Failure::new(*kind?, "in the test"))
            }
            "cancel" => Self::Cancel(call()?),
            "clock" if number == "end" => Self::Clock(u64::MAX),
            "clock" => Self::Clock(time()?),
            "pass" => Self::Pass(time()?),
            "back" => Self::Back(time()?),
            "until" => Self::Until(call()?),
            "open" => Self::Open,
            "reset" => Self::Reset,
            _ => return None,
        })
    }
}

/// Makes the answer of a token service, of a token that lives for `seconds`.
pub(crate) fn token(seconds: &str) -> Response {
    Response::new(format!(r#"{{"access_token":"t","expires_in":{seconds}}}"#).into())
}

/// Makes a success.
pub(crate) fn success() -> Response {
    Response::new(r#"{"items":[],"total":0}"#.into())
}

fn response(text: &str) -> Response {
    let (head, body) = text.split_once(";;").unwrap_or((text, ""));
    let mut head = head.split(';').map(str::trim);
    let mut response = Response::new(body.trim().as_bytes().to_vec().into());
    let status = head.next().and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    *response.status_mut() = status.unwrap_or_default();
    for header in head {
        let Some((name, value)) = header.split_once(':') else { continue };
        if let (Ok(name), Ok(value)) = (name.trim().parse(), HeaderValue::from_str(value.trim())) {
            response.headers_mut().append::<HeaderName>(name, value);
        }
    }
    response
}
