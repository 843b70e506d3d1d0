//! A request as one flat record, and the law about it: a plain model, independent of the code that it is compared with.
//! Stops for incidents are not part of the table, and not modelled.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::{Book, Day};
use super::table::{BOUND, LAW, OF_PROVIDER, Shown, Try, Verdict, has, row};

/// The circumstances of a move.
#[derive(Clone, Copy)]
pub(super) struct Now<'b> {
    pub(super) book: &'b Book,
    pub(super) at: Timestamp,
    pub(super) consumer: &'static str,
    pub(super) provider: &'static str,
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Model {
    state: &'static str,
    due: BTreeMap<&'static str, Day>,
    /// The day on which papers were asked for, and the working days then left to answer.
    question: Option<(Date, u32)>,
    extended: bool,
    supplied_late: bool,
    mediated: bool,
    offered: bool,
    reported: bool,
    until: Option<Timestamp>,
    is_lapse_noted: bool,
    /// True if it was declined.
    amendment: Option<bool>,
    /// True if it was decided that it is answered anew, which is due after the end of the period, too.
    is_decided: bool,
    /// The end of the grant as it is to be changed, and the answer.
    consultation: Option<(Option<Timestamp>, Option<bool>)>,
    proposal: Option<(&'static str, Option<Timestamp>)>,
    dispute: Option<Box<Dispute>>,
}

#[derive(Clone, Debug)]
struct Dispute {
    before: Model,
    by: &'static str,
    since: Date,
    /// Acts that the other party still had time for, with their last days counted from the day of the dispute.
    resting: Vec<(&'static str, Day)>,
}

impl Dispute {
    /// True if the disposal of the data is due during the dispute: once the period has ended, and after a termination
    /// that the consumer disputes.
    fn leaves_disposal(&self, now: Now<'_>) -> bool {
        match self.before.state(now) {
            "terminated" => self.by == "consumer",
            state => state == "lapsed",
        }
    }
}

impl Now<'_> {
    pub(super) fn today(self) -> Date {
        jiff::tz::offset(8).to_datetime(self.at).date()
    }

    fn due(self, city: &str, rule: &str) -> Day {
        let days = self.book.number(city, rule, self.today());
        self.book.after(self.today(), days)
    }

    fn has_passed(self, day: Option<&Day>) -> bool {
        day.is_some_and(|day| self.today() > day.date)
    }
}

impl Model {
    fn new(state: &'static str) -> Self {
        Self {
            state,
            due: BTreeMap::new(),
            question: None,
            extended: false,
            supplied_late: false,
            mediated: false,
            offered: false,
            reported: false,
            until: None,
            is_lapse_noted: false,
            amendment: None,
            is_decided: false,
            consultation: None,
            proposal: None,
            dispute: None,
        }
    }

    /// A routed request, to be answered in the time for conditional data.
    pub(super) fn routed(now: Now<'_>) -> Self {
        let mut model = Self::new("routed");
        let answer = now.due(now.provider, "conditional_answer");
        model.due.insert("answer", answer);
        model
    }

    fn granted(until: Timestamp, offered: bool, now: Now<'_>) -> Self {
        let mut model = Self::new("granted");
        (model.until, model.offered) = (Some(until), offered);
        if !offered {
            let offer = now.due(now.provider, "delivery_after_grant");
            model.due.insert("offer", offer);
        }
        model
    }

    pub(super) fn state(&self, now: Now<'_>) -> &'static str {
        let runs = has("granted suspended", self.state);
        match runs && self.until.is_some_and(|until| until <= now.at) {
            true => "lapsed",
            false => self.state,
        }
    }

    pub(super) fn dues(&self, now: Now<'_>) -> Vec<(&'static str, Day)> {
        if let Some(dispute) = self.disputed() {
            let disposal = dispute.before.due.get("disposal");
            let disposal = disposal.filter(|_| dispute.leaves_disposal(now));
            return Vec::from_iter(disposal.map(|day| ("disposal", *day)));
        }
        let (_, owed, _) = row(self.state(now));
        let is_owed =
            |act: &str| has(owed, act) || act == "amendment" && self.owes_decided_answer();
        let due = self.due.iter().filter(|(act, _)| is_owed(act));
        due.map(|(act, day)| (*act, *day)).collect()
    }

    /// True if the provider owes an answer to an amendment, be the period over or not.
    fn owes_decided_answer(&self) -> bool {
        self.state == "granted" && self.amendment == Some(false) && self.is_decided
    }

    /// The dispute that is open.
    fn disputed(&self) -> Option<&Dispute> {
        let dispute = self.dispute.as_deref();
        dispute.filter(|_| has("disputed referred", self.state))
    }

    /// The request whose share ends: that before the dispute, if one is open.
    fn disposable(&mut self) -> &mut Self {
        match self.disputed().is_some() {
            true => &mut self.dispute.as_mut().unwrap().before,
            false => self,
        }
    }

    /// The end of the grant by the change that was consulted about.
    pub(super) fn consulted(&self) -> Option<Timestamp> {
        self.consultation.and_then(|(change, _)| change)
    }

    /// The last day of what is owed now.
    pub(super) fn last_day(&self, act: &str) -> Option<Date> {
        self.due.get(act).map(|day| day.date)
    }

    /// True if several acts rest during the dispute. The days of the others follow that of the first by a rule that is
    /// not counted in working days, and is tested with the table.
    pub(super) fn rest_several(&self) -> bool {
        let dispute = self.dispute.as_ref();
        dispute.is_some_and(|dispute| dispute.resting.len() > 1)
    }

    /// Notes the end of the grant, moves what a notice has made later, and chases what is overdue.
    pub(super) fn pass(&mut self, now: Now<'_>, shown: &mut Shown) {
        let ending = self.disposable();
        if ending.state(now) == "lapsed" && !ending.is_lapse_noted {
            ending.is_lapse_noted = true;
            let disposal = now.due(now.consumer, "disposal_after_end");
            ending.due.insert("disposal", disposal);
        }
        let end = self.until.map(|until| Now { at: until, ..now }.today());
        for (act, day) in self.dues(now) {
            let is_bound = BOUND.contains(&act) && self.state(now) != "lapsed";
            if is_bound && end.is_some_and(|end| day.date >= end) {
                continue;
            }
            let day = now.book.moved(day);
            self.disposable().due.insert(act, day);
            if now.today() > day.date {
                shown.chased.insert((act, day.date));
            }
        }
    }

    /// A party tries a move.
    pub(super) fn attempt(
        &mut self,
        (by, what): (&'static str, Try),
        now: Now<'_>,
        shown: &mut Shown,
    ) -> Verdict {
        let verdict = self.verdict((by, what), now);
        let is_question = what == Try::AskSupplement;
        let is_end = has("terminate change", what.name());
        if verdict == Verdict::Made {
            let is_late = |act: &str| now.has_passed(self.due.get(act));
            let answers = has("grant refuse", what.name());
            shown.answered_late |=
                answers && has("routed supplemented", self.state) && is_late("answer");
            shown.offered_late |= what == Try::Offer && is_late("offer");
            shown.asked |= is_question;
            shown.granted |= what.name() == "grant";
            shown.consulted |= has("consult close", what.name());
            shown.suspensions += u64::from(what.name() == "suspend");
            self.make((by, what), now);
        } else if by == "provider" {
            shown.refused_questions += u64::from(is_question);
            shown.refused_ends += u64::from(is_end);
        }
        verdict
    }

    fn verdict(&self, (by, what): (&str, Try), now: Now<'_>) -> Verdict {
        let state = self.state(now);
        // The limit of an extension is checked before the party and the state.
        if let (Try::Extend(date), Some(answer)) = (what, self.due.get("answer"))
            && has("routed supplemented", state)
        {
            let most = now
                .book
                .number(now.provider, "extension_at_most", answer.date);
            if date > now.book.after(answer.date, most).date {
                return Verdict::AgainstRule;
            }
        }
        let turn = Verdict::TurnOf(Some(row(state).2).filter(|party| !party.is_empty()));
        let is_row = |[from, mv, party, _]: &[&str; 4]| {
            has(from, state) && *mv == what.name() && has(party, by)
        };
        if !LAW.iter().any(is_row) || !self.has_matter(what, now) {
            return turn;
        }
        match self.permits((by, what), now) {
            true => Verdict::Made,
            false => Verdict::AgainstRule,
        }
    }

    /// True unless the move is about something that is not there.
    fn has_matter(&self, what: Try, now: Now<'_>) -> bool {
        match what {
            Try::Close => self
                .disputed()
                .is_none_or(|dispute| has("lapsed terminated", dispute.before.state(now))),
            Try::Grant(_) => self.state != "refused" || self.mediated,
            Try::Withdraw => self.state != "granted" || self.amendment == Some(false),
            Try::Amend(_) | Try::Decline if self.state(now) == "lapsed" => {
                self.owes_decided_answer()
            }
            Try::Amend(_) | Try::Decline => self.amendment == Some(false),
            Try::Answer(_) => self.consultation.is_some(),
            _ => true,
        }
    }

    /// The law in words.
    fn permits(&self, (by, what): (&str, Try), now: Now<'_>) -> bool {
        let begins = |until: Timestamp| until > now.at;
        let is_late = |act: &str| now.has_passed(self.due.get(act));
        let is_answered = matches!(self.consultation, Some((_, Some(_))));
        let is_consulted = is_answered || self.consultation.is_some() && is_late("consultation");
        match what {
            Try::AskSupplement => self.question.is_none() && !is_late("answer"),
            Try::Extend(date) => {
                let is_later = self.last_day("answer").is_some_and(|old| date > old);
                !self.extended && is_later && (self.supplied_late || !is_late("answer"))
            }
            Try::Grant(until) | Try::Amend(until) => begins(until),
            Try::Dispute if has("routed supplemented", self.state) => is_late("answer"),
            Try::Dispute if self.state == "granted" => {
                let is_unamended = self.amendment == Some(true) || is_late("amendment");
                let is_opposed = matches!(self.consultation, Some((_, Some(false))));
                is_opposed || by == "consumer" && is_unamended
            }
            Try::WithdrawDispute => self
                .dispute
                .as_ref()
                .is_some_and(|dispute| dispute.by == by),
            Try::Offer => !self.offered,
            Try::AskAmendment => self.amendment != Some(false),
            Try::Suspend(date) => date > now.today(),
            Try::ReportMended => !self.reported,
            Try::Consult(change) => {
                (self.consultation.is_none() || is_consulted) && change.is_none_or(begins)
            }
            Try::Answer(_) => !is_answered,
            Try::Terminate if self.state == "suspended" => self.reported || is_late("mending"),
            Try::Terminate => is_consulted && self.consulted().is_none(),
            Try::Change(until) => is_consulted && self.consulted() == Some(until) && begins(until),
            Try::Propose(grant) => grant.is_none_or(|until| by == "provider" && begins(until)),
            Try::Accept => self
                .proposal
                .is_some_and(|(party, grant)| party != by && grant.is_none_or(begins)),
            Try::Decide(true) => self.dispute.as_ref().is_some_and(|dispute| {
                let before = &dispute.before;
                match before.state {
                    "granted" => before.amendment.is_some(),
                    state => has("routed supplemented refused terminated", state),
                }
            }),
            _ => true,
        }
    }

    fn make(&mut self, (by, what): (&'static str, Try), now: Now<'_>) {
        let state = self.state(now);
        let row = LAW
            .iter()
            .find(|[from, mv, party, _]| has(from, state) && *mv == what.name() && has(party, by));
        let [.., to] = *row.unwrap();
        match (to, what) {
            ("<", _) => return self.end_dispute(what, now),
            (_, Try::Grant(until)) => *self = Self::granted(until, false, now),
            (_, Try::Dispute) => self.rest(by, now),
            _ => self.note(what, now),
        }
        if let Try::Propose(grant) = what {
            self.proposal = Some((by, grant));
        }
        if to != "=" {
            self.state = to;
        }
    }

    /// Records what a move changes besides the state.
    fn note(&mut self, what: Try, now: Now<'_>) {
        let (book, today) = (now.book, now.today());
        match what {
            Try::AskSupplement => {
                let left = book.count(today, self.due["answer"].date);
                self.question = Some((today, left));
                self.due
                    .insert("supplement", now.due(now.consumer, "supplement"));
            }
            Try::Supplement => self.supplied(now),
            Try::Extend(date) => {
                let old = self.due["answer"].date;
                let provisional = book.until(today.min(old), date).provisional;
                let day = book.until(today, date);
                self.due.insert("answer", Day { provisional, ..day });
                self.extended = true;
            }
            Try::Refuse => *self = Self::new("refused"),
            Try::Withdraw => self.close("amendment"),
            Try::Offer => {
                self.offered = true;
                self.due.remove("offer");
            }
            Try::AskAmendment => {
                (self.amendment, self.is_decided) = (Some(false), false);
                self.due
                    .insert("amendment", now.due(now.provider, "conditional_answer"));
            }
            Try::Amend(until) => {
                (self.until, self.is_lapse_noted) = (Some(until), false);
                self.due.remove("disposal");
                self.close("amendment");
                self.close("consultation");
            }
            Try::Decline => {
                self.close("amendment");
                self.amendment = Some(true);
            }
            Try::Suspend(date) => {
                self.reported = false;
                self.due.insert("mending", book.until(today, date));
            }
            Try::ReportMended => {
                self.reported = true;
                self.due.remove("mending");
            }
            Try::Consult(change) => {
                self.consultation = Some((change, None));
                self.due
                    .insert("consultation", now.due(now.consumer, "consultation"));
            }
            Try::Answer(agrees) => {
                self.consultation = self.consultation.map(|(change, _)| (change, Some(agrees)));
                self.due.remove("consultation");
            }
            Try::Terminate => {
                self.due =
                    BTreeMap::from([("disposal", now.due(now.consumer, "disposal_after_end"))]);
            }
            Try::Change(until) => {
                self.until = Some(until);
                self.close("consultation");
            }
            _ => {}
        }
    }

    fn close(&mut self, matter: &'static str) {
        self.due.remove(matter);
        match matter {
            "amendment" => self.amendment = None,
            _ => self.consultation = None,
        }
    }

    /// The time to answer goes on. It also passed while papers were missing if the provider's rules know no pause.
    fn supplied(&mut self, now: Now<'_>) {
        let (book, today) = (now.book, now.today());
        let (asked, left) = self.question.unwrap();
        let paused = book.count(asked, today);
        let old = self.due["answer"];
        if paused > 0 && book.number(now.provider, "pause_while_incomplete", asked) > 0 {
            let (from, days) = (asked, left);
            let old = book.moved(Day { from, days, ..old });
            let date = book.after(old.date, paused).date;
            self.due.insert("answer", book.until(today, date));
        }
        self.supplied_late = now.has_passed(self.due.get("answer"));
        self.due.remove("supplement");
    }

    fn rest(&mut self, by: &'static str, now: Now<'_>) {
        let since = now.today();
        let of_other = |act: &&str| OF_PROVIDER.contains(act) != (by == "provider");
        let mut resting: Vec<_> = self.dues(now);
        resting.retain(|(act, day)| of_other(act) && !now.has_passed(Some(day)));
        resting.sort_by_key(|(_, day)| day.date);
        for (_, day) in &mut resting {
            (day.from, day.days) = (since, now.book.count(since, day.date));
        }
        let before = std::mem::replace(self, Self::new("disputed"));
        self.dispute = Some(Box::new(Dispute {
            before,
            by,
            since,
            resting,
        }));
    }

    fn end_dispute(&mut self, what: Try, now: Now<'_>) {
        let dispute = *self.dispute.take().unwrap();
        let proposal = self.proposal;
        *self = dispute.before;
        match (what, proposal) {
            (Try::Accept, Some((_, Some(until)))) => {
                let offered = self.offered && has("granted suspended", self.state);
                *self = Self::granted(until, offered, now);
            }
            (Try::Mediate, _) => self.mediated = self.state == "refused",
            (Try::Decide(true), _) if self.state == "granted" => {
                (self.amendment, self.is_decided) = (Some(false), true);
                self.due
                    .insert("amendment", now.due(now.provider, "conditional_answer"));
            }
            (Try::Decide(true), _) => *self = Self::routed(now),
            (Try::WithdrawDispute, _) => self.go_on((dispute.since, &dispute.resting[..]), now),
            _ => {}
        }
    }

    /// As many working days are left for the first act as at the time of the dispute; the others are postponed by as
    /// much.
    fn go_on(&mut self, (since, resting): (Date, &[(&'static str, Day)]), now: Now<'_>) {
        let Some((_, first)) = resting.first() else {
            return;
        };
        let left = now.book.count(since, now.book.moved(*first).date);
        let later = now.book.after(now.today(), left).date;
        if later < first.date {
            return;
        }
        let days = later - first.date;
        for &(act, day) in resting {
            let mut anew = now.book.until(now.today(), day.date + days);
            // A provisional day remains so until a fact moves it.
            anew.provisional = day.provisional || (later > first.date && anew.provisional);
            self.due.insert(act, anew);
        }
    }
}
