//! The wait of a request for the approval of the common superior authority (共同的上级主管部门), before it is routed.

use jiff::Timestamp;

use crate::calendar::Deadline;

/// The wait of a request for an approval, as the coordinator records it. The deadline is the coordinator's, for
/// obtaining the authority's decision; when it passes, nothing is decided in place of the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitedApproval {
    /// Time since which the request waits.
    pub since: Timestamp,
    /// The revision of the entry that requires the approval.
    pub revision: u32,
    /// The last day to obtain it.
    pub deadline: Deadline,
}
