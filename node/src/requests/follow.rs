//! What the coordinator's log means to a node: who takes part, and what became of its requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chengji_access::roster;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::{CityFact, ClusterFact};
use chengji_domain::request::{Case, Grant, Move, MoveKind, Party, RequestId, Step};
use chengji_domain::roster::SignedRoster;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_follow::Apply;
use chengji_proto::convert::{self, RefusedMove, Reminder, RequestRecord};
use chengji_store::{Key, Position, Prefix, Tx, after, log};
use jiff::{Timestamp, ToSpan};
use tokio::time::Instant;

use super::book;
use crate::catalogue;
use crate::node::Node;

/// Applies the coordinator's log to a node.
pub struct CoordinatorLog {
    node: Arc<Node>,
    /// Whether a roster came that is not in use yet.
    news: AtomicBool,
}

impl CoordinatorLog {
    /// For this node.
    pub fn new(node: Arc<Node>) -> Self {
        Self {
            node,
            news: AtomicBool::new(false),
        }
    }

    /// Keeps a roster if the cluster's authority signed it for this position, and none from a later
    /// position is known. A roster that is read again, or comes from a coordinator that was restored
    /// from a backup, does not bring back what was taken away since.
    fn roster(&self, tx: &mut Tx<'_>, signed: &SignedRoster, at: Position) -> Result<()> {
        let identity = &self.node.identity;
        let mut checked = Err(Error::new(ErrorCode::PeerInvalid, "no authority is known"));
        for authority in identity.authorities() {
            checked = roster::verify(signed, authority, identity.cluster());
            if checked.is_ok() {
                break;
            }
        }
        let new = checked?;
        let signed_for = Position {
            epoch: new.epoch,
            seq: new.seq,
        };
        if signed_for != at {
            let message = format!("the roster at {at} was signed for {signed_for}");
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        if roster::stored(tx)?.is_some_and(|known| !known.is_before(&new)) {
            return Ok(());
        }
        roster::put(tx, signed);
        roster::put_heard(tx, Duration::ZERO, self.node.now());
        self.news.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl Apply for CoordinatorLog {
    fn apply(&self, tx: &mut Tx<'_>, seq: u64, bytes: &[u8]) -> Result<()> {
        let entry = convert::cluster_entry_from(bytes)?;
        if entry.seq != seq {
            let message = format!("the entry at {seq} says that it is {}", entry.seq);
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        match entry.fact {
            ClusterFact::Roster(signed) => {
                let epoch = entry.epoch;
                self.roster(tx, &signed, Position { epoch, seq })
            }
            // How it came about; the roster says what is the case. A seal is evidence for auditors.
            ClusterFact::Admitted(_)
            | ClusterFact::Stands { .. }
            | ClusterFact::Access(_)
            | ClusterFact::Sealed(_) => Ok(()),
            // The follower has checked it before this entry came.
            ClusterFact::EpochOpened(_) => Ok(()),
            ClusterFact::Opened {
                request,
                submission,
                submitted_at,
                step,
            } => {
                let case = Case {
                    id: request,
                    submission,
                    submitted_at,
                    steps: Vec::new(),
                };
                self.opened(tx, case, step)
            }
            ClusterFact::Ordered {
                request,
                step,
                origin_seq,
                arrived_at,
                ..
            } => self.ordered(tx, request, (step, arrived_at), origin_seq),
            ClusterFact::MoveRefused {
                request,
                step,
                origin_seq,
                reason,
                ..
            } => {
                let mut record = book::existing(tx, request)?;
                self.settle(&mut record, &step, Some(origin_seq));
                record.refused.push(RefusedMove { step, reason });
                book::put(tx, &record)
            }
            ClusterFact::Reminded {
                request,
                deadline,
                overdue,
                ..
            } => {
                let mut record = book::existing(tx, request)?;
                record.reminders.push(Reminder {
                    at: entry.at,
                    deadline,
                    overdue,
                });
                book::put(tx, &record)
            }
            ClusterFact::Quarantined { seq, reason, .. } => {
                tracing::warn!(seq, %reason, "the coordinator set an entry of this city aside");
                Ok(())
            }
        }
    }

    fn committed(&self, _: &[(u64, bytes::Bytes)]) {
        self.node.heard.hear(Instant::now());
        if self.news.swap(false, Ordering::SeqCst) {
            self.node.live.refresh(&**self.node.ledger.kv());
        }
    }

    /// Requests this city made stay: they stand in its own log, and the coordinator opens them anew.
    /// What came only from the coordinator goes.
    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const PAGE: usize = 100;
        const ROOM: usize = 256 * 1024;
        let (mut lower, upper) = Key::new(Prefix::Request).range();
        let mut written = 0;
        loop {
            let page = tx.range(&lower, &upper, PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(true);
            };
            lower = after(last);
            for (key, bytes) in page {
                let mut record = RequestRecord::from_bytes(&bytes)?;
                if record.case.consumer() != self.node.city {
                    written += key.len();
                    tx.delete(key);
                } else if !record.is_bare() {
                    record.strip();
                    let bytes = record.to_bytes();
                    written += bytes.len();
                    tx.put(key, bytes);
                }
                if written > ROOM {
                    return Ok(false);
                }
            }
        }
    }
}

impl CoordinatorLog {
    fn opened(&self, tx: &mut Tx<'_>, case: Case, step: Step) -> Result<()> {
        let id = case.id;
        let mut record = match book::find(tx, id)? {
            Some(known) => known,
            None => RequestRecord::new(case),
        };
        record.case.steps.clear();
        record.backdated.clear();
        record.case = record.case.with(step.clone())?;
        book::put(tx, &record)?;
        let ours = record.case.provider() == self.node.city;
        match step.mv {
            Move::Route {
                share_class: ShareClass::Unconditional,
                ..
            } if ours => self.grant_by_machine(tx, &record),
            _ => Ok(()),
        }
    }

    /// An unconditional resource is granted at once, without a person; what the catalogue says now
    /// decides, not what it said when the request was routed.
    fn grant_by_machine(&self, tx: &mut Tx<'_>, record: &RequestRecord) -> Result<()> {
        let (node, at) = (&self.node, self.node.now());
        let resource = &record.case.submission.resource;
        if !is_unconditional(tx, &resource.code)? || !record.pending.is_empty() {
            return Ok(());
        }
        let grant = Grant {
            scope: record.case.submission.scope.clone(),
            conditions: String::new(),
            until: days_after(at, record.case.submission.period_days),
            automatic: true,
        };
        book::make_move(
            node,
            tx,
            &node.principal(),
            at,
            record.case.id,
            Move::Grant(grant),
        )?;
        Ok(())
    }

    fn ordered(
        &self,
        tx: &mut Tx<'_>,
        id: RequestId,
        (step, arrived_at): (Step, Option<Timestamp>),
        origin: Option<u64>,
    ) -> Result<()> {
        let mut record = match book::find(tx, id)? {
            Some(record) => record,
            // Taken back before it was routed: the provider never had it.
            None if step.mv.kind() == MoveKind::Withdraw => return Ok(()),
            None => book::existing(tx, id)?,
        };
        if self.is_own(&record, &step) && !self.said(id, &step, origin)? {
            let message = format!("a move in {id} is ordered that this city never made");
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        self.settle(&mut record, &step, origin);
        record.order(step, arrived_at)?;
        book::put(tx, &record)
    }

    /// Whether a move is this city's to make.
    fn is_own(&self, record: &RequestRecord, step: &Step) -> bool {
        match step.party {
            Party::Consumer => record.case.consumer() == self.node.city,
            Party::Provider => record.case.provider() == self.node.city,
            Party::Coordinator => false,
        }
    }

    /// Whether this city made the move, as its own log says: the coordinator puts moves in order, and
    /// makes none in a city's name. A log that was restored from a backup may have lost the entry;
    /// then the coordinator is believed.
    fn said(&self, id: RequestId, step: &Step, origin: Option<u64>) -> Result<bool> {
        if self.node.ledger.head().epoch.number > 1 {
            return Ok(true);
        }
        let Some(seq) = origin else {
            return Ok(false);
        };
        let entries = log::entries(self.node.ledger.kv().as_ref(), seq, 1, usize::MAX)?;
        let Some((found, bytes)) = entries.first().filter(|(found, _)| *found == seq) else {
            return Ok(false);
        };
        let entry = convert::city_entry_from(bytes, self.node.city)?;
        Ok(entry.seq == *found
            && matches!(entry.fact, CityFact::Moved { request, mv } if request == id && mv == step.mv))
    }

    /// An own move that the coordinator has dealt with is pending no longer.
    fn settle(&self, record: &mut RequestRecord, step: &Step, origin: Option<u64>) {
        if self.is_own(record, step) {
            record.pending.retain(|(seq, _)| Some(*seq) != origin);
        }
    }
}

fn is_unconditional(tx: &Tx<'_>, code: &ResourceCode) -> Result<bool> {
    let record = catalogue::book::find(tx, code)?;
    let entry = record
        .filter(|record| record.withdrawn_at.is_none())
        .and_then(|r| r.entry);
    Ok(entry
        .is_some_and(|entry| entry.share_class() == chengji_proto::v1::ShareClass::Unconditional))
}

/// The end of a period that begins now.
pub(super) fn days_after(at: Timestamp, days: u32) -> Timestamp {
    at.checked_add((24 * i64::from(days)).hours())
        .unwrap_or(Timestamp::MAX)
}
