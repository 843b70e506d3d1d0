//! Departments that were merged into others.

use chengji_domain::Error;
use chengji_domain::succession::{RecordedSuccession, Succession};

use super::{date_from, time_to};
use crate::service::{Parse, Respond};
use crate::v1;

/// Converts a succession to the wire.
pub fn succession_to(succession: &Succession) -> v1::DepartmentSucceeded {
    v1::DepartmentSucceeded {
        old: succession.old.to_string(),
        new: succession.new.to_string(),
        since: succession.since.to_string(),
        document: succession.document.clone(),
    }
}

/// Converts a succession from the wire; its content is not checked.
pub fn succession_from(wire: &v1::DepartmentSucceeded) -> Result<Succession, Error> {
    Ok(Succession {
        old: wire.old.parse()?,
        new: wire.new.parse()?,
        since: date_from(&wire.since, "since")?,
        document: wire.document.clone(),
    })
}

/// Converts a recorded succession to the wire.
pub fn recorded_succession_to(recorded: &RecordedSuccession) -> v1::DepartmentSuccession {
    v1::DepartmentSuccession {
        succeeded: Some(succession_to(&recorded.succession)),
        at: Some(time_to(recorded.at)),
        by: recorded.by.to_string(),
    }
}

impl Parse for v1::SucceedDepartmentRequest {
    type Parsed = Succession;

    fn parse(self) -> Result<Succession, Error> {
        succession_from(&v1::DepartmentSucceeded {
            old: self.old,
            new: self.new,
            since: self.since,
            document: self.document,
        })
    }
}

impl Respond for v1::DepartmentSuccession {
    type Answer = RecordedSuccession;

    fn respond(recorded: RecordedSuccession) -> Result<Self, Error> {
        Ok(recorded_succession_to(&recorded))
    }
}
