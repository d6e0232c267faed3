//! Session tokens: a JWT that stands for one inquiry session (B420–B429).

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use selfsame_domain::Timestamp;
use selfsame_domain::id::{Entropy, EnvironmentId, Id, SessionId};
use selfsame_domain::session::Session;
use serde::{Deserialize, Serialize};

const AUDIENCE: &str = "persona-verify";
/// B425.
const LONGEST_TOKEN: usize = 4096;
const SKEW_SECONDS: i64 = 30;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    aud: String,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

/// `None` only if the claims could not be serialised, which strings and numbers always can.
pub fn issue(
    session: &Session,
    issuer: &str,
    key: &[u8],
    now: Timestamp,
    entropy: &mut Entropy,
) -> Option<String> {
    let seconds = now.millis() / 1000;
    let id = session.id.to_string();
    let claims = Claims {
        sub: id.clone(),
        sid: id,
        aud: AUDIENCE.to_owned(),
        iss: issuer.to_owned(),
        iat: seconds,
        nbf: seconds,
        exp: session.expires_at.millis() / 1000,
        jti: uuid(entropy.bytes()),
    };
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(session.environment_id.to_string());
    encode(&header, &claims, &EncodingKey::from_secret(key)).ok()
}

/// The environment whose key signed it, as the token itself says; proves nothing yet.
pub fn environment_of(token: &str) -> Option<EnvironmentId> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.alg != Algorithm::HS256 {
        return None;
    }
    EnvironmentId::parse(&header.kid?).ok()
}

/// The session of a token that is well signed and within its time. The session itself must still be looked
/// up: a token alone proves nothing (B423).
pub fn verify(token: &str, key: &[u8], now: Timestamp) -> Option<SessionId> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[AUDIENCE]);
    // Times are checked below, against the clock that was passed in.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.required_spec_claims.clear();
    let claims = decode::<Claims>(token, &DecodingKey::from_secret(key), &validation)
        .ok()?
        .claims;
    let seconds = now.millis() / 1000;
    let in_time = claims.nbf <= seconds + SKEW_SECONDS && seconds < claims.exp + SKEW_SECONDS;
    (in_time && claims.sid == claims.sub).then(|| SessionId::parse(&claims.sid).ok())?
}

fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = crate::secret::hex(&bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
