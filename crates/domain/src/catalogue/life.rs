//! The life of an entry (目录编制、审核、发布、撤销): the moves there are, who makes them, and where they
//! lead.
//!
//! | from | move | to | by |
//! |---|---|---|---|
//! | –, published, returned, taken back | save | draft of the next revision | publisher |
//! | draft | save | draft, its content replaced | publisher |
//! | submitted | save | draft of the next revision, in place of the one submitted | publisher |
//! | draft, returned, taken back | submit | submitted | publisher |
//! | draft, submitted | take back | taken back | publisher |
//! | submitted | approve | published | reviewer |
//! | submitted | return, with reasons | returned | reviewer |
//! | published, returned, taken back | ask for withdrawal, once it was published | withdrawal asked | publisher |
//! | withdrawal asked | take back | published | publisher |
//! | withdrawal asked | approve | withdrawn | reviewer |
//! | withdrawal asked | return, with reasons | published | reviewer |
//!
//! Every other move is refused. A revision that was submitted keeps its number and its content for
//! ever, whatever becomes of it; what is published stays so until another revision is published or
//! the withdrawal is approved. Nobody reviews what they wrote or
//! submitted.

use super::terms::vocabulary;
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;

vocabulary! {
    /// Where an entry stands, by the last move.
    State {
        /// The newest revision is being worked on.
        Draft = "草稿", "draft";
        /// The newest revision, or nothing else, waits for review.
        Submitted = "待审核", "submitted";
        /// The newest revision came back with reasons.
        Returned = "已退回", "returned";
        /// The newest revision was taken back by those who wrote it.
        TakenBack = "已撤回", "taken-back";
        /// The newest revision that was not returned or taken back is published.
        Published = "已发布", "published";
        /// Its withdrawal waits for review.
        WithdrawalAsked = "待撤销", "withdrawal-asked";
        /// It is withdrawn; its code is not used again.
        Withdrawn = "已撤销", "withdrawn";
    }
}

impl State {
    /// Whose turn it is, and what they can do.
    fn turn(self) -> &'static str {
        match self {
            Self::Draft => "a publisher can submit it or take it back",
            Self::Submitted | Self::WithdrawalAsked => {
                "a reviewer has to approve or return it; a publisher can take it back"
            }
            Self::Returned => "a publisher has to correct it, or submit it again as it is",
            Self::TakenBack => "a publisher can revise it, or submit it again",
            Self::Published => "a publisher can revise it",
            Self::Withdrawn => "nothing follows; a new resource takes a code of its own",
        }
    }
}

vocabulary! {
    /// A move.
    Move {
        /// Keep content as a draft.
        Save = "暂存", "save";
        /// Hand the draft over for review.
        Submit = "提交", "submit";
        /// Take back the draft, what was submitted, or the asking for withdrawal.
        TakeBack = "撤回", "take back";
        /// Ask that the entry be withdrawn.
        AskWithdrawal = "申请撤销", "ask for withdrawal";
        /// Publish what was submitted, or withdraw as was asked.
        Approve = "审核通过", "approve";
        /// Give back what was submitted, or decline the withdrawal, with reasons.
        Return = "退回", "return";
    }
}

impl Move {
    /// Whether it is the reviewer's.
    pub fn is_review(self) -> bool {
        matches!(self, Self::Approve | Self::Return)
    }

    /// Whether it takes a reason.
    pub fn takes_reason(self) -> bool {
        matches!(self, Self::AskWithdrawal | Self::Return)
    }
}

/// Where an entry stands, and which revisions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Where it stands.
    pub state: State,
    /// The newest revision there is, from 1.
    pub newest: u32,
    /// The revision that is published; none where none ever was.
    pub published: Option<u32>,
}

impl Life {
    /// The life after this move; of an entry that nobody knows, `before` is nothing. `OUT_OF_TURN`
    /// where the move is not in the table.
    pub fn after(before: Option<Self>, mv: Move) -> Result<Self> {
        let Some(life) = before else {
            return match mv {
                Move::Save => Ok(Self {
                    state: State::Draft,
                    newest: 1,
                    published: None,
                }),
                _ => Err(out_of_turn(
                    "the entry is not there",
                    mv,
                    "a publisher can save it",
                )),
            };
        };
        let to = |state| Ok(Self { state, ..life });
        match (mv, life.state) {
            (Move::Save, State::Draft) => to(State::Draft),
            (
                Move::Save,
                State::Submitted | State::Returned | State::TakenBack | State::Published,
            ) => Ok(Self {
                state: State::Draft,
                newest: life.newest.checked_add(1).ok_or_else(exhausted)?,
                ..life
            }),
            (Move::Submit, State::Draft | State::Returned | State::TakenBack) => {
                to(State::Submitted)
            }
            (Move::TakeBack, State::Draft | State::Submitted) => to(State::TakenBack),
            (Move::TakeBack | Move::Return, State::WithdrawalAsked) => to(State::Published),
            (Move::Return, State::Submitted) => to(State::Returned),
            (Move::Approve, State::Submitted) => Ok(Self {
                state: State::Published,
                published: Some(life.newest),
                ..life
            }),
            (Move::Approve, State::WithdrawalAsked) => to(State::Withdrawn),
            (Move::AskWithdrawal, State::Published | State::Returned | State::TakenBack)
                if life.published.is_some() =>
            {
                to(State::WithdrawalAsked)
            }
            (_, state) => {
                let what = format!("the entry is {} {}", state.en(), state.zh());
                Err(out_of_turn(&what, mv, state.turn()))
            }
        }
    }

    /// Whether somebody has to do something about it.
    pub fn is_pending(self) -> bool {
        !matches!(
            self.state,
            State::Published | State::TakenBack | State::Withdrawn
        )
    }
}

/// Refuses a reviewer what they wrote or submitted themselves.
pub fn check_four_eyes(
    author: &Principal,
    submitted_by: &Principal,
    reviewer: &Principal,
) -> Result<()> {
    if submitted_by != reviewer && author != reviewer {
        return Ok(());
    }
    let message = format!(
        "{reviewer} wrote or submitted it, and nobody reviews what they submitted 本人编制或提交的不得由本人审核"
    );
    Err(Error::new(ErrorCode::Denied, message).with_remedy("have another reviewer look at it"))
}

fn out_of_turn(what: &str, mv: Move, turn: &str) -> Error {
    let message = format!("{what}: to {} {} is not possible now", mv.en(), mv.zh());
    Error::new(ErrorCode::OutOfTurn, message).with_remedy(turn)
}

fn exhausted() -> Error {
    Error::new(
        ErrorCode::LimitExceeded,
        "the entry has no revision numbers left",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The table above: from (nothing: not there), move, to, and whether a new revision begins.
    const TABLE: &[(Option<State>, Move, State, bool)] = {
        use Move::*;
        use State::*;
        &[
            (None, Save, Draft, true),
            (Some(Published), Save, Draft, true),
            (Some(Returned), Save, Draft, true),
            (Some(TakenBack), Save, Draft, true),
            (Some(Submitted), Save, Draft, true),
            (Some(Draft), Save, Draft, false),
            (Some(Draft), Submit, Submitted, false),
            (Some(Returned), Submit, Submitted, false),
            (Some(TakenBack), Submit, Submitted, false),
            (Some(Draft), TakeBack, TakenBack, false),
            (Some(Submitted), TakeBack, TakenBack, false),
            (Some(Submitted), Approve, Published, false),
            (Some(Submitted), Return, Returned, false),
            (Some(Published), AskWithdrawal, WithdrawalAsked, false),
            (Some(Returned), AskWithdrawal, WithdrawalAsked, false),
            (Some(TakenBack), AskWithdrawal, WithdrawalAsked, false),
            (Some(WithdrawalAsked), TakeBack, Published, false),
            (Some(WithdrawalAsked), Approve, Withdrawn, false),
            (Some(WithdrawalAsked), Return, Published, false),
        ]
    };

    proptest! {
        /// Any moves, one after the other: those of the table lead where it says, all others are
        /// refused; revisions only grow, and what is published stays so until it is replaced.
        #[test]
        fn a_life_goes_by_its_table(moves in prop::collection::vec(prop::sample::select(Move::ALL), 0..40)) {
            let mut life: Option<Life> = None;
            for mv in moves {
                let from = life.map(|life| life.state);
                let row = TABLE.iter().find(|(state, by, ..)| *state == from && *by == mv);
                let never = mv == Move::AskWithdrawal && life.is_none_or(|life| life.published.is_none());
                let after = Life::after(life, mv);
                let Some((_, _, to, new)) = row.filter(|_| !never) else {
                    prop_assert_eq!(after.unwrap_err().code(), ErrorCode::OutOfTurn);
                    continue;
                };
                let after = after.unwrap();
                let newest = life.map_or(0, |life| life.newest);
                prop_assert_eq!(after.state, *to);
                prop_assert_eq!(after.newest, newest + u32::from(*new));
                let published = match mv {
                    Move::Approve if *to == State::Published => Some(after.newest),
                    _ => life.and_then(|life| life.published),
                };
                prop_assert_eq!(after.published, published);
                life = Some(after);
            }
        }
    }

    #[test]
    fn a_refused_move_says_where_the_entry_stands_and_whose_turn_it_is() {
        let draft = Life::after(None, Move::Save).unwrap();
        let error = Life::after(Some(draft), Move::Approve).unwrap_err();
        assert!(
            error.message().contains("the entry is draft 草稿"),
            "{error}"
        );
        assert!(error.remedy().contains("submit"), "{}", error.remedy());
    }

    #[test]
    fn nobody_reviews_what_they_submitted() {
        let person = |name: &str| format!("city/430100/person/{name}").parse().unwrap();
        let (li, wang): (Principal, Principal) = (person("li.ming"), person("wang.wei"));
        let zhao: Principal = person("zhao.jun");
        assert!(check_four_eyes(&li, &wang, &zhao).is_ok());
        for (author, by, reviewer) in [(&li, &li, &li), (&li, &wang, &li), (&wang, &li, &li)] {
            let error = check_four_eyes(author, by, reviewer).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Denied);
        }
    }
}
