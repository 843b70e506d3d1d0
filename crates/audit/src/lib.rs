//! The audit log (审计记录): calls that were carried out or denied at this program, and their callers. It is a
//! numbered list separate from the log: the log records facts, the audit log also attempts. Denials and failures
//! are a chain within it: each has a number of its own and the digest of the one before, so that one that was
//! changed or removed, other than the oldest, is noticed.

use std::cmp::Reverse;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::Arc;

use chengji_clock::Clock;
use chengji_domain::people::{AuditEntry, DenialLink};
use chengji_domain::{Digest, Principal, Result};
use chengji_paging::Pager;
use chengji_proto::convert::{audit_entry_to, audited_principal_from};
use chengji_proto::service::{AuditService, Page};
use chengji_proto::v1;
use chengji_records::StoredAuditEntry;
use chengji_runtime::off_thread;
use chengji_store::{Codec, Index, IndexedTable, Ledger, Limit, Prefix, Table, Tx};
use chengji_transport::access::DONE;
use chengji_transport::{AuditSink, CallRecord, Permit};

/// Number of entries after which denials and failures are forgotten, except the newest, which the next one names.
/// Successful calls are kept for ever, so that no flood of failures erases them.
const MAX_FAILURES: u64 = 1_000_000;
/// Maximum length of a text in a stored reason, characters.
const MAX_REASON: usize = 500;

/// The entries, by number.
static ENTRIES: Table<u64, StoredAuditEntry> = Table::new(Prefix::Audit, &[&LISTS]);

/// Entries, newest first, under each combination of filters: the principal, if any, and whether only
/// denials and failures are listed.
static LISTS: Index<(Option<Principal>, bool, Reverse<u64>), u64, StoredAuditEntry> = Index::new(
    &ENTRIES,
    Prefix::AuditList,
    "audit entries by principal",
    |number, entry| {
        let mut keys = Vec::with_capacity(4);
        for principal in [None, Some(&entry.principal)] {
            keys.push((principal.cloned(), false, Reverse(*number)));
            if entry.outcome != DONE {
                keys.push((principal.cloned(), true, Reverse(*number)));
            }
        }
        keys
    },
);

/// The tables with indexes.
pub static INDEXED: [&dyn IndexedTable; 1] = [&ENTRIES];

/// The audit log of a program. Clones share it.
#[derive(Clone)]
pub struct AuditLog {
    ledger: Ledger,
    clock: Clock,
    /// The number of the last entry; accessed only by jobs of the ledger, one after the other.
    last: Arc<std::sync::atomic::AtomicU64>,
}

impl AuditLog {
    /// Opens the audit log of this store.
    pub fn open(ledger: Ledger, clock: Clock) -> Result<Self> {
        let newest = LISTS.under(&(None, false)).keys(&**ledger.kv(), 1)?;
        let last = newest.rows.first().map_or(0, |(_, number)| *number);
        let last = Arc::new(last.into());
        Ok(Self {
            ledger,
            clock,
            last,
        })
    }

    async fn write(self, record: CallRecord) -> Result<()> {
        use std::sync::atomic::Ordering::SeqCst;
        let at = (self.clock)();
        let last = Arc::clone(&self.last);
        let job = move |tx: &mut Tx<'_>| {
            let number = last.fetch_add(1, SeqCst) + 1;
            let is_denial = record.outcome != DONE;
            let newest = is_denial.then(|| newest_denial(tx)).transpose()?.flatten();
            let link = is_denial.then(|| next_link(newest.as_ref())).transpose()?;
            let entry = AuditEntry {
                at,
                principal: record.principal,
                rpc: record.rpc,
                subject: record.subject,
                outcome: record.outcome,
                reason: record
                    .reason
                    .map(|reason| reason.with_texts_cut(MAX_REASON)),
                request_id: record.request_id,
                address: record.addr.to_string(),
                denial: link,
            };
            ENTRIES.put(tx, &number, &entry)?;
            let Some(old) = number.checked_sub(MAX_FAILURES) else {
                return Ok(());
            };
            forget_denial(tx, old)?;
            // One that was kept as the newest.
            if let Some((before, _)) = newest.filter(|(before, _)| *before < old) {
                ENTRIES.delete(tx, &before)?;
            }
            Ok(())
        };
        self.ledger.write(job).await
    }

    /// Lists a page of the entries that match a request, newest first.
    pub fn list(&self, asked: &v1::ListAuditRequest) -> Result<Page<v1::AuditEntry>> {
        let pager = Pager::<Reverse<u64>>::of(asked)?;
        let narrowed = (audited_principal_from(asked)?, asked.denied);
        let (after, end) = pager.bounds();
        let after = match (after, asked.before) {
            (Bound::Unbounded, before @ 1..) => Bound::Excluded(Reverse(before)),
            (after, _) => after,
        };
        let rows = LISTS.within(&narrowed, (after, end));
        let rows = rows.rows(&**self.ledger.kv(), pager.at_once());
        let rows = rows.map(|row| row.map(|(_, number, entry)| (Reverse(number), entry)));
        pager.fill(rows, |Reverse(number), entry| {
            let digest = entry.denial.map(|_| digest(&entry)).transpose()?;
            Ok(Some(audit_entry_to(*number, entry, digest)))
        })
    }
}

/// Returns the newest denial or failure with its number in the list.
fn newest_denial(tx: &Tx<'_>) -> Result<Option<(u64, AuditEntry)>> {
    let newest = LISTS.under(&(None, true)).page(tx, Limit::rows(1))?;
    Ok(newest.rows.into_iter().next())
}

/// Returns the link after that of the newest denial or failure.
fn next_link(newest: Option<&(u64, AuditEntry)>) -> Result<DenialLink> {
    let previous = newest.map(|(_, entry)| digest(entry)).transpose()?;
    let last = newest.and_then(|(_, entry)| entry.denial);
    let number = last.map_or(0, |link| link.number) + 1;
    Ok(DenialLink { number, previous })
}

/// Computes the digest of a stored entry.
fn digest(entry: &AuditEntry) -> Result<Digest> {
    StoredAuditEntry::encode(entry).map(|stored| Digest::of(&stored))
}

/// Forgets the entry of this number if it is a denial or failure, and not the newest.
fn forget_denial(tx: &mut Tx<'_>, number: u64) -> Result<()> {
    let is_denial = ENTRIES
        .get(tx, &number)?
        .is_some_and(|old| old.outcome != DONE);
    if is_denial && newest_denial(tx)?.is_some_and(|(newest, _)| newest != number) {
        ENTRIES.delete(tx, &number)?;
    }
    Ok(())
}

impl AuditSink for AuditLog {
    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let this = self.clone();
        Box::pin(async move {
            let (principal, rpc) = (record.principal.clone(), record.rpc.clone());
            if let Err(error) = this.write(record).await {
                tracing::error!(%principal, rpc, %error, "an audit entry could not be kept");
            }
        })
    }
}

impl AuditService<Permit> for AuditLog {
    async fn list(&self, _: Permit, asked: v1::ListAuditRequest) -> Result<Page<v1::AuditEntry>> {
        let this = self.clone();
        off_thread(move || AuditLog::list(&this, &asked)).await
    }
}

#[cfg(test)]
mod tests {
    use chengji_messages::{Message, msg};
    use chengji_proto::convert::text_from;
    use chengji_store::{CountingStore, MemoryStore};

    use super::*;

    fn text(length: usize) -> Message {
        let text = "r".repeat(length);
        msg::Text { text }.into()
    }

    fn record(principal: &str, outcome: &str) -> CallRecord {
        CallRecord {
            principal: principal.parse().unwrap(),
            addr: ([127, 0, 0, 1], 9).into(),
            rpc: "/chengji.v1.RequestService/Grant".to_owned(),
            subject: "430100-1-2".to_owned(),
            outcome: outcome.to_owned(),
            reason: Some(text(2_000)),
            request_id: "id".to_owned(),
        }
    }

    fn sized(size: u32) -> Option<v1::PageRequest> {
        let cursor = String::new();
        Some(v1::PageRequest { size, cursor })
    }

    #[tokio::test]
    async fn entries_are_numbered_without_a_gap_and_read_newest_first() {
        let ledger =
            Ledger::create(Arc::new(MemoryStore::default()), "coordinator", [1; 8]).unwrap();
        let audit_log = AuditLog::open(ledger.clone(), chengji_clock::system_clock()).unwrap();
        for number in 0..600 {
            let outcome = if number % 300 == 0 { "DENIED" } else { "OK" };
            audit_log.record(record("auditor/a", outcome)).await;
        }
        audit_log.record(record("auditor/b", "OK")).await;
        let list = |asked: v1::ListAuditRequest| -> Vec<u64> {
            let listed = audit_log.list(&asked).unwrap();
            listed.items.iter().map(|entry| entry.number).collect()
        };
        let all = v1::ListAuditRequest {
            page: sized(1_000),
            ..Default::default()
        };
        assert_eq!(list(all.clone()), (1..=601).rev().collect::<Vec<_>>());
        assert_eq!(
            list(v1::ListAuditRequest {
                before: 3,
                ..all.clone()
            }),
            [2, 1]
        );
        assert_eq!(
            list(v1::ListAuditRequest {
                denied: true,
                ..all.clone()
            }),
            [301, 1]
        );
        let of_b = v1::ListAuditRequest {
            principal: "auditor/b".to_owned(),
            ..all.clone()
        };
        assert_eq!(list(of_b), [601]);
        assert_eq!(list(v1::ListAuditRequest::default()).len(), 100);
        let listed = audit_log.list(&all).unwrap();
        let reason = listed.items[0].reason.as_ref().map(text_from);
        assert_eq!(reason, Some(text(MAX_REASON)));
        // Another program on the same store continues the numbering.
        let again = AuditLog::open(ledger, chengji_clock::system_clock()).unwrap();
        again.record(record("auditor/a", "OK")).await;
        assert_eq!(
            again.list(&v1::ListAuditRequest::default()).unwrap().items[0].number,
            602
        );
    }

    #[tokio::test]
    async fn denials_are_a_numbered_chain_whose_oldest_are_forgotten() {
        let ledger =
            Ledger::create(Arc::new(MemoryStore::default()), "coordinator", [1; 8]).unwrap();
        for number in 0..9 {
            // Another program on the same store continues the chain.
            let clock = chengji_clock::system_clock();
            let audit_log = AuditLog::open(ledger.clone(), clock).unwrap();
            let outcome = if number % 2 == 0 { "DENIED" } else { DONE };
            audit_log.record(record("auditor/a", outcome)).await;
        }
        let audit_log = AuditLog::open(ledger.clone(), chengji_clock::system_clock()).unwrap();
        let chain = || {
            let asked = v1::ListAuditRequest {
                denied: true,
                ..v1::ListAuditRequest::default()
            };
            let mut denials = audit_log.list(&asked).unwrap().items;
            denials.reverse();
            for pair in denials.windows(2) {
                assert_eq!(pair[1].denial, pair[0].denial + 1);
                assert_eq!(pair[1].previous_denial, pair[0].digest);
            }
            denials.iter().map(|entry| entry.denial).collect::<Vec<_>>()
        };
        assert_eq!(chain(), [1, 2, 3, 4, 5]);
        let done = audit_log.list(&v1::ListAuditRequest::default()).unwrap();
        assert_eq!(done.items[1].denial, 0);
        assert!(done.items[1].digest.is_empty());
        for number in 1..=9 {
            let forget = move |tx: &mut Tx<'_>| forget_denial(tx, number);
            ledger.write(forget).await.unwrap();
        }
        // The newest stays, so that the next one names it; and every call that was carried out.
        assert_eq!(chain(), [5]);
        audit_log.record(record("auditor/a", "DENIED")).await;
        assert_eq!(chain(), [5, 6]);
        let all = audit_log.list(&v1::ListAuditRequest::default()).unwrap();
        assert_eq!(all.items.len(), 6);
    }

    #[tokio::test]
    async fn a_list_reads_as_much_of_a_long_trail_as_of_a_short_one() {
        for count in [400, 4_000] {
            let store = CountingStore::new(MemoryStore::new());
            let reads = store.reads();
            let ledger = Ledger::create(Arc::new(store), "coordinator", [1; 8]).unwrap();
            let audit_log = AuditLog::open(ledger, chengji_clock::system_clock()).unwrap();
            for number in 0..count {
                // One principal at the beginning, and a denial in a hundred.
                let principal = if number < 30 {
                    "auditor/b"
                } else {
                    "auditor/a"
                };
                let outcome = if number % 100 == 0 { "DENIED" } else { "OK" };
                audit_log.record(record(principal, outcome)).await;
            }
            for (principal, denied, found) in [
                ("", false, 20),
                ("auditor/b", false, 20),
                ("", true, 4),
                ("auditor/b", true, 1),
                ("auditor/c", false, 0),
            ] {
                let asked = v1::ListAuditRequest {
                    principal: principal.to_owned(),
                    denied,
                    page: sized(if denied { found as u32 } else { 20 }),
                    before: 0,
                };
                let (read, listed) = reads.during(|| audit_log.list(&asked).unwrap());
                assert_eq!(listed.items.len(), found, "{asked:?} of {count}");
                assert!(read <= 2 * found as u64 + 2, "{read}: {asked:?} of {count}");
            }
        }
    }
}
