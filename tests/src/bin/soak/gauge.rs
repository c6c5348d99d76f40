//! What a process holds, as the system counts it.

use std::io;

/// One look at a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Memory that is there, in KiB (VmRSS).
    pub(crate) resident: usize,
    pub(crate) threads: usize,
    /// Open files and sockets.
    pub(crate) files: usize,
}

impl Reading {
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let missing = || io::Error::other("/proc shows no such field");
        Ok(Self {
            resident: field("VmRSS:").ok_or_else(missing)?,
            threads: field("Threads:").ok_or_else(missing)?,
            files: std::fs::read_dir(format!("/proc/{pid}/fd"))?.count(),
        })
    }

    pub(crate) fn same_handles(&self, other: &Self) -> bool {
        (self.threads, self.files) == (other.threads, other.files)
    }

    pub(crate) fn at_most(&self, other: &Self) -> bool {
        self.threads <= other.threads && self.files <= other.files
    }
}

/// Returns by how much a minute the samples grow, by least squares; `(minute, KiB)` each.
pub(crate) fn slope(samples: &[(f64, usize)]) -> f64 {
    let count = samples.len() as f64;
    let middle = |of: fn(&(f64, usize)) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (minute, size) = (middle(|sample| sample.0), middle(|sample| sample.1 as f64));
    let (mut both, mut spread) = (0.0, 0.0);
    for (at, resident) in samples {
        both += (at - minute) * (*resident as f64 - size);
        spread += (at - minute) * (at - minute);
    }
    if spread == 0.0 { 0.0 } else { both / spread }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_own_slope_and_a_point_has_none() {
        let samples: Vec<_> = (0..60).map(|second| (f64::from(second) / 60.0, 1_000)).collect();
        assert_eq!(slope(&samples), 0.0);
        let growing: Vec<_> = (0..60).map(|at| (f64::from(at), 100 + 5 * at as usize)).collect();
        assert!((slope(&growing) - 5.0).abs() < 1e-9);
        assert_eq!(slope(&growing[..1]), 0.0);
    }
}
