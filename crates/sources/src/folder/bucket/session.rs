//! The requests of one call to an object store.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chengji_domain::Result;
use chengji_messages::msg;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch::Sender;

use super::{BucketSettings, client, failure};
use crate::Finding;
use crate::database::watch::{Cancel, Connection};
use crate::reading::{caller_gone, unavailable};

/// Maximum number of objects directly in a folder, whatever they are.
const MAX_OBJECTS: usize = 100_000;
/// What separates the parts of a key.
const SEPARATOR: &str = "/";

/// The requests of one call. Each blocks, and ends when the caller is gone.
pub(crate) struct Session {
    settings: BucketSettings,
    store: AmazonS3,
    runtime: Runtime,
    /// True when the caller is gone.
    stop: Sender<bool>,
}

/// Ends the request of a session.
pub(crate) struct Canceller(Sender<bool>);

impl Connection for Arc<Session> {
    type Canceller = Canceller;

    fn canceller(&self) -> Canceller {
        Canceller(self.stop.clone())
    }
}

impl Cancel for Canceller {
    fn cancel(&self) {
        self.0.send_replace(true);
    }
}

impl Session {
    /// Begins a call. Nothing is connected before its first request.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE`.
    pub(super) fn open(settings: &BucketSettings) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| {
            let bucket = settings.address.bucket.as_str();
            unavailable(msg::BucketClientUnusable { bucket, cause })
        })?;
        Ok(Self {
            settings: settings.clone(),
            store: client::open(settings)?,
            runtime,
            stop: Sender::new(false),
        })
    }

    /// Returns true while the caller waits.
    pub(super) fn goes_on(&self) -> bool {
        !*self.stop.borrow()
    }

    /// Returns what a check says of the connection. It takes a listing that succeeded.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let BucketSettings {
            address, endpoint, ..
        } = &self.settings;
        let reached = msg::BucketCheckReached {
            endpoint: endpoint.to_string(),
            folder: address.to_string(),
        };
        let encryption = match (endpoint.is_encrypted(), endpoint.is_local()) {
            (true, _) => Finding::note(msg::BucketCheckEncrypted),
            (false, true) => Finding::note(msg::BucketCheckLocal),
            (false, false) => Finding::warning(msg::BucketCheckNotEncrypted),
        };
        let writing = Finding::note(msg::BucketCheckWriting);
        vec![Finding::note(reached), encryption, writing]
    }

    /// Lists the objects directly in the folder whose names fit; only those of one table if it is given.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE`.
    pub(crate) fn objects(
        &self,
        table: Option<&str>,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, ObjectMeta)>> {
        let prefix = self.settings.address.prefix.as_str();
        let beginning = match table {
            Some(table) => format!("{prefix}{table}."),
            None => prefix.to_owned(),
        };
        let mut objects = Vec::new();
        let (mut listed, mut token) = (0, None);
        loop {
            let (page, next) = self.page(&beginning, token)?;
            // An empty page counts, too: a listing ends.
            listed += page.len().max(1);
            if listed > MAX_OBJECTS {
                let folder = self.settings.address.to_string();
                let most = MAX_OBJECTS;
                return Err(unavailable(msg::BucketObjectsTooMany { folder, most }));
            }
            for object in page {
                let key: &str = object.location.as_ref();
                let name = key.strip_prefix(prefix);
                let name = name.filter(|name| !name.contains(SEPARATOR) && fits(name));
                if let Some(name) = name.map(str::to_owned) {
                    objects.push((name, object));
                }
            }
            token = match next {
                None => return Ok(objects),
                next => next,
            };
        }
    }

    fn page(
        &self,
        beginning: &str,
        page_token: Option<String>,
    ) -> Result<(Vec<ObjectMeta>, Option<String>)> {
        let options = PaginatedListOptions {
            delimiter: Some(SEPARATOR.into()),
            page_token,
            ..PaginatedListOptions::default()
        };
        self.wait(async {
            let page = self.store.list_paginated(Some(beginning), options).await;
            let page = page.map_err(|error| failure::of_list(&self.settings, &error))?;
            Ok((page.result.objects, page.page_token))
        })
    }

    /// Reads a range of the object that was listed.
    ///
    /// # Errors
    ///
    /// `SOURCE_CHANGED` if the object is another one by now, `SOURCE_UNAVAILABLE`.
    pub(super) fn range(&self, object: &ObjectMeta, range: Range<u64>) -> Result<Bytes> {
        let failed =
            |error: object_store::Error| failure::of_object(&self.settings, object, &error);
        let wanted = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        self.wait(async {
            let options = GetOptions {
                if_match: object.e_tag.clone(),
                range: Some(GetRange::Bounded(range)),
                ..GetOptions::default()
            };
            let found = self.store.get_opts(&object.location, options).await;
            let found = found.map_err(failed)?;
            if !is_same(object, &found.meta) {
                return Err(failure::of_change(&self.settings, object));
            }
            let mut bytes = BytesMut::new();
            let mut pieces = found.into_stream();
            while let Some(piece) = pieces.try_next().await.map_err(failed)? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > wanted {
                    break;
                }
            }
            match bytes.len() == wanted {
                true => Ok(bytes.freeze()),
                false => Err(failure::of_length(&self.settings, object)),
            }
        })
    }

    fn wait<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(async {
            let mut stop = self.stop.subscribe();
            tokio::select! {
                biased;
                _ = stop.wait_for(|is_wanted| *is_wanted) => Err(caller_gone()),
                answer = answer => answer,
            }
        })
    }
}

/// Returns true if an answer is of the object that was listed. Stores may ignore the condition of a request.
fn is_same(listed: &ObjectMeta, answered: &ObjectMeta) -> bool {
    let tags = (listed.e_tag.as_deref(), answered.e_tag.as_deref());
    let is_other =
        matches!(tags, (Some(listed), Some(answered)) if plain(listed) != plain(answered));
    !is_other && listed.size == answered.size
}

/// Returns an entity tag without what listings and answers write differently.
fn plain(tag: &str) -> &str {
    tag.trim_start_matches("W/").trim_matches('"')
}
