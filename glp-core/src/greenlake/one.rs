//! One row by its id, read as its model.

use core::str;

use alloc::string::ToString;

use crate::exchange::Response;
use crate::greenlake::{Device, Resource, Subscription, get};
use crate::invalid::Invalid;
use crate::operation::{Malformed, Operation};

/// Asks for one device; the response's extensions then hold a [`Device`].
///
/// # Errors
///
/// As [`get`].
///
/// # Examples
///
/// ```
/// use glp_core::greenlake;
///
/// let operation = greenlake::device("d-1")?;
/// assert_eq!(operation.request.uri(), "/devices/v1/devices/d-1");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
pub fn device(id: &str) -> Result<Operation, Invalid> {
    let decode = |response: &mut Response| leave(response, Device::from_json);
    Ok(Operation { decode: Some(decode), ..get(Resource::Devices, id)? })
}

/// Asks for one subscription; the response's extensions then hold a [`Subscription`].
///
/// # Errors
///
/// As [`get`].
pub fn subscription(id: &str) -> Result<Operation, Invalid> {
    let decode = |response: &mut Response| leave(response, Subscription::from_json);
    Ok(Operation { decode: Some(decode), ..get(Resource::Subscriptions, id)? })
}

/// Reads the body and leaves what it says in the extensions.
pub(super) fn leave<T: Clone + Send + Sync + 'static>(
    response: &mut Response,
    from_json: fn(&str) -> Result<T, Malformed>,
) -> Result<(), Malformed> {
    let text = str::from_utf8(response.body())
        .map_err(|error| Malformed { at: error.valid_up_to(), problem: error.to_string() })?;
    let model = from_json(text)?;
    response.extensions_mut().insert(model);
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn decoded(operation: Operation, body: &'static [u8]) -> Result<Response, Malformed> {
        let mut response = Response::new(Bytes::from_static(body));
        let decode = operation.decode.unwrap();
        decode(&mut response).map(|()| response)
    }

    #[test]
    fn a_row_is_left_as_its_model() {
        let device = decoded(device("d-1").unwrap(), br#"{"id":"d-1"}"#).unwrap();
        let subscription = decoded(subscription("s-1").unwrap(), br#"{"id":"s-1"}"#).unwrap();

        assert_eq!(device.extensions().get::<Device>().unwrap().id, "d-1");
        assert_eq!(subscription.extensions().get::<Subscription>().unwrap().id, "s-1");
    }

    #[test]
    fn what_is_no_row_names_the_byte() {
        assert_eq!(decoded(device("d").unwrap(), b"{\"id\":\"\xff\"}").unwrap_err().at, 7);
        assert!(decoded(device("d").unwrap(), b"").is_err());
        assert!(decoded(subscription("s").unwrap(), b"[]").is_err());
    }
}
