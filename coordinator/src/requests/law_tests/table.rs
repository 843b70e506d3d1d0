//! The table of the law as text, the acts that are due in each state, and the punishable acts that records show;
//! independent of the code that it is compared with.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

/// A move that a party tries, with the end of a grant, or the day that it names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Try {
    AskSupplement,
    Supplement,
    Extend(Date),
    Grant(Timestamp),
    Refuse,
    Withdraw,
    Dispute,
    WithdrawDispute,
    Close,
    Offer,
    AskAmendment,
    Amend(Timestamp),
    Decline,
    Suspend(Date),
    ReportMended,
    Resume,
    Consult(Option<Timestamp>),
    Answer(bool),
    Terminate,
    Change(Timestamp),
    Propose(Option<Timestamp>),
    Accept,
    Mediate,
    Refer,
    /// True if the provider has to answer anew.
    Decide(bool),
}

/// The outcome of a tried move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Made,
    /// It is another party's turn, or nobody's.
    TurnOf(Option<&'static str>),
    AgainstRule,
}

/// From, move, by, to; `=` stays, `<` goes back to where it was before the dispute.
#[rustfmt::skip]
pub(super) static LAW: [[&str; 4]; 31] = [
    ["routed supplemented", "ask-supplement", "provider", "incomplete"],
    ["incomplete", "supplement", "consumer", "supplemented"],
    ["routed supplemented", "extend", "provider", "="],
    ["routed supplemented refused", "grant", "provider", "granted"],
    ["routed supplemented", "refuse", "provider", "refused"],
    ["routed incomplete supplemented", "withdraw", "consumer", "withdrawn"],
    ["granted", "withdraw", "consumer", "="],
    ["routed supplemented", "dispute", "consumer", "disputed"],
    ["refused terminated granted suspended", "dispute", "consumer provider", "disputed"],
    ["disputed", "propose", "consumer provider", "="],
    ["disputed", "accept", "consumer provider", "<"],
    ["disputed referred", "withdraw-dispute", "consumer provider", "<"],
    ["disputed referred", "mediate", "coordinator", "<"],
    ["disputed", "refer", "coordinator", "referred"],
    ["disputed referred", "decide", "coordinator", "<"],
    ["granted", "offer", "provider", "="],
    ["granted", "ask-amendment", "consumer", "="],
    ["granted", "amend", "provider", "="],
    ["granted", "decline", "provider", "="],
    ["granted", "suspend", "provider", "suspended"],
    ["suspended", "report-mended", "consumer", "="],
    ["suspended", "resume", "provider", "granted"],
    ["granted", "consult", "provider", "="],
    ["granted", "answer", "consumer", "="],
    ["granted suspended", "terminate", "provider", "terminated"],
    ["granted", "change", "provider", "="],
    ["granted suspended terminated", "close", "consumer", "closed"],
    ["lapsed", "close", "consumer", "closed"],
    ["lapsed", "amend", "provider", "="],
    ["lapsed", "decline", "provider", "="],
    ["disputed referred", "close", "consumer", "closed"],
];

/// A state, the acts that are due in it, and the party whose turn it is.
#[rustfmt::skip]
static STATES: [(&str, &str, &str); 12] = [
    ("routed", "answer", "provider"),
    ("supplemented", "answer", "provider"),
    ("incomplete", "supplement", "consumer"),
    ("granted", "offer amendment consultation", "consumer"),
    ("suspended", "mending", "provider"),
    ("terminated", "disposal", "consumer"),
    ("lapsed", "disposal", "consumer"),
    ("refused", "", "consumer"),
    ("disputed", "", "coordinator"),
    ("referred", "", "coordinator"),
    ("withdrawn", "", ""),
    ("closed", "", ""),
];

/// Acts that are no longer due once the grant has ended, unless their last day was earlier.
pub(super) const BOUND: [&str; 4] = ["offer", "amendment", "mending", "consultation"];
/// Acts that the provider owes; the consumer owes the others.
pub(super) const OF_PROVIDER: [&str; 3] = ["answer", "offer", "amendment"];

/// The punishable acts that the records of a request show.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) chased: BTreeSet<(&'static str, Date)>,
    pub(super) answered_late: bool,
    pub(super) offered_late: bool,
    pub(super) asked: bool,
    pub(super) granted: bool,
    pub(super) consulted: bool,
    pub(super) suspensions: u64,
    pub(super) refused_questions: u64,
    pub(super) refused_ends: u64,
}

pub(super) fn has(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word)
}

impl Try {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AskSupplement => "ask-supplement",
            Self::Supplement => "supplement",
            Self::Extend(_) => "extend",
            Self::Grant(_) => "grant",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Dispute => "dispute",
            Self::WithdrawDispute => "withdraw-dispute",
            Self::Close => "close",
            Self::Offer => "offer",
            Self::AskAmendment => "ask-amendment",
            Self::Amend(_) => "amend",
            Self::Decline => "decline",
            Self::Suspend(_) => "suspend",
            Self::ReportMended => "report-mended",
            Self::Resume => "resume",
            Self::Consult(_) => "consult",
            Self::Answer(_) => "answer",
            Self::Terminate => "terminate",
            Self::Change(_) => "change",
            Self::Propose(_) => "propose",
            Self::Accept => "accept",
            Self::Mediate => "mediate",
            Self::Refer => "refer",
            Self::Decide(_) => "decide",
        }
    }
}

pub(super) fn row(state: &str) -> (&'static str, &'static str, &'static str) {
    *STATES.iter().find(|(of, ..)| *of == state).unwrap()
}

impl Shown {
    /// The punishable acts by their numbers in the law's list, and how often each was shown.
    pub(super) fn acts(&self) -> Vec<(u32, u64)> {
        let chased = |act: &str| self.chased.iter().filter(|(of, _)| *of == act).count() as u64;
        let counted = |is_shown: bool, times: u64| if is_shown { times } else { 0 };
        let acts = [
            (1, chased("answer").max(self.answered_late.into())),
            (2, chased("amendment")),
            (3, chased("offer").max(self.offered_late.into())),
            (4, counted(self.asked, self.refused_questions)),
            (
                5,
                counted(self.granted && !self.consulted, self.refused_ends),
            ),
            (7, self.suspensions),
            (8, chased("mending")),
            (9, chased("disposal")),
        ];
        acts.into_iter().filter(|(_, times)| *times > 0).collect()
    }
}
