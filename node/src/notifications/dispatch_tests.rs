//! The state of deliveries.

use super::*;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_764_208_800 + 60 * minute).unwrap()
}

#[test]
fn the_status_names_the_longest_failure() {
    let health = FeedHealth::default();
    assert_eq!(health.status(), None);
    let number = |seq: u64| format!("430100-1-{seq}-AAAAAAAAAAAAA").parse().unwrap();
    let failing = |since| Failing {
        since,
        attempts: 1,
        next: since,
        problem: Problem::new(
            chengji_domain::ErrorCode::PeerUnavailable,
            chengji_messages::msg::Text { text: "down" },
        ),
    };
    health.note(number(1), Some(&failing(at(9))));
    health.note(number(2), Some(&failing(at(3))));
    let status = health.status().unwrap();
    assert_eq!((status.failing, status.since), (2, Some(time_to(at(3)))));
    health.note(number(2), None);
    health.note(number(1), None);
    assert_eq!(health.status(), None);
}
