use std::sync::Arc;

use chengji_domain::Digest;
use chengji_domain::catalogue::lifecycle::{Lifecycle, LifecycleStep};
use chengji_paging::MAX_PASSED_OVER;
use chengji_store::{CountingStore, Ledger, MemoryStore, Reads, Tx};

use super::*;
use crate::catalogue::samples::{MINE, OTHER, entry};

#[test]
fn a_classification_is_begun_by_whole_parts() {
    for path in ["3", "3/07", "3/07/012", "3/07/012/04"] {
        assert_eq!(under(path).unwrap(), path);
    }
    for path in ["", "3/", "3/7", "30/7", "/07", "3/07/12", "a"] {
        assert!(under(path).is_err(), "{path}");
    }
}

fn paged(size: u32, cursor: &str) -> Option<v1::PageRequest> {
    let cursor = cursor.to_owned();
    Some(v1::PageRequest { size, cursor })
}

/// A store of `count` entries: the first thousand is mine, of which every hundredth is submitted;
/// published ones of mine have a newer revision of the other department, taken back.
async fn filled(count: u32) -> (Ledger, Reads) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
    for from in (0..count).step_by(200) {
        let put = ledger.write(move |tx| (from..from + 200).try_for_each(|number| put(tx, number)));
        put.await.unwrap();
    }
    (ledger, reads)
}

fn page_of(
    ledger: &Ledger,
    request: &v1::ListLifecyclesRequest,
) -> Result<Page<v1::ListedLifecycle>> {
    let city = "430200".parse().unwrap();
    page(&**ledger.kv(), city, request, Timestamp::UNIX_EPOCH)
}

fn put(tx: &mut Tx<'_>, number: u32) -> Result<()> {
    let (mine, submitted) = (number < 1_000, number.is_multiple_of(100) && number < 1_000);
    let state = if submitted {
        State::Submitted
    } else {
        State::Published
    };
    let content = entry(number, "区划", if mine { MINE } else { OTHER }, &[]);
    let code = content.code.clone();
    let taken_back = mine && !submitted;
    let by: Principal = "city/430200/person/officer".parse()?;
    let record = LifecycleRecord {
        lifecycle: Lifecycle {
            state,
            newest: 1 + u32::from(taken_back),
            published: (!submitted).then_some(1),
        },
        provider: if taken_back {
            OTHER.parse()?
        } else {
            content.provider_code
        },
        published_provider: (!submitted).then_some(content.provider_code),
        digest: Digest([1; 32]),
        author: by.clone(),
        steps: 1,
        last: LifecycleStep {
            revision: 1,
            mv: Move::Submit,
            state,
            at: Timestamp::UNIX_EPOCH,
            by,
            reason: String::new(),
            due: None,
            consent: None,
            tightening: None,
        },
        tightenings: 0,
        change: None,
        reminders: Vec::new(),
    };
    lifecycles::REVISIONS.put(tx, &(code.clone(), 1), &content)?;
    lifecycles::LIFECYCLES.put(tx, &code, &record)
}

#[tokio::test]
async fn a_page_reads_as_much_of_a_large_catalogue_as_of_a_small_one() {
    for count in [1_200, 6_000] {
        let (ledger, reads) = filled(count).await;
        let list = |filter: v1::EntryFilter| {
            let request = v1::ListLifecyclesRequest {
                filter: Some(filter),
                page: paged(20, ""),
            };
            let (read, page) = reads.during(|| page_of(&ledger, &request));
            (page.unwrap().items.len(), read)
        };
        let filter = |states: &[v1::EntryState], providers: &[&str]| v1::EntryFilter {
            states: states.iter().map(|state| (*state).into()).collect(),
            provider_codes: providers.iter().map(ToString::to_string).collect(),
            ..v1::EntryFilter::default()
        };
        let submitted = [v1::EntryState::Submitted];
        // The keys of the index, and a lifecycle and a content for each entry.
        assert_eq!(list(filter(&submitted, &[])), (10, 10 + 2 * 10), "{count}");
        assert_eq!(
            list(filter(&submitted, &[MINE])),
            (10, 10 + 2 * 10),
            "{count}"
        );
        assert_eq!(list(filter(&submitted, &[OTHER])), (0, 0), "{count}");
        let published = [v1::EntryState::Published];
        assert_eq!(
            list(filter(&published, &[OTHER])),
            (20, 22 + 2 * 20),
            "{count}"
        );
        assert_eq!(
            list(filter(&[], &[MINE])),
            (20, 10 + 22 + 2 * 20),
            "{count}"
        );
        assert_eq!(list(filter(&[], &[])), (20, 10 + 22 + 2 * 20), "{count}");
        assert!(
            lifecycles::LIFECYCLES
                .check_indexes(&ledger)
                .await
                .unwrap()
                .is_empty()
        );
    }
}

/// Entries that no index distinguishes are skipped, in pages that still end.
#[tokio::test]
async fn a_page_gives_up_after_so_many_and_says_where_to_go_on() {
    let (ledger, reads) = filled(6_000).await;
    let mut request = v1::ListLifecyclesRequest {
        filter: Some(v1::EntryFilter {
            by: "nobody".to_owned(),
            ..v1::EntryFilter::default()
        }),
        ..v1::ListLifecyclesRequest::default()
    };
    let mut pages = 0;
    loop {
        let (read, page) = reads.during(|| page_of(&ledger, &request));
        assert!(read <= 2 * MAX_PASSED_OVER as u64 + 300, "{read}");
        pages += 1;
        let next_cursor = page.unwrap().next_cursor;
        if next_cursor.is_empty() {
            break;
        }
        request.page = paged(0, &next_cursor);
    }
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn published_entries_are_listed_under_their_classification_alone() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap();
    let classified = [
        ("1/99/999", "1999990001"),
        ("2/06/001", "2060010001"),
        ("2/06/001", "2060011201"),
        ("2/06/001/1", "2060011202"),
        ("2/06/001/12", "2060011203"),
        ("2/06/002", "2060020001"),
        ("2/07/001", "2070010001"),
        ("3/06/001", "3060010001"),
    ];
    let put = move |tx: &mut Tx<'_>| {
        classified.iter().try_for_each(|(path, code)| {
            let content = Entry {
                code: code.parse()?,
                classification: path.parse()?,
                ..entry(1, "区划", MINE, &[])
            };
            entries::put(
                tx,
                &catalogue::EntryRecord::new(content, 1, Timestamp::UNIX_EPOCH),
            )
        })
    };
    ledger.write(put).await.unwrap();
    let list = |classification: &str, cursor: &str| {
        let filter = v1::EntryFilter {
            classification: classification.to_owned(),
            ..v1::EntryFilter::default()
        };
        let request = v1::ListEntriesRequest {
            filter: Some(filter),
            page: paged(2, cursor),
            ..v1::ListEntriesRequest::default()
        };
        let city = "430200".parse().unwrap();
        published(&**ledger.kv(), city, &request, Timestamp::UNIX_EPOCH).unwrap()
    };
    for path in [
        "1",
        "1/99/999",
        "2",
        "2/06",
        "2/06/001",
        "2/06/001/1",
        "2/06/001/12",
        "2/06/001/2",
        "2/08",
        "3",
    ] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(path, &cursor);
            let codes = page
                .items
                .iter()
                .map(|record| &record.entry.as_ref().unwrap().code);
            found.extend(codes.cloned());
            cursor = page.next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        let is_under = |of: &str| of == path || of.starts_with(&format!("{path}/"));
        let expected = classified.iter().filter(|(of, _)| is_under(of));
        let expected: Vec<&str> = expected.map(|(_, code)| *code).collect();
        assert_eq!(found, expected, "{path}");
    }
    let different = entries::RECORDS.check_indexes(&ledger).await.unwrap();
    assert!(different.is_empty());
}
