//! What a request wants of a file: all of it, a part, or nothing unless it has changed (V18–V20).

use std::ops::RangeInclusive;

use axum::http::{HeaderMap, HeaderName, Method, header};
use headers::{ETag, HeaderMapExt as _, IfMatch, IfNoneMatch, IfRange};
use http_range_header::parse_range_header;

/// The headers that say so.
const HEADERS: [HeaderName; 4] = [
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::RANGE,
];

/// What a request says about it, before the file is known.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    is_head: bool,
    headers: HeaderMap,
}

/// What is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// 200
    Whole,
    /// 200, without a byte of it
    Head,
    /// 206, from the first byte to the last
    Part(RangeInclusive<u64>),
    /// 304
    Unchanged,
    /// 412
    Changed,
    /// 416
    Beyond,
}

impl Wish {
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let mut own = HeaderMap::new();
        for name in HEADERS {
            for value in headers.get_all(&name) {
                own.append(&name, value.clone());
            }
        }
        Self {
            is_head: *method == Method::HEAD,
            headers: own,
        }
    }

    /// In the order of RFC 9110, 13.2.2: first whether it is the file that is meant, then which part of it.
    pub fn outcome(&self, tag: &ETag, length: u64) -> Outcome {
        let is_another = |it: IfMatch| !it.precondition_passes(tag);
        if self.headers.typed_get().is_some_and(is_another) {
            return Outcome::Changed;
        }
        let is_known = |it: IfNoneMatch| !it.precondition_passes(tag);
        if self.headers.typed_get().is_some_and(is_known) {
            return Outcome::Unchanged;
        }
        // Ranges are for GET alone.
        if self.is_head {
            return Outcome::Head;
        }
        if !self.wants_range_of(tag) {
            return Outcome::Whole;
        }
        self.range(length).unwrap_or(Outcome::Whole)
    }

    /// A range that is of another file, or of who knows which, would be joined to the wrong bytes.
    fn wants_range_of(&self, tag: &ETag) -> bool {
        match self.headers.typed_try_get::<IfRange>() {
            Ok(None) => true,
            Ok(Some(it)) => !it.is_modified(Some(tag), None),
            Err(_) => false,
        }
    }

    /// `None`: no range, none that can be read, or several.
    fn range(&self, length: u64) -> Option<Outcome> {
        let mut lines = self.headers.get_all(header::RANGE).iter();
        let (line, another) = (lines.next()?, lines.next());
        if another.is_some() {
            return None;
        }
        let ranges = parse_range_header(line.to_str().ok()?).ok()?;
        if ranges.len() > 1 {
            return None;
        }
        match ranges.validate(length) {
            Ok(ranges) => ranges.into_iter().next().map(Outcome::Part),
            Err(_) => Some(Outcome::Beyond),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn outcome(method: &Method, lines: &[(HeaderName, &'static str)], length: u64) -> Outcome {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        let tag = "\"docf_1\"".parse().unwrap();
        Wish::of(method, &headers).outcome(&tag, length)
    }

    #[test]
    fn v19_one_range_is_a_part_and_anything_else_the_whole() {
        for (range, expected) in [
            ("bytes=0-99", Outcome::Part(0..=99)),
            ("Bytes= 0-0", Outcome::Part(0..=0)),
            ("bytes=100-", Outcome::Part(100..=999)),
            ("bytes=-50", Outcome::Part(950..=999)),
            ("bytes=-5000", Outcome::Part(0..=999)),
            ("bytes=990-5000", Outcome::Part(990..=999)),
            ("bytes=0-99999999999999999999999", Outcome::Part(0..=999)),
            ("bytes=1000-", Outcome::Beyond),
            ("bytes=99999999999999999999999-", Outcome::Beyond),
            ("bytes=-0", Outcome::Beyond),
            ("bytes=0-1,5-9", Outcome::Whole),
            ("bytes=5000-,6000-", Outcome::Whole),
            ("bytes=9-5", Outcome::Whole),
            ("bytes=", Outcome::Whole),
            ("bytes=-", Outcome::Whole),
            ("bytes=a-b", Outcome::Whole),
            ("bytes 0-99", Outcome::Whole),
            ("pages=1-2", Outcome::Whole),
        ] {
            let found = outcome(&Method::GET, &[(header::RANGE, range)], 1000);
            assert_eq!(found, expected, "{range}");
        }
        let twice = [(header::RANGE, "bytes=0-1"), (header::RANGE, "bytes=0-1")];
        assert_eq!(outcome(&Method::GET, &twice, 1000), Outcome::Whole);
        for (range, expected) in [("bytes=0-1", Outcome::Beyond), ("bytes=-1", Outcome::Whole)] {
            let found = outcome(&Method::GET, &[(header::RANGE, range)], 0);
            assert_eq!(found, expected, "{range} of nothing");
        }
    }

    #[test]
    fn v19_a_range_counts_if_it_is_of_this_file() {
        for (tag, expected) in [
            ("\"docf_1\"", Outcome::Part(0..=1)),
            ("\"docf_2\"", Outcome::Whole),
            ("W/\"docf_1\"", Outcome::Whole),
            ("Sat, 29 Oct 1994 19:43:31 GMT", Outcome::Whole),
            ("docf_1", Outcome::Whole),
            ("", Outcome::Whole),
        ] {
            let lines = [(header::RANGE, "bytes=0-1"), (header::IF_RANGE, tag)];
            assert_eq!(outcome(&Method::GET, &lines, 1000), expected, "{tag}");
        }
        let alone = [(header::IF_RANGE, "\"docf_1\"")];
        assert_eq!(outcome(&Method::GET, &alone, 1000), Outcome::Whole);
    }

    #[test]
    fn v20_a_tag_that_is_known_or_not_meant_comes_before_any_range() {
        for (name, tags, expected) in [
            (header::IF_NONE_MATCH, "\"docf_1\"", Outcome::Unchanged),
            (
                header::IF_NONE_MATCH,
                "\"docf_2\", W/\"docf_1\"",
                Outcome::Unchanged,
            ),
            (header::IF_NONE_MATCH, "*", Outcome::Unchanged),
            (header::IF_NONE_MATCH, "\"docf_2\"", Outcome::Part(0..=1)),
            (header::IF_NONE_MATCH, "docf_1", Outcome::Part(0..=1)),
            (header::IF_MATCH, "\"docf_1\"", Outcome::Part(0..=1)),
            (header::IF_MATCH, "*", Outcome::Part(0..=1)),
            (header::IF_MATCH, "W/\"docf_1\"", Outcome::Changed),
            (header::IF_MATCH, "\"docf_2\"", Outcome::Changed),
        ] {
            let lines = [(header::RANGE, "bytes=0-1"), (name.clone(), tags)];
            assert_eq!(
                outcome(&Method::GET, &lines, 1000),
                expected,
                "{name} {tags}"
            );
            let for_head = match expected {
                Outcome::Part(_) => Outcome::Head,
                other => other,
            };
            assert_eq!(
                outcome(&Method::HEAD, &lines, 1000),
                for_head,
                "{name} {tags}"
            );
        }
    }
}
