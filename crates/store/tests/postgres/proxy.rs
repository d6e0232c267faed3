//! Stands between a store and its database, and cuts the connection at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const PASS: u8 = 0;
const SWALLOW_THE_ANSWER: u8 = 1;
const SWALLOW_THE_REQUEST: u8 = 2;

/// What the server says when it has committed.
const COMMITTED: &[u8] = b"COMMIT\0";

#[derive(Clone)]
pub struct Proxy {
    pub url: String,
    next: Arc<AtomicU8>,
}

impl Proxy {
    /// In front of the database of this URL, `postgres://user@host:port/name`.
    pub async fn start(url: &str) -> Self {
        let (user, rest) = url.split_once('@').expect("a user");
        let (server, name) = rest.split_once('/').expect("a name");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let next = Arc::new(AtomicU8::new(PASS));
        let (server, mode) = (server.to_owned(), Arc::clone(&next));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("the database");
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let request = pass(from_client, to_server, Arc::clone(&mode), |mode, _| {
                    mode == SWALLOW_THE_REQUEST
                });
                let answer = pass(from_server, to_client, Arc::clone(&mode), |mode, bytes| {
                    mode == SWALLOW_THE_ANSWER && holds(bytes, COMMITTED)
                });
                tokio::spawn(async move {
                    // Whichever ends first takes the other, and so both ends, with it.
                    tokio::select! {
                        () = request => {}
                        () = answer => {}
                    }
                });
            }
        });
        Self {
            url: format!("{user}@127.0.0.1:{port}/{name}"),
            next,
        }
    }

    /// The next commit happens, and its answer is lost.
    pub fn swallow_the_answer(&self) {
        self.next.store(SWALLOW_THE_ANSWER, Ordering::SeqCst);
    }

    /// The next request never arrives.
    pub fn swallow_the_request(&self) {
        self.next.store(SWALLOW_THE_REQUEST, Ordering::SeqCst);
    }

    pub fn has_cut(&self) -> bool {
        self.next.load(Ordering::SeqCst) == PASS
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mode: Arc<AtomicU8>,
    cuts: impl Fn(u8, &[u8]) -> bool,
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = from.read(&mut buffer).await {
        if length == 0 {
            return;
        }
        let now = mode.load(Ordering::SeqCst);
        if cuts(now, &buffer[..length])
            && mode
                .compare_exchange(now, PASS, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
        {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
