//! Threads of their own for deliveries, which the system lets run when no request wants the processor: a backlog is worked
//! off with what is left over.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use selfsame_service::{ProcessorMeter, ProcessorTime};
use tokio::runtime::{Builder, Runtime};

const THREADS: usize = 2;
/// Of 19: about a tenth of what a thread at 0 gets when both want to run.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// The threads, and what the system says of them.
pub fn runtime() -> io::Result<(Runtime, Arc<Threads>)> {
    let threads = Arc::<Threads>::default();
    let own = Arc::clone(&threads);
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("deliveries")
        .on_thread_start(move || {
            give_way();
            own.add();
        })
        .enable_all()
        .build()?;
    Ok((runtime, threads))
}

/// On Linux this is of the calling thread alone; elsewhere it would be of the whole process.
#[cfg(target_os = "linux")]
fn give_way() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "deliveries cannot give way to requests");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

/// `/proc/thread-self/schedstat` of each thread: nanoseconds run, nanoseconds ready and waiting, turns. No other system
/// has it.
#[derive(Debug, Default)]
pub struct Threads(Mutex<Vec<File>>);

impl Threads {
    /// The calling thread is one of them.
    fn add(&self) {
        if let Ok(file) = File::open("/proc/thread-self/schedstat") {
            let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            files.push(file);
        }
    }
}

impl ProcessorMeter for Threads {
    fn read(&self) -> Option<ProcessorTime> {
        let mut sum: Option<ProcessorTime> = None;
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|file| match had(file) {
            Some(time) => {
                let sum = sum.get_or_insert_default();
                sum.ran += time.ran;
                sum.waited += time.waited;
                true
            }
            // It has ended.
            None => false,
        });
        sum.map(|sum| ProcessorTime {
            whole: whole_process(),
            ..sum
        })
    }
}

fn whole_process() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn had(schedstat: &File) -> Option<ProcessorTime> {
    let mut bytes = [0; 96];
    let length = schedstat.read_at(&mut bytes, 0).ok()?;
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    let mut numbers = text.split_ascii_whitespace().map(str::parse);
    let mut next = || Some(Duration::from_nanos(numbers.next()?.ok()?));
    Some(ProcessorTime {
        ran: next()?,
        waited: next()?,
        whole: Duration::ZERO,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn its_threads_give_way_and_others_do_not() {
        let niceness = || rustix::process::getpriority_process(None);
        let before = niceness().expect("a number");
        let (runtime, _) = runtime().expect("threads");
        let behind = runtime.block_on(async { tokio::spawn(async move { niceness() }).await });
        assert_eq!(behind.expect("an answer").expect("a number"), NICENESS);
        assert_eq!(niceness().expect("a number"), before);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_its_threads_had_is_told_and_what_others_had_is_in_the_whole() {
        let (runtime, threads) = runtime().expect("threads");
        let begun = runtime.block_on(async { tokio::spawn(async {}).await });
        begun.expect("a thread");
        let read = move || threads.read().expect("a reading");
        let before = read();
        let enough = Duration::from_millis(5);
        while read().whole < before.whole + enough {}
        assert!(read().ran < before.ran + enough, "these ran elsewhere");
        let busy = runtime.block_on(async move {
            let busy = tokio::spawn(async move {
                while read().ran < before.ran + enough {}
                read()
            });
            busy.await.expect("a reading")
        });
        assert!(busy.whole >= busy.ran);
    }
}
