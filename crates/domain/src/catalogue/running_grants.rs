//! The requests with a running grant for an entry: before each has ended, or is stopped for an incident, the entry is
//! neither withdrawn nor unmounted nor excluded from sharing, since that would end a service without a consultation
//! and a filing (Order 809, art. 27 and art. 39 item 7).

use chengji_messages::msg;

use crate::error::{Error, ErrorCode};
use crate::request::RequestId;
use crate::resource::ResourceCode;

/// Requests with a running grant for an entry, of which the provider has not stopped deliveries for an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunningGrants {
    /// Their number; at most [`RunningGrants::MAX_COUNTED`] are counted.
    pub count: u64,
    /// The first of them, by the end of the grant; at most [`RunningGrants::MAX_FIRST`].
    pub first: Vec<RequestId>,
}

impl RunningGrants {
    /// Maximum number of requests that are counted.
    pub const MAX_COUNTED: u64 = 100;
    /// Maximum number of requests that are named.
    pub const MAX_FIRST: usize = 5;

    /// Adds a request. They are added in the order of the ends of their grants.
    pub fn add(&mut self, request: RequestId) {
        self.count = Self::MAX_COUNTED.min(self.count + 1);
        if self.first.len() < Self::MAX_FIRST {
            self.first.push(request);
        }
    }

    /// Returns the numbers of the first requests, with a mark where there are more.
    pub fn named(&self) -> Vec<String> {
        let more = self.count > self.first.len() as u64;
        let numbers = self.first.iter().map(ToString::to_string);
        numbers.chain(more.then(|| "…".to_owned())).collect()
    }

    /// Refuses to end the sharing of the entry while there are any.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN`.
    pub fn check_none(&self, code: &ResourceCode) -> Result<(), Error> {
        if self.count == 0 {
            return Ok(());
        }
        let message = msg::EntryGrantsRunning {
            code: code.as_str(),
            count: self.count,
            requests: self.named(),
        };
        Err(Error::new(ErrorCode::OutOfTurn, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_the_first_requests_and_that_there_are_more() {
        let code = "103001000001".parse().unwrap();
        let mut running = RunningGrants::default();
        assert_eq!(running.check_none(&code), Ok(()));
        for seq in 1..=5 {
            let number = format!("430100-1-{seq}-AAAAAAAAAAAAA");
            running.add(number.parse().unwrap());
        }
        assert_eq!(running.named().len(), 5);
        running.add("430100-1-6-AAAAAAAAAAAAA".parse().unwrap());
        assert_eq!((running.count, running.first.len()), (6, 5));
        assert_eq!(running.named().last().map(String::as_str), Some("…"));
        let error = running.check_none(&code).unwrap_err();
        assert_eq!(error.code(), ErrorCode::OutOfTurn);
        assert_eq!(error.message().param("count"), Some(&6_u64.into()));
    }
}
