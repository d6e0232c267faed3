//! The project's own commands; `cargo xtask help` lists them.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool reports on its standard streams"
)]

mod aside;
mod deps;
mod setup;
mod steps;
mod torture;

use std::{env, process::ExitCode};

const HELP: &str = "\
cargo xtask COMMAND

  test    everything: installs what is missing, then formatting, lints, dependencies,
          Rust tests, on SQLite and PostgreSQL, the pages' types, and against the real binary
          other people's clients and the browser tests
  check   formatting, lints and the unit tests: quick, needs nothing but Rust
  torture the long versions of the crash, race and disk proofs: docs/torture.md
  deps    licences, duplicate versions and banned crates, from `cargo metadata`
  help    this text

Environment of `test`:
  CHROMIUM           the browser to drive (default /usr/bin/chromium)
  CARGO_TARGET_DIR   where Cargo builds, as always
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => steps::test(),
        ["check"] => steps::check(),
        ["torture", ref options @ ..] => torture::torture(options),
        ["deps"] => deps::check(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!(
            "no such command: {}\n\n{HELP}",
            arguments.join(" ")
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nxtask: {message}");
            ExitCode::FAILURE
        }
    }
}
