//! What the kernel says of the time a thread had, and of the time it had to wait.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Returns the time that this thread has spent on a CPU.
pub fn of_this_thread() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// Returns the time that all threads of this process have spent on a CPU.
#[cfg_attr(not(feature = "io"), expect(dead_code, reason = "whole clients and syncs need it"))]
pub fn of_this_process() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// Keeps this thread on one CPU; where the system does not allow it, nothing happens.
pub fn pin(to: usize) {
    let mut set = CpuSet::new();
    set.set(to);
    _ = sched_setaffinity(None, &set);
}

/// Keeps this thread, and all that it starts, on the CPU that it is on.
#[cfg_attr(not(feature = "io"), expect(dead_code, reason = "whole clients need it"))]
pub fn stay() {
    pin(sched_getcpu());
}

/// Tells whether this thread had to wait for a CPU since it was last asked.
pub struct Waits {
    statistics: Option<File>,
    before: u64,
}

/// Where the kernel counts, in nanoseconds: time on a CPU, time waited for one, time slices.
const STATISTICS: &str = "/proc/thread-self/schedstat";

impl Waits {
    /// Begins to look at the calling thread. Where the kernel does not count, no wait is ever seen.
    pub fn of_this_thread() -> Self {
        let mut waits = Self { statistics: File::open(STATISTICS).ok(), before: 0 };
        waits.since_last();
        waits
    }

    /// Says whether the kernel counts.
    pub const fn are_counted(&self) -> bool {
        self.statistics.is_some()
    }

    /// Returns the nanoseconds waited since the last time.
    pub fn since_last(&mut self) -> u64 {
        let waited = self.statistics.as_ref().and_then(waited).unwrap_or(0);
        let since = waited - self.before;
        self.before = waited;
        since
    }
}

fn waited(statistics: &File) -> Option<u64> {
    let mut text = [0; 96];
    let length = statistics.read_at(&mut text, 0).ok()?;
    std::str::from_utf8(&text[..length]).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}
