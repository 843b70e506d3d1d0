//! Applies the coordinator's log to a node: the roster, and the progress of the city's requests.

mod machine;
mod probes;
mod returned;
mod rules;
mod stopping;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chengji_access::RosterHandle;
use chengji_access::roster::{self, EntryOrigin};
use chengji_domain::checkpoint::{Checkpoint, SignedCheckpoint};
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::{CityFact, ClusterFact, LogEntry, LogOwner, Origin};
use chengji_domain::problem::Problem;
use chengji_domain::quoted::OneLine;
use chengji_domain::request::{
    AwaitedApproval, Move, MoveKind, RefusedMove, Reminder, RequestHistory, RequestId,
    RequestRecord, Step,
};
use chengji_domain::stop::{RecordedAct, StopAct, StopCause, StopTarget};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::{
    Apply, current_copy, leaf_in, matter_table, probe_table, request_table, return_flow_table,
};
use chengji_messages::msg;
use chengji_proto::convert;
use chengji_runtime::{CurrentRules, LogRateLimit};
use chengji_store::{Entry, Position, Tx};
use chengji_transport::Identity;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::provenance::{Provenance, decided_late, is_decided, provenance};
use super::records::MachineGrants;
use super::{departments, jurisdiction, records};
use crate::consent::gate;
use crate::delivery::vouching;
use crate::lease::CoordinatorLease;
use crate::matters;
use crate::own_log::OwnLog;
use crate::stops;
use crate::usage::records as usage;

/// Applies the coordinator's log to a node.
pub struct CoordinatorLog {
    own: OwnLog,
    identity: Identity,
    roster: RosterHandle,
    lease: CoordinatorLease,
    machine_grants: MachineGrants,
    /// True if the roster may have changed since the last announcement.
    roster_changed: AtomicBool,
    rules: CurrentRules,
    /// True if the stored facts about rules differ from the rules in force.
    rules_changed: AtomicBool,
    set_aside_warned: LogRateLimit,
    grants_warned: LogRateLimit,
    refusals_warned: LogRateLimit,
}

impl CoordinatorLog {
    /// Applies the log to the city's store. The roster must be signed by an authority of the identity, and
    /// its changes are announced; the lease is notified of each message, and the rules of what is set.
    /// Automatic grants are made within these limits.
    pub fn new(
        own: OwnLog,
        identity: Identity,
        (roster, lease, rules): (RosterHandle, CoordinatorLease, CurrentRules),
        machine_grants: MachineGrants,
    ) -> Self {
        Self {
            own,
            identity,
            roster,
            lease,
            machine_grants,
            roster_changed: AtomicBool::new(false),
            rules,
            rules_changed: AtomicBool::new(false),
            set_aside_warned: LogRateLimit::default(),
            grants_warned: LogRateLimit::default(),
            refusals_warned: LogRateLimit::default(),
        }
    }

    /// The origin of an entry in the roster's history.
    fn origin(&self, tx: &Tx<'_>, entry: &LogEntry<ClusterFact>) -> Result<EntryOrigin> {
        let (log, seq) = (LogOwner::Coordinator, entry.seq);
        let copy = current_copy(tx, log)?.map_or(0, |copy| copy.number);
        let other = roster::head(tx)?.in_force.map(|known| known.copy);
        let is_replayed = match other.filter(|other| *other != copy) {
            Some(other) => leaf_in(tx, log, other, seq)? == leaf_in(tx, log, copy, seq)?,
            None => false,
        };
        Ok(EntryOrigin {
            copy,
            position: Position {
                epoch: entry.epoch,
                seq: entry.seq,
            },
            at: entry.at,
            now: self.own.now(),
            is_replayed,
        })
    }

    /// Applies a fact about the roster.
    fn roster_fact(&self, tx: &mut Tx<'_>, origin: &EntryOrigin, fact: &ClusterFact) -> Result<()> {
        if roster::apply(tx, origin, fact)? {
            self.roster_changed.store(true, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Puts the roster in force by a checkpoint, if the cluster's authority signed it for this position
    /// and it matches the stored copy of the log.
    fn roster_signed(
        &self,
        tx: &mut Tx<'_>,
        origin: &EntryOrigin,
        signed: &SignedCheckpoint,
    ) -> Result<()> {
        let Position { epoch, seq } = origin.position;
        let (log, cluster) = (LogOwner::Coordinator, self.identity.cluster());
        let expected = Checkpoint {
            origin: Checkpoint::origin_of(cluster, log, epoch),
            size: seq,
            root: chengji_follow::root(tx, log, origin.copy, seq)?,
        };
        let authorities = self.identity.authorities();
        roster::verify(signed, &expected, authorities.iter().map(AsRef::as_ref))?;
        if roster::put_in_force(tx, origin)? {
            self.roster_changed.store(true, Ordering::SeqCst);
        }
        roster::put_heard(tx, Duration::ZERO, origin.now)
    }

    /// Applies a fact about a request.
    fn request_fact(&self, tx: &mut Tx<'_>, entry: &EntryOrigin, fact: ClusterFact) -> Result<()> {
        match fact {
            ClusterFact::Opened {
                request,
                submission,
                submitted_by,
                submitted_at,
                step,
            } => {
                let history = RequestHistory::new(request, submission, submitted_by, submitted_at);
                self.opened(tx, history, step, entry.is_replayed)
            }
            ClusterFact::ApprovalAwaited {
                request, awaited, ..
            } => self.approval_awaited(tx, request, awaited),
            ClusterFact::Ordered {
                request,
                step,
                origin,
                arrived_at,
                ..
            } => {
                self.ordered(tx, request, (step, arrived_at), origin)?;
                self.end_overtaken(tx, entry, request)
            }
            ClusterFact::MoveRefused {
                request,
                step,
                origin,
                problem,
                ..
            } => self.refused(tx, request, step, origin, problem),
            ClusterFact::StopNoted {
                request,
                origin,
                at,
                actor,
                act,
                due,
                ..
            } => self.stop_noted(
                tx,
                request,
                RecordedAct {
                    origin,
                    at,
                    actor,
                    act,
                    noted: true,
                    due,
                },
            ),
            ClusterFact::Reminded {
                request,
                act,
                deadline,
                overdue,
                ..
            } => {
                let mut record = records::existing(tx, request)?;
                record.reminders.push(Reminder {
                    at: entry.at,
                    deadline,
                    overdue,
                    act,
                });
                records::put(tx, &record)
            }
            _ => Ok(()),
        }
    }
}

impl Apply for CoordinatorLog {
    type Fact = LogEntry<ClusterFact>;
    type Sums = ();

    fn parse(&self, envelope: &Envelope, entry: &Entry) -> Result<Self::Fact> {
        convert::cluster_entry_in(envelope, entry)
    }

    fn apply(&self, tx: &mut Tx<'_>, _: &mut (), entry: &Self::Fact, _: &Entry) -> Result<()> {
        let origin = self.origin(tx, entry)?;
        match entry.fact.clone() {
            ClusterFact::RosterSigned(signed) => self.roster_signed(tx, &origin, &signed),
            fact @ (ClusterFact::Admitted(_)
            | ClusterFact::StatusChanged { .. }
            | ClusterFact::Access(_)
            | ClusterFact::LogKeyed(_)) => self.roster_fact(tx, &origin, &fact),
            // A seal is evidence for auditors; the follower has checked an epoch before this entry.
            ClusterFact::Sealed(_) | ClusterFact::EpochOpened(_) => Ok(()),
            fact @ (ClusterFact::Opened { .. }
            | ClusterFact::ApprovalAwaited { .. }
            | ClusterFact::Ordered { .. }
            | ClusterFact::MoveRefused { .. }
            | ClusterFact::StopNoted { .. }
            | ClusterFact::Reminded { .. }) => self.request_fact(tx, &origin, fact),
            ClusterFact::Quarantined { seq, problem, .. } => {
                self.warn_set_aside(seq, 1, &problem);
                Ok(())
            }
            ClusterFact::QuarantineSummarised { run, .. } => {
                self.warn_set_aside(run.from_seq, run.count, &run.problem);
                Ok(())
            }
            // For the city's people, who read it in the coordinator's log.
            ClusterFact::FindingEntered(_) | ClusterFact::FormulaAdopted(_) => Ok(()),
            ClusterFact::Matter(event) => matters::follow::apply(&self.own, tx, entry.at, *event),
            ClusterFact::Rules(fact) => self.rules_fact(tx, entry, *fact),
            ClusterFact::ReturnFlowNoted(note) => self.return_flow_noted(tx, &note),
            ClusterFact::ProbeOrdered(_) | ClusterFact::ProbeNoted(_) => self.probe_fact(tx, entry),
        }
    }

    fn committed(&self, _: &[&Envelope]) {
        self.lease.record_contact(Instant::now());
        if self.roster_changed.swap(false, Ordering::SeqCst) {
            self.roster.announce_change();
        }
        self.put_rules_in_force();
    }

    fn begun(&self, tx: &mut Tx<'_>, copy: u32, accepted: bool) -> Result<()> {
        match accepted {
            true => roster::accept(tx, copy),
            false => Ok(()),
        }
    }

    /// Keeps the requests that this city made: they are in its own log, and the coordinator opens them
    /// anew. Forgets everything that came only from the coordinator.
    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool> {
        Ok(roster::forget(tx)?
            && self.forget_rules(tx)?
            && matter_table::forget(tx, self.own.city)?
            && probe_table::forget(tx)?
            && return_flow_table::forget(tx, self.own.city)?
            && request_table::forget(tx, self.own.city)?)
    }
}

impl CoordinatorLog {
    fn warn_set_aside(&self, seq: u64, count: u64, problem: &Problem) {
        if let Some(left_out) = self.set_aside_warned.pass() {
            let what = "the coordinator set entries of this city aside";
            tracing::warn!(seq, count, left_out, reason = %OneLine(&problem.to_string()), "{what}");
        }
    }

    fn opened(
        &self,
        tx: &mut Tx<'_>,
        history: RequestHistory,
        step: Step,
        is_replayed: bool,
    ) -> Result<()> {
        let id = history.id;
        let mut record = records::find(tx, id)?.unwrap_or_else(|| RequestRecord::new(history));
        record.history.steps.clear();
        record.backdated.clear();
        record.decided = None;
        record.history = record.history.with(step.clone())?;
        let ours = record.history.provider() == self.own.city;
        if ours {
            // The city's own acts stay in effect when the coordinator's log is forgotten.
            let own = stops::of(tx, &StopTarget::Request(id))?;
            for act in own.acts() {
                record.stops.take(act.clone());
            }
        }
        records::put(tx, &record)?;
        departments::note(&self.own, tx, &record.history)?;
        match step.mv {
            Move::Route { share_class, .. } if ours => {
                self.grant_by_machine(tx, &record, (share_class, is_replayed))
            }
            _ => Ok(()),
        }
    }

    /// Records that a request of this city waits for an approval. A request that a restored log has lost is recorded
    /// again when it is opened.
    fn approval_awaited(
        &self,
        tx: &mut Tx<'_>,
        id: RequestId,
        awaited: AwaitedApproval,
    ) -> Result<()> {
        let own = records::find(tx, id)?.filter(|_| id.city == self.own.city);
        let Some(mut record) = own else {
            return Ok(());
        };
        record.awaited = Some(awaited);
        records::put(tx, &record)
    }

    /// Applies a move that the coordinator ordered. The coordinator cannot move in this city's name: an
    /// own move must be in the city's log. If that was restored from a backup and has lost it, the history
    /// continues as ordered, but deliveries under a lost grant wait until the city's people confirm it.
    fn ordered(
        &self,
        tx: &mut Tx<'_>,
        id: RequestId,
        (step, arrived_at): (Step, Option<Timestamp>),
        origin: Option<Origin>,
    ) -> Result<()> {
        let mut record = match records::find(tx, id)? {
            Some(record) => record,
            // Withdrawn before it was routed: the provider never had it.
            None if step.mv.kind() == MoveKind::Withdraw => return Ok(()),
            None => records::existing(tx, id)?,
        };
        let mut lost = None;
        if self.is_own(&record, &step) {
            let origin = origin.ok_or_else(|| never_made(id))?;
            let provenance = self.own_move(id, &step, origin)?;
            if is_decided(&record, &step) {
                return Err(never_made(id));
            }
            lost = (provenance == Provenance::Lost).then_some(origin);
            if !record.decide(origin) {
                return Err(decided_late(id));
            }
        }
        let lost = lost.filter(|_| step.mv.opens_deliveries());
        record.order(step, arrived_at)?;
        if let Some(lost) = lost {
            let awaits_people = StopAct::Stopped {
                cause: StopCause::Restored,
                reason: String::new(),
                report: None,
            };
            self.stop_again(tx, &mut record, lost, awaits_people)?;
        }
        let is_provider = record.history.provider() == self.own.city;
        let is_running = record.runs_until().is_some();
        record.outside_region =
            is_provider && is_running && jurisdiction::is_outside(tx, &record.history)?;
        records::put(tx, &record)?;
        if !is_provider && !is_running {
            vouching::forget_some(tx, id)?;
        }
        usage::follow(tx, &record)
    }

    /// Ends the open proposals in a request that a move made impossible. A log that is read anew ends none: its
    /// requests are not up to date yet.
    fn end_overtaken(&self, tx: &mut Tx<'_>, entry: &EntryOrigin, id: RequestId) -> Result<()> {
        match entry.is_replayed {
            true => Ok(()),
            false => gate::end_overtaken(&self.own, tx, id, self.own.now()),
        }
    }

    /// Records that the coordinator refused a move, for the attention of the city that made it.
    fn refused(
        &self,
        tx: &mut Tx<'_>,
        id: RequestId,
        step: Step,
        origin: Origin,
        problem: Problem,
    ) -> Result<()> {
        let mut record = records::existing(tx, id)?;
        if self.is_own(&record, &step) {
            self.own_move(id, &step, origin)?;
            record.decide(origin);
            tracing::error!(request = %id, kind = ?step.mv.kind(), reason = %OneLine(&problem.to_string()),
                "the coordinator refused a move of this city; 'request list --attention' lists it");
        }
        let refused = RefusedMove {
            step,
            problem,
            acknowledged: false,
        };
        if !record
            .refused
            .iter()
            .any(|known| known.step == refused.step)
        {
            record.refused.push(refused);
        }
        records::put(tx, &record)
    }

    /// Returns true if a move is made by this city.
    fn is_own(&self, record: &RequestRecord, step: &Step) -> bool {
        record.history.party_of(self.own.city) == Some(step.party)
    }

    /// The provenance of this city's move in its own log; a move that it never made is an error.
    fn own_move(&self, id: RequestId, step: &Step, origin: Origin) -> Result<Provenance> {
        let is_move = |entry: &LogEntry<CityFact>| {
            let is_made = matches!(&entry.fact, CityFact::Moved { request, mv, actor }
                if *request == id && *mv == step.mv && *actor == step.actor);
            is_made && entry.at == step.at
        };
        match provenance(&self.own, origin, is_move)? {
            Provenance::Never => Err(never_made(id)),
            known => Ok(known),
        }
    }
}

fn never_made(id: RequestId) -> Error {
    Error::new(ErrorCode::PeerInvalid, msg::MoveNotOfCity { request: id })
}

/// The end of a period that begins now; the last representable instant if it would be later.
pub(super) fn days_after(at: Timestamp, days: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "follow_tests.rs"]
pub(super) mod tests;
