//! What Linux knows of a process; elsewhere there is nothing to read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::Problem;
use crate::figures::{Sample, to_f64};

/// Linux counts processor time for user space in hundredths of a second.
const TICK_MICROS: f64 = 10_000.0;
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy)]
pub struct Meter {
    process: u32,
}

#[derive(Debug, Clone, Copy)]
pub struct Reading {
    cpu_ticks: u64,
    written_bytes: Option<u64>,
}

impl Meter {
    pub const fn of(process: u32) -> Self {
        Self { process }
    }

    pub fn of_this_process() -> Self {
        Self::of(std::process::id())
    }

    pub fn read(self) -> Option<Reading> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process)).ok()?;
        // The name in brackets may hold anything; state is the first field behind it.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |place: usize| fields.get(place)?.parse::<u64>().ok();
        let io = fs::read_to_string(format!("/proc/{}/io", self.process)).ok();
        Some(Reading {
            cpu_ticks: ticks(11)? + ticks(12)?,
            written_bytes: io
                .as_deref()
                .and_then(|io| number_after(io, "write_bytes:")),
        })
    }

    pub fn memory(self) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process)).ok()?;
        Some(Memory {
            resident_kib: number_after(&status, "VmRSS:")?,
            anonymous_kib: number_after(&status, "RssAnon:")?,
        })
    }
}

impl Reading {
    pub fn since(&self, before: &Self, sample: &mut Sample) {
        let answers = to_f64(sample.answers.max(1));
        let ticks = self.cpu_ticks.saturating_sub(before.cpu_ticks);
        sample.cpu_micros = Some(to_f64(ticks) * TICK_MICROS / answers);
        self.written_since(before, sample);
    }

    pub fn written_since(&self, before: &Self, sample: &mut Sample) {
        let answers = to_f64(sample.answers.max(1));
        if let (Some(now), Some(then)) = (self.written_bytes, before.written_bytes) {
            sample.written_kib = Some(to_f64(now.saturating_sub(then)) / 1024.0 / answers);
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    pub resident_kib: u64,
    /// Without mapped files.
    pub anonymous_kib: u64,
}

/// Runs `work` and looks every now and then how much memory the process has; the most it had goes with the result.
pub async fn watch_memory<T>(meter: Meter, work: impl Future<Output = T>) -> (T, Memory) {
    let mut most = Memory::default();
    let mut look = tokio::time::interval(LOOK_EVERY);
    tokio::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return (result, most),
            _ = look.tick() => {
                if let Some(now) = meter.memory() {
                    most.resident_kib = most.resident_kib.max(now.resident_kib);
                    most.anonymous_kib = most.anonymous_kib.max(now.anonymous_kib);
                }
            }
        }
    }
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The shell's own `kill`: a small Debian has no program of that name.
pub fn signal(child: &Child, name: &str) -> Result<(), Problem> {
    let told = Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status()?;
    if told.success() {
        Ok(())
    } else {
        Err(format!(
            "cannot signal process {}: kill ended with {told}",
            child.id()
        )
        .into())
    }
}

/// Ends a child with a signal it can answer, and after `patience` with one it cannot.
pub fn end(child: &mut Child, name: &str, patience: Duration) {
    if matches!(child.try_wait(), Ok(Some(_))) {
        return;
    }
    if signal(child, name).is_ok() {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if matches!(child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    // Both fail when it has ended already, which is what is wanted.
    drop(child.kill());
    drop(child.wait());
}

/// A program on the `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The root of the repository this was built from.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_proc_files() {
        let status = "Name:\tselfsame\nVmHWM:\t   12345 kB\nVmRSS:\t    9876 kB\n";
        assert_eq!(number_after(status, "VmHWM:"), Some(12_345));
        assert_eq!(number_after(status, "VmSwap:"), None);
    }

    #[test]
    fn a_child_that_answers_no_signal_is_ended_all_the_same() {
        let mut stubborn = Command::new("sh")
            .args(["-c", "trap '' TERM; while :; do :; done"])
            .spawn()
            .unwrap();
        end(&mut stubborn, "TERM", Duration::from_millis(200));
        assert!(stubborn.try_wait().unwrap().is_some());
    }
}
