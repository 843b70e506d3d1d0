//! Corrections and demands as people limited to a department see them and act in them.

use std::collections::BTreeSet;

use chengji_domain::fact::Delivery;
use chengji_domain::matter::{CorrectionNotice, MatterEvent, MatterMove, MatterStep};
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::{Digest, ErrorCode, Principal, Uscc};
use chengji_proto::v1;
use chengji_store::Tx;
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE, entries as samples, matters, requests};

use super::tests::{OWN, apply, assign, caller, in_memory, now, number, received, stored};
use super::{access, notices};
use crate::delivery::receipts::{self, End};
use crate::own_log::OwnLog;
use crate::requests::records;

/// A request of a department of this city for an entry of another one, and what was received under it in a revision.
async fn received_by(own: &OwnLog, department: Uscc, revision: u32) {
    let request = format!("{OWN}-1-{}-AAAAAAAAAAAAA", 40 + revision);
    let resource = matters::resource("430300:103001000001");
    let mut asked = requests::submitted(&request, &resource.to_string(), now());
    asked.submission.department = Some(department);
    let delivery = Delivery {
        request: asked.id,
        code: resource.code,
        revision,
        bytes: 900,
        digest: Digest([3; 32]),
        rows: None,
    };
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| {
        records::put(tx, &RequestRecord::new(asked))?;
        let end = End::Received {
            provider: resource.city,
            file_name: "data.csv".to_owned(),
        };
        receipts::write(&log, tx, &log.node(), now(), delivery, end).map(drop)
    };
    own.ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn a_department_has_the_notices_of_what_it_received_and_acknowledges_for_itself() {
    let own = in_memory();
    let [first, second] =
        [CREDIT_CODE, OTHER_CREDIT_CODE].map(|code| code.parse::<Uscc>().unwrap());
    received_by(&own, first, 1).await;
    received_by(&own, second, 3).await;
    let told = |seq: u64, revision, corrected| CorrectionNotice {
        correction: RequestId { seq, ..number() },
        resource: matters::resource("430300:103001000001"),
        revision,
        corrected,
        fields: vec!["地址".to_owned()],
        note: String::new(),
        cities: [own.city].into(),
    };
    // A notice from before the second department received anything, and one that concerns both departments.
    for notice in [told(9, 1, 2), told(10, 1, 4)] {
        apply(&own, MatterEvent::Told(notice)).await.unwrap();
    }
    let kv = own.ledger.kv().as_ref();
    let listed = |departments: &[Uscc], acknowledged| {
        let page = None;
        let asked = v1::ListNoticesRequest { acknowledged, page };
        let departments: BTreeSet<Uscc> = departments.iter().copied().collect();
        let page = notices::page(kv, Some(&departments), &asked).unwrap();
        let told = page.items.into_iter().filter_map(|notice| notice.told);
        told.map(|told| told.correction).collect::<Vec<_>>()
    };
    let [older, newer] = [9, 10].map(|seq| RequestId { seq, ..number() }.to_string());
    let both = vec![older, newer.clone()];
    assert_eq!(listed(&[first], false), both);
    assert_eq!(listed(&[second], false), std::slice::from_ref(&newer));
    assert_eq!(listed(&[first, second], false), both);
    let acknowledge = async |of: Uscc, number: &'static str| {
        let of = BTreeSet::from([of]);
        let job = move |tx: &mut Tx<'_>| notices::acknowledge(tx, Some(&of), number);
        own.ledger.write(job).await.map(drop)
    };
    let of_others = acknowledge(second, "430100-1-9").await.unwrap_err();
    assert_eq!(of_others.code(), ErrorCode::NotFound);
    let of_city = || {
        let page = notices::page(kv, None, &v1::ListNoticesRequest::default());
        page.unwrap().items.len()
    };
    acknowledge(first, "430100-1-10").await.unwrap();
    assert_eq!(listed(&[first], true), std::slice::from_ref(&newer));
    assert_eq!((listed(&[second], false), of_city()), (vec![newer], 2));
    acknowledge(second, "430100-1-10").await.unwrap();
    assert_eq!(of_city(), 1);
}

#[tokio::test]
async fn a_department_sees_the_errors_of_its_entries_and_of_those_that_it_received() {
    let own = in_memory();
    let department = received(&own).await;
    let other: Uscc = OTHER_CREDIT_CODE.parse().unwrap();
    received_by(&own, other, 1).await;
    let kv = own.ledger.kv().as_ref();
    let sees = |departments: Option<Uscc>, entry: &str| {
        let departments = departments.map(|department| BTreeSet::from([department]));
        access::sees_errors(&own, kv, departments.as_ref(), &matters::resource(entry)).unwrap()
    };
    let (provided, used) = (format!("{OWN}:{}", samples::code(1)), "430300:103001000001");
    assert!(sees(None, &provided) && sees(None, used));
    assert!(sees(Some(department), &provided) && !sees(Some(department), used));
    assert!(!sees(Some(other), &provided) && sees(Some(other), used));
}

#[tokio::test]
async fn a_demand_that_names_no_department_is_the_bureaus_to_decline() {
    let own = in_memory();
    let department: Uscc = CREDIT_CODE.parse().unwrap();
    let opened = |step| MatterEvent::Opened {
        matter: number(),
        filing: Box::new(matters::demand()),
        filed_by: Principal::Coordinator.into(),
        filed_at: now(),
        step,
    };
    let open = MatterStep {
        mv: MatterMove::Open,
        ..assign(OWN)
    };
    apply(&own, opened(open)).await.unwrap();
    let assigned = |department| {
        let mut step = assign(OWN);
        if let MatterMove::Assign { department: of, .. } = &mut step.mv {
            *of = department;
        }
        MatterEvent::Ordered {
            matter: number(),
            provider: None,
            step,
            origin: None,
        }
    };
    let kv = own.ledger.kv().as_ref();
    let acting = |of: Option<&str>, supplied: Option<Uscc>| {
        let record = stored(&own, number());
        let actor = access::actor(&own, kv, (&caller(of), now()), &record, (supplied, true));
        actor
            .map(|actor| actor.department)
            .map_err(|error| error.code())
    };
    apply(&own, assigned(None)).await.unwrap();
    assert_eq!(acting(None, None), Ok(None));
    assert_eq!(acting(Some(CREDIT_CODE), None), Err(ErrorCode::Denied));
    // With an entry of its own, a department answers it.
    let supplied = acting(Some(CREDIT_CODE), Some(department));
    assert_eq!(supplied, Ok(Some(department)));
    apply(&own, assigned(Some(department))).await.unwrap();
    assert_eq!(acting(Some(CREDIT_CODE), None), Ok(Some(department)));
    assert_eq!(
        acting(Some(OTHER_CREDIT_CODE), None),
        Err(ErrorCode::Denied)
    );
}
