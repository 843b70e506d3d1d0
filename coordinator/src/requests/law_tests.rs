//! Random histories of a request at the coordinator, compared after each step with a plain model of the law: which
//! moves are made, whose turn a refusal names, the state, what is due by which day, what is overdue, and which
//! punishable acts are shown. Papers are missing, tables of rules are replaced while the request is open, holiday
//! notices are late, and people move in the place of others for a time: who moved is on record, and changes nothing else.

mod calendar;
mod model;
mod moves;
mod people;
mod table;

use std::collections::BTreeSet;

use chengji_domain::Principal;
use chengji_domain::access::Role;
use chengji_domain::calendar::{HolidayNotice, RecordedRules, RulesFact, RulesSet};
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::fact::CityFact;
use chengji_domain::findings::shown_by;
use chengji_domain::request::{Actor, Party, RequestId, RequestRecord};
use chengji_messages::Value;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use self::calendar::{Book, Table};
use self::model::{Model, Now};
use self::moves::to_move;
use self::people::People;
use self::table::{Shown, Try, Verdict};
use super::{Conclusion, Disputes, conclude, move_deadlines, note_lapses};
use crate::reminders::remind;
use crate::tests::world::{CONSUMER, PROVIDER, START, World, at, code, entry};

/// One step: days pass, rules, notices and delegations may change, and a person of a party tries a move.
#[derive(Clone, Debug)]
struct Drawn {
    wait: i64,
    change: Option<Change>,
    /// Something that happens among the people of the consumer's city, or of the provider's.
    event: Option<(usize, people::Event)>,
    who: usize,
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
    let event = prop::option::weighted(0.3, (0..2_usize, people::event()));
    let wait = prop_oneof![6 => 0..4_i64, 2 => 4..20_i64];
    let step = (
        wait,
        change,
        (event, people::who()),
        any::<prop::sample::Index>(),
        0..8_u8,
        1..25_i64,
    );
    let step = step.prop_map(|(wait, change, (event, who), pick, guided, days)| Drawn {
        wait,
        change,
        event,
        who,
        pick,
        guided,
        days,
    });
    prop::collection::vec(step, 1..44)
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
    /// Those of the consumer's city, and those of the provider's.
    people: [People; 2],
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
            people: [
                People::of(CONSUMER, Role::Consumer),
                People::of(PROVIDER, Role::Approver),
            ],
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

    /// The person as the actor of a move of this party; `None` where its node refuses it.
    fn actor(&self, by: &str, who: usize) -> Option<Actor> {
        match by {
            "consumer" => self.people[0].actor(who, self.now),
            "provider" => self.people[1].actor(who, self.now),
            _ => Some(Principal::Coordinator.into()),
        }
    }

    /// Makes the move; returns the outcome. The record names the actor of a party.
    async fn make(&mut self, (by, what): (&str, Try), actor: &Actor) -> Verdict {
        let before = self.record();
        let city = match by {
            "consumer" => CONSUMER,
            "provider" => PROVIDER,
            _ => return self.conclude(what).await,
        };
        let moved = CityFact::Moved {
            request: self.id,
            mv: to_move(what),
            actor: actor.clone(),
        };
        self.world.append(city, moved).await.unwrap();
        let after = self.record();
        if let Some(step) = after.history.steps.get(before.history.steps.len()) {
            assert_eq!(step.actor, *actor);
            return Verdict::Made;
        }
        assert_eq!(
            after.history, before.history,
            "a refused move leaves all as it was"
        );
        assert_eq!(after.refused.len(), before.refused.len() + 1);
        let refused = after.refused.last().unwrap();
        assert_eq!(refused.step.actor, *actor);
        match refused.problem.message.param("cause") {
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
        if let Some((city, event)) = &drawn.event {
            self.people[*city].happen(event, self.now);
        }
        self.compare(None);
        let tries = self.tries(&drawn);
        if tries.is_empty() {
            return;
        }
        let (by, what) = *drawn.pick.get(&tries);
        let Some(actor) = self.actor(by, drawn.who) else {
            return;
        };
        let now = circumstances(&self.book, self.now);
        let verdict = self.model.attempt((by, what), now, &mut self.shown);
        let made = self.make((by, what), &actor).await;
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
