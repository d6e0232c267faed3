//! The binary as a process: a server with a small client for it, and commands that end.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

/// No wait is longer; whatever takes longer has failed.
pub const BOUND: Duration = Duration::from_mins(1);

pub const ACCOUNTS: &str = "/api/v1/accounts";
pub const INQUIRIES: &str = "/api/v1/inquiries";

pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selfsame"));
    command.stdin(Stdio::null());
    command
}

/// A port that nobody has, below those that outgoing connections are given. Tests run as processes of neighbouring
/// numbers, each with a stretch of ports of its own.
pub fn free_port() -> u16 {
    const FIRST: u32 = 10_000;
    const STRETCH: u32 = 37;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own = std::process::id().wrapping_mul(STRETCH);
    (0..10_000)
        .map(|_| FIRST + own.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("no free port")
}

/// Looks again and again until there is something.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < BOUND, "{what} does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// `selfsame dev` on a data folder.
pub struct Server {
    pub child: Child,
    pub port: u16,
    log: PathBuf,
    key: String,
    template: String,
}

/// An answer: its status, its `Request-Id`, its document.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub request_id: String,
    pub document: Value,
}

impl Answer {
    pub fn id(&self) -> &str {
        self.document["data"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id: {self:?}"))
    }
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::start_by(program(), data)
    }

    /// By a command that ends in being the program.
    pub fn start_by(mut command: Command, data: &Path) -> Self {
        command.arg("dev");
        Self::start_as(command, data)
    }

    /// By a command that has `dev` and what else is special.
    pub fn start_as(mut command: Command, data: &Path) -> Self {
        let (mut child, port, log) = spawn(&mut command, data);
        wait_for("readiness", || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("ended with {status}: {}", fs::read_to_string(&log).unwrap());
            }
            let answer = exchange(port, "", "GET", "/readyz", None).ok()?;
            (answer.status == 200).then_some(())
        });
        let mut server = Self {
            child,
            port,
            log,
            key: String::new(),
            template: String::new(),
        };
        let settings = data.join("dev.env");
        // A disk of the process' own is seen through the process.
        server.read_settings(&if settings.exists() {
            settings
        } else {
            let of_the_process = format!("/proc/{}/root{}", server.child.id(), text(&settings));
            of_the_process.into()
        });
        server
    }

    fn read_settings(&mut self, file: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let setting = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('='));
            let found = lines.find(|(known, _)| *known == name);
            found.expect("a setting").1.to_owned()
        };
        self.key = setting("SELFSAME_SANDBOX_API_KEY");
        self.template = setting("SELFSAME_TEMPLATE_ID");
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// The log's line with this in it. Lines are written beside the requests they tell of.
    pub fn logged(&self, text: &str) -> String {
        wait_for(&format!("a line with {text} in the log"), || {
            let log = self.log();
            let mut whole = log
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            let line = whole.find(|line| line.contains(text));
            line.map(str::to_owned)
        })
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(mut self) {
        let told = Command::new("sh")
            .args(["-c", &format!("kill -TERM {}", self.child.id())])
            .status()
            .unwrap();
        assert!(told.success());
        let status = wait_for("the end", || self.child.try_wait().unwrap());
        assert!(status.success(), "{}", self.log());
    }

    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<Answer> {
        exchange(self.port, &self.key, method, path, body)
    }

    /// With another key than the developer's.
    pub fn get_with(&self, key: &str, path: &str) -> Answer {
        exchange(self.port, key, "GET", path, None).unwrap()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).unwrap()
    }

    /// Makes an inquiry for a person, and returns its id.
    pub fn create_inquiry(&self, reference: &str) -> std::io::Result<Answer> {
        let body = json!({
            "data": {"attributes": {"inquiry-template-id": self.template}},
            "meta": {"auto-create-account-reference-id": reference},
        });
        self.send("POST", INQUIRIES, Some(&body))
    }

    /// Makes an account with a photo, which is a blob.
    pub fn create_account(&self, reference: &str, shade: u8) -> Answer {
        let body = json!({"data": {"attributes": {"reference-id": reference, "selfie-photo": photo(shade)}}});
        let answer = self.send("POST", ACCOUNTS, Some(&body)).unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    }

    pub fn change_photo(&self, account: &str, shade: u8) -> std::io::Result<Answer> {
        let body = json!({"data": {"attributes": {"selfie-photo": photo(shade)}}});
        self.send("PATCH", &format!("{ACCOUNTS}/{account}"), Some(&body))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn photo(shade: u8) -> Value {
    let picture = selfsame_testkit::picture(shade);
    let data = base64::engine::general_purpose::STANDARD.encode(picture);
    json!({"data": {"data": data, "filename": "photo.tiff"}})
}

/// Starts a `selfsame dev …` without waiting for it; what it says goes into the log.
pub fn spawn(command: &mut Command, data: &Path) -> (Child, u16, PathBuf) {
    let port = free_port();
    let log = data.with_file_name(format!("server-{port}.log"));
    let child = command
        .args(["--port", &port.to_string(), "--data"])
        .arg(data)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    (child, port, log)
}

/// Starts a server that does not come up, and returns what it says.
pub fn refused_start(data: &Path) -> String {
    refused_start_by(program(), data)
}

pub fn refused_start_by(mut command: Command, data: &Path) -> String {
    command.arg("dev");
    refused_start_as(command, data)
}

pub fn refused_start_as(mut command: Command, data: &Path) -> String {
    let (mut child, _, log) = spawn(&mut command, data);
    let status = wait_for("the end", || child.try_wait().unwrap());
    let said = fs::read_to_string(log).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// One request on a connection of its own.
fn exchange(
    port: u16,
    key: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(BOUND))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.to_owned())
    };
    Ok(Answer {
        status: head[9..12].parse().unwrap(),
        request_id: header("request-id").unwrap_or_default(),
        document: serde_json::from_str(body).unwrap_or(Value::Null),
    })
}

/// Runs a command to its end.
pub fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    program().args(arguments).output().unwrap()
}

/// Runs a command that must succeed, and returns what it says.
pub fn succeed<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail, and returns its message.
pub fn fail<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let output = run(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("selfsame: "), "{said}");
    said
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
