//! From a host to a connected socket, past both checks of its address (W50, W51, W58).

use std::fmt::Debug;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::Service;

use super::Addresses;

/// The system looks up on threads, some of which a dead name server may hold for long; the pictures need threads too.
const LOOK_UPS_AT_ONCE: usize = 32;
/// How long an address is tried before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);
/// A host that names more is called at the first of them.
const MOST_ADDRESSES: usize = 8;

pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// A seam to the world: the names of hosts.
pub trait Resolve: Send + Sync + Debug {
    /// All addresses of a host, in the order in which they are to be tried.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// Looks up as the operating system is set up to.
#[derive(Debug)]
pub struct SystemResolver {
    free: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(LOOK_UPS_AT_ONCE)),
        }
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let host = host.to_owned();
        Box::pin(async move {
            let turn = Arc::clone(&self.free).acquire_owned().await;
            let turn = turn.map_err(io::Error::other)?;
            // Its own task: whoever waits may give up, and the turn is taken until the system is done all the same.
            let look_up = tokio::spawn(async move {
                let found = tokio::net::lookup_host((host.as_str(), 0)).await;
                drop(turn);
                found.map(|found| found.map(|address| address.ip()).collect())
            });
            look_up.await.map_err(io::Error::other)?
        })
    }
}

/// Why there is no connection, TLS not counted.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectFailure {
    #[error("it leads to {0}, which may not be called")]
    Refused(&'static str),
    #[error("plain http is for this machine only")]
    Clear,
    #[error("no address was found")]
    Unresolved,
    #[error("no connection")]
    Io(#[source] io::Error),
}

/// The only place where a call's socket comes from.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    pub addresses: Addresses,
    pub resolver: Arc<dyn Resolve>,
}

impl Connector {
    async fn connect(self, uri: Uri) -> Result<TokioIo<TcpStream>, ConnectFailure> {
        let encrypted = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let found = self.find(host).await?;
        for address in &found {
            self.check(*address, encrypted)?;
        }
        let stream = race(&found, port).await.map_err(ConnectFailure::Io)?;
        // Whatever led there: what counts is who would read the first byte.
        let peer = stream.peer_addr().map_err(ConnectFailure::Io)?;
        self.check(peer.ip(), encrypted)?;
        stream.set_nodelay(true).map_err(ConnectFailure::Io)?;
        Ok(TokioIo::new(stream))
    }

    async fn find(&self, host: &str) -> Result<Vec<IpAddr>, ConnectFailure> {
        let found = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => match self.resolver.resolve(host).await {
                Ok(found) => found,
                Err(_) => return Err(ConnectFailure::Unresolved),
            },
        };
        if found.is_empty() {
            return Err(ConnectFailure::Unresolved);
        }
        Ok(found)
    }

    fn check(&self, address: IpAddr, encrypted: bool) -> Result<(), ConnectFailure> {
        let address = address.to_canonical();
        let checked = self.addresses.check(address);
        checked.map_err(ConnectFailure::Refused)?;
        if encrypted || address.is_loopback() {
            Ok(())
        } else {
            Err(ConnectFailure::Clear)
        }
    }
}

/// The first address that answers. One that is silent does not cost the others their turn.
async fn race(addresses: &[IpAddr], port: u16) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter().take(MOST_ADDRESSES);
    let mut racing = JoinSet::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = waiting.next() {
            racing.spawn(TcpStream::connect((address.to_canonical(), port)));
        }
        let ended = if waiting.len() == 0 {
            racing.join_next().await
        } else {
            match tokio::time::timeout(HEAD_START, racing.join_next()).await {
                Ok(ended) => ended,
                Err(_) => continue,
            }
        };
        match ended {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => failure = error,
            Some(Err(error)) => failure = io::Error::other(error),
            None => return Err(failure),
        }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}
