//! Where files are to be had, and handing them out (V1–V16).

use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use selfsame_domain::Refusal;
use selfsame_domain::account::{Account, PHOTO_FIELD};
use selfsame_domain::file::FileReference;
use selfsame_domain::id::{EnvironmentId, FileId};
use selfsame_domain::verification::UploadedFile;
use selfsame_store::Ask;
use serde_json::Value;

use crate::blob::BlobReader;
use crate::{BlobError, Caller, Failure, Service, file_token};

/// Makes the URLs of one environment's files, for one reader.
#[derive(Debug, Clone)]
pub struct FileLinks {
    service: Service,
    environment: EnvironmentId,
    /// How long a token opens its file.
    seconds: i64,
}

impl FileLinks {
    /// `seconds`: as the key or webhook says, `file-access-token-expires-in`.
    pub fn new(service: &Service, environment: &EnvironmentId, seconds: i64) -> Self {
        Self {
            service: service.clone(),
            environment: environment.clone(),
            seconds,
        }
    }

    /// Opens the file for whoever has it, until its time is over (V3).
    pub fn with_token(&self, file: &FileReference, name: &str) -> String {
        let base = &self.service.options().public_url;
        let token = file_token::issue(
            &self.environment,
            file,
            self.service.public_host(),
            self.service.sealer().file_token_key(),
            self.service.now(),
            self.seconds,
        );
        let token = token.unwrap_or_default();
        format!("{base}/files/{file}/{name}?access_token={token}")
    }

    /// Opens the file for who also has a key (V6).
    pub fn for_keys(&self, file: &FileReference, name: &str) -> String {
        let base = &self.service.options().public_url;
        format!("{base}/api/v1/files/{file}/{name}")
    }
}

/// A file as it is handed out. It is there to be read, even if it is deleted from now on.
pub struct OpenedFile {
    /// No other bytes ever come under it (V18).
    pub id: FileId,
    pub filename: String,
    pub mime_type: String,
    /// In bytes.
    pub length: u64,
    /// The verification it belongs to; none for the photo of an account.
    pub verification: Option<String>,
    contents: Box<dyn BlobReader>,
}

impl OpenedFile {
    /// Its bytes from the first of the range to the one before its end; nothing else is read.
    ///
    /// # Errors
    /// What the disk cannot do, and a range that reaches beyond [`OpenedFile::length`].
    pub async fn read(self, part: Range<u64>) -> Result<Vec<u8>, Failure> {
        let Self {
            id, mut contents, ..
        } = self;
        let mut read = move || {
            let room = part.end.saturating_sub(part.start);
            let mut bytes = vec![0; usize::try_from(room).map_err(std::io::Error::other)?];
            contents.seek(SeekFrom::Start(part.start))?;
            contents.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        blocking(move || {
            read().map_err(|source| BlobError::Io {
                key: id.to_string(),
                source,
            })
        })
        .await?
        .map_err(Failure::from)
    }
}

/// Where a file that is there lies.
struct Kept {
    blob_key: String,
    filename: String,
    mime_type: String,
    verification: Option<String>,
}

impl Service {
    /// The file that `name` says, for who has a token and nothing else (V4): 401 without one of ours, 403 where it is
    /// over or another file's, 404 where the file is gone.
    pub async fn open_file(&self, name: &str, token: Option<&str>) -> Result<OpenedFile, Failure> {
        let token = token.ok_or_else(Refusal::unauthenticated)?;
        let key = self.sealer().file_token_key();
        let opens = file_token::read(token, key, self.now()).ok_or_else(Refusal::invalid_token)?;
        if FileReference::parse(name).as_ref() != Some(&opens.file) {
            return Err(Refusal::forbidden("The access token is for another file").into());
        }
        if opens.is_over {
            return Err(Refusal::forbidden("The access token has expired").into());
        }
        let kept = self
            .store()
            .ask(kept(&opens.environment, &opens.file))
            .await?;
        let kept = kept.ok_or_else(Refusal::not_found)?;
        self.open_kept(&opens.file.file, kept).await
    }

    /// The file, for who has a key of its environment (V6).
    pub async fn get_file(
        &self,
        caller: &Caller,
        file: &FileReference,
    ) -> Result<OpenedFile, Failure> {
        let kept = self.ask(caller, kept(&caller.environment.id, file)).await?;
        let kept = kept.ok_or_else(Refusal::not_found)?;
        self.open_kept(&file.file, kept).await
    }

    async fn open_kept(&self, id: &FileId, kept: Kept) -> Result<OpenedFile, Failure> {
        let blobs = std::sync::Arc::clone(&self.inner.blobs);
        let key = kept.blob_key;
        let opened = blocking(move || {
            let mut contents = blobs.open(&key)?;
            let length = contents.seek(SeekFrom::End(0));
            let length = length.map_err(|source| BlobError::Io { key, source })?;
            Ok((contents, length))
        });
        match opened.await? {
            Ok((contents, length)) => Ok(OpenedFile {
                id: id.clone(),
                filename: kept.filename,
                mime_type: kept.mime_type,
                length,
                verification: kept.verification,
                contents,
            }),
            // Redacted between the two reads; or lost, which its owner should hear of.
            Err(BlobError::Io { key, source }) if source.kind() == std::io::ErrorKind::NotFound => {
                tracing::warn!(%key, "a file was asked for whose bytes are not there");
                Err(Refusal::not_found().into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<Result<T, BlobError>, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::Internal(format!("reading a file failed: {error}")))
}

/// A picture whose step is not submitted yet belongs to nothing, and nobody is told of it.
fn kept(environment: &EnvironmentId, file: &FileReference) -> Ask<Option<Kept>> {
    match &file.account {
        Some(account) => {
            let blob_key = format!("{environment}/{}", file.file);
            Ask::account(environment, account).map(move |found| photo_of(&found?, &blob_key))
        }
        None => Ask::file(environment, &file.file).map(|found| picture(found?)),
    }
}

fn photo_of(account: &Account, blob_key: &str) -> Option<Kept> {
    let photo = account.fields.get(PHOTO_FIELD)?;
    let member = |name: &str| photo.get(name).and_then(Value::as_str).map(str::to_owned);
    (member("blob_key")? == blob_key).then(|| Kept {
        blob_key: blob_key.to_owned(),
        filename: member("filename").unwrap_or_default(),
        mime_type: member("mime_type").unwrap_or_default(),
        verification: None,
    })
}

fn picture(file: UploadedFile) -> Option<Kept> {
    Some(Kept {
        filename: file.filename(),
        verification: Some(file.owner_id?),
        blob_key: file.blob_key,
        mime_type: file.mime_type,
    })
}
