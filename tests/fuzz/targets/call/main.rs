//! Calls under arbitrary events: polls, answers, failures, cancellations and controls in any order,
//! with clocks that run anywhere. See [`step`] for how a text says so, [`play`] for what holds.
#![no_main]

mod play;
mod step;

use libfuzzer_sys::fuzz_target;

use crate::play::Play;
use crate::step::Step;

/// Steps that one text may have.
const STEPS: usize = 400;

fuzz_target!(|text: &str| {
    let mut play = Play::new();
    text.lines().filter_map(Step::read).take(STEPS).for_each(|step| play.take(step));
    play.end();
});
