//! Removal of partial files that unfinished fetches have left.
//!
//! A `.part` file is removed if no fetch can resume it: there is no record of the fetch, the request is
//! unknown, or its grant has ended. One that could be resumed is removed when its last byte is older than
//! the setting `receiving.keep_unfinished_days`. Nothing is removed during a fetch of the request.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::request::{RequestId, State};
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_messages::{Value, msg};
use chengji_runtime::off_thread;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Consumer;
use super::grant;
use super::partial::ArrivalFolder;
use super::sizes::{PARTIAL, listed};
use super::transfers::{self, TRANSFERS};
use super::under_way::UnderWay;
use crate::requests::records;

/// Interval between checks of the folder, after the start.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes partial files that cannot be resumed, at once and daily, until `stopped` turns true.
pub(super) async fn keep_clean(
    consumer: Consumer,
    under_way: UnderWay<RequestId>,
    mut stopped: watch::Receiver<bool>,
) {
    let cleaning = async {
        let mut days = tokio::time::interval(INTERVAL);
        loop {
            days.tick().await;
            if let Err(error) = clean(&consumer, &under_way).await {
                tracing::warn!("unfinished fetches cannot be listed: {error}");
            }
        }
    };
    tokio::select! {
        () = cleaning => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

async fn clean(consumer: &Consumer, under_way: &UnderWay<RequestId>) -> Result<()> {
    let sizes = Arc::clone(consumer.disk.sizes());
    for (request, written) in off_thread(move || unfinished(sizes.folder())).await? {
        let Some(_turn) = under_way.begin(request) else {
            continue;
        };
        let Some(why) = why_useless(consumer, request, written)? else {
            continue;
        };
        transfers::forget(&consumer.own, request).await?;
        let folder = ArrivalFolder::new(consumer.disk.sizes(), request);
        off_thread(move || folder.discard()).await?;
        tracing::info!(%request, "the received part of a fetch was removed: {why}");
    }
    Ok(())
}

/// The reason why this fetch cannot or will not be resumed, if any.
fn why_useless(
    consumer: &Consumer,
    request: RequestId,
    written: Timestamp,
) -> Result<Option<String>> {
    let kv = consumer.own.ledger.kv().as_ref();
    let Some(record) = records::find(kv, request)? else {
        return Ok(Some("the request is not known".to_owned()));
    };
    if !TRANSFERS.contains(kv, &request)? {
        return Ok(Some("no fetch is on record".to_owned()));
    }
    let (history, now) = (record.effective(), consumer.own.now());
    if !grant::may_have_come_since(&history, now)
        && let Err(error) = grant::check(&history, now)
        && error.code().fault() == Fault::Policy
        && error.code() != ErrorCode::GrantSuspended
    {
        return Ok(Some(error.to_string()));
    }
    // A suspension can be lifted, which makes the partial file usable again.
    if record.shown_state(now)? == State::Revoked {
        return Ok(Some("its grant was revoked".to_owned()));
    }
    Ok(too_old(
        written,
        now,
        consumer.disk.limits().keep_unfinished,
    ))
}

fn too_old(written: Timestamp, now: Timestamp, keep: SignedDuration) -> Option<String> {
    let age = now.duration_since(written);
    (age > keep).then(|| format!("its last byte came {} days ago", age.as_hours() / 24))
}

/// The requests with a partial file on disk, and the time of its last write. Blocks.
fn unfinished(received: &Path) -> Result<Vec<(RequestId, Timestamp)>> {
    let unreadable = |cause: std::io::Error| {
        let path = Value::text(received.display());
        let message = msg::ReceivedFolderUnreadable { path, cause };
        Error::new(ErrorCode::Misconfigured, message)
    };
    let mut found = Vec::new();
    for folder in listed(received).map_err(unreadable)? {
        let name = folder.file_name();
        // Other files in the folder are not this node's.
        let Some(request) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        match fs::metadata(folder.path().join(PARTIAL)).and_then(|file| file.modified()) {
            Ok(written) => found.push((request, Timestamp::try_from(written).unwrap_or_default())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unfinished_fetches_of_requests_are_found() {
        let folder = tempfile::tempdir().unwrap();
        for (name, file) in [
            ("430100-1-1-AAAAAAAAAAAAA", PARTIAL),
            ("430100-1-2-AAAAAAAAAAAAA", "whole.csv"),
            ("notes", PARTIAL),
        ] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join(file), "x").unwrap();
        }
        let found = unfinished(folder.path()).unwrap();
        let requests: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(requests, ["430100-1-1-AAAAAAAAAAAAA"]);
        assert!(
            unfinished(&folder.path().join("missing"))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn what_can_be_resumed_is_kept_for_its_time() {
        let written = Timestamp::from_second(1_795_392_000).unwrap();
        let keep = SignedDuration::from_hours(7 * 24);
        assert_eq!(too_old(written, written + keep, keep), None);
        let late = written + keep + SignedDuration::from_secs(1);
        assert!(too_old(written, late, keep).unwrap().contains("7 days"));
    }
}
