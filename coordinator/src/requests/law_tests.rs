//! Random histories of a request at the coordinator, compared after each step with a plain model of the law: which
//! moves are made, whose turn a refusal names, the state, what is due by which day, what is overdue, and which
//! punishable acts are shown. Papers are missing, tables of rules are replaced while the request is open, and holiday
//! notices are late.

mod calendar;
mod model;
mod table;

use std::collections::BTreeSet;

use chengji_domain::Principal;
use chengji_domain::calendar::{Deadline, HolidayNotice, RecordedRules, RulesFact, RulesSet};
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::findings::shown_by;
use chengji_domain::request::{CloseCause, Move, Party, RequestId, RequestRecord};
use chengji_messages::Value;
use chengji_testkit::requests::grant;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use self::calendar::{Book, Table};
use self::model::{Model, Now};
use self::table::{Shown, Try, Verdict};
use super::{Conclusion, Disputes, conclude, move_deadlines, note_lapses};
use crate::reminders::remind;
use crate::tests::world::{CONSUMER, PROVIDER, START, World, at, code, entry};

/// One step: days pass, rules or notices may change, and a party tries a move.
#[derive(Clone, Debug)]
struct Drawn {
    wait: i64,
    change: Option<Change>,
    pick: prop::sample::Index,
    /// 0 for any move, 1 for one that the law permits, more for one that does not end the request.
    guided: u8,
    days: i64,
}

/// A change that concerns every request.
#[derive(Clone, Debug)]
enum Change {
    /// One of the notices for 2027, if there is none yet.
    Notice(usize),
    /// A rule, its number, the place, and the days from today on which it begins and ends.
    Rule(usize, u32, usize, (i64, i64)),
}

const RULES: [&str; 7] = [
    "conditional_answer",
    "extension_at_most",
    "delivery_after_grant",
    "supplement",
    "consultation",
    "pause_while_incomplete",
    "disposal_after_end",
];

/// The consumer's city, the provider's, their province, and the country.
const PLACES: [&str; 4] = [CONSUMER, PROVIDER, "430000", "000000"];

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let rule = (
        0..RULES.len(),
        1..20_u32,
        0..PLACES.len(),
        (-5..20_i64, 0..60_i64),
    );
    let change = prop_oneof![
        (0..3_usize).prop_map(Change::Notice),
        rule.prop_map(|(rule, days, place, span)| Change::Rule(rule, days, place, span)),
    ];
    let change = prop::option::weighted(0.15, change);
    let wait = prop_oneof![6 => 0..4_i64, 2 => 4..20_i64];
    let step = (
        wait,
        change,
        any::<prop::sample::Index>(),
        0..8_u8,
        1..25_i64,
    );
    let step = step.prop_map(|(wait, change, pick, guided, days)| Drawn {
        wait,
        change,
        pick,
        guided,
        days,
    });
    prop::collection::vec(step, 1..36)
}

/// The days of a notice for 2027: the Monday after New Year, Spring Festival with its make-up days, or a working
/// Saturday alone.
fn notice(number: usize) -> Vec<(Date, bool)> {
    let (january, february) = (|day| date(2027, 1, day), |day| date(2027, 2, day));
    let mut days = vec![(january(1), false)];
    match number {
        0 => days.push((january(4), false)),
        1 => {
            days.extend((5..=11).map(|day| (february(day), false)));
            days.extend([(january(30), true), (february(20), true)]);
        }
        _ => days.push((january(9), true)),
    }
    days
}

/// A request and its model.
struct History {
    world: World,
    id: RequestId,
    book: Book,
    model: Model,
    shown: Shown,
    now: Timestamp,
    /// Number of facts about rules so far.
    facts: u64,
}

impl History {
    /// A request for conditional data, routed on 23 November 2026.
    async fn begin() -> Self {
        let mut world = World::new().await;
        let data = entry(1, Conditional);
        world.publish(PROVIDER, data, 1).await.unwrap();
        let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
        let (book, now) = (Book::published(), at(START));
        let model = Model::routed(circumstances(&book, now));
        Self {
            world,
            id,
            book,
            model,
            shown: Shown::default(),
            now,
            facts: 0,
        }
    }

    fn now(&self) -> Now<'_> {
        circumstances(&self.book, self.now)
    }

    fn record(&self) -> RequestRecord {
        self.world.request(self.id)
    }

    /// Advances the clock by days and a minute, so that no two moves have the same time.
    async fn pass(&mut self, days: i64, change: Option<Change>) {
        self.now += (24 * days).hours().minutes(1);
        self.world.set_now(&self.now.to_string());
        let is_known = matches!(change, Some(Change::Notice(_))) && self.book.knows(2027);
        if let Some(change) = change.filter(|_| !is_known) {
            self.change(change);
        }
        let (ledger, deadlines) = (&self.world.ledger, &self.world.deadlines);
        note_lapses(ledger, deadlines, self.now).await.unwrap();
        move_deadlines(ledger, deadlines, self.now).await.unwrap();
        remind(ledger, deadlines, self.now).await.unwrap();
        let now = circumstances(&self.book, self.now);
        self.model.pass(now, &mut self.shown);
    }

    fn change(&mut self, change: Change) {
        let fact = match change {
            Change::Notice(number) => {
                let days = notice(number);
                let row = |(day, works): &(Date, bool)| {
                    let what = if *works { "work" } else { "off" };
                    format!("2027,{day},{what},节,号\n")
                };
                let rows: String = days.iter().map(row).collect();
                let text = format!("version,v,source,s\nyear,date,day,occasion,notice\n{rows}");
                self.book.announce(2027, &days);
                RulesFact::Holidays(HolidayNotice::parse("n.csv", &text).unwrap().remove(0))
            }
            Change::Rule(rule, number, place, (from, length)) => {
                let rule = RULES[rule];
                let days = match rule {
                    "pause_while_incomplete" => number % 2,
                    _ => number,
                };
                let from = self.now().today() + from.days();
                let (place, until) = (PLACES[place], from + length.days());
                let text = format!(
                    "version,v,source,s\n\
                     jurisdiction,rule,working_days,valid_from,valid_until,source\n\
                     {place},{rule},{days},{from},{until},\n"
                );
                self.book.enact(Table {
                    place,
                    rule,
                    days,
                    from,
                    until,
                });
                RulesFact::Rules(RulesSet::parse("t.csv", &text).unwrap())
            }
        };
        self.world.deadlines.0.take(RecordedRules {
            seq: self.facts,
            at: self.now,
            by: Principal::Coordinator,
            fact,
        });
        self.facts += 1;
    }

    /// The moves to try, each with its party.
    fn tries(&self, drawn: &Drawn) -> Vec<(&'static str, Try)> {
        let named = self.model.last_day("answer").unwrap_or(self.now().today());
        let until = self.now + (24 * 9 * drawn.days).hours();
        let of_parties = [
            Try::AskSupplement,
            Try::Supplement,
            Try::Extend(named + drawn.days.days()),
            Try::Grant(until),
            Try::Refuse,
            Try::Withdraw,
            Try::Dispute,
            Try::WithdrawDispute,
            Try::Close,
            Try::Offer,
            Try::AskAmendment,
            Try::Amend(until),
            Try::Decline,
            Try::Suspend(self.now().today() + drawn.days.days()),
            Try::ReportMended,
            Try::Resume,
            Try::Consult(None),
            Try::Consult(Some(until)),
            Try::Answer(true),
            Try::Answer(false),
            Try::Terminate,
            Try::Change(self.model.consulted().unwrap_or(until)),
            Try::Propose(None),
            Try::Propose(Some(until)),
            Try::Accept,
        ];
        let of_coordinator = [
            Try::Mediate,
            Try::Refer,
            Try::Decide(false),
            Try::Decide(true),
        ];
        let parties = ["consumer", "provider"].into_iter();
        let all = parties.flat_map(|by| of_parties.map(|what| (by, what)));
        let all = all.chain(of_coordinator.map(|what| ("coordinator", what)));
        let is_drawn = |(by, what): &(&'static str, Try)| {
            if *what == Try::WithdrawDispute && self.model.rest_several() {
                return false;
            }
            let mut next = self.model.clone();
            let verdict = next.attempt((*by, *what), self.now(), &mut Shown::default());
            let ends = ["withdrawn", "closed"].contains(&next.state(self.now()));
            drawn.guided == 0 || verdict == Verdict::Made && (drawn.guided == 1 || !ends)
        };
        all.filter(is_drawn).collect()
    }

    /// Makes the move; returns the outcome.
    async fn make(&mut self, by: &str, what: Try) -> Verdict {
        let before = self.record();
        let city = match by {
            "consumer" => CONSUMER,
            "provider" => PROVIDER,
            _ => return self.conclude(what).await,
        };
        let mv = to_move(what);
        self.world.make_move(city, self.id, mv).await.unwrap();
        let after = self.record();
        if after.history.steps.len() > before.history.steps.len() {
            return Verdict::Made;
        }
        assert_eq!(
            after.history, before.history,
            "a refused move leaves all as it was"
        );
        assert_eq!(after.refused.len(), before.refused.len() + 1);
        let problem = &after.refused.last().unwrap().problem;
        match problem.message.param("cause") {
            Some(Value::Message(cause)) if cause.code() == "move-in-turn-of" => {
                let turn = [Party::Consumer, Party::Provider, Party::Coordinator];
                let mut turn = turn.into_iter();
                let named = turn.find(|of| cause.param("turn") == Some(&of.label().into()));
                Verdict::TurnOf(Some(name_of(named.unwrap())))
            }
            Some(Value::Message(cause)) if cause.code() == "move-after-end" => {
                Verdict::TurnOf(None)
            }
            _ => Verdict::AgainstRule,
        }
    }

    /// The coordinator records the course of a dispute; a refusal names no turn.
    async fn conclude(&mut self, what: Try) -> Verdict {
        let text = || "记录".to_owned();
        let conclusion = match what {
            Try::Mediate => Conclusion::Mediated {
                agreement: text(),
                document: text(),
            },
            Try::Refer => Conclusion::Referred {
                authority: text(),
                reason: text(),
                document: text(),
            },
            other => Conclusion::Decided {
                government: text(),
                document: text(),
                reason: text(),
                answers_anew: other == Try::Decide(true),
            },
        };
        let disputes = Disputes {
            common_superior: true,
            negotiation_required: false,
        };
        let (deadlines, now, id) = (self.world.deadlines.clone(), self.now, self.id);
        let job = self.world.ledger.write(move |tx| {
            let operator = Principal::Coordinator;
            conclude(
                tx,
                (&*deadlines, disputes),
                now,
                &operator,
                (id, conclusion),
            )
        });
        match job.await {
            Ok(_) => Verdict::Made,
            Err(_) => Verdict::AgainstRule,
        }
    }

    /// Asserts that the record agrees with the model.
    fn compare(&self, tried: Option<(&str, Try)>) {
        let (record, now) = (self.record(), self.now());
        let context = format!("{tried:?} on {}: {:?}", now.today(), self.model);
        let request = record.history.state().unwrap();
        assert_eq!(
            request.state(self.now).to_string(),
            self.model.state(now),
            "{context}"
        );
        let dues = request.dues(self.now).into_iter();
        let dues: BTreeSet<_> = dues
            .map(|due| {
                (
                    due.act.as_str(),
                    due.deadline.date,
                    due.deadline.provisional,
                )
            })
            .collect();
        let expected = self.model.dues(now).into_iter();
        let expected: BTreeSet<_> = expected
            .map(|(act, day)| (act, day.date, day.provisional))
            .collect();
        assert_eq!(dues, expected, "{context}");
        let chased = record.reminders.iter().filter(|reminder| reminder.overdue);
        let chased: BTreeSet<_> = chased
            .map(|reminder| (reminder.act.as_str(), reminder.deadline.date))
            .collect();
        assert_eq!(chased, self.shown.chased, "{context}");
        let shown = shown_by(&record).into_iter();
        let shown: Vec<_> = shown.map(|(_, act, times)| (act.number(), times)).collect();
        assert_eq!(shown, self.shown.acts(), "{context}");
    }

    async fn happen(&mut self, drawn: Drawn) {
        self.pass(drawn.wait, drawn.change.clone()).await;
        self.compare(None);
        let tries = self.tries(&drawn);
        if tries.is_empty() {
            return;
        }
        let (by, what) = *drawn.pick.get(&tries);
        let now = circumstances(&self.book, self.now);
        let verdict = self.model.attempt((by, what), now, &mut self.shown);
        let made = self.make(by, what).await;
        let context = format!("{by} {what:?}: {:?}", self.model);
        match by {
            "coordinator" => {
                let both = [verdict, made].map(|one| one == Verdict::Made);
                assert_eq!(both[0], both[1], "{context}");
            }
            _ => assert_eq!(made, verdict, "{context}"),
        }
        self.compare(Some((by, what)));
    }
}

/// The move, with texts.
#[rustfmt::skip]
fn to_move(what: Try) -> Move {
    let (reason, legal_basis) = ("理由".to_owned(), "条例".to_owned());
    match what {
        Try::AskSupplement => Move::AskSupplement { missing: reason },
        Try::Supplement => Move::Supplement { text: reason },
        Try::Extend(date) => Move::Extend { reason, deadline: Deadline::certain(date) },
        Try::Grant(until) => Move::Grant(grant(until)),
        Try::Refuse => Move::Refuse { reason, legal_basis },
        Try::Withdraw => Move::Withdraw { reason },
        Try::Dispute => Move::Dispute { reason, negotiation: String::new() },
        Try::WithdrawDispute => Move::WithdrawDispute { reason },
        Try::Close => {
            let cause = CloseCause::PurposeMet;
            Move::Close { cause, statement: reason, evidence: String::new() }
        }
        Try::Offer => Move::Offer { note: reason },
        Try::AskAmendment => {
            let (scope, purpose) = (reason.clone(), String::new());
            let third_party = String::new();
            Move::AskAmendment { reason, scope, purpose, period_days: 0, third_party }
        }
        Try::Amend(until) => Move::Amend { grant: grant(until), asked_at: None },
        Try::Decline => Move::DeclineAmendment { reason, legal_basis, asked_at: None },
        Try::Suspend(date) => {
            Move::Suspend { reason, legal_basis, mend_by: Deadline::certain(date) }
        }
        Try::ReportMended => Move::ReportMended { statement: reason },
        Try::Resume => Move::Resume { reason },
        Try::Consult(until) => {
            let change = until.map(|until| Box::new(grant(until)));
            Move::Consult { reason, legal_basis, change, not_before: None }
        }
        Try::Answer(agrees) => Move::AnswerConsultation { agrees, text: reason },
        Try::Terminate => Move::Terminate { reason, legal_basis },
        Try::Change(until) => Move::Change(grant(until)),
        Try::Propose(until) => {
            let grant = until.map(|until| Box::new(grant(until)));
            Move::ProposeSettlement { text: reason, grant }
        }
        Try::Accept => Move::AcceptSettlement { text: reason },
        Try::Mediate | Try::Refer | Try::Decide(_) => panic!("{what:?} is the coordinator's"),
    }
}

fn circumstances(book: &Book, at: Timestamp) -> Now<'_> {
    Now {
        book,
        at,
        consumer: CONSUMER,
        provider: PROVIDER,
    }
}

fn name_of(party: Party) -> &'static str {
    match party {
        Party::Consumer => "consumer",
        Party::Provider => "provider",
        Party::Coordinator => "coordinator",
    }
}

/// Number of cases: fewer than for other properties, because each case is a whole history.
fn cases() -> u32 {
    ProptestConfig::default().cases / 10
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn every_step_of_a_request_is_as_the_law_has_it(drawn in drawn()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut history = History::begin().await;
            for step in drawn {
                history.happen(step).await;
                // No deadline may fall in 2028: the model has only one year without a notice.
                if history.now().today() > date(2027, 8, 1) {
                    return;
                }
            }
        });
    }
}
