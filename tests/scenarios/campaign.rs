//! A short random campaign, so that the long one (`tests/run --campaign`) is known to work.

use std::time::Duration;

use chengji_tests::campaign::{Plan, run};

#[test]
fn a_short_campaign_finds_nothing() {
    let tally = run(Plan {
        seed: 809,
        steps: 24,
        time: Duration::from_secs(600),
    });
    println!("{tally:#?}");
    assert!(tally.comparisons >= 2);
    assert!(tally.refused_fetches > 0, "no stopped grant was tried");
    assert!(tally.agreed > 0);
    assert!(tally.realised > 0, "no figure had an entry that was read");
}
