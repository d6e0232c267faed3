//! File tokens: a JWT that opens one file for a while (V3, V4).

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use selfsame_domain::Timestamp;
use selfsame_domain::file::FileReference;
use selfsame_domain::id::{EnvironmentId, Id};
use serde::{Deserialize, Serialize};

/// No session token has it, and no file token another one.
const AUDIENCE: &str = "selfsame-files";
const LONGEST_TOKEN: usize = 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// [`FileReference`].
    sub: String,
    env: String,
    aud: String,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What a token opens, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opens {
    pub environment: EnvironmentId,
    pub file: FileReference,
    /// Whether its time is over.
    pub is_over: bool,
}

/// `None` only if the claims could not be serialised, which strings and numbers always can.
pub fn issue(
    environment: &EnvironmentId,
    file: &FileReference,
    issuer: &str,
    key: &[u8],
    now: Timestamp,
    seconds: i64,
) -> Option<String> {
    let issued = now.millis() / 1000;
    let claims = Claims {
        sub: file.to_string(),
        env: environment.to_string(),
        aud: AUDIENCE.to_owned(),
        iss: issuer.to_owned(),
        iat: issued,
        nbf: issued,
        exp: issued + seconds,
    };
    let header = Header::new(Algorithm::HS256);
    encode(&header, &claims, &EncodingKey::from_secret(key)).ok()
}

/// `None`: not one of ours. The file itself must still be looked up: it may be gone.
pub fn read(token: &str, key: &[u8], now: Timestamp) -> Option<Opens> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[AUDIENCE]);
    // Times are checked below, against the clock that was passed in; an early one means that our clock was set back
    // (B424).
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.required_spec_claims.clear();
    let claims = decode::<Claims>(token, &DecodingKey::from_secret(key), &validation)
        .ok()?
        .claims;
    Some(Opens {
        environment: EnvironmentId::parse(&claims.env).ok()?,
        file: FileReference::parse(&claims.sub)?,
        is_over: now.millis() / 1000 >= claims.exp,
    })
}

#[cfg(test)]
mod tests {
    use selfsame_domain::id::{AccountId, Entropy, FileId};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);

    fn world() -> (EnvironmentId, FileReference, FileReference) {
        let mut entropy = Entropy::seeded(1);
        let picture = FileReference::picture(&FileId::mint(&mut entropy, NOW));
        let photo = FileReference {
            account: Some(AccountId::mint(&mut entropy, NOW)),
            ..picture.clone()
        };
        (EnvironmentId::mint(&mut entropy, NOW), picture, photo)
    }

    #[test]
    fn v4_a_token_opens_its_file_until_its_time_is_over() {
        let (environment, picture, photo) = world();
        let key = [7; 32];
        for file in [picture, photo] {
            let token = issue(&environment, &file, "host", &key, NOW, 60).unwrap();
            let opens = |seconds: i64| read(&token, &key, NOW.plus_seconds(seconds)).unwrap();
            assert_eq!(
                (opens(0).environment, opens(0).file),
                (environment.clone(), file)
            );
            assert!(!opens(0).is_over && !opens(59).is_over && !opens(-86_400).is_over);
            assert!(opens(60).is_over);
            assert_eq!(read(&token, &[8; 32], NOW), None);
        }
    }

    #[test]
    fn v4_a_token_with_any_byte_changed_is_none_of_ours() {
        let (environment, file, _) = world();
        let key = [7; 32];
        let token = issue(&environment, &file, "host", &key, NOW, 60).unwrap();
        for place in 0..token.len() {
            for byte in (0..=127_u8).filter(|byte| *byte != token.as_bytes()[place]) {
                let mut changed = token.clone().into_bytes();
                changed[place] = byte;
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(read(&changed, &key, NOW), None, "{place}: {changed}");
            }
            assert_eq!(read(&token[..place], &key, NOW), None);
        }
    }

    #[test]
    fn v4_neither_an_unsigned_token_nor_one_for_something_else_is_ours() {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;

        let (environment, file, _) = world();
        let key = [7; 32];
        let claims = |audience: &str| {
            serde_json::json!({
                "sub": file.to_string(), "env": environment.to_string(), "aud": audience, "iss": "host",
                "iat": 1, "nbf": 1, "exp": 9_999_999_999_i64,
            })
        };
        let parts = [
            r#"{"alg":"none","typ":"JWT"}"#.to_owned(),
            claims(AUDIENCE).to_string(),
        ];
        let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part));
        assert_eq!(
            read(&format!("{}.{}.", parts[0], parts[1]), &key, NOW),
            None
        );
        let signed = |audience: &str| {
            let key = EncodingKey::from_secret(&key);
            encode(&Header::new(Algorithm::HS256), &claims(audience), &key).unwrap()
        };
        assert!(read(&signed(AUDIENCE), &key, NOW).is_some());
        assert_eq!(read(&signed("persona-verify"), &key, NOW), None);
    }

    proptest::proptest! {
        #[test]
        fn v4_a_token_opens_nothing_but_its_file(
            file in "(act_[a-zA-Z0-9]{1,40}\\.)?docf_[a-zA-Z0-9]{1,40}",
            environment in "env_[a-zA-Z0-9]{1,40}",
            cut in 0_usize..400,
            more in "[a-zA-Z0-9._-]{0,9}",
        ) {
            let key = [7; 32];
            let named = FileReference::parse(&file).unwrap();
            let environment = EnvironmentId::parse(&environment).unwrap();
            let token = issue(&environment, &named, "host", &key, NOW, 60).unwrap();
            let opens = read(&token, &key, NOW).unwrap();
            proptest::prop_assert_eq!(opens.file.to_string(), file);
            proptest::prop_assert_eq!(opens.environment, environment);
            let other = format!("{}{more}", &token[..cut.min(token.len())]);
            proptest::prop_assert!(other == token || read(&other, &key, NOW).is_none());
        }
    }
}
