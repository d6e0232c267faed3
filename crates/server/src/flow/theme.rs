//! A template's theme as custom properties (B277, B278). Values that could be more than a value are left out.

use serde_json::{Map, Value, json};

const LONGEST_VALUE: usize = 200;

pub fn of(settings: &Map<String, Value>) -> Value {
    let mut variant = "auto".to_owned();
    let mut radius = None;
    let mut variables = Map::new();
    for (key, value) in settings {
        let name = key.replace('_', "-");
        let Some(value) = safe_value(value) else {
            continue;
        };
        match name.as_str() {
            "variant" => variant = value,
            _ if is_safe_name(&name) => {
                if name == "border-radius-modal" {
                    radius = Some(value.clone());
                }
                variables.insert(format!("--{name}"), value.into());
            }
            _ => {}
        }
    }
    json!({
        "variant": variant,
        "variables": variables,
        "border_radius": radius,
        "preferred_dimensions": null,
    })
}

/// Addresses are left out: nothing is loaded from elsewhere.
fn is_safe_name(name: &str) -> bool {
    !name.ends_with("-url")
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn safe_value(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let harmless = text
        .chars()
        .all(|c| c.is_alphanumeric() || " #%.,-_()'\"/+*".contains(c));
    let is_safe = harmless && text.len() <= LONGEST_VALUE && !text.to_lowercase().contains("url");
    is_safe.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b277_values_stay_values() {
        let settings = json!({
            "variant": "dark", "color_primary": "#0e6b5c", "border-radius-modal": "12px",
            "font-family": "'Inter', sans-serif", "logo-url": "https://a.example/x.png",
            "color-font": "red; background: url(x)", "color-link": "url(https://a.example)",
            "color-error": "}body{", "Bad Name": "1px", "header-font-weight": 600, "nested": {"a": 1},
        });
        let theme = of(settings.as_object().unwrap());
        assert_eq!(
            theme,
            json!({
                "variant": "dark",
                "variables": {
                    "--color-primary": "#0e6b5c", "--border-radius-modal": "12px",
                    "--font-family": "'Inter', sans-serif", "--header-font-weight": "600",
                },
                "border_radius": "12px",
                "preferred_dimensions": null,
            })
        );
    }
}
