//! The async helpers in virtual time. Numbered tests are the predecessor's; K1 to K10 are its
//! defects.

mod batcher;
mod breaker;
mod degradation;
mod gauge;
mod pages;
mod process;
mod retry;
mod tasks;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures::stream;
use glp_core::concurrent::{
    ConcurrentBatcher, OnFailure, Timer, gather_with_errors, process_concurrent,
    process_pages_concurrent, run_concurrent_tasks, try_or_default, try_process_concurrent,
    with_fallback, with_timeout_or,
};
use glp_core::testkit::VirtualTimer;

fn at_most(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a bound is at least one")
}

async fn sleep(timer: &VirtualTimer, milliseconds: u64) {
    timer.sleep_until(timer.now() + Duration::from_millis(milliseconds)).await;
}

/// Returns the time in milliseconds.
fn now(timer: &VirtualTimer) -> u128 {
    timer.now().since(glp_core::time::Instant::ZERO).as_millis()
}

/// A multi-threaded runtime takes only futures that can move between threads.
#[test]
fn every_helper_can_be_spawned_where_its_work_can() {
    fn spawnable<F: Future + Send>(future: F) {
        drop(future);
    }
    let timer = &VirtualTimer::new();
    let work = |item: u32| async move {
        sleep(timer, 1).await;
        if item == 0 { Err("zero") } else { Ok(item) }
    };
    let pages = stream::iter([Ok::<_, &str>([1, 2])]);
    let batcher = ConcurrentBatcher::new(at_most(1), at_most(1), |items: Arc<[u32]>| async move {
        sleep(timer, 1).await;
        Ok::<_, &str>(items.len())
    });

    spawnable(with_fallback(work(1), |_| work(2)));
    spawnable(with_timeout_or(timer, Duration::ZERO, work(1), || Ok(0)));
    spawnable(try_or_default(work(1), |_| 0));
    spawnable(process_concurrent(1..3, at_most(1), work));
    spawnable(try_process_concurrent(1..3, at_most(1), work));
    spawnable(process_pages_concurrent(pages, at_most(1), work, |_| {}));
    spawnable(gather_with_errors([work(1), work(2)], None));
    spawnable(run_concurrent_tasks([("one", work(1))], OnFailure::Continue));
    spawnable(batcher.add(1));
    spawnable(batcher.flush());
    spawnable(batcher.drive());
}
