use std::collections::BTreeSet;

use chengji_domain::ErrorCode;
use proptest::prelude::*;

use super::*;

/// The bytes of all prefixes. Adding a line is a change of the storage format; changing or removing one is a defect.
const PINNED: &[(Prefix, u8)] = &[
    (Prefix::Owner, 0x01),
    (Prefix::LogHead, 0x02),
    (Prefix::LogEnvelope, 0x03),
    (Prefix::LogLeaf, 0x04),
    (Prefix::Follow, 0x05),
    (Prefix::MirrorEnvelope, 0x06),
    (Prefix::MirrorLeaf, 0x07),
    (Prefix::Quarantine, 0x08),
    (Prefix::LogCopy, 0x09),
    (Prefix::OwnEpoch, 0x0a),
    (Prefix::LogAlarm, 0x0b),
    (Prefix::StorageVersion, 0x0c),
    (Prefix::MigrationNote, 0x0d),
    (Prefix::LogBody, 0x0e),
    (Prefix::MirrorBody, 0x0f),
    (Prefix::CatalogueEntry, 0x10),
    (Prefix::Mount, 0x12),
    (Prefix::Federated, 0x13),
    (Prefix::Lifecycle, 0x14),
    (Prefix::Revision, 0x15),
    (Prefix::LifeStep, 0x16),
    (Prefix::Staged, 0x18),
    (Prefix::ImportUnderWay, 0x19),
    (Prefix::LifeList, 0x1a),
    (Prefix::Request, 0x20),
    (Prefix::Waiting, 0x21),
    (Prefix::Arrival, 0x22),
    (Prefix::Seal, 0x23),
    (Prefix::MembershipFact, 0x24),
    (Prefix::CityUse, 0x25),
    (Prefix::Backdated, 0x26),
    (Prefix::Stop, 0x27),
    (Prefix::Attention, 0x28),
    (Prefix::ReadSinceEpoch, 0x29),
    (Prefix::RequestList, 0x2a),
    (Prefix::RequestReminder, 0x2b),
    (Prefix::EarlyMove, 0x2c),
    (Prefix::LatestArrival, 0x2d),
    (Prefix::EntryChange, 0x2e),
    (Prefix::LastEntryChange, 0x2f),
    (Prefix::Member, 0x30),
    (Prefix::Roster, 0x31),
    (Prefix::RosterHeard, 0x32),
    (Prefix::Person, 0x33),
    (Prefix::Certificate, 0x34),
    (Prefix::Invitation, 0x35),
    (Prefix::Audit, 0x36),
    (Prefix::AuditList, 0x37),
    (Prefix::RosterPerson, 0x38),
    (Prefix::Revoked, 0x39),
    (Prefix::RevokedByEnd, 0x3a),
    (Prefix::LogKey, 0x3b),
    (Prefix::MemberLeft, 0x3d),
    (Prefix::Receipt, 0x40),
    (Prefix::Transfer, 0x41),
    (Prefix::ReceiptOf, 0x42),
    (Prefix::Idempotency, 0x50),
    (Prefix::CatalogueTally, 0x60),
    (Prefix::QuarantineTally, 0x61),
    (Prefix::InvitationOf, 0x62),
    (Prefix::InvitationByEnd, 0x63),
    (Prefix::CatalogueList, 0x64),
    (Prefix::CatalogueLikeness, 0x65),
    (Prefix::LogNode, 0x70),
    (Prefix::MirrorNode, 0x71),
    (Prefix::Recount, 0x72),
    (Prefix::Unbuilt, 0x73),
    (Prefix::RateSnapshot, 0x80),
    (Prefix::RateSnapshotPart, 0x81),
    (Prefix::Proposal, 0x90),
    (Prefix::ProposalList, 0x91),
    (Prefix::ProposalOf, 0x92),
    (Prefix::StandingConsent, 0x93),
    (Prefix::Delegation, 0x94),
    (Prefix::DelegationOf, 0x95),
    (Prefix::RequestDepartment, 0x96),
    (Prefix::DepartmentRequest, 0x97),
    (Prefix::ReceiptDepartment, 0x98),
    (Prefix::DepartmentReceipt, 0x99),
    (Prefix::RequestDue, 0xa0),
    (Prefix::RequestProvisional, 0xa1),
    (Prefix::ActTally, 0xa2),
    (Prefix::Finding, 0xa3),
    (Prefix::RequestLapse, 0xa4),
    (Prefix::LifecycleProvisional, 0xa5),
    (Prefix::LifecycleDue, 0xa6),
    (Prefix::LifecycleReminder, 0xa7),
    (Prefix::AwaitedApproval, 0xa8),
    (Prefix::ApprovalRecheck, 0xa9),
    (Prefix::RequestsRunning, 0xaa),
    (Prefix::RegionChanged, 0xab),
    (Prefix::TableGrant, 0xac),
    (Prefix::RequestUnopened, 0xae),
    (Prefix::WaitingForMember, 0xaf),
    (Prefix::GrantUse, 0xc8),
    (Prefix::CountedFetch, 0xc9),
    (Prefix::UsageRecord, 0xca),
    (Prefix::UsageOf, 0xcb),
    (Prefix::UsageOfProvider, 0xd8),
    (Prefix::UsageState, 0xd9),
    (Prefix::UsageDue, 0xda),
    (Prefix::GrantRule, 0xdb),
    (Prefix::ReturnFlow, 0xdc),
    (Prefix::ReturnFlowAwaited, 0xdd),
    (Prefix::ReturnedInMonth, 0xde),
    (Prefix::ReturnFlowByEnd, 0xdf),
    (Prefix::Subscription, 0xd0),
    (Prefix::SubscriptionList, 0xd1),
    (Prefix::Feed, 0xd2),
    (Prefix::DeadLetter, 0xd3),
    (Prefix::VouchedFetch, 0xd4),
    (Prefix::Matter, 0xb0),
    (Prefix::MatterList, 0xb1),
    (Prefix::MatterDue, 0xb2),
    (Prefix::MatterReminder, 0xb3),
    (Prefix::AwaitedEntry, 0xb4),
    (Prefix::CorrectionTally, 0xb5),
    (Prefix::NotedCorrection, 0xb6),
    (Prefix::NotedCorrectionList, 0xb7),
    (Prefix::ReceivedRevision, 0xb8),
    (Prefix::ReceivedEntry, 0xb9),
    (Prefix::NotedCorrectionDepartment, 0xba),
    (Prefix::MatterAttention, 0xbb),
    (Prefix::Rules, 0xc0),
    (Prefix::DepartmentSuccession, 0xcc),
    (Prefix::DepartmentPredecessor, 0xcd),
    (Prefix::RequestMonth, 0xe0),
    (Prefix::MonthUse, 0xe1),
    (Prefix::ReceiptMonth, 0xe2),
    (Prefix::SuccessionHistory, 0xe3),
    (Prefix::GrantSalt, 0xcf),
    (Prefix::DefaultScope, 0xe4),
    (Prefix::FormulaAdoption, 0xe5),
    (Prefix::Probe, 0xe6),
    (Prefix::ProbeDue, 0xe7),
    (Prefix::EarlyMoveTally, 0xe8),
    (Prefix::AwaitedEntryTally, 0xe9),
];

#[test]
fn the_bytes_of_all_prefixes_are_pinned() {
    let prefixes: Vec<Prefix> = PINNED.iter().map(|(prefix, _)| *prefix).collect();
    assert_eq!(prefixes, Prefix::ALL);
    for (prefix, byte) in PINNED {
        assert_eq!(Key::new(*prefix).finish(), [*byte]);
    }
}

#[test]
fn the_bytes_of_prefixes_differ() {
    let bytes: BTreeSet<u8> = Prefix::ALL.iter().map(|prefix| *prefix as u8).collect();
    assert_eq!(bytes.len(), Prefix::ALL.len());
    // A range over 0xff has no upper bound.
    assert!(!bytes.contains(&0xff));
}

#[test]
fn the_bytes_of_parts_are_pinned() {
    let key = Key::new(Prefix::Request)
        .u32(430_100)
        .u64(7)
        .text("a\0b")
        .finish();
    let mut pinned = vec![0x20, 0, 6, 0x90, 0x14, 0, 0, 0, 0, 0, 0, 0, 7];
    pinned.extend([b'a', 0, 0xff, b'b', 0, 1]);
    assert_eq!(key, pinned);
    let request = "430100-1-7-AEAQCAIBAEAQC".parse().unwrap();
    let key = Key::new(Prefix::Request).request(request).finish();
    let mut pinned = vec![0x20, 0, 6, 0x90, 0x14, 0, 0, 0, 1];
    pinned.extend([1; 8]);
    pinned.extend([0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(key, pinned);
}

#[test]
fn a_range_carries_over_bytes_that_are_full() {
    let (lower, upper) = Key::new(Prefix::Idempotency).u32(u32::MAX).range();
    assert_eq!(lower, [0x50, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(upper, [0x51]);
    let (_, upper) = Key::new(Prefix::Request).u32(0x0102_ffff).range();
    assert_eq!(upper, [0x20, 1, 3]);
}

#[test]
fn damaged_keys_are_refused() {
    let key = Key::new(Prefix::Follow).text("city").u64(3).finish();
    assert!(KeyReader::new(Prefix::Mount, &key).is_err());
    assert!(KeyReader::new(Prefix::Mount, &[]).is_err());
    let mut reader = KeyReader::new(Prefix::Follow, &key[..9]).unwrap();
    assert_eq!(reader.text().unwrap(), "city");
    assert_eq!(reader.u64().unwrap_err().code(), ErrorCode::StorageDamaged);
    for wrong in [
        &[5, b'a'][..],
        &[5, b'a', 0],
        &[5, b'a', 0, 7],
        &[5, 0xc0, 0, 1],
    ] {
        assert!(
            KeyReader::new(Prefix::Follow, wrong)
                .unwrap()
                .text()
                .is_err(),
            "{wrong:?}"
        );
    }
    assert!(KeyReader::new(Prefix::Follow, &key).unwrap().end().is_err());
}

type Parts = (u32, String, String, u64);

fn key((city, name, kind, seq): &Parts) -> Key {
    Key::new(Prefix::Quarantine)
        .u32(*city)
        .text(name)
        .text(kind)
        .u64(*seq)
}

fn parts() -> impl Strategy<Value = Parts> {
    // A small alphabet with NUL, so that texts often share prefixes.
    let text = || proptest::string::string_regex("[\0\u{1}ab城\u{10ffff}]{0,3}").unwrap();
    (
        0..3_u32,
        text(),
        text(),
        prop_oneof![0..3_u64, Just(u64::MAX), Just(255)],
    )
}

/// Requests of few cities, epochs and positions, so that parts are often equal.
fn request() -> impl Strategy<Value = RequestId> {
    let city = prop_oneof![Just("430100"), Just("430200")];
    let id = proptest::array::uniform8(prop_oneof![Just(0), Just(1), Just(0xff)]);
    let number = prop_oneof![Just(1), Just(2), Just(u32::MAX)];
    let seq = prop_oneof![0..2_u64, Just(256), Just(u64::MAX)];
    (city, number, id, seq).prop_map(|(city, number, id, seq)| RequestId {
        city: city.parse().unwrap(),
        epoch: Epoch { number, id },
        seq,
    })
}

proptest! {
    #[test]
    fn requests_sort_by_city_epoch_and_position_and_read_back(
        left in request(),
        right in request(),
    ) {
        let key = |id| Key::new(Prefix::Waiting).request(id).finish();
        prop_assert_eq!(key(left).cmp(&key(right)), left.cmp(&right));
        let bytes = key(left);
        let mut reader = KeyReader::new(Prefix::Waiting, &bytes).unwrap();
        prop_assert_eq!(reader.request().unwrap(), left);
        prop_assert!(reader.end().is_ok());
    }

    #[test]
    fn keys_sort_as_their_parts_do(left in parts(), right in parts()) {
        let ordering = key(&left).finish().cmp(&key(&right).finish());
        prop_assert_eq!(ordering, left.cmp(&right));
    }

    #[test]
    fn keys_read_back(parts in parts()) {
        let bytes = key(&parts).finish();
        let mut reader = KeyReader::new(Prefix::Quarantine, &bytes).unwrap();
        let read = (
            reader.u32().unwrap(),
            reader.text().unwrap(),
            reader.text().unwrap(),
            reader.u64().unwrap(),
        );
        prop_assert_eq!(read, parts);
        prop_assert!(reader.end().is_ok());
    }

    #[test]
    fn a_range_holds_just_what_begins_with_its_parts(of in parts(), other in parts()) {
        let (lower, upper) = Key::new(Prefix::Quarantine).u32(of.0).text(&of.1).range();
        let bytes = key(&other).finish();
        let within = lower <= bytes && bytes < upper;
        prop_assert_eq!(within, (of.0, &of.1) == (other.0, &other.1));
    }
}
