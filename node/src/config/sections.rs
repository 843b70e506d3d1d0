//! The tables of the settings of a node, as written in the file, but for those of other modules.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::consent::Manner;
use crate::delivery::DiskLimits;

/// Maximum interval between two rounds of measuring, minutes: a quarter of the shortest update cycle, the
/// part of it that may remain when measuring is due.
const MAX_MINUTES: u32 = 360;
/// Maximum number of days that an unfinished fetch is kept.
const MAX_DAYS: u32 = 365;
/// Minimum number of days that contents of reviews are kept: the three years for which records of sharing are kept by
/// law, with a leap day.
const MIN_REVIEW_DAYS: u32 = 3 * 365 + 1;
/// Maximum number of days that contents of reviews are kept: about a hundred years.
const MAX_REVIEW_DAYS: u32 = 36_525;

/// Regular measuring of mounted files: of those that changed, and of those whose measurement would expire by the
/// update cycle of the entry, after half to three quarters of it. One file at a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Measuring {
    /// Interval between two rounds; 0 to check every 15 minutes which files are there, and measure none.
    #[schemars(range(max = MAX_MINUTES), extend("x-value" = "minutes"))]
    pub(super) every_minutes: u32,
}

impl Default for Measuring {
    fn default() -> Self {
        Self { every_minutes: 15 }
    }
}

/// Disk space of fetched files. `status` shows its use.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Receiving {
    /// Maximum size of a fetched file; unlimited if omitted.
    #[schemars(example = 107_374_182_400_u64, extend("x-value" = "bytes"))]
    pub(super) file_limit: Option<u64>,
    /// Maximum size of all fetched files together, including unfinished ones; unlimited if omitted.
    #[schemars(example = 1_099_511_627_776_u64, extend("x-value" = "bytes"))]
    pub(super) received_limit: Option<u64>,
    /// Disk space that fetches leave free for the database; 1 GiB if omitted, or 5 % of a disk of less than 20
    /// GiB.
    #[schemars(example = 1_073_741_824_u64, extend("x-value" = "bytes"))]
    pub(super) disk_reserve: Option<u64>,
    /// Time for which an unfinished fetch is kept after its last byte. One that cannot be resumed, for
    /// example because the grant has ended, is removed at the next start or within a day.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-value" = "days"))]
    pub(super) keep_unfinished_days: u32,
}

impl Default for Receiving {
    fn default() -> Self {
        Self {
            file_limit: None,
            received_limit: None,
            disk_reserve: None,
            keep_unfinished_days: 7,
        }
    }
}

impl Receiving {
    pub(super) fn disk_limits(&self) -> DiskLimits {
        DiskLimits {
            file: self.file_limit,
            received: self.received_limit,
            reserve: self.disk_reserve,
            keep_unfinished: SignedDuration::from_hours(i64::from(self.keep_unfinished_days) * 24),
        }
    }
}

/// Removal of contents that need not be kept for good. Contents past their period are removed once a day, permanently;
/// earlier backups still have them. `log retention --dry-run` counts them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RetentionPeriods {
    /// Time for which the contents of reviews that precede the published revision of an entry are kept: reasons,
    /// people, and revisions that were never published. Entries in review keep theirs. Kept for good if omitted; at
    /// least three years, as by law for records of sharing.
    #[schemars(example = 3_653, range(min = MIN_REVIEW_DAYS, max = MAX_REVIEW_DAYS), extend("x-value" = "days"))]
    pub(super) keep_reviews_days: Option<u32>,
}

/// The consent of a second person to submissions, grants, refusals, extensions, ends and changes of shares.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConsentSettings {
    /// `exchange`: each such call makes a proposal, to which a second person consents by a call of its own. `paper`:
    /// each such call carries the number of the paper with the consent.
    pub(super) manner: Manner,
    /// True if the number of a paper is accepted beside consent in the exchange.
    pub(super) paper_accepted: bool,
    /// True if automatic grants of an entry take a standing consent to them; without one its requests wait for people.
    pub(super) standing_required: bool,
}

/// Requests as they concern departments.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RequestSettings {
    /// True if, by the city's own rules, approvers who are limited to no department answer for the department of an
    /// entry; their acts name it. False if they do so only in the place of a person of the department, by delegation.
    pub(super) bureau_answers: bool,
}
