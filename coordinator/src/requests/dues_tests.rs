//! The last days of due acts.

use chengji_domain::Principal;
use chengji_domain::calendar::{Deadline, RecordedRules, RulesFact, RulesSet};
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::fact::CityFact;
use chengji_domain::request::{CloseCause, DueAct, Move, RequestId, State};
use chengji_follow::request_table;
use jiff::civil::{Date, date};

use crate::requests::note_lapses;
use crate::tests::world::{CONSUMER, PROVIDER, World, acting, at, code, entry, grant};

/// A request of 23 November, a Monday, which is due on 7 December.
async fn routed() -> (World, RequestId) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    (world, id)
}

/// The open acts with their last days.
fn dues(world: &World, id: RequestId) -> Vec<(DueAct, Date)> {
    let dues = request_table::open_dues(&world.request(id));
    dues.iter()
        .map(|due| (due.act, due.deadline.date))
        .collect()
}

#[tokio::test]
async fn the_answer_pauses_while_information_is_missing() {
    let (mut world, id) = routed().await;
    assert_eq!(dues(&world, id), [(DueAct::Answer, date(2026, 12, 7))]);
    world.set_now("2026-11-26T02:00:00Z");
    let ask = Move::AskSupplement {
        missing: "经办人授权".to_owned(),
    };
    world.make_move(PROVIDER, id, ask).await.unwrap();
    // Ten working days from a Thursday.
    assert_eq!(dues(&world, id), [(DueAct::Supplement, date(2026, 12, 10))]);
    world.set_now("2026-12-01T02:00:00Z");
    let supplement = Move::Supplement {
        text: "见附件".to_owned(),
    };
    world.make_move(CONSUMER, id, supplement).await.unwrap();
    // Friday, Monday and Tuesday did not count.
    assert_eq!(dues(&world, id), [(DueAct::Answer, date(2026, 12, 10))]);
}

#[tokio::test]
async fn a_backdated_question_pauses_the_answer_no_longer_than_the_request_is_routed() {
    let (mut world, id) = routed().await;
    world.set_now("2026-11-26T02:00:00Z");
    let ask = CityFact::Moved {
        request: id,
        mv: Move::AskSupplement {
            missing: "经办人授权".to_owned(),
        },
        actor: acting(PROVIDER),
    };
    let years_ago = at("2016-01-04T02:00:00Z");
    world.append_dated(PROVIDER, years_ago, ask).await.unwrap();
    let supplement = Move::Supplement {
        text: "见附件".to_owned(),
    };
    world.make_move(CONSUMER, id, supplement).await.unwrap();
    // Three working days since Monday, the day of the routing.
    assert_eq!(dues(&world, id), [(DueAct::Answer, date(2026, 12, 10))]);
}

#[tokio::test]
async fn a_grant_is_to_be_offered_and_what_is_asked_answered() {
    let (mut world, id) = routed().await;
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    assert_eq!(dues(&world, id), [(DueAct::Offer, date(2026, 12, 21))]);
    let offer = Move::Offer {
        note: String::new(),
    };
    world.make_move(PROVIDER, id, offer).await.unwrap();
    assert_eq!(dues(&world, id), []);
    let amendment = Move::AskAmendment {
        reason: "扩大范围".to_owned(),
        scope: "全部信息项".to_owned(),
        purpose: String::new(),
        period_days: 0,
        third_party: String::new(),
    };
    world.make_move(CONSUMER, id, amendment).await.unwrap();
    assert_eq!(dues(&world, id), [(DueAct::Amendment, date(2026, 12, 7))]);
    let consult = Move::Consult {
        reason: "机构改革".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
        change: None,
        not_before: None,
    };
    world.make_move(PROVIDER, id, consult).await.unwrap();
    let both = [
        (DueAct::Amendment, date(2026, 12, 7)),
        (DueAct::Consultation, date(2026, 12, 7)),
    ];
    assert_eq!(dues(&world, id), both);
    let agree = Move::AnswerConsultation {
        agrees: true,
        text: String::new(),
    };
    world.make_move(CONSUMER, id, agree).await.unwrap();
    let terminate = Move::Terminate {
        reason: "机构改革".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
    };
    world.make_move(PROVIDER, id, terminate).await.unwrap();
    assert_eq!(dues(&world, id), [(DueAct::Disposal, date(2026, 12, 21))]);
}

#[tokio::test]
async fn a_suspension_whose_time_to_mend_is_over_when_it_arrives_is_refused() {
    let (mut world, id) = routed().await;
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    let suspend = CityFact::Moved {
        request: id,
        mv: Move::Suspend {
            reason: "超出授权范围".to_owned(),
            legal_basis: "条例第二十七条".to_owned(),
            mend_by: Deadline::certain(date(2016, 2, 1)),
        },
        actor: acting(PROVIDER),
    };
    let years_ago = at("2016-01-04T02:00:00Z");
    world
        .append_dated(PROVIDER, years_ago, suspend)
        .await
        .unwrap();
    let record = world.request(id);
    assert_eq!(record.refused.len(), 1);
    assert_eq!(dues(&world, id), [(DueAct::Offer, date(2026, 12, 21))]);
}

#[tokio::test]
async fn what_is_due_under_a_grant_that_ends_before_is_never_overdue() {
    let (mut world, id) = routed().await;
    let until = grant("2026-12-10T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    let step = world.request(id).history.steps.last().cloned().unwrap();
    assert_eq!(step.due, Some(Deadline::certain(date(2026, 12, 21))));
    assert_eq!(dues(&world, id), []);
}

#[tokio::test]
async fn an_answer_that_was_made_before_the_consultation_is_none_to_it() {
    let (mut world, id) = routed().await;
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    let consult = Move::Consult {
        reason: "机构改革".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
        change: None,
        not_before: None,
    };
    world.make_move(PROVIDER, id, consult).await.unwrap();
    let answer = || Move::AnswerConsultation {
        agrees: true,
        text: String::new(),
    };
    let earlier = CityFact::Moved {
        request: id,
        mv: answer(),
        actor: acting(CONSUMER),
    };
    let before = at("2016-01-04T02:00:00Z");
    world.append_dated(CONSUMER, before, earlier).await.unwrap();
    assert_eq!(world.request(id).refused.len(), 1);
    world.make_move(CONSUMER, id, answer()).await.unwrap();
    assert_eq!(world.request(id).refused.len(), 1);
}

#[tokio::test]
async fn the_data_is_to_be_disposed_of_within_the_days_that_the_grant_names() {
    let (mut world, id) = routed().await;
    let mut granted = grant("2026-11-30T00:00:00Z");
    if let Move::Grant(grant) = &mut granted {
        grant.terms.duties.destroy_within_days = Some(7);
    }
    world
        .make_move(PROVIDER, id, granted.clone())
        .await
        .unwrap();
    world.set_now("2026-11-30T02:00:00Z");
    let noted = note_lapses(&world.ledger, &world.deadlines, world.now());
    assert_eq!(noted.await.unwrap(), 1);
    // By the rule it would be twenty working days.
    assert_eq!(dues(&world, id), [(DueAct::Disposal, date(2026, 12, 7))]);

    // The same after an end by the provider, for a misuse that was not mended.
    let (mut world, id) = routed().await;
    if let Move::Grant(grant) = &mut granted {
        grant.terms.until = at("2027-12-31T00:00:00Z");
    }
    world.make_move(PROVIDER, id, granted).await.unwrap();
    let suspend = Move::Suspend {
        reason: "超出授权范围".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
        mend_by: Deadline::certain(date(2026, 11, 27)),
    };
    world.make_move(PROVIDER, id, suspend).await.unwrap();
    world.set_now("2026-11-30T02:00:00Z");
    world.make_move(PROVIDER, id, terminate()).await.unwrap();
    assert_eq!(dues(&world, id), [(DueAct::Disposal, date(2026, 12, 7))]);
}

#[tokio::test]
async fn the_data_of_a_lapsed_grant_is_to_be_disposed_of() {
    let (mut world, id) = routed().await;
    let until = grant("2026-12-10T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    let noted = async |world: &World| {
        let noted = note_lapses(&world.ledger, &world.deadlines, world.now());
        noted.await.unwrap()
    };
    assert_eq!(noted(&world).await, 0);
    world.set_now("2026-12-10T02:00:00Z");
    assert_eq!(noted(&world).await, 1);
    assert_eq!(noted(&world).await, 0, "it is noted");
    let [(DueAct::Disposal, _)] = dues(&world, id)[..] else {
        panic!("{:?}", dues(&world, id));
    };
    let close = Move::Close {
        cause: CloseCause::PurposeMet,
        statement: "已完成核对，数据已删除".to_owned(),
        evidence: String::new(),
    };
    world.make_move(CONSUMER, id, close).await.unwrap();
    assert_eq!(dues(&world, id), []);
}

#[tokio::test]
async fn the_time_to_mend_rests_during_a_dispute_that_the_provider_takes_back() {
    let (mut world, id) = routed().await;
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    let suspend = Move::Suspend {
        reason: "超出授权范围".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
        mend_by: Deadline::certain(date(2026, 12, 7)),
    };
    world.make_move(PROVIDER, id, suspend).await.unwrap();
    assert_eq!(dues(&world, id), [(DueAct::Mending, date(2026, 12, 7))]);
    let dispute = Move::Dispute {
        reason: "对整改有争议".to_owned(),
        negotiation: String::new(),
    };
    world.make_move(PROVIDER, id, dispute).await.unwrap();
    assert_eq!(dues(&world, id), []);
    world.set_now("2026-12-14T02:00:00Z");
    let back = Move::WithdrawDispute {
        reason: "已沟通".to_owned(),
    };
    world.make_move(PROVIDER, id, back).await.unwrap();
    // Ten working days were left.
    assert_eq!(dues(&world, id), [(DueAct::Mending, date(2026, 12, 28))]);
}

/// Puts the rules of Heilongjiang in force in the province of both cities.
fn with_notice_of_months(world: &World) {
    let table =
        include_str!("../../../crates/domain/data/examples/deadline-rules-heilongjiang.csv");
    let table = table.replace("230000,", "430000,");
    world.deadlines.0.take(RecordedRules {
        seq: 0,
        at: world.now(),
        by: Principal::Coordinator,
        fact: RulesFact::Rules(RulesSet::parse("h.csv", &table).unwrap()),
    });
}

async fn withdraw(world: &mut World) {
    let withdrawn = CityFact::Withdrawn {
        code: code(1).parse().unwrap(),
        reason: "职责调整".to_owned(),
    };
    world.append(PROVIDER, withdrawn).await.unwrap();
}

fn consult(not_before: Option<Date>) -> Move {
    Move::Consult {
        reason: "目录撤销".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
        change: None,
        not_before,
    }
}

fn terminate() -> Move {
    Move::Terminate {
        reason: "目录撤销".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
    }
}

fn state_of(world: &World, id: RequestId) -> State {
    let request = world.request(id).history.state().unwrap();
    request.state(world.now())
}

/// Asserts that the supply of an entry withdrawn on 23 November 2026 can end on 24 May 2027, and not a day before.
async fn assert_supplied_for_the_notice(world: &mut World, id: RequestId) {
    for (now, state) in [
        ("2027-05-23T02:00:00Z", State::Granted),
        ("2027-05-24T02:00:00Z", State::Terminated),
    ] {
        world.set_now(now);
        world.make_move(PROVIDER, id, terminate()).await.unwrap();
        assert_eq!(state_of(world, id), state);
    }
}

#[tokio::test]
async fn a_withdrawn_entry_is_supplied_for_the_months_of_the_providers_rules() {
    let (mut world, id) = routed().await;
    with_notice_of_months(&world);
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    withdraw(&mut world).await;
    let first = date(2027, 5, 24);
    for short in [None, Some(date(2027, 5, 23))] {
        world.make_move(PROVIDER, id, consult(short)).await.unwrap();
        let refused = world.request(id).refused.pop().unwrap().problem;
        assert_eq!(refused.message.code(), "notice-too-short");
        assert_eq!(refused.message.param("first"), Some(&first.into()));
    }
    let announced = consult(Some(first));
    world.make_move(PROVIDER, id, announced).await.unwrap();
    assert_supplied_for_the_notice(&mut world, id).await;
}

#[tokio::test]
async fn an_entry_withdrawn_after_the_consultation_is_supplied_for_the_notice_too() {
    let (mut world, id) = routed().await;
    with_notice_of_months(&world);
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    world.make_move(PROVIDER, id, consult(None)).await.unwrap();
    withdraw(&mut world).await;
    assert_supplied_for_the_notice(&mut world, id).await;
}

#[tokio::test]
async fn a_backdated_consultation_announces_a_withdrawal_when_it_arrives() {
    let backdated = |id: RequestId, not_before: Option<Date>| CityFact::Moved {
        request: id,
        mv: consult(not_before),
        actor: acting(PROVIDER),
    };
    let half_a_year_ago = at("2026-05-04T02:00:00Z");
    for (named, is_withdrawn) in [(Some(date(2026, 11, 23)), true), (None, false)] {
        let (mut world, id) = routed().await;
        with_notice_of_months(&world);
        world.set_out_of_reach(Some(0));
        let until = grant("2027-12-31T00:00:00Z");
        world.make_move(PROVIDER, id, until).await.unwrap();
        if is_withdrawn {
            withdraw(&mut world).await;
        }
        let fact = backdated(id, named);
        world
            .append_dated(PROVIDER, half_a_year_ago, fact)
            .await
            .unwrap();
        if !is_withdrawn {
            withdraw(&mut world).await;
            let agree = Move::AnswerConsultation {
                agrees: true,
                text: String::new(),
            };
            world.make_move(CONSUMER, id, agree).await.unwrap();
            world.make_move(PROVIDER, id, terminate()).await.unwrap();
        }
        assert_eq!(state_of(&world, id), State::Granted);
        let refused = world.request(id).refused.pop().unwrap().problem;
        assert_eq!(refused.message.code(), "notice-too-short", "{named:?}");
        let first = date(2027, 5, 24);
        assert_eq!(refused.message.param("first"), Some(&first.into()));
    }
}
