use chengji_domain::access::{Rights, Role, Serial};
use proptest::prelude::*;

use super::*;
use crate::strategies::{digests, reads_as_written, reasons, refuses_incomplete, texts, times};

fn principals() -> impl Strategy<Value = Principal> {
    let names = [
        "city/430100/node",
        "city/430100/person/wang.wu",
        "operator/duty",
        "auditor/a",
        "coordinator",
    ];
    prop::sample::select(names.to_vec()).prop_map(|name| name.parse().unwrap())
}

fn certificates() -> impl Strategy<Value = IssuedCertificate> {
    let serial = any::<[u8; 16]>().prop_map(Serial);
    let revoked = prop::option::of(times());
    (serial, principals(), times(), digests(), revoked).prop_map(
        |(serial, principal, not_after, key, revoked)| IssuedCertificate {
            serial,
            principal,
            not_after,
            key,
            revoked,
        },
    )
}

fn rights() -> impl Strategy<Value = Rights> {
    prop_oneof![
        Just(Rights::new([Role::Auditor], None).unwrap()),
        Just(Rights::new([Role::Reviewer, Role::Approver], None).unwrap()),
        Just(
            Rights::new(
                [Role::Publisher],
                Some(chengji_testkit::CREDIT_CODE.parse().unwrap())
            )
            .unwrap()
        ),
    ]
}

proptest! {
    #[test]
    fn people_and_certificates_read_as_they_were_written(
        (principal, rights, since) in (principals(), rights(), times()),
        (ended, reason) in (prop::option::of(times()), texts()),
        certificate in prop::option::of(certificates()),
    ) {
        if let Some(certificate) = &certificate {
            reads_as_written::<StoredCertificate>(certificate);
            refuses_incomplete::<StoredCertificate>(certificate);
        }
        let person = Person { principal, rights, since, ended, reason, certificate };
        reads_as_written::<StoredPerson>(&person);
        refuses_incomplete::<StoredPerson>(&person);
    }

    #[test]
    fn invitations_read_as_they_were_written(
        (digest, subject, expires, city_name) in (digests(), principals(), times(), texts()),
        redeemed in prop::option::of((digests(), times())),
        age_ms in any::<u32>(),
    ) {
        let redeemed = redeemed.map(|(key, at)| Redemption { key, at });
        let written_at = expires;
        let invitation = IssuedInvitation { digest, subject, expires, city_name, redeemed };
        reads_as_written::<StoredInvitation>(&invitation);
        refuses_incomplete::<StoredInvitation>(&invitation);
        let age = Duration::from_millis(age_ms.into());
        reads_as_written::<StoredHeard>(&CoordinatorHeard { age, written_at });
        StoredHeard::decode(&[]).unwrap_err();
    }

    #[test]
    fn audit_entries_read_as_they_were_written(
        at in times(),
        principal in prop_oneof![4 => principals(), 1 => Just(Principal::Newcomer)],
        texts in prop::array::uniform5(texts()),
        reason in prop::option::of(reasons()),
        denial in prop::option::of((1..9_u64, prop::option::of(any::<[u8; 32]>()))),
    ) {
        let [rpc, subject, outcome, request_id, address] = texts;
        let prose = reason.as_ref().and_then(|reason| reason.param(PROSE));
        let reason = reason.clone().filter(|_| prose != Some(&Value::text("")));
        let entry = AuditEntry {
            at, principal, rpc, subject, outcome, reason, request_id, address,
            denial: denial.map(|(number, previous)| DenialLink {
                number,
                previous: previous.map(Digest),
            }),
        };
        // The digest of a stored denial is computed of what was read.
        let stored = StoredAuditEntry::encode(&entry).unwrap();
        let read = StoredAuditEntry::decode(&stored).unwrap();
        prop_assert_eq!(StoredAuditEntry::encode(&read).unwrap(), stored);
        reads_as_written::<StoredAuditEntry>(&entry);
        refuses_incomplete::<StoredAuditEntry>(&entry);
    }
}
