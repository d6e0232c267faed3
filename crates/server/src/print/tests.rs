use selfsame_domain::Timestamp;
use serde_json::{Value, json};

use super::*;

fn at() -> Timestamp {
    Timestamp::from_millis(1_770_113_727_000)
}

fn text(pdf: &[u8]) -> (usize, String) {
    let pdf = lopdf::Document::load_mem(pdf).expect("a PDF");
    let pages: Vec<u32> = pdf.get_pages().keys().copied().collect();
    let text = pdf.extract_text(&pages).expect("text");
    (pages.len(), text)
}

fn inquiry(note: &str) -> Value {
    json!({
        "data": {"type": "inquiry", "id": "inq_1", "attributes": {"status": "approved", "note": note}},
        "included": [{"type": "account", "id": "act_1", "attributes": {
            "reference-id": "user-8842",
            "fields": {"name": {"type": "hash", "value": {"first": {"type": "string", "value": "Żofia Διγενής"}}}},
        }}],
    })
}

fn paper(document: Value) -> Paper {
    Paper {
        document,
        events: vec![(at(), "inquiry.created".to_owned())],
        photos: Vec::new(),
        is_sandbox: false,
        at: at(),
    }
}

fn on_paper(paper: &Paper) -> Vec<u8> {
    print(paper, &Fonts::default()).expect("a PDF")
}

fn jpeg() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_pixel(64, 48, image::Luma([90]))
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .expect("a picture");
    bytes.into_inner()
}

#[test]
fn everything_that_is_in_the_document_can_be_read() {
    let pdf = on_paper(&paper(inquiry("called back")));
    let (pages, text) = text(&pdf);
    assert_eq!(pages, 1);
    for words in [
        "Inquiry",
        "inq_1",
        "approved",
        "called back",
        "user-8842",
        "Żofia Διγενής",
        "inquiry.created",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn a_long_text_goes_on_overleaf() {
    let note = "many words ".repeat(2000);
    let (pages, text) = text(&on_paper(&paper(inquiry(&note))));
    assert!(pages > 3, "{pages}");
    assert_eq!(text.matches("many").count(), 2000);
    assert!(text.contains(&format!("page {pages} of {pages}")));
}

#[test]
fn photos_are_drawn_and_a_broken_one_does_no_harm() {
    let photo = |bytes: Vec<u8>| Photo {
        caption: "front".to_owned(),
        mime_type: "image/jpeg".to_owned(),
        bytes,
        width: 64,
        height: 48,
    };
    let with = |photos| {
        let paper = Paper {
            photos,
            ..paper(inquiry("x"))
        };
        on_paper(&paper)
    };
    let images = |pdf: &[u8]| {
        let pdf = lopdf::Document::load_mem(pdf).expect("a PDF");
        let objects = pdf.objects.values().filter_map(|it| it.as_stream().ok());
        objects
            .filter(|it| {
                it.dict
                    .get(b"Subtype")
                    .and_then(lopdf::Object::as_name)
                    .ok()
                    == Some(b"Image")
            })
            .count()
    };
    assert_eq!(images(&with(Vec::new())), 0);
    assert_eq!(images(&with(vec![photo(jpeg())])), 1);
    let broken = with(vec![photo(b"no picture".to_vec())]);
    assert_eq!(images(&broken), 0);
    assert!(text(&broken).1.contains("front"));
}

#[test]
fn b289_a_sandbox_says_so_on_every_page() {
    let note = "many words ".repeat(1000);
    let paper = Paper {
        is_sandbox: true,
        ..paper(inquiry(&note))
    };
    let (pages, text) = text(&on_paper(&paper));
    assert!(pages > 1);
    assert_eq!(text.matches("SANDBOX").count(), pages);
}
