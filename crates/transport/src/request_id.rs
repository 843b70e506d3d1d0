//! The id that correlates the logs of several programs about one call.
//!
//! A caller's id is adopted if it is safe in a log; any other is replaced, not refused.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use tonic::metadata::MetadataValue;
use uuid::Uuid;

/// The header, in requests and in responses.
pub const HEADER: &str = "x-request-id";

pub(crate) const HEADER_NAME: HeaderName = HeaderName::from_static(HEADER);

/// Adds `id` to a request to the next program. An id that servers would replace is omitted.
pub fn with_request_id<T>(mut request: tonic::Request<T>, id: &str) -> tonic::Request<T> {
    if acceptable(id)
        && let Ok(value) = MetadataValue::try_from(id)
    {
        request.metadata_mut().insert(HEADER, value);
    }
    request
}

/// The id of a call: the caller's, or a new one.
pub(crate) fn of(headers: &HeaderMap) -> Arc<str> {
    match headers.get(&HEADER_NAME).map(HeaderValue::to_str) {
        Some(Ok(id)) if acceptable(id) => Arc::from(id),
        _ => {
            let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
            Arc::from(&*Uuid::now_v7().hyphenated().encode_lower(&mut text))
        }
    }
}

/// 1 to 64 letters, digits and `-`.
fn acceptable(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harmless_id_is_kept_and_any_other_replaced() {
        let of_text = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER_NAME, text.parse().unwrap());
            of(&headers).to_string()
        };
        assert_eq!(of_text("Abc-1"), "Abc-1");
        assert_eq!(of_text(&"x".repeat(64)), "x".repeat(64));
        for wrong in ["", "a b", "a\"b", "../x", &"x".repeat(65)] {
            let made = of_text(wrong);
            assert_ne!(made, wrong);
            assert!(
                acceptable(&made),
                "{made} would not be taken over by the next program"
            );
        }
        assert_ne!(of(&HeaderMap::new()), of(&HeaderMap::new()));
    }
}
