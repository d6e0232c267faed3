//! Operations of our own, below an address that the original has nothing at, so that no later version of it can mean
//! something else by them. They behave as all others do: keys, permissions, limits, pages.

use super::{ACCOUNT_READ, Answers, INQUIRY_READ, Operation};
use crate::api::{importer, template};

/// Below which these are.
pub const ROOT: &str = "/api/selfsame/v1";

operations! {
    EXTENSIONS:
    Get "/importers/{importer-id}/rows" ACCOUNT_READ, 200 Answers::Page("importer-row", importer::ROW_FILTERS), "list-the-rows-of-an-importer" "List what became of the rows of an importer" &[] => importer::rows;
    Get "/inquiry-template-versions/{inquiry-template-version-id}" INQUIRY_READ, 200 Answers::One("inquiry-template-version"), "retrieve-an-inquiry-template-version" "Retrieve a version of an inquiry template" &[] => template::show_version;
}
