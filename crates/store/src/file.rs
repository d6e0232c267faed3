//! Uploaded files: the rows; the bytes lie in the blob store.

use std::sync::LazyLock;

use selfsame_domain::id::{EnvironmentId, FileId, InquiryId};
use selfsame_domain::verification::UploadedFile;

use crate::row::id;
use crate::sql::Insert;
use crate::verification::{by_id, of_inquiry, upsert};
use crate::{Ask, Batch, Query, Row, Store, StoreError, Value};

const FILE: &[&str] = &[
    "environment_id",
    "id",
    "inquiry_id",
    "step",
    "part",
    "owner_id",
    "blob_key",
    "sha256",
    "mime_type",
    "byte_size",
    "width",
    "height",
    "capture_method",
    "created_at",
];

pub(crate) static INSERT_FILE: Insert = Insert::new("files", FILE);
static PUT_FILE: LazyLock<String> = LazyLock::new(|| upsert(&INSERT_FILE));
static FILES: LazyLock<String> = LazyLock::new(|| of_inquiry("files", FILE));
static ONE_FILE: LazyLock<String> = LazyLock::new(|| by_id("files", FILE));

fn file(row: &mut Row) -> Result<UploadedFile, StoreError> {
    Ok(UploadedFile {
        environment_id: row.id()?,
        id: row.id()?,
        inquiry_id: row.id()?,
        step: row.text()?,
        part: row.text()?,
        owner_id: row.optional_text()?,
        blob_key: row.text()?,
        sha256: row.text()?,
        mime_type: row.text()?,
        byte_size: row.integer()?,
        width: row.integer()?,
        height: row.integer()?,
        capture_method: row.text()?,
        created_at: row.time()?,
    })
}

impl Ask<Vec<UploadedFile>> {
    /// All of an inquiry, oldest first.
    pub fn files(environment: &EnvironmentId, inquiry: &InquiryId) -> Self {
        let values = vec![id(environment), id(inquiry)];
        Ask::all(Query::new(FILES.as_str(), values), file)
    }
}

impl Ask<Option<UploadedFile>> {
    pub fn file(environment: &EnvironmentId, wanted: &FileId) -> Self {
        let values = vec![id(environment), id(wanted)];
        Ask::find(Query::new(ONE_FILE.as_str(), values), file)
    }
}

impl Store {
    pub async fn list_files(
        &self,
        environment: &EnvironmentId,
        inquiry: &InquiryId,
    ) -> Result<Vec<UploadedFile>, StoreError> {
        self.ask(Ask::files(environment, inquiry)).await
    }
}

impl Batch {
    pub fn put_file(&mut self, file: &UploadedFile) {
        let row: Vec<Value> = vec![
            id(&file.environment_id),
            id(&file.id),
            id(&file.inquiry_id),
            file.step.clone().into(),
            file.part.clone().into(),
            file.owner_id.clone().into(),
            file.blob_key.clone().into(),
            file.sha256.clone().into(),
            file.mime_type.clone().into(),
            file.byte_size.into(),
            file.width.into(),
            file.height.into(),
            file.capture_method.clone().into(),
            file.created_at.into(),
        ];
        self.push_one(PUT_FILE.as_str(), row);
    }

    pub fn delete_file(&mut self, file: &UploadedFile) {
        self.push(
            "DELETE FROM files WHERE environment_id = $1 AND id = $2",
            vec![id(&file.environment_id), id(&file.id)],
        );
    }
}
