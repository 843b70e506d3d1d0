//! Departments that were merged into others, and mergers that are taken back.

use chengji_domain::succession::{
    RecordedSuccession, Succession, SuccessionEnd, SuccessionEndCause,
};
use chengji_domain::{Error, Uscc};
use jiff::civil::Date;

use super::{date_from, missing, time_to};
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

/// Converts the end of a succession to the wire.
pub fn succession_end_to(end: &SuccessionEnd) -> v1::DepartmentSuccessionEnded {
    let cause = match end.cause {
        SuccessionEndCause::Mistake => v1::SuccessionEndCause::Mistake,
        SuccessionEndCause::Split => v1::SuccessionEndCause::Split,
    };
    v1::DepartmentSuccessionEnded {
        old: end.old.to_string(),
        new: end.new.to_string(),
        cause: cause.into(),
        since: end.since.to_string(),
        document: end.document.clone(),
        reason: end.reason.clone(),
    }
}

/// Converts the end of a succession from the wire; its content is not checked.
pub fn succession_end_from(wire: &v1::DepartmentSuccessionEnded) -> Result<SuccessionEnd, Error> {
    Ok(SuccessionEnd {
        old: wire.old.parse()?,
        new: wire.new.parse()?,
        cause: cause_from(wire.cause())?,
        since: date_from(&wire.since, "since")?,
        document: wire.document.clone(),
        reason: wire.reason.clone(),
    })
}

fn cause_from(wire: v1::SuccessionEndCause) -> Result<SuccessionEndCause, Error> {
    match wire {
        v1::SuccessionEndCause::Mistake => Ok(SuccessionEndCause::Mistake),
        v1::SuccessionEndCause::Split => Ok(SuccessionEndCause::Split),
        v1::SuccessionEndCause::Unspecified => Err(missing("cause")),
    }
}

/// Converts a recorded succession to the wire.
pub fn recorded_succession_to(recorded: &RecordedSuccession) -> v1::DepartmentSuccession {
    let ended = recorded.ended.as_ref();
    v1::DepartmentSuccession {
        succeeded: Some(succession_to(&recorded.succession)),
        at: Some(time_to(recorded.at)),
        by: recorded.by.to_string(),
        ended: ended.map(|ended| succession_end_to(&ended.end)),
        ended_at: ended.map(|ended| time_to(ended.at)),
        ended_by: ended.map(|ended| ended.by.to_string()).unwrap_or_default(),
    }
}

/// The order to take a merger back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeBackOrder {
    /// The department that was merged.
    pub old: Uscc,
    /// The cause.
    pub cause: SuccessionEndCause,
    /// The first day on which it is separate again; `None` for the day of the merger.
    pub since: Option<Date>,
    /// The number of the document; may be empty.
    pub document: String,
    /// The reason.
    pub reason: String,
}

impl Parse for v1::TakeBackSuccessionRequest {
    type Parsed = TakeBackOrder;

    fn parse(self) -> Result<TakeBackOrder, Error> {
        let cause = cause_from(self.cause())?;
        let since = match self.since.as_str() {
            "" => None,
            since => Some(date_from(since, "since")?),
        };
        Ok(TakeBackOrder {
            old: self.old.parse()?,
            cause,
            since,
            document: self.document,
            reason: self.reason,
        })
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
