//! One language at a time: each person reads a failure in their own language, and programs read the same
//! codes and parameters whatever the language.

use chengji_messages::language::VARIABLE;
use chengji_messages::{Language, Message, msg};
use chengji_tests::{Exit, program};
use serde_json::Value;

use crate::stops::{CHANGSHA, ZHUZHOU, granted};

const REASON: &str = "超出授权范围";

/// The languages that a text has this message in.
fn languages_in(text: &str, message: &Message) -> Vec<Language> {
    let languages = Language::ALL.into_iter();
    let contained = languages.filter(|language| text.contains(&message.render(*language)));
    contained.collect()
}

#[test]
fn a_clerk_reads_a_refusal_in_chinese_and_an_auditor_the_same_in_english() {
    let (cluster, id) = granted();
    let changsha = cluster.node(CHANGSHA);
    let (clerk, auditor) = (&changsha.profile, &changsha.enrol("wang.wei", &["auditor"]));
    // The stop is known to the provider alone, whose refusal is the only word of it.
    cluster.coordinator.terminate();
    cluster.stop(ZHUZHOU, &id, REASON);
    let refusal = Message::from(msg::DeliveryStoppedForIncident {
        grant: msg::GrantOfRequest { request: &id },
        reason: REASON,
    });

    for language in Language::ALL {
        let fetch = changsha.cli_in(language, clerk, &["fetch", &id]);
        let Exit { code, stderr, .. } = &fetch;
        assert_eq!(*code, Some(4), "{fetch}");
        assert_eq!(languages_in(stderr, &refusal), [language], "{fetch}");
    }
    for (reader, language) in [(clerk, Language::Chinese), (auditor, Language::English)] {
        let shown = changsha.cli_in(language, reader, &["request", "show", &id]);
        let shown = shown.ok();
        assert_eq!(languages_in(&shown.stdout, &refusal), [language], "{shown}");
    }
    let for_programs = |language, reader| {
        let show = ["--format", "json", "request", "show", &id];
        changsha.cli_in(language, reader, &show).ok().json()
    };
    let read = for_programs(Language::Chinese, clerk);
    assert_eq!(for_programs(Language::English, auditor), read);
    let problem = &read["provider_refusal"]["problem"];
    assert_eq!(problem["message"], refusal.code(), "{read}");
}

#[test]
fn a_command_line_that_cannot_be_read_is_refused_in_one_language_and_to_programs_in_none() {
    let refused = |language: Language, arguments: &[&str]| {
        let mut command = program("chengji-node");
        let exit = Exit::of(command.env(VARIABLE, language.tag()).args(arguments));
        assert_eq!(exit.code, Some(2), "{exit}");
        exit
    };
    let wrong = ["fetch", "430100-1-42", "--to"];
    for (language, placeholder) in [(Language::English, "<FILE>"), (Language::Chinese, "<文件>")]
    {
        let message = Message::from(msg::ArgumentValueMissing {
            argument: format!("--to {placeholder}"),
        });
        let exit = refused(language, &wrong);
        assert_eq!(languages_in(&exit.stderr, &message), [language], "{exit}");
        let exit = refused(language, &[&["--format", "json"][..], &wrong].concat());
        let failure: Value = serde_json::from_str(&exit.stderr).unwrap();
        let problem = &failure["problem"];
        assert_eq!(problem["code"], "USAGE", "{exit}");
        assert_eq!(problem["message"], "argument-value-missing", "{exit}");
        assert_eq!(problem["params"][0]["text"], "--to <FILE>", "{exit}");
    }
}
