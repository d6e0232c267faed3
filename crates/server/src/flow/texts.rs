//! The catalogues. Messages without variables are resolved once; what a catalogue lacks comes from English
//! (B283). To add a language: its file in `locales`, a line in [`SHIPPED`].

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use serde_json::{Map, Value};

/// Code, name of the language in itself, messages. English is complete and comes first.
const SHIPPED: [(&str, &str, &str); 5] = [
    ("en-US", "English", include_str!("../../locales/en-US.ftl")),
    ("de", "Deutsch", include_str!("../../locales/de.ftl")),
    ("es-MX", "Español", include_str!("../../locales/es-MX.ftl")),
    ("fr", "Français", include_str!("../../locales/fr.ftl")),
    (
        "pt-BR",
        "Português",
        include_str!("../../locales/pt-BR.ftl"),
    ),
];

const CODES: [&str; SHIPPED.len()] = {
    let mut codes = [""; SHIPPED.len()];
    let mut place = 0;
    while place < codes.len() {
        codes[place] = SHIPPED[place].0;
        place += 1;
    }
    codes
};

/// Messages that only the server speaks; every other one is for the page.
const SERVER_TEXTS: [&str; 8] = [
    "screen-",
    "notice-",
    "part-",
    "id-class-",
    "field-",
    "problem-",
    "retry-hint-",
    "legal-",
];
/// The page's last resort, for a screen that it does not know.
const FOR_THE_PAGE_TOO: &str = "notice-unavailable-";

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    let mut catalogues: Vec<Catalogue> = Vec::new();
    for (code, name, source) in SHIPPED {
        let fallback = catalogues.first();
        let catalogue = Catalogue::read(code, name, source, fallback);
        catalogues.push(catalogue);
    }
    catalogues
});

pub struct Catalogue {
    pub code: &'static str,
    pub name: &'static str,
    texts: HashMap<String, String>,
    page_texts: Map<String, Value>,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    fn read(
        code: &'static str,
        name: &'static str,
        source: &'static str,
        fallback: Option<&Self>,
    ) -> Self {
        let language = code.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
        // Two messages of one id: the first stays, and a test says so.
        drop(bundle.add_resource(resource));
        let mut texts = fallback.map_or_else(HashMap::new, |english| english.texts.clone());
        for id in ids(source) {
            if let Some(text) = format(&bundle, id, None) {
                texts.insert(id.to_owned(), text);
            }
        }
        let mut shown: Vec<_> = texts.iter().filter(|(id, _)| is_page_text(id)).collect();
        shown.sort();
        let page_texts = shown
            .into_iter()
            .map(|(id, text)| (id.clone(), text.as_str().into()))
            .collect();
        Self {
            code,
            name,
            texts,
            page_texts,
            bundle,
        }
    }

    pub fn get(&self, id: &str) -> Option<&str> {
        self.texts.get(id).map(String::as_str)
    }

    /// A text that is there: a test holds the ids the server uses against the catalogue.
    pub fn text(&self, id: &str) -> &str {
        self.get(id).unwrap_or_default()
    }

    /// A text that names a limit.
    pub fn text_with_max(&self, id: &str, max: usize) -> String {
        let arguments = FluentArgs::from_iter([("max", max)]);
        format(&self.bundle, id, Some(&arguments)).unwrap_or_else(|| self.text(id).to_owned())
    }

    /// Every fixed text of the page.
    pub fn page_texts(&self) -> &Map<String, Value> {
        &self.page_texts
    }
}

/// The catalogue of a code; English for one that is not shipped.
pub fn catalogue(code: &str) -> &'static Catalogue {
    CATALOGUES
        .iter()
        .find(|catalogue| catalogue.code == code)
        .unwrap_or(&CATALOGUES[0])
}

/// The languages there is a catalogue for, English first.
pub fn codes() -> &'static [&'static str] {
    &CODES
}

/// The catalogues a version offers; an empty list enables all, and there is always one.
pub fn enabled(locales: &[String]) -> Vec<&'static str> {
    let enabled: Vec<_> = CODES
        .into_iter()
        .filter(|code| {
            locales.is_empty() || locales.iter().any(|known| known.eq_ignore_ascii_case(code))
        })
        .collect();
    if enabled.is_empty() {
        vec![SHIPPED[0].0]
    } else {
        enabled
    }
}

/// Ids in the order of the file: a message begins its line.
fn ids(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once('='))
        .map(|(id, _)| id.trim())
}

fn is_page_text(id: &str) -> bool {
    id.starts_with(FOR_THE_PAGE_TOO) || !SERVER_TEXTS.iter().any(|prefix| id.starts_with(prefix))
}

/// `None` where the message needs arguments that are not given.
fn format(
    bundle: &FluentBundle<FluentResource>,
    id: &str,
    arguments: Option<&FluentArgs>,
) -> Option<String> {
    let pattern = bundle.get_message(id)?.value()?;
    let mut problems = Vec::new();
    let text = bundle.format_pattern(pattern, arguments, &mut problems);
    problems.is_empty().then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_catalogue_is_complete_and_well_formed() {
        let english: Vec<_> = ids(SHIPPED[0].2).collect();
        for (code, _, source) in SHIPPED {
            assert!(
                FluentResource::try_new(source.to_owned()).is_ok(),
                "{code} has a line that is no message"
            );
            let own: Vec<_> = ids(source).collect();
            let missing: Vec<_> = english.iter().filter(|id| !own.contains(id)).collect();
            let extra: Vec<_> = own.iter().filter(|id| !english.contains(id)).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{code}: missing {missing:?}, extra {extra:?}"
            );
            let mut once = own.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), own.len(), "{code} has an id twice");
        }
    }

    #[test]
    fn page_texts_hold_no_server_text_and_no_variable() {
        let texts = catalogue("de").page_texts();
        assert_eq!(texts["button-back"], "Zurück");
        assert!(texts.contains_key("notice-unavailable-title"));
        assert!(!texts.contains_key("screen-start-title"));
        assert!(!texts.contains_key("id-class-dl"));
        for text in texts.values() {
            assert!(!text.as_str().unwrap().contains('{'), "{text}");
        }
    }

    #[test]
    fn a_limit_is_named_plainly() {
        assert_eq!(
            catalogue("en-US").text_with_max("problem-too-long", 1024),
            "Please use at most 1024 characters."
        );
    }

    #[test]
    fn what_a_version_enables_and_we_ship() {
        let list = |codes: &[&str]| {
            codes
                .iter()
                .map(|code| (*code).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(enabled(&[]), codes());
        assert_eq!(enabled(&list(&["fr", "ja"])), ["fr"]);
        assert_eq!(enabled(&list(&["ja"])), ["en-US"]);
    }
}
