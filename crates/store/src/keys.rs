//! The table of key prefixes and the format of keys.
//!
//! The table is append-only and its bytes are pinned: directories written by any version are read by every
//! later one. A prefix that falls out of use keeps its byte, which is never reused. Keys sort as their parts
//! do. The values are not described here.

mod reader;

use chengji_domain::Epoch;
use chengji_domain::request::RequestId;

pub use self::reader::KeyReader;

macro_rules! prefixes {
    ($( $(#[doc = $doc:literal])* $name:ident = $byte:literal; )*) => {
        /// The first byte of every key: the kind of its record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Prefix { $( $(#[doc = $doc])* $name = $byte, )* }

        impl Prefix {
            /// All prefixes.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];
        }
    };
}

prefixes! {
    /// The owner of this directory: one record, never changed.
    Owner = 0x01;
    /// Epoch and next position of the own log: one record.
    LogHead = 0x02;
    /// The envelopes of the own log's entries, by position.
    LogEnvelope = 0x03;
    /// The own log's leaf hashes, by position.
    LogLeaf = 0x04;
    /// Position reached in a followed log and the number of its copy, by its owner.
    Follow = 0x05;
    /// The envelopes of followed logs' entries, by owner, number of the copy, and position.
    MirrorEnvelope = 0x06;
    /// Followed logs' leaf hashes, by owner, number of the copy, and position.
    MirrorLeaf = 0x07;
    /// Entries that could not be applied, with the reason.
    Quarantine = 0x08;
    /// Copies of followed logs that are no longer continued, by owner and number of the copy.
    LogCopy = 0x09;
    /// The epochs of the own log, by number.
    OwnEpoch = 0x0a;
    /// Alarms about followed logs that differ from what was read before, by owner.
    LogAlarm = 0x0b;
    /// The version of the storage format: one record.
    StorageVersion = 0x0c;
    /// The progress of a migration: one record while one is in progress.
    MigrationNote = 0x0d;
    /// The salted bodies of the own log's entries, by position.
    LogBody = 0x0e;
    /// The salted bodies of followed logs' entries, empty where this node may not read them; by owner, number
    /// of the copy, and position.
    MirrorBody = 0x0f;
    /// Entries of the own catalogue in their last revision.
    CatalogueEntry = 0x10;
    /// The source that a resource is mounted on.
    Mount = 0x12;
    /// Entries of all cities' catalogues.
    Federated = 0x13;
    /// The lifecycles of entries of the own catalogue, by code.
    Lifecycle = 0x14;
    /// Revisions of entries, by code and number.
    Revision = 0x15;
    /// Steps of entries' lifecycles, by code and number.
    LifeStep = 0x16;
    /// Staged entries of an import, by number of the piece.
    Staged = 0x18;
    /// The import that is being put into effect: one record.
    ImportUnderWay = 0x19;
    /// Entries of the own catalogue by department and state.
    LifeList = 0x1a;
    /// Requests by their number.
    Request = 0x20;
    /// Requests that wait until their provider's log has been read.
    Waiting = 0x21;
    /// The position up to which a city's log had arrived, by city and time, latest first.
    Arrival = 0x22;
    /// Positions of seals in the own log, by month-end.
    Seal = 0x23;
    /// Positions of facts in the own log that change the membership.
    MembershipFact = 0x24;
    /// The use that cities have made of their budgets, by city.
    CityUse = 0x25;
    /// Requests with a backdated move, by number.
    Backdated = 0x26;
    /// The provider's own stops of deliveries, by target.
    Stop = 0x27;
    /// Requests that need a person's attention, by city and time.
    Attention = 0x28;
    /// The own epoch in which the coordinator's log was read to its end: one record.
    ReadSinceEpoch = 0x29;
    /// Requests by parties, state and time.
    RequestList = 0x2a;
    /// Due acts of requests with a pending reminder, by deadline.
    RequestReminder = 0x2b;
    /// Entries of cities' logs about requests that are not yet opened, by request, city and position.
    EarlyMove = 0x2c;
    /// The latest recorded time of arrival: one record.
    LatestArrival = 0x2d;
    /// Changed records of the federated catalogue, by number of the change.
    EntryChange = 0x2e;
    /// The number of the last such change: one record.
    LastEntryChange = 0x2f;
    /// Members of the cluster, by copy of the coordinator's log and city.
    Member = 0x30;
    /// The signed checkpoint that puts the roster in force: one record.
    Roster = 0x31;
    /// Time at which the coordinator was last heard: one record.
    RosterHeard = 0x32;
    /// People and their rights, by principal.
    Person = 0x33;
    /// Certificates issued here, by principal and number.
    Certificate = 0x34;
    /// Invitations issued here, by number.
    Invitation = 0x35;
    /// Audit entries, by number.
    Audit = 0x36;
    /// Audit entries by principal.
    AuditList = 0x37;
    /// Operators and auditors, by copy of the coordinator's log and principal.
    RosterPerson = 0x38;
    /// Revoked certificates of nodes and of the cluster's people, by copy of the coordinator's log and serial.
    Revoked = 0x39;
    /// Revoked certificates by copy and `notAfter`.
    RevokedByEnd = 0x3a;
    /// Keys by which logs are signed, by copy of the coordinator's log, owner and position of the fact.
    LogKey = 0x3b;
    /// Members that have left the cluster, by copy of the coordinator's log and city.
    MemberLeft = 0x3d;
    /// Receipts of deliveries.
    Receipt = 0x40;
    /// Transfers in progress, for resuming them.
    Transfer = 0x41;
    /// The same receipts, by request.
    ReceiptOf = 0x42;
    /// Answers given under an idempotency key.
    Idempotency = 0x50;
    /// Numbers of published entries, their rows and bytes, by the values of each dimension of the statistics.
    CatalogueTally = 0x60;
    /// Numbers of entries that could not be applied, by owner and number of the copy.
    QuarantineTally = 0x61;
    /// Invitations by the invited principal.
    InvitationOf = 0x62;
    /// Invitations by their end.
    InvitationByEnd = 0x63;
    /// Published entries by the features that lists are filtered by.
    CatalogueList = 0x64;
    /// Published entries by the traits of likely duplicates.
    CatalogueLikeness = 0x65;
    /// Nodes of the own log's Merkle tree, by level and number.
    LogNode = 0x70;
    /// Nodes of the Merkle trees of followed logs' copies, by owner, number of the copy, level and number.
    MirrorNode = 0x71;
    /// The progress of a recount of a table's tallies, by the table's prefix.
    Recount = 0x72;
    /// Indexes and tallies that are still to be built, by their prefix.
    Unbuilt = 0x73;
    /// Snapshots of the fold of a city's log, by city, number of the copy, and number of folded entries, latest
    /// first.
    RateSnapshot = 0x80;
    /// Parts of these snapshots, by city, number of the copy, number of folded entries, and number of the part.
    RateSnapshotPart = 0x81;
    /// Submissions and moves that wait, or waited, for a second person's consent, by number.
    Proposal = 0x90;
    /// The same, newest first, by whether they have ended, the role whose consent is due, and department.
    ProposalList = 0x91;
    /// Open proposals of moves, by request.
    ProposalOf = 0x92;
    /// Standing consents to automatic grants, by entry.
    StandingConsent = 0x93;
    /// Delegations between people, by number.
    Delegation = 0x94;
    /// The same by each of the two people, newest first.
    DelegationOf = 0x95;
    /// The department concerned by a request, by number of the request.
    RequestDepartment = 0x96;
    /// Requests by department, newest first.
    DepartmentRequest = 0x97;
    /// The department concerned by a receipt, by number of the receipt.
    ReceiptDepartment = 0x98;
    /// Receipts by department, newest first.
    DepartmentReceipt = 0x99;
    /// Requests with a due act, by parties and first deadline.
    RequestDue = 0xa0;
    /// Requests with a provisional deadline, by number.
    RequestProvisional = 0xa1;
    /// Numbers of acts against the rules that requests show, by city and act.
    ActTally = 0xa2;
    /// Positions of findings in the own log, by city, latest first.
    Finding = 0xa3;
    /// Requests with a running grant, by the end of its period.
    RequestLapse = 0xa4;
    /// Entries with a provisional day, by code.
    LifecycleProvisional = 0xa5;
    /// Entries with an act that is due, by act, department and last day.
    LifecycleDue = 0xa6;
    /// Entries with a reminder to come, by last day.
    LifecycleReminder = 0xa7;
    /// Requests that wait for an approval, by provider, code and number.
    AwaitedApproval = 0xa8;
    /// Entries that changed while requests for them wait for an approval, by city, code and revision.
    ApprovalRecheck = 0xa9;
    /// Requests with a running grant, by provider, entry and the end of its period.
    RequestsRunning = 0xaa;
    /// Entries whose region changed, until the requests with their running grants are marked, by code.
    RegionChanged = 0xab;
    /// Requests with a running grant of a table, by consumer, department and the names in queries.
    TableGrant = 0xac;
    /// Requests that are not opened, with something from the coordinator, by number.
    RequestUnopened = 0xae;
    /// Requests that wait for a provider that is no member, by provider and number.
    WaitingForMember = 0xaf;
    /// The use of grants with limits, by request.
    GrantUse = 0xc8;
    /// Times of counted fetches, by request and number of the fetch.
    CountedFetch = 0xc9;
    /// Records of the use of granted data, newest first.
    UsageRecord = 0xca;
    /// The same by request.
    UsageOf = 0xcb;
    /// The same by provider.
    UsageOfProvider = 0xd8;
    /// Grants for whose use records are due, by request.
    UsageState = 0xd9;
    /// The same by provider and the last day of the first period without records.
    UsageDue = 0xda;
    /// Rules for automatic grants, by entry.
    GrantRule = 0xdb;
    /// Return flows, by provider and entry.
    ReturnFlow = 0xdc;
    /// Return flows under which a lower division has received nothing yet, newest first.
    ReturnFlowAwaited = 0xdd;
    /// Deliveries to lower divisions, by provider, entry, consumer and month.
    ReturnedInMonth = 0xde;
    /// Return flows by provider and end.
    ReturnFlowByEnd = 0xdf;
    /// Subscriptions to notifications, by number, newest first.
    Subscription = 0xd0;
    /// The same, by whether they have ended and by person.
    SubscriptionList = 0xd1;
    /// The feeds of subscriptions in force, by number of the subscription.
    Feed = 0xd2;
    /// Events whose delivery was given up, by number of the subscription, log and position.
    DeadLetter = 0xd3;
    /// The last vouchers of this city's node in its fetches, by request, user and operation.
    VouchedFetch = 0xd4;
    /// Corrections and demands, by number.
    Matter = 0xb0;
    /// Corrections and demands by kind, parties and state, newest first.
    MatterList = 0xb1;
    /// Corrections and demands by kind, parties and deadline.
    MatterDue = 0xb2;
    /// Corrections and demands with a reminder to come, by deadline.
    MatterReminder = 0xb3;
    /// Answered demands by consumer, provider and awaited entry.
    AwaitedEntry = 0xb4;
    /// Numbers of corrections, by provider and entry.
    CorrectionTally = 0xb5;
    /// Corrections to received data, by number of the correction.
    NotedCorrection = 0xb6;
    /// The same by whether they were acknowledged, newest first.
    NotedCorrectionList = 0xb7;
    /// Revisions that cities received, by provider, entry, revision and consumer.
    ReceivedRevision = 0xb8;
    /// Revisions that departments received, by provider, entry, department and revision.
    ReceivedEntry = 0xb9;
    /// Corrections to received data by department and whether it has acknowledged them, newest first.
    NotedCorrectionDepartment = 0xba;
    /// Corrections and demands that need attention, by kind and city, newest first.
    MatterAttention = 0xbb;
    /// Facts about deadline rules and holiday notices, by position in the coordinator's log.
    Rules = 0xc0;
    /// Departments that were merged into others, by credit code.
    DepartmentSuccession = 0xcc;
    /// The same, by the department that they were merged into.
    DepartmentPredecessor = 0xcd;
    /// Requests by party and month, for reports.
    RequestMonth = 0xe0;
    /// Deliveries of a city's log by month and department.
    MonthUse = 0xe1;
    /// Receipts by month.
    ReceiptMonth = 0xe2;
    /// All successions of departments, by city, successor, department and position.
    SuccessionHistory = 0xe3;
    /// Salts of grants of tables, by request.
    GrantSalt = 0xcf;
    /// Default scopes of entries, by entry.
    DefaultScope = 0xe4;
    /// Positions of adopted formulas of the sharing rate in the coordinator's own log.
    FormulaAdoption = 0xe5;
    /// Probes, by position of the order in the coordinator's log, latest first.
    Probe = 0xe6;
    /// Probes that the own city still has to make, by last day and position.
    ProbeDue = 0xe7;
    /// Numbers of entries of cities' logs that wait for their request, and sums of their keys, by request.
    EarlyMoveTally = 0xe8;
    /// Numbers of answered demands by consumer, provider and awaited entry.
    AwaitedEntryTally = 0xe9;
}

/// The byte that represents NUL inside a text, after a NUL.
const ESCAPED: u8 = 0xff;

/// The byte that ends a text, after a NUL. It is less than [`ESCAPED`], so that a text sorts before every
/// longer one that begins with it.
const END: u8 = 0x01;

/// Bytes that hold most keys, so that they are allocated once.
const USUAL: usize = 64;

/// Builds a key part by part. Keys with the same kinds of parts sort as the parts do, and different lists of
/// parts never make the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// Starts a key of this prefix.
    pub fn new(prefix: Prefix) -> Self {
        let mut key = Vec::with_capacity(USUAL);
        key.push(prefix as u8);
        Self(key)
    }

    /// Starts parts without a prefix: of a key within a value, or outside the store.
    pub fn parts() -> Self {
        Self(Vec::new())
    }

    /// Adds one byte as a number.
    #[must_use]
    pub fn u8(mut self, part: u8) -> Self {
        self.0.push(part);
        self
    }

    /// Adds a number in big endian.
    #[must_use]
    pub fn u32(mut self, part: u32) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    /// Adds a number in big endian.
    #[must_use]
    pub fn u64(mut self, part: u64) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    /// Adds a text, which sorts by its bytes. Any text is allowed.
    #[must_use]
    pub fn text(mut self, part: &str) -> Self {
        let mut pieces = part.as_bytes().split(|byte| *byte == 0);
        self.0.extend_from_slice(pieces.next().unwrap_or_default());
        for piece in pieces {
            self.0.extend_from_slice(&[0, ESCAPED]);
            self.0.extend_from_slice(piece);
        }
        self.0.extend_from_slice(&[0, END]);
        self
    }

    /// Adds an epoch, which sorts by its number, then by its random bytes.
    #[must_use]
    pub fn epoch(mut self, part: Epoch) -> Self {
        self = self.u32(part.number);
        self.0.extend_from_slice(&part.id);
        self
    }

    /// Adds a request's number, which sorts by city, epoch and position.
    #[must_use]
    pub fn request(self, part: RequestId) -> Self {
        self.u32(part.city.number()).epoch(part.epoch).u64(part.seq)
    }

    /// Adds the parts that `parts` adds, with all bits flipped, so that they sort in the opposite order.
    #[must_use]
    pub(crate) fn flipped(self, parts: impl FnOnce(Self) -> Self) -> Self {
        let from = self.0.len();
        let mut key = parts(self);
        for byte in &mut key.0[from..] {
            *byte = !*byte;
        }
        key
    }

    /// Returns the key's bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Returns the range `lower <= key < upper` of this key and all keys that begin with its parts.
    pub fn range(self) -> (Vec<u8>, Vec<u8>) {
        let mut upper = self.0.clone();
        // Ends at the prefix byte at the latest: none of the table is 0xff.
        while upper.last() == Some(&u8::MAX) {
            upper.pop();
        }
        if let Some(last) = upper.last_mut() {
            *last += 1;
        }
        (self.0, upper)
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
