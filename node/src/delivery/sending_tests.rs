//! Pieces that are sent while their grant is valid, and where a consumer goes on.

use std::fs;
use std::future;

use chengji_domain::Digest;
use jiff::SignedDuration;

use super::super::provider_samples::{Fixture, fixture};
use super::super::under_way::UnderWay;
use super::*;
use crate::catalogue::samples::{granted_request, keep_request};
use crate::catalogue::source::Source;
use crate::queries::samples::number;

/// A delivery of a file under a request that is granted for an hour.
async fn sending(fixture: &Fixture) -> Sending {
    let provider = fixture.provider.clone();
    let until = provider.own.now() + SignedDuration::from_hours(1);
    let record = granted_request(7, &fixture.code, until);
    let consumer = record.history.consumer();
    keep_request(&provider.own.ledger, record).await;
    let path = fixture.folder.path().join("permits.txt");
    fs::write(&path, "granted").unwrap();
    let source = Source::open(&path, &[fixture.folder.path().to_owned()]);
    Sending {
        provider,
        consumer,
        content: Sent::File(Arc::new(source.unwrap())),
        delivery: Delivery {
            request: number(7),
            code: fixture.code.clone(),
            revision: 1,
            bytes: 7,
            digest: Digest::of(b"granted"),
            rows: None,
        },
        from: 0,
        transfer: None,
        vouched: None,
        _turn: UnderWay::at_most(1).begin(consumer).unwrap(),
    }
}

/// The request is granted no more: its period is over.
async fn end_grant(fixture: &Fixture) {
    let own = &fixture.provider.own;
    let past = own.now() - SignedDuration::from_hours(1);
    keep_request(&own.ledger, granted_request(7, &fixture.code, past)).await;
}

fn failed(sent: Result<(), Broken>) -> Option<ErrorCode> {
    match sent {
        Ok(()) | Err(Broken::Off) => None,
        Err(Broken::Failed(error)) => Some(error.code()),
    }
}

#[tokio::test]
async fn not_a_piece_is_sent_after_the_end_of_the_grant() {
    let fixture = fixture().await;
    let sending = sending(&fixture).await;
    let (parts, mut answer) = mpsc::channel(1);
    let (piece, mut last) = (sending.read(0).await.unwrap(), None);
    let sent = sending.send_granted(&parts, piece.clone(), &mut last).await;
    assert_eq!(failed(sent), None);
    // The next piece waits for space, of which there is some only after the grant has ended.
    let mut next = pin!(sending.send_granted(&parts, piece, &mut last));
    tokio::select! {
        biased;
        _ = &mut next => panic!("there is no space"),
        () = future::ready(()) => {}
    }
    end_grant(&fixture).await;
    assert!(answer.recv().await.unwrap().is_ok());
    assert_eq!(failed(next.await), Some(ErrorCode::GrantExpired));
    assert!(answer.try_recv().is_err());
}

#[tokio::test]
async fn a_check_holds_until_something_is_written_or_a_period_ends() {
    let fixture = fixture().await;
    let sending = sending(&fixture).await;
    let own = &sending.provider.own;
    let checked = sending.checked().await.unwrap();
    assert!(checked.holds(own));

    let at = |now: Timestamp| OwnLog {
        clock: Arc::new(move || now),
        ..own.clone()
    };
    let until = own.now() + SignedDuration::from_hours(1);
    assert!(checked.holds(&at(until - SignedDuration::from_secs(1))));
    assert!(!checked.holds(&at(until)));

    own.ledger.set_confirmation(Confirmation::Asking);
    assert!(!checked.holds(own));
    own.ledger.set_confirmation(Confirmation::Confirmed);
    assert!(checked.holds(own));

    let other = granted_request(8, &fixture.code, until);
    keep_request(&own.ledger, other).await;
    assert!(!checked.holds(own));
    let mut last = Some(checked);
    sending.check(&mut last).await.unwrap();
    assert!(last.is_some_and(|last| last.holds(own)));

    end_grant(&fixture).await;
    let error = sending.check(&mut last).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::GrantExpired);
}

#[test]
fn a_consumer_goes_on_where_it_stands_in_the_same_content_only() {
    let digest = [7; 32];
    let asked = |offset, digest: &[u8]| v1::FetchRequest {
        request: String::new(),
        offset,
        digest: digest.to_vec(),
        voucher: None,
    };
    assert_eq!(beginning(&asked(0, &[]), &digest, 9), Ok(0));
    assert_eq!(beginning(&asked(4, &digest), &digest, 9), Ok(4));
    assert_eq!(beginning(&asked(9, &digest), &digest, 9), Ok(9));
    assert_eq!(beginning(&asked(4, &[8; 32]), &digest, 9), Ok(0));
    assert_eq!(beginning(&asked(4, &[]), &digest, 9), Ok(0));
    assert_eq!(beginning(&asked(99, &[8; 32]), &digest, 9), Ok(0));
    let past = beginning(&asked(10, &digest), &digest, 9).unwrap_err();
    assert_eq!(past.code(), ErrorCode::InvalidArgument);
}
