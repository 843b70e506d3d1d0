use chengji_domain::ErrorCode;
use chengji_domain::request::{CloseCause, MoveKind};
use chengji_testkit::requests::{every_move, grant};
use jiff::Timestamp;

use super::*;

/// A time that has a place in the wire's range of times.
fn until() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

#[test]
fn a_move_of_every_kind_reads_as_it_was_written() {
    let moves = every_move(until());
    assert_eq!(moves.len(), MoveKind::ALL.len());
    for mv in moves {
        assert_eq!(move_from(Some(&move_to(&mv))), Ok(mv));
    }
}

#[test]
fn what_is_absent_stays_absent() {
    for mv in [
        Move::Consult {
            reason: "r".to_owned(),
            legal_basis: "l".to_owned(),
            change: None,
            not_before: None,
        },
        Move::ProposeSettlement {
            text: "t".to_owned(),
            grant: None,
        },
        Move::Decide {
            government: "g".to_owned(),
            document: "d".to_owned(),
            reason: "r".to_owned(),
            deadline: None,
        },
    ] {
        assert_eq!(move_from(Some(&move_to(&mv))), Ok(mv));
    }
}

#[test]
fn a_closing_that_was_recorded_without_a_cause_met_its_purpose() {
    let wire = |cause| v1::Move {
        r#move: Some(Wire::Close(v1::Close {
            statement: "已删除".to_owned(),
            cause,
            evidence: String::new(),
        })),
    };
    let closed = Move::Close {
        cause: CloseCause::PurposeMet,
        statement: "已删除".to_owned(),
        evidence: String::new(),
    };
    assert_eq!(move_from(Some(&wire(0))), Ok(closed));
    let error = move_from(Some(&wire(99))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
}

#[test]
fn the_longest_texts_that_are_admitted_are_read() {
    // Four bytes in UTF-8 each, which are the most.
    let longest = || "𠀀".repeat(1_000);
    let whole = Grant {
        scope: longest(),
        conditions: longest(),
        disposal: longest(),
        ..grant(until())
    };
    for mv in [
        Move::Grant(whole.clone()),
        Move::Consult {
            reason: longest(),
            legal_basis: longest(),
            change: Some(Box::new(whole.clone())),
            not_before: Some(jiff::civil::date(2027, 6, 3)),
        },
        Move::ProposeSettlement {
            text: longest(),
            grant: Some(Box::new(whole)),
        },
        Move::Decide {
            government: longest(),
            document: longest(),
            reason: longest(),
            deadline: None,
        },
    ] {
        assert!(mv.check().is_ok(), "{:?}", mv.kind());
        assert_eq!(move_from(Some(&move_to(&mv))), Ok(mv));
    }
    let supplement = move_to(&Move::Supplement {
        text: "x".repeat(MAX_BYTES),
    });
    let error = move_from(Some(&supplement)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}
