use super::super::CloseCause;
use super::*;
use crate::calendar::Deadline;
use crate::request::terms::GrantTerms;

fn deadline() -> Deadline {
    Deadline::certain(jiff::civil::date(2026, 12, 7))
}

fn grant(scope: &str, conditions: &str, disposal: &str) -> Grant {
    Grant {
        scope: scope.to_owned(),
        conditions: conditions.to_owned(),
        disposal: disposal.to_owned(),
        terms: GrantTerms::file(jiff::Timestamp::MAX),
        automatic: false,
        return_flow: None,
    }
}

/// The moves with two texts that are given separately.
fn of_two(a: &str, b: &str) -> Vec<Move> {
    let (reason, legal_basis) = (|| a.to_owned(), || b.to_owned());
    vec![
        Move::Refuse {
            reason: reason(),
            legal_basis: legal_basis(),
        },
        Move::DeclineAmendment {
            reason: reason(),
            legal_basis: legal_basis(),
            asked_at: None,
        },
        Move::Suspend {
            reason: reason(),
            legal_basis: legal_basis(),
            mend_by: deadline(),
        },
        Move::Terminate {
            reason: reason(),
            legal_basis: legal_basis(),
        },
        Move::Consult {
            reason: reason(),
            legal_basis: legal_basis(),
            change: None,
            not_before: None,
        },
        Move::Dispute {
            reason: reason(),
            negotiation: legal_basis(),
        },
        Move::Close {
            cause: CloseCause::PurposeMet,
            statement: reason(),
            evidence: legal_basis(),
        },
        Move::Mediate {
            agreement: reason(),
            document: legal_basis(),
        },
        Move::Refer {
            authority: reason(),
            reason: legal_basis(),
            document: String::new(),
        },
        Move::Decide {
            government: reason(),
            document: legal_basis(),
            reason: "决定".to_owned(),
            deadline: None,
        },
        Move::Consult {
            reason: reason(),
            legal_basis: "依据".to_owned(),
            change: Some(Box::new(grant(b, "", ""))),
            not_before: None,
        },
        Move::ProposeSettlement {
            text: reason(),
            grant: Some(Box::new(grant("范围", b, ""))),
        },
    ]
}

/// The moves with one text.
fn of_one(text: &str) -> Vec<Move> {
    let a = || text.to_owned();
    vec![
        Move::AskSupplement { missing: a() },
        Move::Supplement { text: a() },
        Move::Extend {
            reason: a(),
            deadline: deadline(),
        },
        Move::Withdraw { reason: a() },
        Move::Uphold { reason: a() },
        Move::Remand {
            reason: a(),
            deadline: deadline(),
        },
        Move::Offer { note: a() },
        Move::AskAmendment {
            reason: a(),
            scope: String::new(),
            purpose: String::new(),
            period_days: 30,
            third_party: String::new(),
        },
        Move::AskAmendment {
            reason: "需要".to_owned(),
            scope: a(),
            purpose: String::new(),
            period_days: 0,
            third_party: String::new(),
        },
        Move::ReportMended { statement: a() },
        Move::Resume { reason: a() },
        Move::AnswerConsultation {
            agrees: false,
            text: a(),
        },
        Move::ProposeSettlement {
            text: a(),
            grant: None,
        },
        Move::AcceptSettlement { text: a() },
        Move::Grant(grant(text, "", "")),
        Move::Amend {
            grant: grant("范围", text, ""),
            asked_at: None,
        },
        Move::Change(grant("范围", "", text)),
    ]
}

#[test]
fn no_text_of_a_move_commands_or_hides() {
    let fine = "两行\n文字";
    for mv in of_one(fine).into_iter().chain(of_two(fine, fine)) {
        assert!(mv.check().is_ok(), "{mv:?}");
    }
    for text in ["长沙\u{1b}[2J", "长沙\u{7}", "长沙\u{202e}", "长\u{200b}沙"] {
        let moves = of_one(text).into_iter();
        for mv in moves.chain(of_two(text, fine)).chain(of_two(fine, text)) {
            let violations = mv.check().unwrap_err().violations().len();
            assert_eq!(violations, 1, "{mv:?}");
        }
    }
}

#[test]
fn an_amendment_asks_for_something_within_the_longest_period() {
    let third_party = || "长沙市第三人民医院".to_owned();
    let asked_for = |scope: &str, period_days, third_party: String| {
        let amendment = Move::AskAmendment {
            reason: "业务需要".to_owned(),
            scope: scope.to_owned(),
            purpose: String::new(),
            period_days,
            third_party,
        };
        amendment.check().is_ok()
    };
    let asked = |scope: &str, period_days| asked_for(scope, period_days, String::new());
    assert!(!asked("", 0));
    assert!(asked("全部字段", 0));
    assert!(asked("", MAX_PERIOD_DAYS));
    assert!(!asked("全部字段", MAX_PERIOD_DAYS + 1));
    assert!(asked_for("", 0, third_party()));
    assert!(!asked_for("", 0, third_party().repeat(23)));
    assert!(!asked_for("", 0, format!("{}\n", third_party())));
}

#[test]
fn only_an_opposing_answer_to_a_consultation_needs_words() {
    for (agrees, text, is_valid) in [
        (true, "", true),
        (true, "同意", true),
        (false, "", false),
        (false, "不同意", true),
    ] {
        let text = text.to_owned();
        let answer = Move::AnswerConsultation { agrees, text };
        assert_eq!(answer.check().is_ok(), is_valid, "{answer:?}");
    }
}
