//! How old the data in the store is, in words.

use std::time::Duration;

use glp_blocking::store::ResourceStatus;
use glp_core::wall::UnixTime;

use crate::messages::Messages;
use crate::span::Span;

/// Data older than this is called stale.
const STALE: Duration = Duration::from_secs(24 * 3_600);

/// Tells how old a resource's rows are; as a warning where they are stale.
pub(crate) fn tell(status: &ResourceStatus, now: UnixTime, messages: &Messages) {
    let resource = status.resource;
    let Some(complete_at) = status.last_complete_at else {
        messages.warn(format_args!("{resource} were never listed completely: glp sync {resource}"));
        return;
    };
    let age = now.since(complete_at);
    let text = format!("{resource} as of {complete_at}, {} ago; times are in UTC", Span(age));
    if age > STALE {
        messages.warn(text);
    } else {
        messages.info(text);
    }
}
