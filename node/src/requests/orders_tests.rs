use chengji_domain::Principal;
use chengji_domain::calendar::{Deadline, RecordedRules, RulesFact, RulesSet};
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::{Party, Step};
use chengji_testkit::requests::submitted;
use jiff::ToSpan;
use jiff::civil::date;

use super::*;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_795_392_000 + hour * 3_600).unwrap()
}

/// A request with these moves, one an hour after the other.
fn record(moves: Vec<(Party, Move)>) -> RequestRecord {
    let (number, resource) = ("430100-1-1-AAAAAAAAAAAAA", "430200:307012000001");
    let mut record = RequestRecord::new(submitted(number, resource, at(0)));
    for ((party, mv), hour) in moves.into_iter().zip(1..) {
        let step = Step {
            party,
            actor: Principal::Coordinator.into(),
            at: at(hour),
            mv,
            due: None,
        };
        record.order(step, None).unwrap();
    }
    record
}

fn routed() -> (Party, Move) {
    let mv = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(date(2026, 12, 7)),
        approval: None,
    };
    (Party::Coordinator, mv)
}

fn present_grant() -> Grant {
    Grant {
        scope: "机构名称".to_owned(),
        conditions: "仅限医保机构".to_owned(),
        terms: GrantTerms::file(at(240)),
        automatic: true,
        return_flow: None,
        disposal: "到期销毁".to_owned(),
    }
}

/// A granted request with further moves.
fn granted(moves: Vec<(Party, Move)>) -> RequestRecord {
    let granted = (Party::Provider, Move::Grant(present_grant()));
    record([vec![routed(), granted], moves].concat())
}

fn code(made: Result<Move>) -> ErrorCode {
    made.unwrap_err().code()
}

#[test]
fn a_grant_is_for_what_was_requested_unless_less_is_given() {
    let record = record(vec![routed()]);
    let submission = record.history.submission.clone();
    let asked = v1::GrantRequest {
        disposal: "到期销毁".to_owned(),
        ..v1::GrantRequest::default()
    };
    let Move::Grant(made) = grant(&record, asked, Scope::File, at(5)).unwrap() else {
        panic!("no grant");
    };
    assert_eq!(made.scope, submission.scope);
    assert_eq!(made.disposal, "到期销毁");
    let until = days_after(at(5), submission.period_days);
    assert_eq!(made.terms, GrantTerms::file(until));
    let too_long = v1::GrantRequest {
        period_days: MAX_PERIOD_DAYS + 1,
        ..v1::GrantRequest::default()
    };
    let refused = code(grant(&record, too_long, Scope::File, at(5)));
    assert_eq!(refused, ErrorCode::InvalidArgument);
}

#[test]
fn an_amendment_is_granted_as_asked_for_where_nothing_else_is_given() {
    let order = |grant| AmendOrder {
        request: String::new(),
        grant,
        paper: String::new(),
    };
    let nothing_open = amendment(
        &granted(Vec::new()),
        order(GrantChange::default()),
        None,
        at(5),
    );
    assert_eq!(code(nothing_open), ErrorCode::OutOfTurn);
    let asked = Move::AskAmendment {
        reason: "增加核验环节".to_owned(),
        scope: "机构名称、等级".to_owned(),
        purpose: String::new(),
        period_days: 2,
        third_party: String::new(),
    };
    let record = granted(vec![(Party::Consumer, asked)]);
    let made = |grant| amendment(&record, order(grant), None, at(5)).unwrap();
    let as_asked = Grant {
        scope: "机构名称、等级".to_owned(),
        terms: GrantTerms::file(at(240 + 48)),
        automatic: false,
        ..present_grant()
    };
    let (_, request) = record.folded().unwrap();
    let asked_at = request.amendment().map(|open| open.asked_at);
    let amended = |grant| Move::Amend { grant, asked_at };
    assert_eq!(made(GrantChange::default()), amended(as_asked.clone()));
    let shorter = GrantChange {
        period_days: Some(1),
        ..GrantChange::default()
    };
    let terms = GrantTerms::file(at(5 + 24));
    assert_eq!(made(shorter), amended(Grant { terms, ..as_asked }));
    let decline = Move::DeclineAmendment {
        reason: "超出共享条件".to_owned(),
        legal_basis: "《政务数据共享条例》第二十五条".to_owned(),
        asked_at: None,
    };
    let nothing_open = declined(&granted(Vec::new()), decline.clone());
    assert_eq!(code(nothing_open), ErrorCode::OutOfTurn);
    let made = declined(&record, decline).unwrap();
    assert!(matches!(made, Move::DeclineAmendment { asked_at: of, .. } if of == asked_at));
}

#[test]
fn a_change_takes_effect_exactly_as_it_was_consulted() {
    let order = |change| ConsultOrder {
        request: String::new(),
        reason: "系统迁移".to_owned(),
        legal_basis: "《政务数据共享条例》第二十七条".to_owned(),
        change,
        of_entry: false,
    };
    let rules = CurrentRules::built_in().unwrap();
    let rules = rules.of("430200".parse().unwrap());
    let present = granted(Vec::new());
    assert_eq!(code(change(&present)), ErrorCode::OutOfTurn);
    let ending = consultation(&present, &rules, (order(None), None), at(5)).unwrap();
    assert!(matches!(ending, Move::Consult { change: None, .. }));
    let narrower = GrantChange {
        conditions: Some("仅限市级机构".to_owned()),
        ..GrantChange::default()
    };
    let consulted = consultation(&present, &rules, (order(Some(narrower)), None), at(5)).unwrap();
    let expected = Grant {
        conditions: "仅限市级机构".to_owned(),
        automatic: false,
        ..present_grant()
    };
    let record = granted(vec![(Party::Provider, consulted)]);
    assert_eq!(change(&record), Ok(Move::Change(expected)));
}

#[test]
fn a_share_of_an_entry_that_is_withdrawn_ends_after_the_notice_of_the_citys_rules() {
    let rules = CurrentRules::built_in().unwrap();
    let table =
        include_str!("../../../crates/domain/data/examples/deadline-rules-heilongjiang.csv");
    let table = table.replace("230000,", "430000,");
    rules.take(RecordedRules {
        seq: 0,
        at: at(0),
        by: "operator/duty".parse().unwrap(),
        fact: RulesFact::Rules(RulesSet::parse("h.csv", &table).unwrap()),
    });
    let first = |city: &str, of_entry| {
        let order = ConsultOrder {
            request: String::new(),
            reason: "目录撤销".to_owned(),
            legal_basis: "《政务数据共享条例》第二十七条".to_owned(),
            change: None,
            of_entry,
        };
        let rules = rules.of(city.parse().unwrap());
        match consultation(&granted(Vec::new()), &rules, (order, None), at(0)).unwrap() {
            Move::Consult { not_before, .. } => not_before,
            other => panic!("{other:?}"),
        }
    };
    let last = local_date(at(0)) + 6.months();
    assert_eq!(first("430200", true), Some(last.tomorrow().unwrap()));
    assert_eq!(first("430200", false), None);
    assert_eq!(first("440100", true), None);
}

#[test]
fn the_time_to_mend_is_limited_by_the_rules() {
    let rules = CurrentRules::built_in().unwrap();
    let rules = rules.of("430100".parse().unwrap());
    let today = local_date(at(0));
    let most = rules.days(Rule::MendingAtMost, today);
    let last = rules.calendar().after(today, most).date;
    let suspend = |mend_by| Move::Suspend {
        reason: "超出授权用途".to_owned(),
        legal_basis: "《政务数据共享条例》第二十七条".to_owned(),
        mend_by: Deadline::certain(mend_by),
    };
    assert_eq!(check_mending(&rules, &suspend(last), at(0)), Ok(()));
    let later = check_mending(&rules, &suspend(last.tomorrow().unwrap()), at(0));
    assert_eq!(later.unwrap_err().code(), ErrorCode::InvalidArgument);
}
