//! Files as callers name them: the pictures of a verification, and the photo of an account (V1–V16).

use std::fmt;

use crate::id::{AccountId, FileId, Id};

/// Longest name a file is offered under.
const LONGEST_NAME: usize = 100;

/// Which file is meant: `docf_…` is a picture that belongs to a verification, `act_….docf_…` the photo of an account.
///
/// A photo is no row of its own: it is there as long as its account says so, and the account is named with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileReference {
    pub account: Option<AccountId>,
    pub file: FileId,
}

impl FileReference {
    pub fn picture(file: &FileId) -> Self {
        Self {
            account: None,
            file: file.clone(),
        }
    }

    /// `None`: not a name that any file has.
    pub fn parse(text: &str) -> Option<Self> {
        let (account, file) = match text.split_once('.') {
            Some((account, file)) => (Some(AccountId::parse(account).ok()?), file),
            None => (None, text),
        };
        let file = FileId::parse(file).ok()?;
        Some(Self { account, file })
    }
}

impl fmt::Display for FileReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(formatter, "{account}.")?;
        }
        write!(formatter, "{}", self.file)
    }
}

/// A name that is safe in a path, a header and a folder: ASCII letters, digits, `.`, `_` and `-`, at most 100 of them,
/// beginning with none but a letter, a digit or `_` (V5).
pub fn safe_name(name: &str) -> String {
    let plain: Vec<char> = name
        .chars()
        .map(|letter| match letter {
            '.' | '-' => letter,
            letter if letter.is_ascii_alphanumeric() => letter,
            _ => '_',
        })
        .collect();
    // What is cut is cut in front: the ending says what kind of file it is.
    let cut = plain.len().saturating_sub(LONGEST_NAME);
    let name: String = plain.into_iter().skip(cut).collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() { "file" } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_a_reference_reads_back() {
        for text in ["docf_1a", "act_9z.docf_1a"] {
            let read = FileReference::parse(text).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(read.account.is_some(), text.starts_with("act_"));
        }
        for wrong in [
            "",
            "docf_",
            "doc_1",
            "act_1",
            "act_1.",
            ".docf_1",
            "act_1.docf_1.docf_2",
            "docf_1.act_1",
            "docf_../x",
            "docf_1/x",
            " docf_1",
        ] {
            assert_eq!(FileReference::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn v5_no_name_leaves_its_place() {
        let long = "x".repeat(300) + ".jpg";
        for (name, safe) in [
            ("me.jpg", "me.jpg"),
            ("Zoë 1.JPEG", "Zo__1.JPEG"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "file"),
            ("", "file"),
            ("-rf", "rf"),
            (
                "a\"; filename=\"b\r\nSet-Cookie: x",
                "a___filename__b__Set-Cookie__x",
            ),
            ("a\0b", "a_b"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        assert_eq!(safe_name(&long).len(), LONGEST_NAME);
        assert!(safe_name(&long).ends_with("x.jpg"));
    }
}
