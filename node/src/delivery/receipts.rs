//! Receipts (回执): provider, consumer, request, volume and time of a delivery. Both sides write one,
//! together with the fact in their log, and keep it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chengji_domain::delivery::Receipt;
use chengji_domain::fact::{CityFact, Delivery};
use chengji_domain::report::Month;
use chengji_domain::request::RequestId;
use chengji_domain::request::terms::Voucher;
use chengji_domain::{CityCode, Principal, ResourceCode, ResourceRef, Result, Uscc};
use chengji_follow::return_flow_table;
use chengji_paging::Pager;
use chengji_proto::convert::receipt_to;
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::{OfDepartment, StoredOfDepartment, StoredReceipt};
use chengji_store::{Index, KeyOnly, KeyValue, Limit, Merged, Prefix, Table, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::own_log::OwnLog;
use crate::requests::{departments, records};

/// Receipts, newest first.
pub static RECEIPTS: Table<Reverse<u64>, StoredReceipt> =
    Table::new(Prefix::Receipt, &[&OF_REQUEST, &OF_MONTH]);

/// Receipts by request, newest first.
static OF_REQUEST: Index<(RequestId,), Reverse<u64>, StoredReceipt> = Index::new(
    &RECEIPTS,
    Prefix::ReceiptOf,
    "receipts by request",
    |_, receipt| vec![(receipt.delivery.request,)],
);

/// Receipts by the first day of their month, newest first.
static OF_MONTH: Index<(Date,), Reverse<u64>, StoredReceipt> = Index::new(
    &RECEIPTS,
    Prefix::ReceiptMonth,
    "receipts by month",
    |_, receipt| vec![(Month::of(receipt.at).first_day(),)],
);

/// Number of receipts of a month read at once.
const AT_ONCE: usize = 64;

/// The city's department concerned by each receipt.
pub(crate) static DEPARTMENTS: Table<Reverse<u64>, StoredOfDepartment> =
    Table::new(Prefix::ReceiptDepartment, &[&OF_DEPARTMENT]);

/// Receipts by department, newest first.
static OF_DEPARTMENT: Index<(String,), Reverse<u64>, StoredOfDepartment> = Index::new(
    &DEPARTMENTS,
    Prefix::DepartmentReceipt,
    "receipts by department",
    |_, record| vec![(record.department.to_string(),)],
);

/// Revisions that the city's departments received, by provider, entry and department.
pub(crate) static RECEIVED: Table<(CityCode, ResourceCode, String, u32), KeyOnly> =
    Table::new(Prefix::ReceivedEntry, &[]);

/// This city's side of a delivery.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The provider, which sent from byte `resumed_at` on, to a user that the consumer's node may have vouched for.
    Sent {
        consumer: CityCode,
        resumed_at: u64,
        vouched: Option<Voucher>,
    },
    /// The consumer, which received a file of this name.
    Received {
        provider: CityCode,
        file_name: String,
    },
}

/// Logs a finished delivery and stores its receipt.
pub(crate) fn write(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    by: &Principal,
    at: Timestamp,
    delivery: Delivery,
    end: End,
) -> Result<Receipt> {
    let (provider, consumer, sent, file_name) = match &end {
        End::Sent { consumer, .. } => (own.city, *consumer, true, String::new()),
        End::Received {
            provider,
            file_name,
        } => (*provider, own.city, false, file_name.clone()),
    };
    let recorded = delivery.clone();
    let (fact, vouched) = match end {
        End::Sent {
            consumer,
            resumed_at,
            vouched,
        } => {
            let fact = CityFact::Delivered {
                delivery,
                consumer,
                resumed_at,
            };
            (fact, vouched)
        }
        End::Received { provider, .. } => (CityFact::Received { delivery, provider }, None),
    };
    let receipt = Receipt {
        seq: own.append(tx, by, at, fact)?.seq,
        at,
        delivery: recorded,
        provider,
        consumer,
        sent,
        file_name,
        vouched,
    };
    RECEIPTS.put(tx, &Reverse(receipt.seq), &receipt)?;
    return_flow_table::note_delivery(tx, (provider, consumer), &receipt.delivery.code, at)?;
    let record = records::find(tx, receipt.delivery.request)?;
    if let Some(record) = record
        && let Some(department) = departments::of(own, tx, &record.history)?
    {
        let submitted_at = record.history.submitted_at;
        let of_department = OfDepartment {
            department,
            submitted_at,
        };
        DEPARTMENTS.put(tx, &Reverse(receipt.seq), &of_department)?;
        if !sent {
            let Delivery { code, revision, .. } = &receipt.delivery;
            let key = (provider, code.clone(), department.to_string(), *revision);
            RECEIVED.put(tx, &key, &())?;
        }
    }
    Ok(receipt)
}

/// The city's departments that received one of these revisions of another city's entry.
pub(crate) fn receivers(
    view: &(impl View + ?Sized),
    entry: &ResourceRef,
    revisions: &RangeInclusive<u32>,
) -> Result<BTreeSet<Uscc>> {
    let mut departments = BTreeSet::new();
    let received = RECEIVED.under(&(entry.city, entry.code.clone()));
    received.each(view, |(.., department, revision), ()| {
        if revisions.contains(&revision) {
            departments.insert(department.parse()?);
        }
        Ok(())
    })?;
    Ok(departments)
}

/// Returns true if one of these departments received another city's entry.
pub(crate) fn is_received_by(
    view: &(impl View + ?Sized),
    entry: &ResourceRef,
    departments: &BTreeSet<Uscc>,
) -> Result<bool> {
    for department in departments {
        let of = (entry.city, entry.code.clone(), department.to_string());
        if RECEIVED.under(&of).first(view)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lists receipts, newest first, at most `limit`; of one request if given, else those of these departments or all.
pub(super) fn list(
    kv: &dyn KeyValue,
    asked: &v1::ListReceiptsRequest,
    departments: Option<&BTreeSet<Uscc>>,
) -> Result<Page<v1::Receipt>> {
    let pager = Pager::<Reverse<u64>>::of(asked)?;
    let rows: Box<dyn Iterator<Item = _>> = match (asked.request.as_str(), departments) {
        ("", Some(departments)) => Box::new(of_departments(kv, &pager, departments)),
        ("", None) => Box::new(RECEIPTS.range(pager.bounds()).rows(kv, pager.at_once())),
        (id, _) => {
            let id = (records::resolve(kv, id)?,);
            let of_request = OF_REQUEST.under(&id);
            let rest = match pager.after() {
                None => of_request,
                Some(after) => of_request.after(&id, after),
            };
            let rows = rest.rows(kv, pager.at_once());
            Box::new(rows.map(|row| row.map(|(_, seq, receipt)| (seq, receipt))))
        }
    };
    pager.fill(rows, |_, receipt| Ok(Some(receipt_to(&receipt))))
}

/// The receipts of these departments from the place of the pager on, newest first.
fn of_departments(
    kv: &dyn KeyValue,
    pager: &Pager<Reverse<u64>>,
    departments: &BTreeSet<Uscc>,
) -> impl Iterator<Item = Result<(Reverse<u64>, Receipt)>> {
    let spans = departments.iter().map(|department| {
        let leading = (department.to_string(),);
        let span = OF_DEPARTMENT.under(&leading);
        match pager.after() {
            None => span,
            Some(after) => span.after(&leading, after),
        }
    });
    let merged = Merged::new(kv, spans, pager.at_once(), |_, seq| *seq);
    merged.filter_map(move |row| {
        let found = row.and_then(|(_, seq)| Ok((seq, RECEIPTS.get(kv, &seq)?)));
        found
            .map(|(seq, receipt)| Some((seq, receipt?)))
            .transpose()
    })
}

/// Calls `visit` with each receipt of a month and the department concerned, newest first.
pub(crate) fn each_of_month(
    kv: &dyn KeyValue,
    month: Month,
    mut visit: impl FnMut(&Receipt, Option<Uscc>) -> Result<()>,
) -> Result<()> {
    for row in OF_MONTH.under(&(month.first_day(),)).rows(kv, AT_ONCE) {
        let (_, seq, receipt) = row?;
        let of_department = DEPARTMENTS.get(kv, &seq)?;
        visit(&receipt, of_department.map(|of| of.department))?;
    }
    Ok(())
}

/// The last receipt of a request.
fn last(view: &(impl View + ?Sized), request: RequestId) -> Result<Option<Receipt>> {
    let last = OF_REQUEST.under(&(request,)).page(view, Limit::rows(1))?;
    Ok(last.rows.into_iter().next().map(|(_, receipt)| receipt))
}

/// The newest receipt of a file received by this city under the request.
pub(crate) fn received(view: &(impl View + ?Sized), request: RequestId) -> Result<Option<Receipt>> {
    let newest = last(view, request)?;
    Ok(newest.filter(|receipt| !receipt.sent))
}

/// The last receipt of the request, if it matches this delivery completely.
pub(super) fn known(view: &(impl View + ?Sized), delivery: &Delivery) -> Result<Option<Receipt>> {
    let last = last(view, delivery.request)?;
    Ok(last.filter(|receipt| receipt.sent && receipt.delivery == *delivery))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::{Digest, Epoch};
    use chengji_store::{CountingStore, Ledger, MemoryStore};

    use super::*;
    use crate::read_counts::{KeysRead, check, page};

    fn ledger() -> Ledger {
        Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap()
    }

    fn delivery(request: u64, revision: u32, digest: u8) -> Delivery {
        Delivery {
            request: RequestId {
                city: "430100".parse().unwrap(),
                epoch: Epoch::first([1; 8]),
                seq: request,
            },
            code: "307012/000001".parse().unwrap(),
            revision,
            bytes: 9,
            digest: Digest([digest; 32]),
            rows: None,
        }
    }

    async fn keep(ledger: &Ledger, seq: u64, delivery: Delivery) {
        let receipt = Receipt {
            seq,
            at: Timestamp::UNIX_EPOCH,
            delivery,
            provider: "430200".parse().unwrap(),
            consumer: "430100".parse().unwrap(),
            sent: true,
            file_name: String::new(),
            vouched: None,
        };
        let put = ledger.write(move |tx| RECEIPTS.put(tx, &Reverse(seq), &receipt));
        put.await.unwrap();
    }

    #[tokio::test]
    async fn receipts_come_newest_first() {
        let ledger = ledger();
        for (seq, of) in [(3, 1), (5, 2), (300, 1)] {
            keep(&ledger, seq, delivery(of, 1, 1)).await;
        }
        let seqs = |of: Option<u64>| -> Vec<Vec<u64>> {
            let (mut pages, mut cursor) = (Vec::new(), String::new());
            loop {
                let of = of.map(|seq| delivery(seq, 1, 1).request.to_string());
                let page = Some(v1::PageRequest { size: 2, cursor });
                let request = of.unwrap_or_default();
                let asked = v1::ListReceiptsRequest { request, page };
                let page = list(&**ledger.kv(), &asked, None).unwrap();
                pages.push(page.items.iter().map(|receipt| receipt.seq).collect());
                cursor = page.next_cursor;
                if cursor.is_empty() {
                    return pages;
                }
            }
        };
        assert_eq!(seqs(None), [vec![300, 5], vec![3]]);
        assert_eq!(seqs(Some(1)), [vec![300, 3]]);
        assert_eq!(seqs(Some(9)), [Vec::<u64>::new()]);
    }

    #[tokio::test]
    async fn only_the_same_content_is_known_to_have_been_sent() {
        let ledger = ledger();
        let asked = delivery(1, 2, 7);
        let found = || {
            let found = known(&**ledger.kv(), &asked).unwrap();
            found.map(|receipt| receipt.seq)
        };
        assert_eq!(found(), None);
        for (seq, revision, digest, expected) in [
            (3, 2, 7, Some(3)),
            (5, 2, 8, None),
            (7, 1, 7, None),
            (9, 2, 7, Some(9)),
        ] {
            keep(&ledger, seq, delivery(1, revision, digest)).await;
            assert_eq!(found(), expected, "{seq}");
        }
    }

    /// The keys read of so many receipts.
    async fn keys_read(count: u64) -> KeysRead {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
        for seq in 0..count {
            keep(&ledger, seq, delivery(1, 1, 1)).await;
        }
        let mut keys = KeysRead::of(reads);
        let asked = v1::ListReceiptsRequest {
            page: page(),
            ..Default::default()
        };
        keys.list("Delivery/ListReceipts", || {
            Ok(list(&**ledger.kv(), &asked, None)?.items.len())
        });
        keys
    }

    #[tokio::test]
    async fn a_list_reads_what_its_class_allows_however_many_receipts_there_are() {
        check(&keys_read(12).await, &keys_read(120).await, &["Delivery"]);
    }
}
