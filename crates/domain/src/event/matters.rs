//! Events of corrections and demands.

use super::{Event, EventKind};
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::matter::{Filing, MatterEvent, MatterKind, MatterMove, MatterMoveKind, MatterStep};
use crate::request::{Party, RequestId};

/// Returns the event that a fact about a matter is. Whether a city has a part in it is known from its record.
pub(super) fn of_matter(fact: &MatterEvent) -> Event {
    match fact {
        MatterEvent::Opened {
            matter,
            filing,
            step,
            ..
        } => Event {
            matter_kind: Some(filing.kind()),
            provider: match &**filing {
                Filing::Correction(filing) => Some(filing.resource.city),
                Filing::Demand(_) => None,
            },
            ..of_step(EventKind::MatterOpened, *matter, step)
        },
        MatterEvent::Ordered {
            matter,
            provider,
            step,
            ..
        } => Event {
            matter_kind: Some(match provider {
                Some(_) => MatterKind::Correction,
                None => MatterKind::Demand,
            }),
            provider: provider.or(assigned(step)),
            ..of_step(EventKind::MatterMoved, *matter, step)
        },
        MatterEvent::Refused { matter, step, .. } => {
            of_step(EventKind::MatterMoveRefused, *matter, step)
        }
        MatterEvent::Reminded {
            matter,
            city,
            deadline,
            overdue,
        } => {
            let kind = match overdue {
                true => EventKind::DeadlinePassed,
                false => EventKind::DeadlineNear,
            };
            Event {
                provider: Some(*city),
                party: Some(Party::Provider),
                deadline: Some(*deadline),
                ..in_matter(kind, *matter)
            }
        }
        MatterEvent::Told(notice) => Event {
            provider: Some(notice.resource.city),
            ..Event::new(EventKind::CorrectionTold, Some(notice.correction))
        },
    }
}

fn in_matter(kind: EventKind, matter: RequestId) -> Event {
    Event {
        matter: Some(matter),
        ..Event::new(kind, Some(matter))
    }
}

fn of_step(kind: EventKind, matter: RequestId, step: &MatterStep) -> Event {
    let mv = step.mv.kind();
    Event {
        matter_kind: kind_of(mv),
        matter_move: Some(mv),
        party: Some(step.party),
        deadline: deadline_of(&step.mv),
        ..in_matter(kind, matter)
    }
}

/// The kind of matters that have this move; `None` if both have it.
fn kind_of(mv: MatterMoveKind) -> Option<MatterKind> {
    match mv {
        MatterMoveKind::Accept | MatterMoveKind::Correct => Some(MatterKind::Correction),
        MatterMoveKind::Open
        | MatterMoveKind::Supply
        | MatterMoveKind::Close
        | MatterMoveKind::Deliver => Some(MatterKind::Demand),
        MatterMoveKind::Assign
        | MatterMoveKind::Reject
        | MatterMoveKind::Decline
        | MatterMoveKind::Withdraw
        | MatterMoveKind::MoveDeadline => None,
    }
}

/// The city that a demand is assigned to by this move.
fn assigned(step: &MatterStep) -> Option<CityCode> {
    match &step.mv {
        MatterMove::Assign { city, .. } => Some(*city),
        _ => None,
    }
}

/// The last day that a move states.
fn deadline_of(mv: &MatterMove) -> Option<Deadline> {
    match mv {
        MatterMove::Assign { deadline, .. } | MatterMove::MoveDeadline { deadline } => {
            Some(*deadline)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;
    use crate::principal::Principal;

    fn number() -> RequestId {
        "430100-1-7-AAAAAAAAAAAAA".parse().unwrap()
    }

    fn ordered(provider: Option<&str>, mv: MatterMove) -> MatterEvent {
        MatterEvent::Ordered {
            matter: number(),
            provider: provider.map(|city| city.parse().unwrap()),
            step: MatterStep {
                party: Party::Coordinator,
                actor: Principal::Coordinator.into(),
                at: Timestamp::UNIX_EPOCH,
                mv,
            },
            origin: None,
        }
    }

    #[test]
    fn an_assignment_is_an_event_with_its_city_and_last_day() {
        let assign = MatterMove::Assign {
            city: "430200".parse().unwrap(),
            department: None,
            deadline: Deadline::certain(date(2026, 12, 7)),
        };
        let event = of_matter(&ordered(None, assign));
        assert_eq!(event.kind, EventKind::MatterMoved);
        assert_eq!(event.matter_kind, Some(MatterKind::Demand));
        assert_eq!(event.provider, Some("430200".parse().unwrap()));
        assert_eq!(event.deadline, Some(Deadline::certain(date(2026, 12, 7))));
        let command = format!("chengji-node demand show {}", number());
        assert_eq!(event.command(), Some(command));
    }

    #[test]
    fn a_move_is_an_event_without_its_texts() {
        let reason = "无此数据".to_owned();
        let decline = MatterMove::Decline {
            reason,
            legal_basis: String::new(),
        };
        let event = of_matter(&ordered(Some("430200"), decline));
        assert_eq!(event.matter_kind, Some(MatterKind::Correction));
        assert_eq!(event.matter_move, Some(MatterMoveKind::Decline));
        assert!(!format!("{event:?}").contains("数据"));
    }

    #[test]
    fn a_reminder_of_a_matter_is_a_deadline_and_leads_to_the_worklist() {
        let event = of_matter(&MatterEvent::Reminded {
            matter: number(),
            city: "430200".parse().unwrap(),
            deadline: Deadline::certain(date(2026, 12, 7)),
            overdue: true,
        });
        assert_eq!(event.kind, EventKind::DeadlinePassed);
        assert_eq!(event.command().as_deref(), Some("chengji-node todo"));
    }
}
