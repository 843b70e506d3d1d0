//! Stops (停止交付): the provider's own acts that end deliveries at once.
//!
//! A stop is kept beside the ordered history of a request, not in it. The coordinator records it and can neither
//! order nor refuse it; only the provider's own act lifts it. A delivery is allowed while the ordered state
//! is granted, the grant has not ended and no stop is in force, neither for the request nor for the entry.

use std::fmt;

use chengji_messages::{Language, Message, msg};
use jiff::Timestamp;

use crate::calendar::Deadline;
use crate::error::Error;
use crate::field::Field;
use crate::origin::Origin;
use crate::request::{Actor, RequestId, State, check_stop_texts};
use crate::resource::ResourceCode;

/// Maximum number of acts kept per target; the oldest are dropped. The stop in force is always among the
/// newest.
pub const MAX_ACTS: usize = 16;

/// The deliveries ended by a stop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopTarget {
    /// Deliveries under the grant of one request.
    Request(RequestId),
    /// Deliveries of one entry, under all grants.
    Entry(ResourceCode),
}

impl fmt::Display for StopTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(id) => id.fmt(f),
            Self::Entry(code) => code.fmt(f),
        }
    }
}

/// The cause of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopCause {
    /// The grant is revoked. No longer made: a grant is ended by `Move::Terminate`. Recorded ones are in force.
    Revoked,
    /// Deliveries are suspended until the reason ceases.
    Suspended,
    /// The provider's log was restored from a backup that lacks entries known to others: deliveries wait
    /// until the provider's people confirm them.
    Restored,
    /// Deliveries are stopped for a security incident (安全事件, Order 809, art. 35), which was reported.
    Incident,
}

impl StopCause {
    /// All causes.
    pub const ALL: [Self; 4] = [
        Self::Revoked,
        Self::Suspended,
        Self::Restored,
        Self::Incident,
    ];

    /// Returns the pinned name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Restored => "restored",
            Self::Incident => "incident",
        }
    }

    /// Returns the cause for people.
    pub fn label(self) -> Message {
        match self {
            Self::Revoked => msg::StopCauseRevoked.into(),
            Self::Suspended => msg::StopCauseSuspended.into(),
            Self::Restored => msg::StopCauseRestored.into(),
            Self::Incident => msg::StopCauseIncident.into(),
        }
    }

    /// Returns its gravity among stops that are in force together: the gravest is shown.
    fn gravity(self) -> u8 {
        match self {
            Self::Revoked => 2,
            Self::Incident => 1,
            Self::Suspended | Self::Restored => 0,
        }
    }

    /// Returns the cause in Chinese.
    pub fn zh(self) -> String {
        self.label().render(Language::Chinese)
    }
}

impl fmt::Display for StopCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The report of a security incident to the competent authority (Order 809, art. 35).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentReport {
    /// The authority, 1 to 1,000 characters.
    pub to: String,
    /// Time of the report.
    pub at: Timestamp,
}

/// An act of the provider on deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopAct {
    /// Deliveries end, whatever the state of the ordered history.
    Stopped {
        /// The cause.
        cause: StopCause,
        /// The reason, 1 to 1,000 characters. Empty for [`StopCause::Restored`] where the provider's node
        /// stops deliveries itself: the cause is the reason.
        reason: String,
        /// The report of a [`StopCause::Incident`], which cannot be made without one.
        report: Option<IncidentReport>,
    },
    /// Every stop of the same target before this act ends.
    Lifted {
        /// The reason, 1 to 1,000 characters.
        reason: String,
    },
}

impl StopAct {
    /// Returns the reason given.
    pub fn reason(&self) -> &str {
        match self {
            Self::Stopped { reason, .. } | Self::Lifted { reason } => reason,
        }
    }

    /// Refuses an empty or overlong reason of a person, and an incident without a report.
    pub fn check(&self) -> Result<(), Error> {
        let reason = (Field::Reason, self.reason());
        match self {
            Self::Stopped {
                cause: StopCause::Restored,
                reason,
                ..
            } if reason.is_empty() => Ok(()),
            Self::Stopped {
                cause: StopCause::Incident,
                report,
                ..
            } => {
                let to = report.as_ref().map_or("", |report| report.to.as_str());
                check_stop_texts(&[reason, (Field::ReportedTo, to)])
            }
            Self::Stopped { .. } | Self::Lifted { .. } => check_stop_texts(&[reason]),
        }
    }
}

/// A recorded act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAct {
    /// Its position in the provider's log.
    pub origin: Origin,
    /// Time of the act, by the provider's clock.
    pub at: Timestamp,
    /// The actor.
    pub actor: Actor,
    /// The act.
    pub act: StopAct,
    /// True if the coordinator has recorded it.
    pub noted: bool,
    /// Last day to follow an incident stop up, as the coordinator counts it when it records the act.
    pub due: Option<Deadline>,
}

/// The acts on one target, in the order of the provider's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stops(Vec<RecordedAct>);

impl Stops {
    /// Collects stored acts in any order.
    pub fn new(acts: impl IntoIterator<Item = RecordedAct>) -> Self {
        let mut stops = Self::default();
        for act in acts {
            stops.take(act);
        }
        stops
    }

    /// Returns the acts, oldest first.
    pub fn acts(&self) -> &[RecordedAct] {
        &self.0
    }

    /// Adds an act, once: a known one is at most marked as recorded by the coordinator, with the due that it has
    /// counted. Returns true if anything changed.
    pub fn take(&mut self, act: RecordedAct) -> bool {
        match self
            .0
            .binary_search_by_key(&act.origin, |known| known.origin)
        {
            Ok(at) => {
                let known = &mut self.0[at];
                let (noted, due) = (known.noted || act.noted, known.due.or(act.due));
                let is_changed = (noted, due) != (known.noted, known.due);
                (known.noted, known.due) = (noted, due);
                is_changed
            }
            Err(at) => {
                self.0.insert(at, act);
                while self.0.len() > MAX_ACTS {
                    self.0.remove(0);
                }
                true
            }
        }
    }

    /// Drops the oldest act if there is a newer one, so that a stop remains in force. Returns true if one was
    /// dropped.
    pub fn forget_oldest(&mut self) -> bool {
        let forgets = self.0.len() > 1;
        if forgets {
            self.0.remove(0);
        }
        forgets
    }

    /// Returns true if an act of this position is known.
    pub fn knows(&self, origin: Origin) -> bool {
        self.0.iter().any(|known| known.origin == origin)
    }

    /// Returns the stop in force: the first of the gravest since the last lifting. A revocation is graver than
    /// an incident, and that than a suspension.
    pub fn in_force(&self) -> Option<(&RecordedAct, StopCause)> {
        let since = self.0.iter().rev().map_while(|known| match known.act {
            StopAct::Stopped { cause, .. } => Some((known, cause)),
            StopAct::Lifted { .. } => None,
        });
        since.reduce(|later, earlier| {
            let is_graver = later.1.gravity() > earlier.1.gravity();
            if is_graver { later } else { earlier }
        })
    }

    /// Returns the state for display: the ordered one, unless a stop overrides its grant.
    pub fn shown(&self, ordered: State) -> State {
        match (ordered, self.in_force()) {
            (State::Granted | State::Suspended, Some((_, StopCause::Revoked))) => State::Revoked,
            (State::Granted, Some(_)) => State::Suspended,
            _ => ordered,
        }
    }

    /// Returns true if the coordinator has not yet recorded every act.
    pub fn awaits_note(&self) -> bool {
        self.0.iter().any(|known| !known.noted)
    }

    /// Marks all acts as not recorded by the coordinator.
    pub fn unnote(&mut self) {
        for known in &mut self.0 {
            (known.noted, known.due) = (false, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::epoch::Epoch;
    use crate::principal::Principal;

    fn act(seq: u64, act: StopAct) -> RecordedAct {
        RecordedAct {
            origin: Origin {
                epoch: Epoch {
                    number: 1,
                    id: [1; 8],
                },
                seq,
            },
            at: Timestamp::UNIX_EPOCH,
            actor: Principal::Coordinator.into(),
            act,
            noted: false,
            due: None,
        }
    }

    fn stopped(cause: StopCause) -> StopAct {
        StopAct::Stopped {
            cause,
            reason: "misuse".to_owned(),
            report: None,
        }
    }

    fn lifted() -> StopAct {
        let reason = "mended".to_owned();
        StopAct::Lifted { reason }
    }

    fn cause_in_force(acts: &[RecordedAct]) -> Option<StopCause> {
        Stops::new(acts.iter().cloned())
            .in_force()
            .map(|(_, cause)| cause)
    }

    #[test]
    fn a_stop_stands_until_it_is_lifted_after_it() {
        use StopCause::{Incident, Restored, Revoked, Suspended};
        assert_eq!(cause_in_force(&[]), None);
        assert_eq!(
            cause_in_force(&[act(1, stopped(Suspended))]),
            Some(Suspended)
        );
        assert_eq!(
            cause_in_force(&[act(1, lifted()), act(2, stopped(Revoked))]),
            Some(Revoked)
        );
        assert_eq!(
            cause_in_force(&[act(1, stopped(Revoked)), act(2, lifted())]),
            None
        );
        let again = [
            act(1, stopped(Revoked)),
            act(2, lifted()),
            act(3, stopped(Restored)),
        ];
        assert_eq!(cause_in_force(&again), Some(Restored));
        let both = [act(1, stopped(Suspended)), act(2, stopped(Revoked))];
        assert_eq!(
            cause_in_force(&both),
            Some(Revoked),
            "the graver cause is shown"
        );
        let other = [act(1, stopped(Revoked)), act(2, stopped(Suspended))];
        assert_eq!(cause_in_force(&other), Some(Revoked));
        let incident = [act(1, stopped(Suspended)), act(2, stopped(Incident))];
        assert_eq!(cause_in_force(&incident), Some(Incident));
        let revoked = [act(1, stopped(Incident)), act(2, stopped(Revoked))];
        assert_eq!(cause_in_force(&revoked), Some(Revoked));
    }

    #[test]
    fn a_stop_shows_only_in_the_way_of_a_grant() {
        let stops = |cause| Stops::new([act(1, stopped(cause))]);
        let shown = |cause, state| stops(cause).shown(state);
        assert_eq!(shown(StopCause::Revoked, State::Granted), State::Revoked);
        assert_eq!(
            shown(StopCause::Suspended, State::Granted),
            State::Suspended
        );
        assert_eq!(shown(StopCause::Restored, State::Granted), State::Suspended);
        assert_eq!(shown(StopCause::Incident, State::Granted), State::Suspended);
        assert_eq!(
            shown(StopCause::Incident, State::Suspended),
            State::Suspended
        );
        assert_eq!(shown(StopCause::Revoked, State::Suspended), State::Revoked);
        assert_eq!(shown(StopCause::Revoked, State::Closed), State::Closed);
        assert_eq!(Stops::default().shown(State::Granted), State::Granted);
    }

    #[test]
    fn a_reason_is_asked_for() {
        let reason = " ".to_owned();
        assert!(StopAct::Lifted { reason }.check().is_err());
        for reason in ["泄露\u{1b}[2J", "泄露\u{202e}", "泄\u{200b}露"] {
            let act = StopAct::Stopped {
                cause: StopCause::Suspended,
                reason: reason.to_owned(),
                report: None,
            };
            assert!(act.check().is_err());
        }
        assert!(lifted().check().is_ok());
        let unreasoned = |cause| StopAct::Stopped {
            cause,
            reason: String::new(),
            report: None,
        };
        assert!(unreasoned(StopCause::Suspended).check().is_err());
        assert!(unreasoned(StopCause::Restored).check().is_ok());
    }

    #[test]
    fn an_incident_is_reported() {
        let incident = |to: Option<&str>| {
            let act = StopAct::Stopped {
                cause: StopCause::Incident,
                reason: "数据泄露".to_owned(),
                report: to.map(|to| IncidentReport {
                    to: to.to_owned(),
                    at: Timestamp::UNIX_EPOCH,
                }),
            };
            act.check().is_ok()
        };
        assert!(!incident(None));
        assert!(!incident(Some(" ")));
        assert!(incident(Some("市网信办")));
    }

    #[test]
    fn the_due_of_an_incident_comes_with_its_note_and_goes_with_it() {
        let due = Deadline::certain(jiff::civil::date(2026, 12, 4));
        let own = act(1, stopped(StopCause::Incident));
        let noted = RecordedAct {
            noted: true,
            due: Some(due),
            ..own.clone()
        };
        let mut stops = Stops::new([own.clone()]);
        assert!(stops.take(noted.clone()));
        assert!(!stops.take(noted), "it is known");
        assert!(!stops.take(own), "what is known of it stays");
        assert_eq!(stops.acts()[0].due, Some(due));
        stops.unnote();
        assert_eq!((stops.acts()[0].noted, stops.acts()[0].due), (false, None));
    }

    proptest! {
        /// The result depends on positions alone: repeated, late and reordered acts give the same fold.
        #[test]
        fn what_stands_does_not_depend_on_the_order_of_arrival(
            kinds in proptest::collection::vec(0_usize..5, 1..MAX_ACTS),
            arrival in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let acts: Vec<_> = kinds.iter().zip(0..).map(|(kind, seq)| match kind {
                0 => act(seq, lifted()),
                kind => act(seq, stopped(StopCause::ALL[kind - 1])),
            }).collect();
            let mut stops = Stops::default();
            for index in &arrival {
                stops.take(index.get(&acts).clone());
            }
            for late in &acts {
                stops.take(late.clone());
            }
            prop_assert_eq!(stops.acts(), acts.as_slice());
            let last_lift = kinds.iter().rposition(|kind| *kind == 0);
            let is_stopped = last_lift != Some(kinds.len() - 1);
            prop_assert_eq!(stops.in_force().is_some(), is_stopped);
        }

        #[test]
        fn the_oldest_acts_make_way_and_what_stands_stays(
            kinds in proptest::collection::vec(any::<bool>(), 1..3 * MAX_ACTS),
        ) {
            let mut stops = Stops::default();
            for (stop, seq) in kinds.iter().zip(0..) {
                stops.take(act(seq, if *stop { stopped(StopCause::Revoked) } else { lifted() }));
            }
            prop_assert!(stops.acts().len() <= MAX_ACTS);
            prop_assert_eq!(stops.in_force().is_some(), kinds[kinds.len() - 1]);
        }
    }
}
