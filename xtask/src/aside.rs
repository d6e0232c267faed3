//! Work that goes on beside the steps, with what it prints in a file until it is asked for.

use std::{
    cell::RefCell,
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
    process::Command,
    thread::{self, JoinHandle},
};

use crate::steps::Outcome;

thread_local! {
    static OUTPUT: RefCell<Option<File>> = const { RefCell::new(None) };
}

pub struct Aside {
    work: JoinHandle<Outcome>,
    output: PathBuf,
}

impl Aside {
    /// Begins at once; whatever the work prints through [`say`] and [`redirect`] goes to the file.
    pub fn begin(
        output: PathBuf,
        work: impl FnOnce() -> Outcome + Send + 'static,
    ) -> Result<Self, String> {
        let file =
            File::create(&output).map_err(|error| format!("{}: {error}", output.display()))?;
        let work = thread::spawn(move || {
            OUTPUT.set(Some(file));
            work()
        });
        Ok(Self { work, output })
    }

    /// Waits for its end, and shows what it printed.
    pub fn finish(self) -> Outcome {
        let outcome = self.work.join();
        print!("{}", fs::read_to_string(&self.output).unwrap_or_default());
        outcome.unwrap_or_else(|_| Err("it broke off".to_owned()))
    }
}

/// Prints a line where this thread's output goes.
pub fn say(line: &str) {
    OUTPUT.with_borrow_mut(|output| match output {
        Some(file) => drop(writeln!(file, "{line}")),
        None => println!("{line}"),
    });
}

/// Has a command print where this thread's output goes.
pub fn redirect(command: &mut Command) -> io::Result<()> {
    OUTPUT.with_borrow(|output| {
        if let Some(file) = output {
            command.stdout(file.try_clone()?).stderr(file.try_clone()?);
        }
        Ok(())
    })
}
