//! A document made its reader's own: a caller's, or a receiver's.

use selfsame_wire::file::link;
use selfsame_wire::inflection::inflect;
use selfsame_wire::version::down_convert;
use selfsame_wire::{ApiVersion, Blocklist, Fieldsets, Inflection};
use serde_json::Value;

use crate::FileLinks;

/// In this version, with these keys, without what its reader never gets (C26); `files`: where its files are to be had.
pub fn dress(
    document: &mut Value,
    version: ApiVersion,
    inflection: Inflection,
    fieldsets: &Fieldsets,
    blocklist: &Blocklist,
    files: Option<&FileLinks>,
) {
    // First, as what follows may copy a file to another place (V2).
    if let Some(files) = files {
        let carries_token = version.files_carry_tokens();
        link(document, |file, name| {
            if carries_token {
                files.with_token(file, name)
            } else {
                files.for_keys(file, name)
            }
        });
    }
    down_convert(document, version);
    fieldsets.apply(document);
    blocklist.apply(document);
    inflect(document, inflection, !version.inflects_inquiry_fields());
}
