//! Property-test strategies for records, and the properties of every codec.

use chengji_domain::calendar::Deadline;
use chengji_domain::fact::Origin;
use chengji_domain::request::{Actor, RequestId};
use chengji_domain::stop::{IncidentReport, RecordedAct, StopAct, StopCause};
use chengji_domain::{CityCode, Digest, Epoch, ErrorCode, ResourceCode};
use chengji_messages::{Message as Text, msg};
use chengji_store::{Codec, Position};
use jiff::Timestamp;
use proptest::prelude::*;

/// Asserts that a record decodes to the value that was encoded.
pub fn reads_as_written<C: Codec>(record: &C::Record)
where
    C::Record: PartialEq + std::fmt::Debug,
{
    let bytes = C::encode(record).unwrap();
    assert_eq!(&C::decode(&bytes).unwrap(), record);
}

/// Asserts that an empty or truncated message is a damaged record.
pub fn refuses_incomplete<C: Codec>(record: &C::Record)
where
    C::Record: std::fmt::Debug,
{
    let bytes = C::encode(record).unwrap();
    C::decode(&[]).unwrap_err();
    let error = C::decode(&bytes[..bytes.len() - 1]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::StorageDamaged);
}

pub fn times() -> impl Strategy<Value = Timestamp> {
    (-2_000_000_000i64..4_000_000_000, 0i32..1_000_000_000)
        .prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos).unwrap_or(Timestamp::MIN))
}

pub fn digests() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

pub fn cities() -> impl Strategy<Value = CityCode> {
    prop::sample::select(vec!["430100", "430200", "430300"]).prop_map(|code| code.parse().unwrap())
}

pub fn codes() -> impl Strategy<Value = ResourceCode> {
    (1u32..999_999).prop_map(|serial| format!("103001{serial:06}").parse().unwrap())
}

pub fn epochs() -> impl Strategy<Value = Epoch> {
    (1..u32::MAX, any::<[u8; 8]>()).prop_map(|(number, id)| Epoch { number, id })
}

pub fn positions() -> impl Strategy<Value = Position> {
    (epochs(), any::<u64>()).prop_map(|(epoch, seq)| Position { epoch, seq })
}

pub fn requests() -> impl Strategy<Value = RequestId> {
    (cities(), epochs(), any::<u64>()).prop_map(|(city, epoch, seq)| RequestId { city, epoch, seq })
}

pub fn texts() -> impl Strategy<Value = String> {
    "[a-z甲乙丙 \\n]{0,12}"
}

pub fn origins() -> impl Strategy<Value = Origin> {
    (epochs(), any::<u64>()).prop_map(|(epoch, seq)| Origin { epoch, seq })
}

pub fn acts() -> impl Strategy<Value = RecordedAct> {
    let act = (
        prop::option::of(prop::sample::select(&StopCause::ALL[..])),
        texts(),
    );
    let person = "city/430100/person/wang.wu".parse().unwrap();
    let department = chengji_testkit::CREDIT_CODE.parse().unwrap();
    let actor = Actor::new(person, Some(department));
    let report = prop::option::of((texts(), times()));
    let due = prop::option::of((1i8..=28, any::<bool>()));
    let parts = (origins(), times(), act, any::<bool>(), report, due);
    parts.prop_map(move |(origin, at, (cause, reason), noted, report, due)| {
        let act = match cause {
            Some(cause) => StopAct::Stopped {
                cause,
                reason,
                report: report.map(|(to, at)| IncidentReport { to, at }),
            },
            None => StopAct::Lifted { reason },
        };
        RecordedAct {
            origin,
            at,
            actor: actor.clone(),
            act,
            noted,
            due: due.map(|(day, provisional)| Deadline {
                date: jiff::civil::date(2026, 12, day),
                provisional,
            }),
        }
    })
}

/// A reason: prose, or a message of the catalogue.
pub(crate) fn reasons() -> impl Strategy<Value = Text> {
    let prose = texts().prop_map(|text| msg::Text { text }.into());
    prop_oneof![prose, texts().prop_map(|log| msg::AlarmNone { log }.into())]
}
