//! From a folder and settings to a running server, and back down in order.

mod deliveries;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use rand::rngs::StdRng;
use selfsame_domain::id::Entropy;
use selfsame_service::{Clock, Deliverer, FolderBlobs, Options, Sealer, Service};
use selfsame_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::backup::files::make_folder;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// How often the sweep looks for what is due, and how often old answers are let go.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
const PRUNE_EVERY: Duration = Duration::from_hours(1);
/// How long API logs wait in memory at most.
const LOGS_EVERY: Duration = Duration::from_millis(500);
/// How often a server looks whether an import waits.
const IMPORT_EVERY: Duration = Duration::from_secs(1);
/// Requests in flight may take this long after the signal; then the server goes all the same.
const DRAIN: Duration = Duration::from_secs(10);

/// Bounds of the histograms of durations.
const SECONDS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

pub fn metrics_handle() -> Option<&'static PrometheusHandle> {
    METRICS.get()
}

/// Where an installation keeps its things.
#[derive(Debug, Clone)]
pub struct Folder {
    pub data: PathBuf,
    pub master_key: PathBuf,
    /// A PostgreSQL database instead of the embedded store: `postgres://…`.
    pub database: Option<String>,
}

impl Folder {
    pub fn new(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            master_key: data.join("master.key"),
            database: None,
        }
    }

    /// The file of the embedded store.
    pub fn embedded(&self) -> PathBuf {
        self.data.join("selfsame.sqlite")
    }

    /// The pictures.
    pub fn blobs(&self) -> PathBuf {
        self.data.join("blobs")
    }
}

/// Opens the store and the keys of an installation, making what is not there.
pub async fn open(folder: &Folder, options: Options) -> Result<Service, String> {
    make_folder(&folder.data)?;
    let store = match &folder.database {
        Some(url) => Store::open_postgres(url).await,
        None => Store::open_sqlite(&folder.embedded()),
    };
    let store = store.map_err(|error| error.to_string())?;
    refuse_unfinished_copy(&store).await?;
    let master_key = master_key(&folder.master_key, &store).await?;
    let blobs = FolderBlobs::new(&folder.blobs());
    let rng: StdRng = rand::make_rng();
    Ok(Service::new(
        store,
        Arc::new(blobs),
        Clock::System,
        Sealer::new(&master_key),
        Entropy::new(rng),
        options,
    ))
}

/// What `selfsame migrate-store` has not finished lacks rows that its source has.
async fn refuse_unfinished_copy(store: &Store) -> Result<(), String> {
    let version = store
        .configuration_version()
        .await
        .map_err(|error| error.to_string())?;
    if version >= 0 {
        return Ok(());
    }
    Err(
        "the database holds an unfinished copy of another store; run the same `selfsame migrate-store` again to \
         finish it, or give another database"
            .into(),
    )
}

/// Reads the master key, or makes one for a store that holds no secret yet. A store whose key is gone, or is another
/// one's, is an error: that key would open nothing in it.
async fn master_key(path: &Path, store: &Store) -> Result<[u8; 32], String> {
    let environments = store
        .list_environments()
        .await
        .map_err(|error| error.to_string())?;
    if !path.exists() && environments.is_empty() {
        let mut rng: StdRng = rand::make_rng();
        let key: [u8; 32] = rand::RngExt::random(&mut rng);
        make_private(path, &key)?;
    }
    // Of two that start at once the first one's key is read by both.
    match std::fs::read(path) {
        Ok(bytes) => {
            let key: [u8; 32] = bytes.try_into().map_err(|_| {
                format!(
                    "the master key {} must be 32 bytes; bring the right file back",
                    path.display()
                )
            })?;
            let sealed = environments.first().map(|row| &row.token_key_sealed);
            match sealed {
                Some(sealed) if Sealer::new(&key).open(sealed).is_none() => Err(format!(
                    "the master key {} is not the one this store's secrets were sealed with; bring the right file back",
                    path.display()
                )),
                _ => Ok(key),
            }
        }
        Err(error) => Err(format!(
            "cannot read the master key {}: {error}; without it the secrets in the store cannot be opened",
            path.display()
        )),
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), String> {
    private_part(path, bytes)
        .and_then(|part| part.persist(path).map_err(Into::into))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    sync_folder_of(path)
}

/// Like [`write_private`], but what is there already stays.
fn make_private(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let made =
        private_part(path, bytes).and_then(|part| part.persist_noclobber(path).map_err(Into::into));
    match made {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(format!("cannot write {}: {error}", path.display())),
        Ok(_) => sync_folder_of(path),
    }
}

/// The bytes, durable, in a file beside the one they are meant for; nobody but the owner may read it.
fn private_part(path: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut part = tempfile::Builder::new()
        .suffix(".part")
        .tempfile_in(folder_of(path))?;
    part.write_all(bytes)?;
    part.as_file().sync_all()?;
    Ok(part)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Without it a file that was just named may be gone after a loss of power.
fn sync_folder_of(path: &Path) -> Result<(), String> {
    crate::backup::files::sync_folder(folder_of(path))
}

pub fn install_metrics() {
    if METRICS.get().is_none()
        && let Ok(builder) = PrometheusBuilder::new().set_buckets(&SECONDS)
        && let Ok(handle) = builder.install_recorder()
    {
        drop(METRICS.set(handle));
        metrics::gauge!("selfsame_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    }
}

/// Takes the port, or says who has it.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                let holder = crate::cli::port::holder(address.port());
                let holder = holder
                    .map_or_else(|| "another program".to_owned(), |holder| holder.to_string());
                format!(
                    "port {} is taken by {holder}; stop it, or choose another port with --port",
                    address.port()
                )
            }
            _ => format!("cannot listen on {address}: {error}"),
        })
}

/// Serves until a signal, then drains.
pub async fn run(app: App, listeners: Vec<TcpListener>) -> Result<(), String> {
    let told_to_stop = shutdown_signal()?;
    let threads = deliveries::runtime().map_err(|error| format!("cannot start: {error}"))?;
    let (behind, meter) = threads;
    let deliverer = Deliverer::that_gives_way(&app.service, meter);
    let deliverer = deliverer.map_err(|error| error.to_string())?;
    let (stop, stopped) = watch::channel(false);
    let sweep = tokio::spawn(sweep(app.service.clone(), stopped.clone()));
    let prune = tokio::spawn(prune(app.service.clone(), stopped.clone()));
    let logs = tokio::spawn(write_logs(app.service.clone(), stopped.clone()));
    let imports = tokio::spawn(import(app.service.clone(), stopped.clone()));
    let deliveries = behind.spawn(async move { deliverer.run(stopped).await });
    let mut servers = tokio::task::JoinSet::new();
    for listener in listeners {
        servers.spawn(answer(app.clone(), listener, wait(stop.subscribe())));
    }
    told_to_stop.await;
    tracing::info!("stopping: requests in flight are finished first");
    stop.send_replace(true);
    let drained = tokio::time::timeout(DRAIN, async {
        while let Some(server) = servers.join_next().await {
            if let Ok(Err(error)) = server {
                tracing::error!(%error, "a listener failed");
            }
        }
    });
    if drained.await.is_err() {
        tracing::warn!("some connections did not end in time and were cut");
        servers.abort_all();
    }
    drop(sweep.await);
    drop(prune.await);
    drop(imports.await);
    drop(deliveries.await);
    behind.shutdown_background();
    drop(logs.await);
    // What the last requests left.
    write_api_logs(&app.service).await;
    Ok(())
}

/// Answers on one port until then; HTTP/1.1, or HTTP/2 where the client begins with it (C132).
pub async fn answer(
    app: App,
    listener: TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = app
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(until)
        .await
}

async fn wait(mut stopped: watch::Receiver<bool>) {
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// Brings forward what is due (B178), until told to stop.
async fn sweep(service: Service, mut stopped: watch::Receiver<bool>) {
    let mut due = tokio::time::interval(SWEEP_EVERY);
    due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = due.tick() => {
                if let Err(error) = service.sweep().await {
                    tracing::error!(%error, "the sweep failed");
                }
            }
        }
    }
}

/// Lets go of what is old, until told to stop; also in the middle, as it is done in small parts.
async fn prune(service: Service, mut stopped: watch::Receiver<bool>) {
    let mut due = tokio::time::interval(PRUNE_EVERY);
    due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !*stopped.borrow() {
        let round = async {
            due.tick().await;
            if let Err(error) = service.prune().await {
                tracing::error!(%error, "what is old could not be let go");
            }
            if let Err(error) = service.tidy_blobs().await {
                tracing::error!(%error, "what cut uploads left behind could not be let go");
            }
        };
        tokio::select! {
            _ = stopped.changed() => {}
            () = round => {}
        }
    }
}

/// Writes API logs (L10), until told to stop.
async fn write_logs(service: Service, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        write_api_logs(&service).await;
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(LOGS_EVERY) => {}
        }
    }
}

async fn write_api_logs(service: &Service) {
    let lost = service.write_api_logs().await;
    if lost > 0 {
        crate::api::note::lost(lost as u64);
    }
}

/// Works through imports (M16), until told to stop, which is between two slices of one.
async fn import(service: Service, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match service.work_on_import().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "an import did not go on"),
        }
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(IMPORT_EVERY) => {}
        }
    }
}

/// Waits for SIGINT or SIGTERM. They are listened for from the call on, not from the first poll: whoever has had an
/// answer may send one.
#[cfg(unix)]
fn shutdown_signal() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| format!("cannot wait for signals: {error}"));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn shutdown_signal() -> Result<impl Future<Output = ()>, String> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
