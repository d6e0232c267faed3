//! An inquiry on paper: what the API answers, as a PDF (I38, B289).
//!
//! It is made of the finished document, without what the caller's key never gets (C26), so that paper shows nothing more.

mod face;
mod fonts;
mod pages;
mod words;

use selfsame_domain::Timestamp;
use serde_json::Value;

pub use fonts::Fonts;
use pages::Pages;

#[derive(Debug, thiserror::Error)]
#[error("the PDF cannot be made: {0}")]
pub struct PrintError(String);

/// One photo, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Photo {
    pub caption: String,
    pub mime_type: String,
    pub bytes: Vec<u8>,
    /// In pixels.
    pub width: u32,
    pub height: u32,
}

/// What is printed.
#[derive(Debug, Clone)]
pub struct Paper {
    /// A whole document of one resource with what was included, keys in kebab case.
    pub document: Value,
    /// When what happened, oldest first.
    pub events: Vec<(Timestamp, String)>,
    pub photos: Vec<Photo>,
    pub is_sandbox: bool,
    pub at: Timestamp,
}

/// `fonts`: for letters that the built-in ones lack (B292).
///
/// # Errors
/// What the PDF library cannot do; never what is in the document.
pub fn print(paper: &Paper, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    let data = &paper.document["data"];
    let id = data["id"].as_str().unwrap_or_default();
    let mut pages = Pages::new(fonts)?;
    pages.title(&words::kind(data["type"].as_str().unwrap_or_default()));
    pages.small(&format!("{id}, printed {}", paper.at.to_seconds_text()));
    table(&mut pages, &data["attributes"]);
    let included = paper.document["included"].as_array();
    for resource in included.into_iter().flatten() {
        let kind = resource["type"].as_str().unwrap_or_default();
        pages.heading(&words::kind(kind));
        pages.small(resource["id"].as_str().unwrap_or_default());
        table(&mut pages, &resource["attributes"]);
    }
    if !paper.events.is_empty() {
        pages.heading("Events");
    }
    for (at, name) in &paper.events {
        pages.row(&at.to_seconds_text(), name);
    }
    if !paper.photos.is_empty() {
        pages.heading("Pictures");
    }
    for photo in &paper.photos {
        pages.picture(photo);
    }
    pages.finish(id, paper.is_sandbox)
}

fn table(pages: &mut Pages<'_>, attributes: &Value) {
    for (label, value) in words::rows(attributes) {
        pages.row(&label, &value);
    }
}

#[cfg(test)]
mod tests;
