//! Deadlines, and the acts that are due by them.

use chengji_domain::Error;
use chengji_domain::calendar::Deadline;
use chengji_domain::request::DueAct;
use chengji_log::v1;

use super::{date_from, newer};

/// Converts a deadline from the wire.
pub fn deadline_from(date: &str, provisional: bool) -> Result<Deadline, Error> {
    let date = date_from(date, "deadline")?;
    Ok(Deadline { date, provisional })
}

/// Converts a deadline to the wire: the day, and whether it is provisional.
pub fn deadline_to(deadline: Deadline) -> (String, bool) {
    (deadline.date.to_string(), deadline.provisional)
}

/// Converts the last day of an act that may be due from the wire; `None` if it is empty.
pub fn due_from(date: &str, provisional: bool) -> Result<Option<Deadline>, Error> {
    match date {
        "" => Ok(None),
        date => deadline_from(date, provisional).map(Some),
    }
}

/// Converts the last day of an act that may be due to the wire; empty if there is none.
pub fn due_to(due: Option<Deadline>) -> (String, bool) {
    due.map(deadline_to).unwrap_or_default()
}

/// Converts an act that is due from the wire: unspecified is the answer, which alone was due once.
///
/// # Errors
///
/// `UPGRADE_NEEDED` for an act that is not known here.
pub fn due_act_from(act: i32) -> Result<DueAct, Error> {
    Ok(match v1::DueAct::try_from(act).map_err(|_| newer("act"))? {
        v1::DueAct::Unspecified | v1::DueAct::Answer => DueAct::Answer,
        v1::DueAct::Supplement => DueAct::Supplement,
        v1::DueAct::Offer => DueAct::Offer,
        v1::DueAct::Amendment => DueAct::Amendment,
        v1::DueAct::Mending => DueAct::Mending,
        v1::DueAct::Consultation => DueAct::Consultation,
        v1::DueAct::Incident => DueAct::Incident,
        v1::DueAct::Disposal => DueAct::Disposal,
        v1::DueAct::Approval => DueAct::Approval,
    })
}

/// Converts an act that is due to the wire.
pub fn due_act_to(act: DueAct) -> v1::DueAct {
    match act {
        DueAct::Answer => v1::DueAct::Answer,
        DueAct::Supplement => v1::DueAct::Supplement,
        DueAct::Offer => v1::DueAct::Offer,
        DueAct::Amendment => v1::DueAct::Amendment,
        DueAct::Mending => v1::DueAct::Mending,
        DueAct::Consultation => v1::DueAct::Consultation,
        DueAct::Incident => v1::DueAct::Incident,
        DueAct::Disposal => v1::DueAct::Disposal,
        DueAct::Approval => v1::DueAct::Approval,
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn every_act_reads_as_it_was_written_and_what_has_none_is_the_answer() {
        for act in DueAct::ALL {
            assert_eq!(due_act_from(due_act_to(act).into()), Ok(act));
        }
        assert_eq!(due_act_from(0), Ok(DueAct::Answer));
        let error = due_act_from(99).unwrap_err();
        assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
    }

    #[test]
    fn what_is_not_due_has_no_last_day() {
        let due = Deadline {
            date: jiff::civil::date(2026, 12, 7),
            provisional: true,
        };
        for due in [None, Some(due)] {
            let (date, provisional) = due_to(due);
            assert_eq!(due_from(&date, provisional), Ok(due));
        }
        assert!(due_from("tomorrow", false).is_err());
    }
}
