use std::collections::BTreeSet;

use serde_json::json;
use tempfile::NamedTempFile;

use super::*;
use crate::print::{Paper, print};

const HEAD: usize = 12;
/// A table's name, checksum, offset and length.
const RECORD: usize = 16;
const NAME: &str = "DejaVuSansMono";

fn file_of(bytes: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    file
}

/// A font that has U+4E00 to U+4E19 and nothing else, drawn as A to Z.
pub fn stand_in() -> NamedTempFile {
    file_of(&stand_in_bytes())
}

fn stand_in_bytes() -> Vec<u8> {
    let mut font = dejavu::sans_mono::regular().to_vec();
    let first = Face::parse(&font, 0).expect("a font").glyph_index('A');
    let first = u32::from(first.expect("an A").0);
    let mut letters = Vec::new();
    // One table, for the whole of Unicode, with one group.
    for short in [0_u16, 1, 3, 10] {
        letters.extend(short.to_be_bytes());
    }
    letters.extend(12_u32.to_be_bytes());
    letters.extend([12_u16, 0].map(u16::to_be_bytes).concat());
    for long in [28, 0, 1, 0x4e00, 0x4e19, first] {
        letters.extend(u32::to_be_bytes(long));
    }
    font.resize(font.len().next_multiple_of(4), 0);
    let place = record(&font, b"cmap");
    let begins = u32::try_from(font.len()).expect("short");
    let length = u32::try_from(letters.len()).expect("short");
    font[place + 8..place + 12].copy_from_slice(&begins.to_be_bytes());
    font[place + 12..place + 16].copy_from_slice(&length.to_be_bytes());
    font.extend(letters);
    font
}

fn records(font: &[u8]) -> impl Iterator<Item = usize> {
    let tables = usize::from(u16::from_be_bytes([font[4], font[5]]));
    (0..tables).map(|table| HEAD + table * RECORD)
}

fn record(font: &[u8], name: &[u8]) -> usize {
    let mut all = records(font);
    all.find(|place| &font[*place..place + 4] == name)
        .expect("a table")
}

/// Several fonts in one file: where each of them begins, then the fonts, whose tables are counted from its start.
fn collection(fonts: &[&[u8]]) -> Vec<u8> {
    let count = u32::try_from(fonts.len()).expect("few");
    let mut file = [b"ttcf".as_slice(), &[0, 1, 0, 0], &count.to_be_bytes()].concat();
    let length = |font: &[u8]| u32::try_from(font.len().next_multiple_of(4)).expect("short");
    let mut begins = u32::try_from(HEAD).expect("short") + 4 * count;
    for font in fonts {
        file.extend(begins.to_be_bytes());
        begins += length(font);
    }
    for font in fonts {
        let begins = u32::try_from(file.len()).expect("short");
        let mut font = font.to_vec();
        font.resize(font.len().next_multiple_of(4), 0);
        for place in records(&font.clone()) {
            let offset = &mut font[place + 8..place + 12];
            let moved = u32::from_be_bytes(offset.try_into().expect("four bytes")) + begins;
            offset.copy_from_slice(&moved.to_be_bytes());
        }
        file.extend(font);
    }
    file
}

fn on_paper(note: &str, fonts: &Fonts) -> Vec<u8> {
    let paper = Paper {
        document: json!({"data": {"type": "inquiry", "id": "inq_1", "attributes": {"note": note}}}),
        events: Vec::new(),
        photos: Vec::new(),
        is_sandbox: false,
        at: selfsame_domain::Timestamp::from_millis(0),
    };
    print(&paper, fonts).expect("a PDF")
}

fn text(pdf: &[u8]) -> String {
    let pdf = lopdf::Document::load_mem(pdf).expect("a PDF");
    pdf.extract_text(&[1]).expect("text")
}

/// Of the fonts in a PDF, without the letters that mark a subset.
fn names(pdf: &[u8]) -> BTreeSet<String> {
    let pdf = lopdf::Document::load_mem(pdf).expect("a PDF");
    let dictionaries = pdf.objects.values().filter_map(|it| it.as_dict().ok());
    let named = dictionaries.filter_map(|it| it.get(b"FontName").ok()?.as_name().ok());
    named
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .map(|name| name.rsplit('+').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn b292_letters_that_the_built_in_font_lacks_come_from_another() {
    let file = stand_in();
    let fonts = Fonts::load(&[file.path()]).unwrap();
    let note = "called 一丁 back 七";
    let without = on_paper(note, &Fonts::default());
    assert!(!names(&without).contains(NAME));

    let with = on_paper(note, &fonts);
    assert!(names(&with).contains(NAME), "{:?}", names(&with));
    assert!(names(&with).contains("DejaVuSans"), "{:?}", names(&with));
    let words = text(&with);
    for part in ["called", "一丁", "back", "七", "inq_1"] {
        assert!(words.contains(part), "{part} is not in {words}");
    }
    // Three letters of it, and not the whole font.
    let more = with.len() - without.len();
    assert!(more < 20_000, "{more} bytes");

    // What nobody needs is not in it.
    assert!(!names(&on_paper("called back", &fonts)).contains(NAME));
}

#[test]
fn b292_the_first_font_that_has_a_letter_draws_it() {
    let (other, own) = (file_of(dejavu::serif::regular()), stand_in());
    let fonts = Fonts::load(&[other.path(), own.path()]).unwrap();
    let pdf = on_paper("一", &fonts);
    assert!(names(&pdf).contains(NAME) && !names(&pdf).contains("DejaVuSerif"));
    assert!(text(&pdf).contains('一'));
}

#[test]
fn b292_of_a_collection_one_font_is_taken() {
    let own = stand_in_bytes();
    let file = file_of(&collection(&[dejavu::serif::regular(), &own]));
    let load = |index: &str| Fonts::load(&[format!("{}{index}", file.path().display())]);
    for (index, is_drawn) in [("", false), ("#0", false), ("#1", true)] {
        let pdf = on_paper("一", &load(index).unwrap());
        assert_eq!(names(&pdf).contains(NAME), is_drawn, "{index}");
    }
    let said = load("#2").unwrap_err();
    assert!(
        said.contains("has 2 fonts") && said.contains("#2"),
        "{said}"
    );
}

#[test]
fn b292_what_is_no_font_is_named() {
    let letter = file_of(b"dear sir");
    let cut = file_of(&stand_in_bytes()[..300]);
    let missing = letter.path().with_extension("missing");
    for (entry, expected) in [
        (letter.path(), "is no TrueType or OpenType font"),
        (cut.path(), "is no TrueType or OpenType font"),
        (missing.as_path(), "cannot read"),
    ] {
        let said = Fonts::load(&[entry]).unwrap_err();
        assert!(said.starts_with("print.fonts: "), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(said.contains(&entry.display().to_string()), "{said}");
    }
}
