//! Robots of chat groups, played by a receiver that answers like one.

use data_encoding::BASE64;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::receiver::{Call, put_secret};
use super::*;

#[test]
fn a_robot_of_a_chat_group_gets_texts_and_its_token_is_in_no_log() {
    const TOKEN: &str = "8f3a0c5e-token";
    const SIGNING: &str = "SEC0123456789abcdef";
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    set_up(zhuzhou, LOOPBACK);
    let receiver = Receiver::start();
    receiver.answers(Answer::RobotTakes);
    let address = format!("{}?access_token={TOKEN}", receiver.url);
    put_secret(zhuzhou, "group", &format!("{address}\n{SIGNING}\n"));
    let add = ["notify", "add-webhook", &receiver.url, "--secret", "group"];
    let add = [&add[..], &["--form", "dingtalk"]].concat();
    let subscription = id_of(&zhuzhou.json(&add));
    zhuzhou.json(&["notify", "test", &subscription]);

    let request = submit(&cluster);
    let about = |after: usize| {
        eventually("the robot gets a text about the request", || {
            let mut later = receiver.calls().into_iter().skip(after);
            later.find(|call| call.body.contains(&request))
        })
    };
    let call = about(0);
    let message = call.event();
    assert_eq!(message["msgtype"], "text", "{message}");
    let content = message["text"]["content"].as_str().unwrap();
    assert!(!content.contains("201001") && !content.contains("跨市核验"));
    let query = call.path.strip_prefix("/hooks?access_token=").unwrap();
    let (token, query) = query.split_once("&timestamp=").unwrap();
    let (at, sign) = query.split_once("&sign=").unwrap();
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(SIGNING.as_bytes()).unwrap();
    mac.update(format!("{at}\n{SIGNING}").as_bytes());
    let expected = BASE64.encode(&mac.finalize().into_bytes());
    let sign = sign.replace("%2B", "+").replace("%2F", "/");
    assert_eq!((token, sign.replace("%3D", "=")), (TOKEN, expected));

    // The robot refuses with HTTP 200: the text comes again, maybe with what has happened since.
    let before = receiver.count();
    receiver.answers(Answer::RobotRefuses);
    zhuzhou.json(&["request", "ask", &request, "--missing", "批准文件"]);
    fails(zhuzhou, "robot-refused");
    let text = |call: &Call| call.event()["text"]["content"].as_str().unwrap().to_owned();
    let refused = text(&about(before));
    let before = receiver.count();
    receiver.answers(Answer::RobotTakes);
    let first = refused.lines().nth(1).unwrap();
    assert!(text(&about(before)).contains(first), "{refused}");

    // Who subscribes cannot have the token sent elsewhere.
    let elsewhere = Receiver::start();
    let add = ["notify", "add-webhook", &elsewhere.url, "--secret", "group"];
    let add = [&add[..], &["--form", "dingtalk"]].concat();
    let other = zhuzhou.cli_json(&add);
    assert!(other.says("robot-address-other"), "{other}");
    assert_eq!(elsewhere.count(), 0);

    let auditor = zhuzhou.enrol("auditor", &["auditor"]);
    let log = zhuzhou.cli_as(&auditor, &["log", "show", "--limit", "10000"]);
    let list = zhuzhou.json(&["notify", "list"]).to_string();
    for shown in [list, log.ok().stdout] {
        assert!(shown.contains("/hooks"), "{shown}");
        assert!(!shown.contains(TOKEN) && !shown.contains(SIGNING));
    }
}
