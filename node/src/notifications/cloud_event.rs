//! Events as messages: CloudEvents 1.0 in JSON for programs, lines of text for people.

use chengji_domain::CityCode;
use chengji_domain::event::{Event, EventKind};
use chengji_domain::fact::LogOwner;
use chengji_domain::feed::EventPlace;
use chengji_domain::request::{Party, RequestId};
use chengji_messages::{Language, Message, Value, msg};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// Begins the type of every event; a later version of their content gets another one.
const TYPE: &str = "chengji.v1";
/// Maximum length of the lines of a message to a robot, bytes: WeCom takes 2,048, the title included.
const MAX_ROBOT_LINES: usize = 1_800;

/// The id of an event of a subscription: the same whenever it is delivered. It contains no full stop, which separates
/// the parts of what is signed.
pub(super) fn event_id(subscription: RequestId, city: CityCode, place: EventPlace) -> String {
    let log = match place.is_of_coordinator {
        true => "coordinator".to_owned(),
        false => city.to_string(),
    };
    let epoch = place.epoch.to_string().replace('.', "-");
    format!("{subscription}_{log}-{epoch}-{}", place.seq)
}

/// An event as CloudEvents 1.0 has it in JSON, structured mode.
pub(super) fn cloud_event(source: &str, id: &str, at: Timestamp, event: &Event) -> Vec<u8> {
    let mut message = json!({
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": format!("{TYPE}.{}", event.kind.as_str()),
        "time": at.to_string(),
        "datacontenttype": "application/json",
        "data": content(event),
    });
    if let Some(subject) = event.subject {
        message["subject"] = subject.to_string().into();
    }
    message.to_string().into_bytes()
}

fn content(event: &Event) -> Json {
    let mut data = Map::new();
    let mut add = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            data.insert(name.to_owned(), value);
        }
    };
    add("request", event.request.map(|id| id.to_string().into()));
    add("matter", event.matter.map(|id| id.to_string().into()));
    add(
        "matter_kind",
        event.matter_kind.map(|kind| kind.name().into()),
    );
    let filed_by = event.request.or(event.matter);
    add("consumer", filed_by.map(|id| id.city.to_string().into()));
    add(
        "provider",
        event.provider.map(|city| city.to_string().into()),
    );
    add("city", event.city.map(|city| city.to_string().into()));
    let of_request = event.mv.map(|mv| Json::from(mv.as_str()));
    let of_matter = event.matter_move.map(|mv| Json::from(mv.name()));
    add("move", of_request.or(of_matter));
    add("party", event.party.map(|party| party_name(party).into()));
    let of_entries = event.entries.map(|entries| Json::from(entries.act.en()));
    let act = event.act.map(|act| Json::from(act.as_str()));
    add("act", act.or(of_entries));
    add("entries", event.entries.map(|entries| entries.count.into()));
    add(
        "deadline",
        event.deadline.map(|due| due.date.to_string().into()),
    );
    add(
        "provisional",
        event.deadline.map(|due| due.provisional.into()),
    );
    add(
        "consent_of",
        event.consent_of.map(|role| role.as_str().into()),
    );
    add("command", event.command().map(Json::from));
    Json::Object(data)
}

fn party_name(party: Party) -> &'static str {
    match party {
        Party::Consumer => "consumer",
        Party::Provider => "provider",
        Party::Coordinator => "coordinator",
    }
}

/// The subject of a mail with so many events.
pub(super) fn mail_subject(city: CityCode, events: usize, language: Language) -> String {
    let message: Message = msg::MailSubject {
        city: city.to_string(),
        count: events,
    }
    .into();
    message.render(language)
}

/// The text of a mail: a line for each event, with the command that shows it.
pub(super) fn mail_text<'e>(
    subscription: RequestId,
    events: impl IntoIterator<Item = (Timestamp, &'e Event)>,
    language: Language,
) -> String {
    let mut text = String::new();
    for (at, event) in events {
        text.push_str(&line(at, event).render(language));
        text.push('\n');
        if let Some(command) = event.command() {
            text.push_str("    ");
            text.push_str(&command);
            text.push('\n');
        }
    }
    let end: Message = msg::MailEnd { subscription }.into();
    text.push('\n');
    text.push_str(&end.render(language));
    text.push('\n');
    text
}

/// The text of a message to a robot: the first event and as many further ones as fit, each with the command that shows
/// it; and their number.
pub(super) fn robot_text(
    city: CityCode,
    events: &[(Timestamp, &Event)],
    language: Language,
) -> (String, usize) {
    let (mut lines, mut count) = (String::new(), 0);
    for (at, event) in events {
        let mut next = format!("\n{}", line(*at, event).render(language));
        if let Some(command) = event.command() {
            next.push('\n');
            next.push_str(&command);
        }
        if count > 0 && lines.len() + next.len() > MAX_ROBOT_LINES {
            break;
        }
        lines.push_str(&next);
        count += 1;
    }
    (mail_subject(city, count, language) + &lines, count)
}

/// An event in a line.
fn line(at: Timestamp, event: &Event) -> Message {
    let mut parts: Vec<Value> = Vec::new();
    parts.extend(event.subject.map(Value::text));
    parts.extend(event.city.map(Value::text));
    parts.extend(event.matter_kind.map(|kind| Value::from(kind.label())));
    parts.extend(event.provider.map(|provider| {
        let consumer = event.request.or(event.matter).or(event.subject);
        let consumer = consumer.map(|id| id.city.to_string());
        Value::from(msg::EventParties {
            consumer: consumer.unwrap_or_default(),
            provider: provider.to_string(),
        })
    }));
    parts.extend(event.party.map(|party| Value::from(party.label())));
    parts.extend(event.mv.map(|mv| Value::from(mv.label())));
    parts.extend(event.matter_move.map(|mv| Value::from(mv.label())));
    parts.extend(event.act.map(|act| Value::from(act.label())));
    parts.extend(event.entries.map(|entries| {
        Value::from(msg::EventEntries {
            act: entries.act,
            count: entries.count,
        })
    }));
    parts.extend(
        event
            .consent_of
            .map(|role| Value::from(msg::EventConsentOf { role: role.label() })),
    );
    parts.extend(event.deadline.map(|due| {
        Value::from(msg::EventDeadline {
            deadline: due.label(),
        })
    }));
    let what = event.kind.label();
    match parts.is_empty() {
        true => msg::EventLineBare { at, what }.into(),
        false => msg::EventLine {
            at,
            parts: Value::List(parts),
            what,
        }
        .into(),
    }
}

/// The id of a test of a subscription at this time.
pub(super) fn test_id(subscription: RequestId, at: Timestamp) -> String {
    let kind = EventKind::Test.as_str().replace('.', "-");
    format!("{subscription}_{kind}-{}", at.as_millisecond())
}

/// The source of the events of a city's node: the name in its certificate.
pub(super) fn source(cluster: &str, city: CityCode) -> String {
    format!("spiffe://{cluster}/{}/node", LogOwner::City(city))
}

#[cfg(test)]
mod tests {
    use chengji_domain::calendar::Deadline;
    use chengji_domain::catalogue::{DueEntries, EntryAct};
    use chengji_domain::fact::{CityFact, ClusterFact, ReviewFact};
    use chengji_domain::request::Step;
    use chengji_domain::{Epoch, Principal};
    use chengji_testkit::{CREDIT_CODE, requests};
    use jiff::civil::date;

    use super::*;

    fn at() -> Timestamp {
        "2026-11-27T02:00:00Z".parse().unwrap()
    }

    fn number() -> RequestId {
        "430100-1-7-AAAAAAAAAAAAA".parse().unwrap()
    }

    fn city(code: &str) -> CityCode {
        code.parse().unwrap()
    }

    /// The events of all moves, whose texts are the same as in requests for class 2 data.
    fn events() -> Vec<Event> {
        let steps = requests::every_move(at()).into_iter().map(|mv| Step {
            party: Party::Provider,
            actor: Principal::Coordinator.into(),
            at: at(),
            mv,
            due: Some(Deadline::certain(date(2026, 12, 7))),
        });
        let facts = steps.map(|step| ClusterFact::Ordered {
            request: number(),
            provider: city("430200"),
            step,
            origin: None,
            arrived_at: None,
            newly_permitted: false,
        });
        let opened = ClusterFact::Opened {
            request: number(),
            submission: requests::submission("430200:103001000001"),
            submitted_by: Principal::Coordinator.into(),
            submitted_at: at(),
            step: Step {
                party: Party::Coordinator,
                actor: Principal::Coordinator.into(),
                at: at(),
                mv: requests::every_move(at()).remove(0),
                due: None,
            },
        };
        let events = facts.chain([opened]);
        events
            .map(|fact| Event::of_cluster(&fact, city("430100")).unwrap())
            .collect()
    }

    #[test]
    fn a_robot_is_told_of_many_events_in_messages_that_it_takes() {
        let events: Vec<Event> = (0..5).flat_map(|_| events()).collect();
        let events: Vec<_> = events.iter().map(|event| (at(), event)).collect();
        let (mut left, mut messages) = (&events[..], 0);
        while !left.is_empty() {
            let (text, count) = robot_text(city("430100"), left, Language::Chinese);
            assert!((1..=left.len()).contains(&count));
            assert!(text.len() <= 2_048, "{text}");
            let last = left[count - 1].1.command();
            assert!(last.is_none_or(|command| text.contains(&command)));
            left = &left[count..];
            messages += 1;
        }
        assert!(messages > 1 && messages * 2 < events.len(), "{messages}");
    }

    #[test]
    fn an_event_has_the_attributes_of_cloud_events() {
        let event = &events()[0];
        let place = EventPlace {
            is_of_coordinator: true,
            epoch: Epoch::first([1; 8]),
            seq: 42,
        };
        let id = event_id(number(), city("430100"), place);
        assert_eq!(
            id,
            "430100-1-7-AAAAAAAAAAAAA_coordinator-1-0101010101010101-42"
        );
        let source = source("demo", city("430100"));
        let bytes = cloud_event(&source, &id, at(), event);
        let message: Json = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(message["specversion"], "1.0");
        assert_eq!(message["id"], id);
        assert_eq!(message["source"], "spiffe://demo/city/430100/node");
        assert_eq!(message["type"], "chengji.v1.request.moved");
        assert_eq!(message["subject"], number().to_string());
        assert_eq!(message["time"], "2026-11-27T02:00:00Z");
        assert_eq!(message["data"]["consumer"], "430100");
        assert_eq!(message["data"]["provider"], "430200");
        let command = format!("chengji-node request show {}", number());
        assert_eq!(message["data"]["command"], command);
    }

    #[test]
    fn a_message_has_no_text_of_a_request_and_no_code_of_a_resource() {
        let submission = requests::submission("430200:103001000001");
        let secret = [
            submission.purpose,
            submission.scope,
            submission.scenario,
            submission.legal_basis,
            "103001".to_owned(),
            "业务需要".to_owned(),
        ];
        for event in events() {
            let json = cloud_event("s", "i", at(), &event);
            let json = String::from_utf8(json).unwrap();
            assert!(json.is_ascii(), "{json}");
            let mail = mail_text(number(), [(at(), &event)], Language::English);
            let events = [(at(), &event)];
            let (robot, _) = robot_text(city("430100"), &events, Language::Chinese);
            for text in [&json, &mail, &robot] {
                for secret in &secret {
                    assert!(!text.contains(secret.as_str()), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_reminder_of_entries_has_their_number_and_no_code() {
        let due = DueEntries {
            department: CREDIT_CODE.parse().unwrap(),
            act: EntryAct::Update,
            deadline: Deadline::certain(date(2026, 12, 7)),
            overdue: true,
            codes: vec!["103001000001".parse().unwrap()],
        };
        let fact = CityFact::Review(ReviewFact::Reminded(due));
        let event = Event::of_city(&fact, number()).unwrap();
        let json = String::from_utf8(cloud_event("s", "i", at(), &event)).unwrap();
        let message: Json = serde_json::from_str(&json).unwrap();
        assert_eq!(message["type"], "chengji.v1.catalogue.deadline-passed");
        assert_eq!(message["data"]["act"], "update");
        assert_eq!(message["data"]["entries"], 1);
        assert_eq!(message["data"]["deadline"], "2026-12-07");
        let mail = mail_text(number(), [(at(), &event)], Language::Chinese);
        assert!(mail.contains("2026-12-07"), "{mail}");
        for text in [&json, &mail] {
            assert!(!text.contains("103001") && !text.contains(CREDIT_CODE));
        }
    }

    #[test]
    fn a_mail_names_the_command_that_shows_an_event_in_both_languages() {
        let events = events();
        for language in Language::ALL {
            let text = mail_text(number(), events.iter().map(|event| (at(), event)), language);
            let command = format!("chengji-node request show {}", number());
            assert_eq!(text.matches(&command).count(), events.len());
            assert!(!mail_subject(city("430100"), 2, language).is_empty());
        }
    }
}
