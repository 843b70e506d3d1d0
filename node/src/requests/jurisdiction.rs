//! The region that the data of this city's entries may not leave, at the provider: no grant is made to a consumer
//! outside it, and nothing is delivered under one made since, whoever routed or granted the request. A grant made
//! before the entry was bound to the region stays in force until people end or change it after a consultation, or stop
//! it for an incident: a new limit by itself ends no share (Order 809, art. 27).

use chengji_domain::catalogue::{EntryRecord, Region};
use chengji_domain::request::terms::narrows;
use chengji_domain::request::{Grant, Move, RequestHistory};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_store::View;

use crate::catalogue::entries;

/// Refuses a move with a grant to a city outside the region of the entry, unless it only narrows the city's present
/// grant; and a grant for an entry that required the approval of the common superior authority, if the request was routed
/// without it. An automatic grant requires the approval that the entry's present revision requires.
///
/// # Errors
/// `NOT_SHARED`; `OUT_OF_TURN` without the approval.
pub fn check_grant(view: &(impl View + ?Sized), history: &RequestHistory, mv: &Move) -> Result<()> {
    let Some(grant) = mv.grant() else {
        return Ok(());
    };
    let Some(record) = entries::find(view, &history.submission.resource.code)? else {
        return Ok(());
    };
    // An amendment is asked for to use more: its words may say so where its terms do not.
    if let Some(region) = exceeded(&record, history)
        && (matches!(mv, Move::Amend { .. }) || !narrows_present(history, grant))
    {
        let message = msg::GrantOutsideRegion {
            request: history.id,
            region: region.label(),
            city: history.consumer(),
        };
        return Err(Error::new(ErrorCode::NotShared, message));
    }
    if record.entry.superior_approval && is_unapproved(&record, history, grant.automatic) {
        let message = msg::GrantWithoutApproval {
            request: history.id,
        };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    Ok(())
}

/// Refuses a delivery to a city outside the region of the entry, unless the grant is older than the limit.
///
/// # Errors
/// `NO_GRANT`.
pub fn check_delivery(view: &(impl View + ?Sized), history: &RequestHistory) -> Result<()> {
    let Some(record) = entries::find(view, &history.submission.resource.code)? else {
        return Ok(());
    };
    let Some(region) = exceeded(&record, history).filter(|_| !is_older(history, &record)) else {
        return Ok(());
    };
    let message = msg::DeliveryOutsideRegion {
        request: history.id,
        region: region.label(),
        city: history.consumer(),
    };
    Err(Error::new(ErrorCode::NoGrant, message))
}

/// Returns true if the consumer of a request is outside the region of the entry: people have to end or change a running
/// grant.
pub fn is_outside(view: &(impl View + ?Sized), history: &RequestHistory) -> Result<bool> {
    let record = entries::find(view, &history.submission.resource.code)?;
    Ok(record.is_some_and(|record| exceeded(&record, history).is_some()))
}

/// Returns true if the grant of a request was made before the present revision of its entry was published. Both are
/// dated in the city's own log.
fn is_older(history: &RequestHistory, record: &EntryRecord) -> bool {
    let since = history.state().ok();
    let since = since.and_then(|request| request.granted_since());
    since.is_some_and(|since| since < record.published_at)
}

/// Returns true if a grant permits nothing that the present one does not.
fn narrows_present(history: &RequestHistory, grant: &Grant) -> bool {
    let request = history.state().ok();
    let present = request.as_ref().and_then(|request| request.grant());
    present.is_some_and(|present| narrows(&grant.terms, &present.terms))
}

/// The region of the entry, if the consumer is outside.
fn exceeded<'e>(record: &'e EntryRecord, history: &RequestHistory) -> Option<&'e Region> {
    let region = record.entry.region.as_ref();
    region.filter(|region| !region.admits(history.provider(), history.consumer()))
}

/// Returns true if the request was routed without an approval by the present revision of the entry, or by none that the
/// city has published. An earlier revision may not have needed one; that is for people to judge.
fn is_unapproved(record: &EntryRecord, history: &RequestHistory, automatic: bool) -> bool {
    history.steps.iter().any(|step| match &step.mv {
        Move::Route {
            revision, approval, ..
        } => approval.is_none() && (automatic || *revision >= record.revision),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::Principal;
    use chengji_domain::calendar::Deadline;
    use chengji_domain::catalogue::{Entry, ShareClass};
    use chengji_domain::request::{Approval, Party, Step};
    use chengji_store::{Ledger, MemoryStore, Tx};
    use chengji_testkit::{entries as samples, requests};
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;

    fn at() -> Timestamp {
        "2026-11-27T02:00:00Z".parse().unwrap()
    }

    /// A store with the second revision of this entry of 430200.
    async fn stored(change: impl FnOnce(&mut Entry)) -> Ledger {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap();
        let mut entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
        change(&mut entry);
        let put = move |tx: &mut Tx<'_>| entries::put(tx, &EntryRecord::new(entry, 2, at()));
        ledger.write(put).await.unwrap();
        ledger
    }

    /// A request of 430100 that was routed by this revision of the entry.
    fn routed(revision: u32, approval: Option<Approval>) -> RequestHistory {
        let resource = format!("430200:{}", samples::code(1));
        let history = requests::submitted("430100-1-7-AAAAAAAAAAAAA", &resource, at());
        let step = Step {
            party: Party::Coordinator,
            actor: Principal::Coordinator.into(),
            at: at(),
            mv: Move::Route {
                share_class: ShareClass::Conditional,
                revision,
                deadline: Deadline::certain(date(2026, 12, 11)),
                approval,
            },
            due: None,
        };
        history.with(step).unwrap()
    }

    #[tokio::test]
    async fn nothing_is_granted_or_delivered_beyond_the_region() {
        for (region, admits) in [("province", true), ("cluster", true), ("440000", false)] {
            let region: Region = region.parse().unwrap();
            let ledger = stored(|entry| entry.region = Some(region.clone())).await;
            let (kv, history) = (ledger.kv().as_ref(), routed(2, None));
            let code = |checked: Result<()>| checked.map_err(|error| error.code());
            let grant = Move::Grant(requests::grant(at()));
            let granted = code(check_grant(kv, &history, &grant));
            let delivered = code(check_delivery(kv, &history));
            match admits {
                true => assert_eq!((granted, delivered), (Ok(()), Ok(())), "{region}"),
                false => {
                    assert_eq!(granted, Err(ErrorCode::NotShared), "{region}");
                    assert_eq!(delivered, Err(ErrorCode::NoGrant), "{region}");
                }
            }
        }
    }

    /// The request as granted by its provider at this time.
    fn granted(at: Timestamp) -> RequestHistory {
        let step = Step {
            party: Party::Provider,
            actor: Principal::Coordinator.into(),
            at,
            mv: Move::Grant(requests::grant(until())),
            due: None,
        };
        routed(1, None).with(step).unwrap()
    }

    fn until() -> Timestamp {
        "2027-06-30T00:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn a_grant_that_is_older_than_the_limit_goes_on_and_may_only_be_narrowed() {
        let region: Region = "440000".parse().unwrap();
        let ledger = stored(|entry| entry.region = Some(region)).await;
        let kv = ledger.kv().as_ref();
        let minute = jiff::SignedDuration::from_mins(1);
        let (older, newer) = (granted(at() - minute), granted(at()));
        assert_eq!(check_delivery(kv, &older), Ok(()));
        let refused = check_delivery(kv, &newer).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NoGrant);
        assert_eq!(is_outside(kv, &older), Ok(true));

        let shorter = requests::grant(until() - minute);
        let changed = Move::Change(shorter.clone());
        assert_eq!(check_grant(kv, &older, &changed), Ok(()));
        let longer = Move::Change(requests::grant(until() + minute));
        let amended = Move::Amend {
            grant: Grant {
                scope: "另作他用".to_owned(),
                ..shorter
            },
            asked_at: None,
        };
        for wider in [longer, amended] {
            let refused = check_grant(kv, &older, &wider).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::NotShared, "{wider:?}");
        }
    }

    #[tokio::test]
    async fn a_grant_needs_the_approval_that_the_routed_revision_needed() {
        let ledger = stored(|entry| entry.superior_approval = true).await;
        let kv = ledger.kv().as_ref();
        let approval = Approval {
            authority: "湖南省数据局".to_owned(),
            document: "湘数函〔2026〕9号".to_owned(),
            on: date(2026, 11, 26),
        };
        let by_people = requests::grant(at());
        let automatic = Grant {
            automatic: true,
            ..by_people.clone()
        };
        let granted = |history, grant: &Grant| {
            let checked = check_grant(kv, &history, &Move::Grant(grant.clone()));
            checked.map_err(|error| error.code())
        };
        let refused = Err(ErrorCode::OutOfTurn);
        for grant in [&by_people, &automatic] {
            assert_eq!(granted(routed(2, None), grant), refused);
            assert_eq!(granted(routed(3, None), grant), refused, "there is none");
            assert_eq!(granted(routed(2, Some(approval.clone())), grant), Ok(()));
        }
        // The revision before this one may not have needed it.
        assert_eq!(granted(routed(1, None), &by_people), Ok(()));
        assert_eq!(granted(routed(1, None), &automatic), refused);
    }
}
