//! How much memory a point takes, and how many fit at a time.

use std::num::NonZeroUsize;

use super::SweepError;

/// Units that sizes are written in, the longer names first.
const UNITS: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("K", 1 << 10),
    ("M", 1 << 20),
    ("G", 1 << 30),
    ("B", 1),
];

/// Reads a size such as `512MiB` or `4G`.
///
/// # Errors
/// [`SweepError::Usage`] when it is none, or this system does not tell how much memory is used.
pub fn parse(text: &str) -> anyhow::Result<u64> {
    let split = UNITS
        .iter()
        .find_map(|(name, unit)| text.strip_suffix(name).map(|number| (number, *unit)));
    let size =
        split.and_then(|(number, unit)| number.trim().parse::<u64>().ok()?.checked_mul(unit));
    let size = size.filter(|size| *size > 0).ok_or_else(|| {
        SweepError::usage(format!(
            "--mem-limit {text}: is no size; write it like 512MiB or 4G"
        ))
    })?;
    match status("VmRSS:") {
        Some(_) => Ok(size),
        None => Err(SweepError::usage(
            "--mem-limit: this system does not tell how much memory is used; give --threads instead",
        )),
    }
}

/// Memory that a process has before it runs a point, and what a point adds at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peak {
    before: u64,
    point: u64,
}

/// Runs something alone and measures how much the process grew.
pub(super) fn measured<T>(run: impl FnOnce() -> T) -> (T, Peak) {
    let before = status("VmRSS:").unwrap_or(0);
    let value = run();
    let peak = status("VmHWM:").unwrap_or(0);
    let point = peak.saturating_sub(before);
    (value, Peak { before, point })
}

/// How many points may run at a time.
pub(super) fn allowed(limit: u64, peak: Peak, threads: NonZeroUsize) -> NonZeroUsize {
    let left = limit.saturating_sub(peak.before);
    let fit = left / peak.point.max(1);
    if fit == 0 {
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        eprintln!(
            "note: one point takes {} MiB beside the {} MiB of the program, more than --mem-limit leaves; points run \
             one at a time",
            mib(peak.point),
            mib(peak.before)
        );
    }
    let fit = NonZeroUsize::new(usize::try_from(fit).unwrap_or(usize::MAX));
    fit.unwrap_or(NonZeroUsize::MIN).min(threads)
}

/// A line of what the system says of this process, in bytes.
fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_run_as_fit() {
        let threads = NonZeroUsize::new(8).unwrap();
        let peak = Peak {
            before: 100,
            point: 50,
        };
        for (limit, fit) in [(1_000, 8), (399, 5), (150, 1), (60, 1)] {
            assert_eq!(allowed(limit, peak, threads).get(), fit, "{limit}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sizes_have_units() {
        assert_eq!(parse("512MiB").unwrap(), 512 << 20);
        assert_eq!(parse("4G").unwrap(), 4 << 30);
        for text in ["4", "G", "0M", "-1G", "lots"] {
            assert!(parse(text).unwrap_err().to_string().contains("512MiB"));
        }
        let (kept, peak) = measured(|| std::hint::black_box(vec![1_u8; 32 << 20]).len());
        assert_eq!(kept, 32 << 20);
        assert!(peak.point > 0);
    }
}
