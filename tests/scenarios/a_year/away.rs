//! The coordinator is away for a week, while the clocks of the cities go on.

use chengji_tests::eventually;

use super::ANSWER;
use super::share::{CHANGSHA, Share, Year, ZHUZHOU};

/// In this week the time to answer a request passes: both cities see it by their own clocks, and the coordinator records
/// it once it is back. A request that is made meanwhile waits for it.
pub(super) fn for_a_week(year: &Year, festival: &Share<'_>) {
    year.on("2026-03-02T10:00:00+08:00");
    let coordinator = &year.cluster.coordinator;
    coordinator.terminate();
    year.on("2026-03-09T10:00:00+08:00");
    for city in [CHANGSHA, ZHUZHOU] {
        let node = year.cluster.node(city);
        eventually("the answer is overdue", || {
            let shown = node.try_json(&["request", "show", &festival.id])?;
            (shown["overdue"] == true).then_some(())
        });
    }
    let meanwhile = year.ask(CHANGSHA, ZHUZHOU);
    let show = ["request", "show", &meanwhile.id];
    let shown = year.cluster.node(CHANGSHA).json(&show);
    assert_eq!(shown["state"], "REQUEST_STATE_SUBMITTED", "{shown}");

    coordinator.start();
    festival.until_chased("ANSWER");
    meanwhile.until("ROUTED", &[ANSWER]);
    meanwhile.until_deadline("2026-03-23");
    meanwhile.by_consumer("withdraw", &["--reason", "不再需要"]);
    meanwhile.until("WITHDRAWN", &[]);
}
