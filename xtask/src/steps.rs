//! The steps of each command, run one after the other; the first failure ends the run.

use crate::{
    aside::{Aside, redirect, say},
    deps, setup,
};
use selfsame_cluster::Cluster;
use std::{
    env, fs,
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// Where tests make their databases, and which engine the Server API's tests run on.
const CLUSTER: &str = "SELFSAME_TEST_POSTGRES";
const ENGINE: &str = "SELFSAME_TEST_ENGINE";
/// The folder of the published OpenAPI documents.
const DOCUMENTS: &str = "SELFSAME_OPENAPI_DIR";

pub type Outcome = Result<(), String>;

/// Everything the project promises, in the order that fails fastest.
pub fn test() -> Outcome {
    let mut steps = Steps::default();
    steps.run("formatting", formatting)?;
    let target = deps::target_directory()?;
    let python = clients_folder()?.join("python");
    // One after the other, as Debian's package manager wants it; while the compiler has work.
    let tools = Aside::begin(target.join("tools.log"), move || {
        setup::postgres()?;
        setup::clients(&python)?;
        setup::install()
    })?;
    steps.run("dependencies", deps::check)?;
    steps.run("lints", lints)?;
    steps.run("tools that were missing", || tools.finish())?;
    let mut cluster = None;
    steps.run("PostgreSQL for the tests", || {
        cluster = Some(Cluster::start()?);
        Ok(())
    })?;
    let database = cluster.as_ref().map(|cluster| cluster.url("postgres"));
    let database = database.as_deref().unwrap_or_default();
    steps.run("Rust tests", || {
        rust_tests(&[(CLUSTER, database)])?;
        documentation_tests()
    })?;
    if has_nextest() {
        steps.run("Server API and deliveries on SQLite", || {
            server_tests(&[(CLUSTER, database)])
        })?;
    }
    drop(cluster);
    // Each on a cluster of its own, which goes as a whole: databases are dropped one by one where it stays.
    steps.run("Server API and deliveries on PostgreSQL", || {
        // Held against our own document, which is all that others have; on SQLite against the published ones.
        server_tests(&[(ENGINE, "postgres"), (DOCUMENTS, "none")])
    })?;
    steps.run("server binary", server_binary)?;
    steps.run("our OpenAPI document, by Schemathesis", || {
        client("document")
    })?;
    steps.run("a generated client", || client("typed"))?;
    steps.run("a sync tool", || client("sync"))?;
    steps.run("the pages' types", page_types)?;
    steps.run("browser tests", browser_tests)?;
    steps.summary();
    browser_summary()
}

/// What is worth running before each commit.
pub fn check() -> Outcome {
    let mut steps = Steps::default();
    steps.run("formatting", formatting)?;
    steps.run("lints", lints)?;
    steps.run("unit tests", || {
        let selection = ["--workspace", "--lib", "--bins"];
        run(cargo(
            &[&["test", "--locked", "--no-fail-fast"][..], &selection].concat(),
        ))
    })?;
    steps.summary();
    Ok(())
}

fn formatting() -> Outcome {
    run(cargo(&["fmt", "--all", "--check"]))
}

fn lints() -> Outcome {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    run(cargo(&arguments))
}

/// Tests that share the published documents and the server in their process: a process for each would take twice as long,
/// most of it for reading the documents anew.
const TOGETHER: [&str; 2] = ["api", "delivery"];

/// All but those, with nextest, which runs what waits beside what works; all of them where it is not installed.
fn rust_tests(variables: &[(&str, &str)]) -> Outcome {
    let mut command = if has_nextest() {
        let others = TOGETHER.map(|test| format!("not binary_id(selfsame-server::{test})"));
        let mut command = cargo(&["nextest", "run"]);
        command.args(["--filterset", &others.join(" and ")]);
        command
    } else {
        cargo(&["test"])
    };
    command
        .args(["--workspace", "--locked", "--no-fail-fast"])
        .envs(variables.iter().copied());
    run(command)
}

fn server_tests(variables: &[(&str, &str)]) -> Outcome {
    // Of the whole workspace, as the others are: one package alone would be built with other features, once more.
    let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    for test in TOGETHER {
        command.args(["--test", test]);
    }
    // On PostgreSQL a part of each test is waiting for its database.
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    command
        .env("RUST_TEST_THREADS", (2 * processors).to_string())
        .envs(variables.iter().copied());
    run(command)
}

/// It is built with the tests that start it; alone it would be built with other features of what it needs, all of it anew.
fn server_binary() -> Outcome {
    let [test, _] = TOGETHER;
    let build = [
        "test",
        "--workspace",
        "--locked",
        "--no-run",
        "--test",
        test,
    ];
    run(cargo(&build))
}

/// The examples in doc comments, which nextest leaves out and `cargo test` has already run.
fn documentation_tests() -> Outcome {
    if has_nextest() {
        run(cargo(&["test", "--workspace", "--doc", "--locked"]))
    } else {
        Ok(())
    }
}

/// Where what `clients/` makes and installs lies.
fn clients_folder() -> Result<PathBuf, String> {
    Ok(deps::target_directory()?.join("clients"))
}

/// Runs one program of `clients/` against the server binary.
fn client(name: &str) -> Outcome {
    let mut command = Command::new("node");
    command
        .arg(root().join("clients/run.mjs"))
        .arg(name)
        .env("SELFSAME_CLIENTS_OUT", clients_folder()?)
        .env("SELFSAME_BIN", binary()?);
    run(command)
}

fn binary() -> Result<PathBuf, String> {
    Ok(deps::target_directory()?.join("debug/selfsame"))
}

fn page_types() -> Outcome {
    let project = root().join("crates/server/assets/tsconfig.json");
    if !project.exists() {
        println!("no {}: nothing to check", project.display());
        return Ok(());
    }
    let mut command = Command::new("node");
    command
        .arg(root().join("e2e/node_modules/typescript/bin/tsc"))
        .arg("-p")
        .arg(project);
    run(command)
}

fn browser_tests() -> Outcome {
    let mut command = Command::new("npm");
    command
        .args(["test", "--silent"])
        .current_dir(root().join("e2e"))
        .env("SELFSAME_BIN", binary()?)
        .env("CHROMIUM", setup::chromium());
    run(command)
}

/// Ends the run with the browser tests' own count, as their reporter left it.
fn browser_summary() -> Outcome {
    let path = root().join("e2e/out/summary.txt");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}", text.trim_end());
    Ok(())
}

#[derive(Default)]
struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    fn run(&mut self, name: &str, work: impl FnOnce() -> Outcome) -> Outcome {
        println!("\n==> {name}");
        let begun = Instant::now();
        work().map_err(|message| {
            format!(
                "`{name}` failed after {:.1} s: {message}",
                begun.elapsed().as_secs_f64()
            )
        })?;
        println!("    {name}: {:.1} s", begun.elapsed().as_secs_f64());
        self.done.push((name.to_owned(), begun.elapsed()));
        Ok(())
    }

    fn summary(&self) {
        println!();
        for (name, duration) in &self.done {
            println!("{:>8.1} s  {name}", duration.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, duration)| *duration).sum();
        println!("{:>8.1} s  in all", total.as_secs_f64());
    }
}

/// Runs a command on our own streams; anything but exit code 0 is an error.
pub fn run(mut command: Command) -> Outcome {
    let shown = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    say(&format!("$ {shown}"));
    let status = redirect(&mut command)
        .and_then(|()| command.status())
        .map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` ended with {status}"))
    }
}

/// Whether a program exists and answers; its output is not shown.
pub fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .is_ok_and(|output| output.status.success())
}

fn has_nextest() -> bool {
    answers(&cargo_program(), &["nextest", "--version"])
}

fn cargo_program() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_program());
    command.args(arguments).current_dir(root());
    // What Cargo tells us of ourselves is not for another Cargo: build scripts that look at it would run again, and all
    // that depends on them with it.
    for (variable, _) in env::vars_os() {
        let is_ours = variable.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if is_ours {
            command.env_remove(variable);
        }
    }
    command
}

/// The repository's top folder.
pub fn root() -> PathBuf {
    let manifest =
        env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&manifest)
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
