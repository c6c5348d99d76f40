//! Bodies of the token service: a token or an error, which shows neither the body nor the token.
#![no_main]

use glp_core::exchange::Response;
use glp_core::token::{self, Fetched};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let mut response = Response::new(body.to_vec().into());
    match token::decode(&mut response) {
        Ok(()) => {
            let fetched = response.extensions().get::<Fetched>().expect("it left the token there");
            let shown = format!("{fetched:?}");
            assert!(shown.contains("Sensitive"), "{shown}");
        }
        Err(malformed) => {
            assert!(malformed.at <= body.len(), "byte {} of {}", malformed.at, body.len());
            // Its words are our own: as long as they are, whatever came.
            assert!(malformed.problem.len() < 100, "{}", malformed.problem);
        }
    }
});
