//! Valid submissions and requests, for tests to modify.

use chengji_domain::calendar::{Deadline, local_date};
use chengji_domain::catalogue::{ShareClass, ShareManner};
use chengji_domain::problem::Problem;
use chengji_domain::request::terms::GrantTerms;
use chengji_domain::request::{
    Approval, CloseCause, DueAct, Grant, Move, Party, RejectReason, RequestHistory, Step,
    Submission,
};
use chengji_domain::{ErrorCode, Principal, ResourceRef};
use chengji_messages::msg;
use jiff::Timestamp;

/// Builds a submission for a resource, given as `city:code`.
#[must_use]
pub fn submission(resource: &str) -> Submission {
    let (city, code) = resource.split_once(':').unwrap();
    Submission {
        resource: ResourceRef {
            city: city.parse().unwrap(),
            code: code.parse().unwrap(),
        },
        purpose: "核对区划".to_owned(),
        legal_basis: "政务数据共享条例".to_owned(),
        scenario: "区划库月度更新".to_owned(),
        scope: "全部".to_owned(),
        manner: ShareManner::File,
        period_days: 30,
        department: None,
        part: None,
    }
}

/// Builds a request that was submitted and in which nothing has happened yet.
#[must_use]
pub fn submitted(number: &str, resource: &str, at: Timestamp) -> RequestHistory {
    RequestHistory {
        id: number.parse().unwrap(),
        submission: submission(resource),
        submitted_by: Principal::Coordinator.into(),
        submitted_at: at,
        steps: Vec::new(),
    }
}

/// Builds a request that was submitted, routed and granted at a time, with a grant until another.
#[must_use]
pub fn granted(number: &str, resource: &str, at: Timestamp, until: Timestamp) -> RequestHistory {
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(local_date(at)),
        approval: None,
    };
    let moves = [
        (Party::Coordinator, route),
        (Party::Provider, Move::Grant(grant(until))),
    ];
    let submitted = submitted(number, resource, at);
    moves.into_iter().fold(submitted, |history, (party, mv)| {
        let step = Step {
            party,
            actor: Principal::Coordinator.into(),
            at,
            mv,
            due: None,
        };
        history.with(step).unwrap()
    })
}

/// Builds a grant of a file until this time.
#[must_use]
pub fn grant(until: Timestamp) -> Grant {
    Grant {
        scope: "全部".to_owned(),
        conditions: String::new(),
        disposal: "到期删除".to_owned(),
        terms: GrantTerms::file(until),
        automatic: false,
        return_flow: None,
    }
}

/// Builds a move of every kind, with all fields set; grants are until this time.
#[must_use]
pub fn every_move(until: Timestamp) -> Vec<Move> {
    let (reason, legal_basis) = (|| "业务需要".to_owned(), || "政务数据共享条例".to_owned());
    let deadline = Deadline {
        date: jiff::civil::date(2026, 12, 7),
        provisional: true,
    };
    let mut moves = vec![
        Move::Route {
            share_class: ShareClass::Conditional,
            revision: 3,
            deadline,
            approval: Some(Approval {
                authority: "省数据局".to_owned(),
                document: "省数函〔2026〕9号".to_owned(),
                on: jiff::civil::date(2026, 11, 26),
            }),
        },
        Move::Reject {
            reason: RejectReason::NotShared,
            problem: Problem::new(ErrorCode::NotShared, msg::Text { text: reason() }),
        },
        Move::AskSupplement { missing: reason() },
        Move::Supplement { text: reason() },
        Move::Extend {
            reason: reason(),
            deadline,
        },
        Move::Grant(grant(until)),
        Move::Refuse {
            reason: reason(),
            legal_basis: legal_basis(),
        },
        Move::Withdraw { reason: reason() },
    ];
    moves.extend(moves_of_a_grant(until, deadline));
    moves.extend(moves_of_a_dispute(until, deadline));
    moves
}

/// The moves of a granted request.
fn moves_of_a_grant(until: Timestamp, deadline: Deadline) -> Vec<Move> {
    let (reason, legal_basis) = (|| "业务需要".to_owned(), || "政务数据共享条例".to_owned());
    vec![
        Move::Offer {
            note: "已挂接".to_owned(),
        },
        Move::AskAmendment {
            reason: reason(),
            scope: "增加字段".to_owned(),
            purpose: "统计".to_owned(),
            period_days: 30,
            third_party: "长沙市第三人民医院".to_owned(),
        },
        Move::Amend {
            grant: grant(until),
            asked_at: Some(Timestamp::UNIX_EPOCH),
        },
        Move::DeclineAmendment {
            reason: reason(),
            legal_basis: legal_basis(),
            asked_at: Some(Timestamp::UNIX_EPOCH),
        },
        Move::Suspend {
            reason: reason(),
            legal_basis: legal_basis(),
            mend_by: deadline,
        },
        Move::ReportMended {
            statement: "已整改".to_owned(),
        },
        Move::Resume { reason: reason() },
        Move::Consult {
            reason: reason(),
            legal_basis: legal_basis(),
            change: Some(Box::new(grant(until))),
            not_before: Some(jiff::civil::date(2027, 6, 3)),
        },
        Move::AnswerConsultation {
            agrees: true,
            text: "同意".to_owned(),
        },
        Move::Terminate {
            reason: reason(),
            legal_basis: legal_basis(),
        },
        Move::Change(grant(until)),
        Move::Lapse { disposal: deadline },
        Move::Close {
            cause: CloseCause::NotNeeded,
            statement: "已删除".to_owned(),
            evidence: "销毁记录3号".to_owned(),
        },
    ]
}

/// The moves that begin and end a dispute, and the one of a deadline.
fn moves_of_a_dispute(until: Timestamp, deadline: Deadline) -> Vec<Move> {
    let (reason, document) = (|| "理由充分".to_owned(), || "湘数函〔2026〕7号".to_owned());
    vec![
        Move::Dispute {
            reason: reason(),
            negotiation: "协商记录2份".to_owned(),
        },
        Move::Uphold { reason: reason() },
        Move::Remand {
            reason: reason(),
            deadline,
        },
        Move::ProposeSettlement {
            text: reason(),
            grant: Some(Box::new(grant(until))),
        },
        Move::AcceptSettlement { text: reason() },
        Move::WithdrawDispute { reason: reason() },
        Move::Mediate {
            agreement: reason(),
            document: document(),
        },
        Move::Refer {
            authority: "省数据局".to_owned(),
            reason: reason(),
            document: document(),
        },
        Move::Decide {
            government: "省人民政府".to_owned(),
            document: document(),
            reason: reason(),
            deadline: Some(deadline),
        },
        Move::MoveDeadline {
            act: DueAct::Offer,
            deadline,
        },
    ]
}

#[cfg(test)]
mod tests {
    use chengji_domain::request::MoveKind;

    use super::*;

    #[test]
    fn there_is_a_valid_move_of_every_kind() {
        let moves = every_move(Timestamp::MAX);
        assert_eq!(moves.len(), MoveKind::ALL.len());
        for kind in MoveKind::ALL {
            assert!(moves.iter().any(|mv| mv.kind() == kind), "{kind:?}");
        }
        for mv in moves {
            assert!(mv.check().is_ok(), "{mv:?}");
        }
    }
}
