use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::UpdateCycle;
use chengji_domain::fact::Origin;
use chengji_domain::problem::Problem;
use chengji_domain::request::Actor;
use chengji_domain::{Epoch, ErrorCode};
use chengji_messages::msg;
use jiff::Timestamp;

use super::*;

fn actor() -> Actor {
    let department = chengji_testkit::CREDIT_CODE.parse().unwrap();
    Actor::new(
        "city/430100/person/wang.fang".parse().unwrap(),
        Some(department),
    )
}

fn correction(rows: Option<AttachedRows>) -> Filing {
    Filing::Correction(CorrectionFiling {
        resource: chengji_testkit::matters::resource("430200:103001000001"),
        request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
        revision: 1,
        content: rows.map(|rows| rows.digest),
        fields: vec!["地址".to_owned(), "面积".to_owned()],
        problem: "门牌号有误".to_owned(),
        rows,
        department: Some(chengji_testkit::CREDIT_CODE.parse().unwrap()),
    })
}

fn demand() -> Filing {
    Filing::Demand(DemandFiling {
        name: "停车泊位".to_owned(),
        fields: vec!["编号".to_owned()],
        purpose: "诱导停车".to_owned(),
        legal_basis: "《条例》".to_owned(),
        cycle: UpdateCycle::Daily,
        department: None,
    })
}

fn moves() -> Vec<MatterMove> {
    let deadline = Deadline {
        date: jiff::civil::date(2027, 1, 8),
        provisional: true,
    };
    let (note, reason) = (|| "说明".to_owned(), || "理由".to_owned());
    let legal_basis = || "《条例》".to_owned();
    vec![
        MatterMove::Open,
        MatterMove::Assign {
            city: "430200".parse().unwrap(),
            department: Some(chengji_testkit::CREDIT_CODE.parse().unwrap()),
            deadline,
        },
        MatterMove::Reject {
            problem: Problem::new(ErrorCode::NotFound, msg::Text { text: "unknown" }),
        },
        MatterMove::Accept { note: note() },
        MatterMove::Correct {
            revision: 2,
            content: Some(Digest([3; 32])),
            note: note(),
        },
        MatterMove::Supply {
            resource: chengji_testkit::matters::resource("430200:103001000001"),
            is_new: true,
            note: note(),
        },
        MatterMove::Decline {
            reason: reason(),
            legal_basis: legal_basis(),
        },
        MatterMove::Withdraw { reason: reason() },
        MatterMove::Close {
            statement: reason(),
        },
        MatterMove::Deliver {
            request: "430100-1-9-AAAAAAAAAAAAA".parse().unwrap(),
        },
        MatterMove::MoveDeadline { deadline },
    ]
}

fn step(mv: MatterMove) -> MatterStep {
    MatterStep {
        party: Party::Provider,
        actor: actor(),
        at: Timestamp::UNIX_EPOCH,
        mv,
    }
}

#[test]
fn every_fact_of_a_city_reads_as_it_was_written() {
    let rows = AttachedRows {
        seq: 6,
        bytes: 4,
        digest: Digest([9; 32]),
    };
    let filed =
        [correction(Some(rows)), correction(None), demand()].map(|filing| MatterFact::Filed {
            filing,
            actor: actor(),
        });
    let moved = moves().into_iter().map(|mv| MatterFact::Moved {
        matter: "430100-1-9-AAAAAAAAAAAAA".parse().unwrap(),
        mv,
        actor: actor(),
    });
    let attached = MatterFact::RowsAttached {
        provider: "430200".parse().unwrap(),
        rows: "1,2\n".to_owned(),
    };
    for fact in filed.into_iter().chain(moved).chain([attached]) {
        let read = matter_fact_from(matter_fact_to(&fact));
        assert_eq!(read, Ok(CityFact::Matter(Box::new(fact))));
    }
}

#[test]
fn every_fact_of_the_coordinator_reads_as_it_was_written() {
    let matter = "430100-1-9-AAAAAAAAAAAAA".parse().unwrap();
    let city: chengji_domain::CityCode = "430200".parse().unwrap();
    let origin = Origin {
        epoch: Epoch::first([1; 8]),
        seq: 4,
    };
    let opened = [correction(None), demand()].map(|filing| MatterEvent::Opened {
        matter,
        filing: Box::new(filing),
        filed_by: actor(),
        filed_at: Timestamp::UNIX_EPOCH,
        step: step(MatterMove::Open),
    });
    let ordered = [None, Some(city)].map(|provider| MatterEvent::Ordered {
        matter,
        provider,
        step: step(MatterMove::Open),
        origin: provider.map(|_| origin),
    });
    let others = [
        MatterEvent::Refused {
            matter,
            city,
            step: step(MatterMove::Open),
            origin,
            problem: Problem::new(ErrorCode::OutOfTurn, msg::Text { text: "late" }),
        },
        MatterEvent::Reminded {
            matter,
            city,
            deadline: Deadline::certain(jiff::civil::date(2027, 1, 8)),
            overdue: true,
        },
        MatterEvent::Told(CorrectionNotice {
            correction: matter,
            resource: chengji_testkit::matters::resource("430200:103001000001"),
            revision: 1,
            corrected: 2,
            fields: vec!["地址".to_owned()],
            note: "已更正".to_owned(),
            cities: [city].into(),
        }),
    ];
    for event in opened.into_iter().chain(ordered).chain(others) {
        let read = matter_event_from(matter_event_to(&event));
        assert_eq!(read, Ok(ClusterFact::Matter(Box::new(event))));
    }
}
