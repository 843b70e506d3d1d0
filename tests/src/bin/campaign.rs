//! Runs a random campaign against a cluster of the real programs: `tests/run --campaign [HOURS]`.

use std::process::ExitCode;
use std::time::Duration;

use chengji_tests::campaign::{Plan, run};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let hours = arguments
        .next()
        .map_or(Ok(1.0), |hours| hours.parse::<f64>());
    let seed = arguments
        .next()
        .map_or(Ok(rand::random()), |seed| seed.parse::<u64>());
    let (Ok(hours), Ok(seed)) = (hours, seed) else {
        eprintln!("usage: campaign [HOURS] [SEED]");
        return ExitCode::from(2);
    };
    if !(0.0..=1_000.0).contains(&hours) {
        eprintln!("error: a campaign takes up to 1000 hours, not {hours}");
        return ExitCode::from(2);
    }
    println!("campaign of {hours} h, seed {seed}");
    let tally = run(Plan {
        seed,
        steps: u64::MAX,
        time: Duration::from_secs_f64(hours * 3_600.0),
    });
    println!("{tally:#?}");
    println!("no stopped grant delivered, nothing acknowledged was lost, no difference was silent");
    ExitCode::SUCCESS
}
