//! Helpers for measuring: medians, waiting for an idle machine, process statistics, the table.

use std::time::{Duration, Instant};

/// The result of a benchmark, which a failure ends.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    pub(crate) floor: String,
    /// The ratio that is compared with the target.
    pub(crate) ratio: String,
    pub(crate) target: String,
    pub(crate) met: bool,
}

/// Prints the table as Markdown, for a README.
pub(crate) fn print(rows: &[Row]) {
    println!("| what | figure | floor or peer | judged | target | met |");
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let met = if row.met { "yes" } else { "NO" };
        println!(
            "| {} | {} | {} | {} | {} | {met} |",
            row.what, row.figure, row.floor, row.ratio, row.target
        );
    }
}

/// A row with the latencies of calls, whose 99th percentile is compared with `most`.
pub(crate) fn latencies(
    what: &str,
    took: &mut [Duration],
    about: &str,
    target: &str,
    most: Option<Duration>,
) -> Row {
    let [half, most_of, longest] = [50, 99, 100].map(|percent| percentile(took, percent));
    let figure = format!(
        "p50 {}, p99 {}, longest {}",
        millis(half),
        millis(most_of),
        millis(longest)
    );
    row(
        what,
        figure,
        about,
        target,
        most.is_none_or(|most| most_of <= most),
    )
}

/// A row of [`latencies`] next to those of empty calls, made in turn by the same client: the ratios of their medians, and
/// of their 99th percentiles.
pub(crate) fn beside_empty(row: Row, took: &mut [Duration], empty: &mut [Duration]) -> Row {
    let times = |percent| {
        let (call, trip) = (percentile(took, percent), percentile(empty, percent));
        (trip, call.as_secs_f64() / trip.as_secs_f64())
    };
    let [(half, halves), (most, mosts)] = [50, 99].map(times);
    Row {
        floor: format!(
            "{}; an empty call p50 {}, p99 {}",
            row.floor,
            millis(half),
            millis(most)
        ),
        ratio: format!("p50 {halves:.1}x, p99 {mosts:.1}x"),
        ..row
    }
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// A row without a ratio.
pub(crate) fn row(what: &str, figure: String, about: &str, target: &str, met: bool) -> Row {
    Row {
        what: what.to_owned(),
        figure,
        floor: about.to_owned(),
        ratio: "-".to_owned(),
        target: target.to_owned(),
        met,
    }
}

/// The least duration within which this percentage of calls ended (nearest rank); sorts them.
pub(crate) fn percentile(took: &mut [Duration], percent: usize) -> Duration {
    took.sort_unstable();
    let ended = (took.len() * percent).div_ceil(100);
    took.get(ended.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

/// The median of several rounds.
pub(crate) fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Waits, 20 seconds at most, for a second in which the processors were nearly idle.
pub(crate) async fn quiet() -> Outcome<()> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        let before = processors()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let after = processors()?;
        let (idle, all) = (after.0 - before.0, after.1 - before.1);
        if idle * 10 >= all * 9 {
            return Ok(());
        }
    }
    eprintln!("   the machine is busy with something else; measuring all the same");
    Ok(())
}

/// Flushes writes of the round before, so that no round includes another's, and waits as [`quiet`] does.
pub(crate) async fn settled() -> Outcome<()> {
    std::process::Command::new("sync").status()?;
    quiet().await
}

/// Ticks of all processors: idle and total.
fn processors() -> Outcome<(u64, u64)> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let ticks: Vec<u64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .filter_map(|n| n.parse().ok())
        .collect();
    let idle = ticks.get(3).ok_or("no idle time in /proc/stat")?;
    Ok((*idle, ticks.iter().sum()))
}

/// Resources that a process has used so far.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    /// Processor time, in ticks of 10 ms.
    pub(crate) ticks: u64,
    /// Bytes that system calls read and wrote; traffic of sockets is not included.
    pub(crate) read: u64,
    pub(crate) written: u64,
}

pub(crate) fn usage(pid: u32) -> Outcome<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name before may contain blanks; after it, utime and stime are the 12th and 13th field.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<u64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok(Usage {
        ticks: fields.iter().sum(),
        read: field(&format!("/proc/{pid}/io"), "rchar:")?,
        written: field(&format!("/proc/{pid}/io"), "wchar:")?,
    })
}

/// The peak resident memory of a process, bytes.
pub(crate) fn peak_memory(pid: u32) -> Outcome<u64> {
    Ok(field(&format!("/proc/{pid}/status"), "VmHWM:")? * 1024)
}

/// The resident memory of a process that is its own, mapped files left out, bytes.
pub(crate) fn own_memory(pid: u32) -> Outcome<u64> {
    let path = format!("/proc/{pid}/status");
    Ok((field(&path, "RssAnon:")? + field(&path, "RssShmem:")?) * 1024)
}

/// The memory of a process as of [`own_memory`] once it no longer changes, after 20 seconds at most: allocators return
/// freed memory to the system over some seconds, slowly at first.
pub(crate) async fn settled_memory(pid: u32) -> Outcome<u64> {
    const SECONDS: usize = 20;
    /// Readings, a second apart, that agree.
    const AGREEING: usize = 4;
    const TOLERANCE: u64 = 1 << 20;
    let mut readings = vec![own_memory(pid)?];
    while readings.len() <= SECONDS && !agree(&readings, AGREEING, TOLERANCE) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        readings.push(own_memory(pid)?);
    }
    Ok(readings.last().copied().unwrap_or_default())
}

/// Returns true if there are this number of last readings, and they differ by no more than `tolerance`.
fn agree(readings: &[u64], number: usize, tolerance: u64) -> bool {
    let last = readings.len().checked_sub(number);
    let last = last.map(|first| &readings[first..]).unwrap_or_default();
    let (least, most) = (last.iter().min(), last.iter().max());
    least
        .zip(most)
        .is_some_and(|(least, most)| most - least <= tolerance)
}

fn field(path: &str, name: &str) -> Outcome<u64> {
    let text = std::fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number
        .ok_or_else(|| format!("{path} has no {name}"))?
        .parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_agree_once_the_last_ones_are_alike() {
        assert!(!agree(&[], 2, 10));
        assert!(!agree(&[5], 2, 10));
        assert!(agree(&[5, 15], 2, 10));
        assert!(!agree(&[5, 16], 2, 10));
        assert!(agree(&[90, 5, 7, 3], 3, 10));
        assert!(!agree(&[90, 5, 7, 3], 4, 10));
    }

    #[test]
    fn calls_are_compared_with_empty_ones_by_median_and_percentile() {
        let all = |from: u64| -> Vec<_> { (from..from + 100).map(Duration::from_millis).collect() };
        let (mut took, mut empty) = (all(101), all(1));
        let row = latencies("a list", &mut took, "3 items", "-", None);
        let row = beside_empty(row, &mut took, &mut empty);
        assert!(row.floor.ends_with(&millis(Duration::from_millis(99))));
        assert_eq!(row.ratio, "p50 3.0x, p99 2.0x");
    }

    #[test]
    fn a_percentile_is_the_least_time_within_which_so_many_calls_ended() {
        let of = |calls: u64, percent| {
            let mut took: Vec<_> = (1..=calls).rev().map(Duration::from_millis).collect();
            percentile(&mut took, percent).as_millis()
        };
        assert_eq!([50, 99, 100].map(|percent| of(100, percent)), [50, 99, 100]);
        assert_eq!(
            [50, 99, 100].map(|percent| of(200, percent)),
            [100, 198, 200]
        );
        assert_eq!([50, 99, 100].map(|percent| of(3, percent)), [2, 3, 3]);
        assert_eq!((of(1, 50), of(0, 99)), (1, 0));
    }
}
