//! A session for many statements, where a `psql` for each would cost as much as what it says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};

use crate::Programs;

/// The session lasts while the shell's standard input is open, and ends with the last words, even when we are killed; who
/// hears what `psql` says is gone by then.
const SESSION: &str = r#"
last=$1; shift
trap '' INT PIPE
{ cat; printf '%s\n' "$last"; } | "$@"
"#;
/// In a statement: copies a database by its files, which is less work than by its pages. Older servers know nothing else.
pub const COPY: &str = ":by_files";
const LEARN_TO_COPY: &str = "\
    SELECT CASE WHEN :SERVER_VERSION_NUM >= 150000 THEN 'STRATEGY FILE_COPY' ELSE '' END AS by_files \\gset\n";
/// Begins the line that ends what is said of a statement.
const DONE: &str = "=done=";

#[derive(Debug)]
pub struct Session {
    statements: ChildStdin,
    said: BufReader<ChildStderr>,
    _shell: Child,
}

impl Session {
    /// `last`: what is said when this process ends.
    pub fn start(programs: &Programs, url: &str, last: &str) -> Result<Self, String> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SESSION, "session", last]);
        shell.arg(programs.path("psql"));
        shell.args(["--no-psqlrc", "--quiet", url]);
        let mut shell = shell
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run psql: {error}"))?;
        let mut session = Self {
            statements: shell.stdin.take().ok_or("psql takes nothing")?,
            said: BufReader::new(shell.stderr.take().ok_or("psql says nothing")?),
            _shell: shell,
        };
        session.say(LEARN_TO_COPY)?;
        Ok(session)
    }

    /// Runs a statement and waits for its end.
    pub fn run(&mut self, sql: &str) -> Result<(), String> {
        self.say(&format!("{sql};\n\\warn {DONE} :ERROR\n"))
            .and_then(|()| self.outcome())
            .map_err(|error| format!("{sql}: {error}"))
    }

    /// Hands a statement over; what comes of it is not heard.
    pub fn send(&mut self, sql: &str) {
        // Where the session has ended, so has its cluster.
        drop(self.say(&format!("{sql};\n")));
    }

    fn say(&mut self, text: &str) -> Result<(), String> {
        let said = self.statements.write_all(text.as_bytes());
        said.map_err(|error| error.to_string())
    }

    fn outcome(&mut self) -> Result<(), String> {
        let mut heard = String::new();
        loop {
            let begun = heard.len();
            let read = self.said.read_line(&mut heard);
            if read.map_err(|error| error.to_string())? == 0 {
                return Err(format!("psql has ended: {}", heard.trim()));
            }
            match heard[begun..].strip_prefix(DONE).map(str::trim) {
                None => {}
                Some("false") => return Ok(()),
                Some(_) => return Err(heard[..begun].trim().to_owned()),
            }
        }
    }
}
