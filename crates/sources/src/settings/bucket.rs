//! The settings of folders of files: on this machine, or in a bucket of an object store.

use chengji_messages::msg;

use super::{DatabaseTls, Section, SourceSettings};
use crate::database::password::PasswordFrom;
use crate::folder::{BucketAddress, BucketSettings, Endpoint, Place};

/// The usual region of stores that have none.
const REGION: &str = "us-east-1";

impl SourceSettings {
    /// Declares the folder of a source of files.
    pub(super) fn place(self, section: &mut Section<'_>) -> Option<Place> {
        match self.url {
            None => section
                .required_path("folder", self.folder)
                .map(Place::Local),
            Some(_) => self.bucket(section).map(Place::Bucket),
        }
    }

    fn bucket(self, section: &mut Section<'_>) -> Option<BucketSettings> {
        let address = self.url.as_deref().and_then(BucketAddress::parse);
        if address.is_none() {
            // The text is not shown: it may contain a secret.
            section.report("url", msg::BucketUrlMalformed);
        }
        let is_unencrypted_allowed = self.tls == Some(DatabaseTls::Off);
        let endpoint = section
            .required_text("endpoint", self.endpoint)
            .and_then(|text| endpoint(section, &text, is_unencrypted_allowed));
        let user = section.required_text("user", self.user);
        let secret = match section.password(self.password_file, self.password_env)? {
            PasswordFrom::None => section.required("password_file", None),
            given => Some(given),
        };
        Some(BucketSettings {
            address: address?,
            endpoint: endpoint?,
            region: self.region.unwrap_or_else(|| REGION.to_owned()),
            user: user?,
            secret: secret?,
            ca: self.ca.map(|file| section.path(&file)),
        })
    }
}

fn endpoint(
    section: &mut Section<'_>,
    text: &str,
    is_unencrypted_allowed: bool,
) -> Option<Endpoint> {
    let Some(endpoint) = Endpoint::parse(text) else {
        section.report("endpoint", msg::BucketEndpointMalformed);
        return None;
    };
    if !endpoint.is_encrypted() && !endpoint.is_local() && !is_unencrypted_allowed {
        section.report("endpoint", msg::BucketEndpointNotEncrypted);
        return None;
    }
    Some(endpoint)
}
