//! The client of an object store: bounded time, bounded repetitions, verified certificates. It follows no redirections and
//! uses no proxy of its environment, so that requests go to the declared store or nowhere.

use std::path::Path;
use std::time::Duration;

use chengji_domain::{Error, Result};
use chengji_messages::{Value, msg};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use super::BucketSettings;
use crate::database::password::password;
use crate::reading::{file_name, unavailable};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request may take, with its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the store may send nothing.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a request is repeated that the store failed to answer.
const MAX_RETRIES: usize = 3;
/// Time after which a request is not repeated any more.
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
/// Pauses before repetitions.
const PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// Makes the client of a bucket. Nothing is connected before its first request.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE` if the secret access key or the authorities cannot be read.
pub(super) fn open(settings: &BucketSettings) -> Result<AmazonS3> {
    let bucket = settings.address.bucket.as_str();
    let secret = password(&settings.secret)?.unwrap_or_default();
    let unusable = |cause: Value| unavailable(msg::BucketClientUnusable { bucket, cause });
    let client = connections(settings, unusable)?;
    let store = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_endpoint(settings.endpoint.to_string())
        .with_virtual_hosted_style_request(settings.endpoint.is_of_bucket(bucket))
        .with_region(settings.region.as_str())
        .with_access_key_id(settings.user.as_str())
        .with_secret_access_key(secret)
        .with_retry(RetryConfig {
            backoff: BackoffConfig {
                init_backoff: PAUSE,
                max_backoff: MAX_PAUSE,
                base: 2.0,
            },
            max_retries: MAX_RETRIES,
            retry_timeout: RETRY_TIMEOUT,
        })
        .with_http_connector(Connector(client));
    store.build().map_err(|error| unusable(Value::text(error)))
}

fn connections(settings: &BucketSettings, unusable: impl Fn(Value) -> Error) -> Result<Client> {
    let is_encrypted = settings.endpoint.is_encrypted();
    let mut client = Client::builder()
        .user_agent("chengji")
        .http1_only()
        .https_only(is_encrypted)
        .tls_built_in_root_certs(is_encrypted && settings.ca.is_none())
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_TIMEOUT)
        .timeout(REQUEST_TIMEOUT);
    if let Some(ca) = &settings.ca {
        for authority in authorities(ca)? {
            client = client.add_root_certificate(authority);
        }
    }
    client.build().map_err(|error| unusable(Value::text(error)))
}

/// Reads the authorities in a file.
fn authorities(ca: &Path) -> Result<Vec<Certificate>> {
    let unusable = |cause: Value| {
        let path = file_name(ca);
        unavailable(msg::BucketCaUnusable { cause, path })
    };
    let pem = std::fs::read(ca).map_err(|error| unusable(error.into()))?;
    let found = Certificate::from_pem_bundle(&pem);
    let found = found.map_err(|error| unusable(Value::text(error)))?;
    match found.is_empty() {
        true => Err(unusable(msg::BucketCaEmpty.into())),
        false => Ok(found),
    }
}

/// Gives the store connections that were made before.
#[derive(Debug)]
struct Connector(Client);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}
