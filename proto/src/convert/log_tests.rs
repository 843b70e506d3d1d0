use bytes::Bytes;
use chengji_domain::access::{Certificate, Rights, Role, Serial};
use chengji_domain::calendar::{Deadline, HolidayNotice, Rule, RuleRow, RulesFact, RulesSet};
use chengji_domain::catalogue::{DueEntries, EntryAct, ShareClass};
use chengji_domain::checkpoint::SignedCheckpoint;
use chengji_domain::fact::{AccessFact, Measurement, Member, Origin, ReviewFact};
use chengji_domain::findings::Finding;
use chengji_domain::probe::{
    Declaration, ProbeDifference, ProbeMade, ProbeNote, ProbeOrder, ProbeOutcome, ProbeRead,
};
use chengji_domain::problem::Problem;
use chengji_domain::rate::{Formula, FormulaAdoption, Seal, SealedCity, TableVersion};
use chengji_domain::request::Consent;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::tables::Span;
use chengji_domain::{Digest, Epoch, LogKey};
use chengji_testkit::entries;
use proptest::prelude::*;
use prost::Message as _;

use super::*;

fn principals() -> impl Strategy<Value = Principal> {
    prop::sample::select(vec![
        "city/430100/node",
        "city/430100/person/li.ming",
        "city/430200/person/wang.wei",
        "city/430100/app/registry",
        "city/430200/app/registry",
        "coordinator",
        "operator/duty",
        "auditor/office",
    ])
    .prop_map(|name| name.parse().unwrap())
}

fn access() -> impl Strategy<Value = AccessFact> {
    let roles = prop::sample::select(Role::ALL);
    let serial = any::<[u8; 16]>().prop_map(Serial);
    let seconds = 0_i64..4_000_000_000;
    let at = seconds.prop_map(|s| jiff::Timestamp::from_second(s).unwrap());
    prop_oneof![
        (principals(), roles).prop_map(|(principal, role)| AccessFact::Granted {
            principal,
            rights: Rights::new([role], None).unwrap(),
        }),
        (principals(), serial, at).prop_map(|(principal, serial, not_after)| {
            let certificate = Certificate { serial, not_after };
            AccessFact::Certified {
                principal,
                certificate,
            }
        }),
        (principals(), ".{0,20}")
            .prop_map(|(principal, reason)| AccessFact::Ended { principal, reason }),
        (principals(), any::<[u8; 16]>()).prop_map(|(principal, serial)| {
            let certificate = Certificate {
                serial: Serial(serial),
                not_after: jiff::Timestamp::UNIX_EPOCH,
            };
            AccessFact::Revoked {
                principal,
                certificates: vec![certificate; 2],
            }
        }),
    ]
}

fn log_keys() -> impl Strategy<Value = LogKey> {
    let parts = (any::<[u8; 32]>(), 1_u32.., any::<[u8; 8]>(), any::<u64>());
    parts.prop_map(|(public, number, id, seq)| LogKey {
        public,
        valid_from: Origin {
            epoch: Epoch { number, id },
            seq,
        },
    })
}

fn days() -> impl Strategy<Value = jiff::civil::Date> {
    (1..=12_i8, 1..=28_i8).prop_map(|(month, day)| jiff::civil::date(2027, month, day))
}

fn rules_sets() -> impl Strategy<Value = RulesSet> {
    let places = ["000000", "230000", "230100"];
    let numbers = prop::option::of(any::<u32>());
    let span = (prop::option::of(days()), prop::option::of(days()));
    let rules = prop::sample::select(Rule::ALL.to_vec());
    let row = (rules, numbers, span, ".{0,20}");
    let row = row.prop_map(|(rule, number, (from, until), article)| RuleRow {
        rule,
        number,
        span: Span { from, until },
        article,
    });
    let rows = prop::collection::vec(row, 0..4);
    let set = (
        prop::sample::select(places.to_vec()),
        ".{1,20}",
        ".{0,20}",
        rows,
    );
    set.prop_map(|(place, version, source, rows)| RulesSet {
        jurisdiction: place.parse().unwrap(),
        version,
        source,
        rows,
    })
}

fn notices() -> impl Strategy<Value = HolidayNotice> {
    let set = prop::collection::btree_map(days(), any::<bool>(), 0..6);
    (1_i16..=9_999, ".{1,20}", set).prop_map(|(year, number, days)| HolidayNotice {
        year,
        number,
        days,
    })
}

fn cluster_facts() -> impl Strategy<Value = ClusterFact> {
    let statuses = [
        MembershipStatus::Active,
        MembershipStatus::Suspended,
        MembershipStatus::Removed,
    ];
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        access().prop_map(ClusterFact::Access),
        (prop::sample::select(statuses.to_vec()), ".{0,20}").prop_map(|(status, reason)| {
            let city = "430200".parse().unwrap();
            ClusterFact::StatusChanged {
                city,
                status,
                reason,
            }
        }),
        (".{0,20}", bytes()).prop_map(|(text, signature)| {
            ClusterFact::RosterSigned(SignedCheckpoint { text, signature })
        }),
        log_keys().prop_map(ClusterFact::LogKeyed),
        ("[0-9()]{1,9}", ".{0,20}", ".{0,20}").prop_map(|(article, text, document)| {
            let city = "430200".parse().unwrap();
            ClusterFact::FindingEntered(Finding {
                city,
                article,
                text,
                document,
            })
        }),
        (rules_sets(), notices(), any::<bool>()).prop_map(|(set, notice, is_notice)| {
            ClusterFact::Rules(Box::new(match is_notice {
                true => RulesFact::Holidays(notice),
                false => RulesFact::Rules(set),
            }))
        }),
        prop::option::of(log_keys()).prop_map(|log_key| {
            ClusterFact::Admitted(Member {
                city: "430200".parse().unwrap(),
                name: "株洲".to_owned(),
                endpoint: "node.example:7400".to_owned(),
                log_key,
            })
        }),
        seals().prop_map(|seal| ClusterFact::Sealed(Box::new(seal))),
        probe_orders().prop_map(|order| ClusterFact::ProbeOrdered(Box::new(order))),
        probes_made().prop_map(|made| {
            ClusterFact::ProbeNoted(Box::new(ProbeNote {
                prober: "430300".parse().unwrap(),
                at: jiff::Timestamp::UNIX_EPOCH,
                made,
            }))
        }),
        (any::<bool>(), 1..=28_i8).prop_map(|(is_newer, day)| {
            ClusterFact::FormulaAdopted(FormulaAdoption {
                formula: Formula::ALL[usize::from(is_newer)],
                from: jiff::civil::date(2026, 12, day),
            })
        }),
    ]
}

prop_compose! {
    fn probe_orders()(
        (revision, bytes, rows) in (any::<u32>(), any::<u64>(), prop::option::of(any::<u64>())),
        (digest, day) in (any::<[u8; 32]>(), 1..=28_i8),
    ) -> ProbeOrder {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let measurement = Measurement { bytes, rows, digest: Digest(digest), at };
        ProbeOrder {
            provider: "430200".parse().unwrap(),
            code: "103001000001".parse().unwrap(),
            prober: "430300".parse().unwrap(),
            until: jiff::civil::date(2026, 12, day),
            declared: Declaration { revision, measurement },
        }
    }
}

prop_compose! {
    fn probes_made()(
        (revision, bytes, rows) in (any::<u32>(), any::<u64>(), prop::option::of(any::<u64>())),
        (digest, seq, kind) in (any::<[u8; 32]>(), any::<u64>(), 0..3),
    ) -> ProbeMade {
        let read = ProbeRead { revision, bytes, rows, digest: Digest(digest) };
        let problem = || Problem::new(ErrorCode::PeerUnavailable, msg::Text { text: "away" });
        ProbeMade {
            number: Origin { epoch: Epoch::first([1; 8]), seq },
            provider: "430200".parse().unwrap(),
            code: "103001000001".parse().unwrap(),
            outcome: match kind {
                0 => ProbeOutcome::Matched(read),
                1 => ProbeOutcome::Differed { read, differences: ProbeDifference::ALL.into() },
                _ => ProbeOutcome::Unreadable(problem()),
            },
        }
    }
}

prop_compose! {
    fn seals()(
        cut_off in 0_i64..4_000_000_000,
        nanoseconds in 0..1_000_000_000_i32,
        (name, version) in (".{0,9}", ".{0,9}"),
        status in prop::sample::select(vec![
            MembershipStatus::Active, MembershipStatus::Suspended, MembershipStatus::Removed,
        ]),
        (number, id, seq) in (1_u32.., any::<[u8; 8]>(), any::<u64>()),
        digest in any::<[u8; 32]>(),
    ) -> Seal {
        Seal {
            cut_off: jiff::Timestamp::new(cut_off, nanoseconds).unwrap(),
            close: jiff::Timestamp::new(cut_off + 86_400, nanoseconds).unwrap(),
            formula: "L5P1-A1/2".to_owned(),
            tables: vec![TableVersion { name, version }],
            cities: vec![SealedCity {
                city: "430200".parse().unwrap(),
                status,
                epoch: Epoch { number, id },
                seq,
                root: Digest(digest),
            }],
            checkpoint: Digest(digest),
        }
    }
}

fn papers() -> impl Strategy<Value = Consent> {
    "[甲-申]{1,20}".prop_map(|number| Consent::Paper { number })
}

fn reviews() -> impl Strategy<Value = ReviewFact> {
    let code = || "[0-9]{8,12}".prop_map(|code| code.parse().unwrap());
    let reason = ".{0,20}";
    prop_oneof![
        (
            code(),
            any::<u32>(),
            any::<[u8; 32]>(),
            prop::option::of(papers())
        )
            .prop_map(|(code, revision, digest, consent)| {
                let digest = Digest(digest);
                ReviewFact::Submitted {
                    code,
                    revision,
                    digest,
                    consent,
                }
            }),
        (code(), 1..=28_i8).prop_map(|(code, day)| {
            let on = jiff::civil::date(2026, 11, day);
            ReviewFact::ChangeNoted { code, on }
        }),
        (code(), any::<u32>(), papers()).prop_map(|(code, working_days, consent)| {
            ReviewFact::UpdateExtended {
                code,
                working_days,
                consent,
            }
        }),
        (code(), any::<u32>(), 1..=28_i8, any::<bool>()).prop_map(
            |(code, revision, day, provisional)| {
                let on = jiff::civil::date(2026, 11, day);
                let due = Deadline {
                    date: jiff::civil::date(2026, 12, day),
                    provisional,
                };
                ReviewFact::UpdatedLate {
                    code,
                    revision,
                    on,
                    due,
                }
            },
        ),
        (code(), 1..=28_i8, any::<(bool, bool)>()).prop_map(
            |(code, day, (provisional, overdue))| {
                ReviewFact::Reminded(DueEntries {
                    department: chengji_testkit::CREDIT_CODE.parse().unwrap(),
                    act: EntryAct::Update,
                    deadline: Deadline {
                        date: jiff::civil::date(2026, 11, day),
                        provisional,
                    },
                    overdue,
                    codes: vec![code],
                })
            }
        ),
        (code(), any::<u32>(), reason).prop_map(|(code, revision, reason)| {
            ReviewFact::Returned {
                code,
                revision,
                reason,
            }
        }),
        (code(), any::<u32>())
            .prop_map(|(code, revision)| ReviewFact::TakenBack { code, revision }),
        (code(), reason).prop_map(|(code, reason)| ReviewFact::WithdrawalAsked { code, reason }),
        (code(), reason).prop_map(|(code, reason)| ReviewFact::WithdrawalDeclined { code, reason }),
    ]
}

pub(super) fn entry<F>(log: LogOwner, principal: &str, fact: F) -> LogEntry<F> {
    LogEntry {
        log,
        epoch: Epoch::first([1; 8]),
        seq: 7,
        at: jiff::Timestamp::UNIX_EPOCH,
        principal: principal.parse().unwrap(),
        fact,
    }
}

pub(super) fn city() -> CityCode {
    "430100".parse().unwrap()
}

#[test]
fn an_envelope_that_counts_what_the_body_does_not_say_is_refused() {
    let fact = CityFact::Withdrawn {
        code: "201001/000001".parse().unwrap(),
        reason: "停用".to_owned(),
    };
    let said = entry(LogOwner::City(city()), "city/430100/node", fact);
    let sealed = city_entry_to(&said, [7; 16]);
    assert_eq!(city_entry_from(&sealed, city()).unwrap(), said);
    let of = |code: &str| chengji_log::v1::CountedCode {
        code: code.to_owned(),
    };
    use chengji_log::v1::counted::Counted as Wire;
    for counted in [
        None,
        Some(Wire::Withdrawn(of("201001/000002"))),
        Some(Wire::Mounted(of("201001/000001"))),
    ] {
        let mut envelope = chengji_log::v1::Envelope::decode(sealed.envelope.clone()).unwrap();
        envelope.counts = counted.map(|counted| chengji_log::v1::Counted {
            counted: Some(counted),
        });
        let forged = Entry {
            envelope: envelope.encode_to_vec().into(),
            body: sealed.body.clone(),
        };
        let error = city_entry_from(&forged, city()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.message().param("field"), Some(&"counts".into()));
    }
}

#[test]
fn rights_that_would_not_be_given_today_read_as_written() {
    let roles = [Role::Administrator, Role::Publisher];
    assert!(Rights::new(roles, None).is_err());
    for roles in [&roles[..], &[]] {
        let granted = AccessFact::Granted {
            principal: "city/430100/person/li.ming".parse().unwrap(),
            rights: Rights::recorded(roles.iter().copied(), None),
        };
        let said = CityFact::Access(granted);
        let said = entry(LogOwner::City(city()), "city/430100/node", said);
        let read = city_entry_from(&city_entry_to(&said, [7; 16]), city());
        assert_eq!(read, Ok(said));
    }
}

#[test]
fn a_fact_that_is_not_known_here_asks_for_an_upgrade() {
    let fact = CityFact::Unmounted {
        code: "201001/000001".parse().unwrap(),
        reason: "x".to_owned(),
    };
    let said = entry(LogOwner::City(city()), "city/430100/node", fact);
    let sealed = city_entry_to(&said, [7; 16]);
    let body = Body {
        fact: None,
        ..sealed.decoded_body().unwrap()
    };
    let newer = Entry {
        body: [&[7; 16][..], &body.encode_to_vec()].concat().into(),
        ..sealed
    };
    let error = city_entry_from(&newer, city()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
}

/// A newer program says so in the envelope, before the body is read.
#[test]
fn a_published_value_that_is_not_known_here_is_malformed_in_a_log() {
    let draft = entries::draft(1, ShareClass::Conditional);
    let fact = CityFact::Published {
        entry: Box::new(entries::entry(&draft)),
        revision: 1,
    };
    let said = entry(LogOwner::City(city()), "city/430100/node", fact);
    let sealed = city_entry_to(&said, [7; 16]);
    let mut body = sealed.decoded_body().unwrap();
    let Some(Wire::Published(published)) = &mut body.fact else {
        panic!("another fact");
    };
    published.entry.as_mut().unwrap().share_class = 99;
    let unknown = Entry {
        body: [&[7; 16][..], &body.encode_to_vec()].concat().into(),
        ..sealed
    };
    let error = city_entry_from(&unknown, city()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(error.message().param("field"), Some(&"share_class".into()));
}

proptest! {
    #[test]
    fn what_a_city_says_of_its_own_people_reads_as_written_and_nothing_else_does(
        fact in access(),
    ) {
        let own = person_or_app_of(fact.principal()) == Some(city());
        let said = entry(LogOwner::City(city()), "city/430100/node", CityFact::Access(fact));
        let read = city_entry_from(&city_entry_to(&said, [7; 16]), city());
        if own {
            prop_assert_eq!(read.unwrap(), said);
        } else {
            prop_assert!(read.is_err());
        }
    }

    #[test]
    fn what_a_city_says_of_its_reviews_reads_as_written(fact in reviews()) {
        let said = entry(LogOwner::City(city()), "city/430100/node", CityFact::Review(fact));
        let read = city_entry_from(&city_entry_to(&said, [7; 16]), city());
        prop_assert_eq!(read.unwrap(), said);
    }

    #[test]
    fn what_the_coordinator_says_reads_as_written_unless_it_is_of_a_citys_people(
        fact in cluster_facts(),
    ) {
        let of_a_city = matches!(
            &fact, ClusterFact::Access(fact) if person_or_app_of(fact.principal()).is_some()
        );
        let said = entry(LogOwner::Coordinator, "coordinator", fact);
        let read = cluster_entry_from(&cluster_entry_to(&said, [7; 16]));
        if of_a_city {
            prop_assert!(read.is_err());
        } else {
            prop_assert_eq!(read.unwrap(), said);
        }
    }

    #[test]
    fn any_bytes_may_come_as_an_entry(
        fact in cluster_facts(), at in any::<prop::sample::Index>(), with in any::<u8>(),
        cut in any::<prop::sample::Index>(), junk in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let entry = entry(LogOwner::Coordinator, "coordinator", fact);
        let sealed = cluster_entry_to(&entry, [7; 16]);
        let spoilt = |part: &Bytes| {
            let mut bytes = part.to_vec();
            let length = bytes.len();
            bytes[at.index(length)] = with;
            bytes.truncate(cut.index(length) + 1);
            Bytes::from(bytes)
        };
        let junk = Bytes::from(junk);
        for (envelope, body) in [
            (spoilt(&sealed.envelope), sealed.body.clone()),
            (sealed.envelope.clone(), spoilt(&sealed.body)),
            (sealed.envelope.clone(), junk.clone()),
            (junk.clone(), sealed.body.clone()),
        ] {
            let entry = Entry { envelope, body };
            let _ = cluster_entry_from(&entry);
            let _ = city_entry_from(&entry, city());
        }
    }
}
