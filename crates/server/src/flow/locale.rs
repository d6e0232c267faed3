//! Which language a session speaks (B281, B282).

/// Codes that a language goes by elsewhere.
const ALIASES: &[(&str, &str)] = &[
    ("iw", "he"),
    ("in", "id"),
    ("nb", "no"),
    ("nn", "no"),
    ("fil", "tl"),
];
const RIGHT_TO_LEFT: &[&str] = &["ar", "he", "ur"];
const TRADITIONAL_CHINESE: &[&str] = &["hant", "tw", "hk", "mo"];

/// The available locale that is meant by `wanted`: exactly, else by its language.
pub fn find<'a>(wanted: &str, available: &[&'a str]) -> Option<&'a str> {
    let wanted = wanted.trim().replace('_', "-").to_ascii_lowercase();
    let exact = available
        .iter()
        .find(|code| code.eq_ignore_ascii_case(&wanted));
    if let Some(exact) = exact {
        return Some(exact);
    }
    let mut parts = wanted.split('-');
    let spoken = parts.next().unwrap_or_default();
    let language = ALIASES
        .iter()
        .find(|(alias, _)| *alias == spoken)
        .map_or(spoken, |(_, language)| language);
    if language == "zh" {
        let is_traditional = parts.any(|part| TRADITIONAL_CHINESE.contains(&part));
        let script = if is_traditional { "zh-TW" } else { "zh-CN" };
        if let Some(found) = available.iter().find(|code| **code == script) {
            return Some(found);
        }
    }
    available
        .iter()
        .find(|code| language_of(code).eq_ignore_ascii_case(language))
        .copied()
}

/// The first source that names an available locale; else the template's default, else English.
pub fn choose<'a, S: AsRef<str>>(
    sources: impl IntoIterator<Item = S>,
    default: &str,
    available: &[&'a str],
) -> &'a str {
    sources
        .into_iter()
        .find_map(|wanted| find(wanted.as_ref(), available))
        .or_else(|| find(default, available))
        .or_else(|| find("en-US", available))
        .or_else(|| available.first().copied())
        .unwrap_or_default()
}

/// The languages of an `Accept-Language` header, most wanted first.
pub fn accepted(header: &str) -> Vec<String> {
    let mut ranked: Vec<(f32, &str)> = header
        .split(',')
        .take(32)
        .filter_map(|entry| {
            let mut parts = entry.split(';');
            let language = parts.next()?.trim();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(Some(1.0), |text| text.trim().parse().ok())?;
            let is_wanted = !language.is_empty() && language != "*" && weight > 0.0;
            is_wanted.then_some((weight, language))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
        .into_iter()
        .map(|(_, language)| language.to_owned())
        .collect()
}

pub fn direction(code: &str) -> &'static str {
    if RIGHT_TO_LEFT.contains(&language_of(code)) {
        "rtl"
    } else {
        "ltr"
    }
}

fn language_of(code: &str) -> &str {
    code.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "ar-EG az bg bn cs cy da de el-GR en-US es-MX fi fr he hi hr hu hy id-ID it ja ko-KR lt ms \
        nl-NL no pl pt-BR ro ru sk sr sv ta th tl tr-TR uk-UA ur vi zh-CN zh-TW";

    #[test]
    fn b282_matching() {
        let all: Vec<_> = ALL.split_ascii_whitespace().collect();
        for (wanted, found) in [
            ("de", Some("de")),
            ("de-AT", Some("de")),
            ("DE_at", Some("de")),
            ("pt", Some("pt-BR")),
            ("pt-PT", Some("pt-BR")),
            ("es-ES", Some("es-MX")),
            ("en", Some("en-US")),
            ("en-GB", Some("en-US")),
            ("ar", Some("ar-EG")),
            ("zh", Some("zh-CN")),
            ("zh-Hans-SG", Some("zh-CN")),
            ("zh-Hant", Some("zh-TW")),
            ("zh-HK", Some("zh-TW")),
            ("zh-tw", Some("zh-TW")),
            ("nb-NO", Some("no")),
            ("iw", Some("he")),
            ("xx", None),
            ("", None),
        ] {
            assert_eq!(find(wanted, &all), found, "{wanted}");
        }
    }

    #[test]
    fn b281_sources_in_their_order() {
        let few = ["en-US", "de", "fr"];
        let choose = |sources: &[&str], default: &str| choose(sources, default, &few);
        assert_eq!(choose(&["de", "fr"], "en-US"), "de");
        assert_eq!(choose(&["xx", "fr-CA"], "en-US"), "fr");
        assert_eq!(choose(&["xx"], "fr"), "fr");
        assert_eq!(choose(&[], "xx"), "en-US");
        assert_eq!(super::choose(["xx"], "xx", &["fr"]), "fr");
    }

    #[test]
    fn accepted_languages_come_in_the_order_of_their_weights() {
        assert_eq!(
            accepted("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.95, *;q=0.5, it;q=0, x;q=zz"),
            ["fr-CH", "de", "fr", "en"]
        );
    }

    #[test]
    fn b282_right_to_left() {
        for code in ["ar-EG", "he", "ur"] {
            assert_eq!(direction(code), "rtl");
        }
        assert_eq!(direction("de"), "ltr");
    }
}
