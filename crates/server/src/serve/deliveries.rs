//! Threads of their own for deliveries, which the system lets run when no request wants the processor: a backlog is worked
//! off with what is left over.

use std::io;

use tokio::runtime::{Builder, Runtime};

const THREADS: usize = 2;
/// Of 19: about a tenth of what a thread at 0 gets when both want to run.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("deliveries")
        .on_thread_start(give_way)
        .enable_all()
        .build()
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

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn its_threads_give_way_and_others_do_not() {
        let niceness = || rustix::process::getpriority_process(None);
        let before = niceness().expect("a number");
        let runtime = super::runtime().expect("threads");
        let behind = runtime.block_on(async { tokio::spawn(async move { niceness() }).await });
        assert_eq!(
            behind.expect("an answer").expect("a number"),
            super::NICENESS
        );
        assert_eq!(niceness().expect("a number"), before);
    }
}
