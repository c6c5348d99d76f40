//! What threads share, under every interleaving of them, up to two preemptions.
//!
//! Runs with `RUSTFLAGS="--cfg loom" cargo test --release -p glp-core --no-default-features
//! --features client --test loom`; `.ci/run` does so, in a target directory of its own.
#![cfg(loom)]

mod breaker;
mod drive;

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}
