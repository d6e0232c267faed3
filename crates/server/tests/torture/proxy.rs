//! Stands between the servers and PostgreSQL, and loses answers: what was sent arrives, and nobody hears of it.

use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Proxy {
    pub port: u16,
    cut: watch::Sender<()>,
}

impl Proxy {
    /// Passes everything on to `target`, `host:port`.
    pub async fn start(target: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, told_to_cut) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&target).await;
                tokio::spawn(relay(near, far.unwrap(), told_to_cut.clone()));
            }
        });
        Self { port, cut }
    }

    /// Cuts every connection towards the servers. PostgreSQL finishes what it has been asked.
    pub fn lose_answers(&self) {
        self.cut.send_replace(());
    }
}

async fn relay(mut near: TcpStream, far: TcpStream, mut told_to_cut: watch::Receiver<()>) {
    told_to_cut.mark_unchanged();
    let (mut from_far, mut to_far) = far.into_split();
    let (mut from_near, mut to_near) = near.split();
    tokio::select! {
        _ = copy(&mut from_near, &mut to_far) => {}
        _ = copy(&mut from_far, &mut to_near) => {}
        _ = told_to_cut.changed() => {}
    }
    drop(near);
    drop(to_far.shutdown().await);
    drop(copy(&mut from_far, &mut sink()).await);
}
