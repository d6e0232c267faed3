//! The photo of an account: read and cleaned like any picture, durable before the account names it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_domain::account::{Account, PHOTO_FIELD, PhotoChange};
use selfsame_domain::field::Fields;
use selfsame_domain::id::{EnvironmentId, FileId, Id};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::Batch;
use serde_json::json;

use crate::picture::{Picture, PictureProblem};
use crate::{Failure, Service};

const POINTER: &str = "/data/attributes/selfie-photo";
const LONGEST_FILENAME: usize = 255;

impl Service {
    /// Keeps what was sent; anything but a photo in its base64 is a 422.
    pub(crate) async fn keep_photo(
        &self,
        environment: &EnvironmentId,
        change: Option<PhotoChange>,
    ) -> Result<Option<PhotoChange>, Failure> {
        let Some(PhotoChange::Put { filename, data }) = change else {
            return Ok(change);
        };
        let read = tokio::task::spawn_blocking(move || read(&data)).await;
        let picture =
            read.map_err(|error| Failure::Internal(format!("reading a photo failed: {error}")))??;
        let id = FileId::mint(&mut self.entropy(), self.now());
        let blob_key = format!("{environment}/{id}");
        let value = json!({
            "filename": filename.chars().take(LONGEST_FILENAME).collect::<String>(),
            "byte_size": picture.jpeg.len(),
            "mime_type": "image/jpeg",
            "blob_key": blob_key,
        });
        self.put_blob(environment, blob_key, picture.jpeg).await?;
        Ok(Some(PhotoChange::Kept(value)))
    }

    /// Lets go of a photo that was kept for a request which then changed nothing. After a failure of the store it stays:
    /// the commit may have happened.
    pub(crate) async fn drop_unused_photo<T>(
        &self,
        environment: &EnvironmentId,
        kept: Option<&PhotoChange>,
        outcome: &Result<T, Failure>,
    ) {
        let changed_nothing = matches!(
            outcome,
            Err(Failure::Refused(_) | Failure::AnsweredMeanwhile)
        );
        if let (true, Some(PhotoChange::Kept(value))) = (changed_nothing, kept) {
            let key = value.get("blob_key").and_then(|key| key.as_str());
            self.delete_blobs(environment, key.map(str::to_owned).into_iter().collect())
                .await;
        }
    }
}

/// Says in a batch that an account's photo changes, and returns the one it lets go of, to be deleted once that is
/// committed.
pub(crate) fn replace(
    batch: &mut Batch,
    before: Option<&Account>,
    after: &Account,
    now: Timestamp,
) -> Option<String> {
    let old = before.and_then(|before| blob_key(&before.fields));
    let new = blob_key(&after.fields);
    if old == new {
        return None;
    }
    if let Some(new) = new {
        batch.name_blob(&after.environment_id, &new);
    }
    if let Some(old) = &old {
        batch.let_go_of_blob(&after.environment_id, old, now);
    }
    old
}

fn blob_key(fields: &Fields) -> Option<String> {
    let value = fields.get(PHOTO_FIELD)?.get("blob_key")?;
    value.as_str().map(str::to_owned)
}

fn read(data: &str) -> Result<Picture, Refusal> {
    let refuse = |what: &str| {
        Refusal::unprocessable(format!("data.attributes.selfie_photo {what}"), POINTER)
    };
    let bytes = STANDARD
        .decode(data.trim_ascii())
        .map_err(|_| refuse("must be a file in base64"))?;
    Picture::read(&bytes).map_err(|problem| match problem {
        PictureProblem::TooSmall => refuse("is too small to be read"),
        PictureProblem::TooLarge => refuse("is too large"),
        PictureProblem::NotAnImage => refuse("must be a JPEG, PNG, WebP or TIFF picture"),
        PictureProblem::BadSize => refuse("must have sides from 200 to 15000 pixels"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_is_no_picture_is_refused_with_its_place() {
        for bad in ["not base64!", "aGVsbG8=", ""] {
            let refusal = read(bad).unwrap_err();
            assert_eq!(refusal.pointer.as_deref(), Some(POINTER));
        }
        assert_eq!(
            blob_key(&Fields::from_iter([(PHOTO_FIELD.to_owned(), Value::Null)])),
            None
        );
    }
}
