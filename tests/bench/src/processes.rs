//! Processor time of processes with that of their children, and the programs that a process has started.

use std::time::Duration;

use crate::measure::Outcome;

/// The unit of processor times in `/proc`.
const TICK: Duration = Duration::from_millis(10);
/// Maximum length of a program's name in `/proc`, bytes.
const NAME: usize = 15;

/// The processor time that a process has used so far, with that of its ended children.
pub(crate) fn processor_time(pid: u32) -> Outcome<Duration> {
    let times = Times::of(pid)?;
    Ok(times.own + times.children)
}

/// The processor time of the programs that this process has started and waited for.
pub(crate) fn ended_children() -> Outcome<Duration> {
    Ok(Times::of(std::process::id())?.children)
}

/// The running children of a process that execute this program, and those that have ended but were not waited for.
pub(crate) fn children(parent: u32, program: &str) -> Outcome<Vec<u32>> {
    let mut found = Vec::new();
    for file in std::fs::read_dir("/proc")? {
        let Ok(pid) = file?.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        // It may have ended meanwhile.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if is_child(&stat, parent, program) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// Returns true if this is the status of a child of `parent` that executes `program`. Before a child executes it, it has
/// another name, and shares the memory of its parent.
fn is_child(stat: &str, parent: u32, program: &str) -> bool {
    let Some((begin, fields)) = stat.rsplit_once(')') else {
        return false;
    };
    let name = begin.split_once('(').map(|(_, name)| name);
    let its_parent = fields.split_whitespace().nth(1);
    name == program.get(..NAME.min(program.len()))
        && its_parent == Some(parent.to_string().as_str())
}

/// Processor times, user and system together.
struct Times {
    own: Duration,
    /// Of children that have ended and were waited for.
    children: Duration,
}

impl Times {
    fn of(pid: u32) -> Outcome<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let times = Self::parse(&stat);
        times.ok_or_else(|| format!("/proc/{pid}/stat has no times").into())
    }

    fn parse(stat: &str) -> Option<Self> {
        // The name before may contain blanks; after it, the times begin with the 12th field.
        let (_, fields) = stat.rsplit_once(')')?;
        let times = fields.split_whitespace().skip(11).take(4);
        let times: Vec<u32> = times.map(str::parse).collect::<Result<_, _>>().ok()?;
        let &[user, system, users, systems] = times.as_slice() else {
            return None;
        };
        Some(Self {
            own: TICK * (user + system),
            children: TICK * (users + systems),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str =
        "42 (chengji-query-e) S 7 42 42 0 -1 4194304 100 200 0 0 30 4 500 60 20 0 4 0 9";

    #[test]
    fn times_are_those_of_the_process_and_of_its_ended_children() {
        let times = Times::parse(STAT).unwrap();
        assert_eq!(times.own, Duration::from_millis(340));
        assert_eq!(times.children, Duration::from_millis(5_600));
    }

    #[test]
    fn a_child_has_the_parent_and_the_beginning_of_the_program_s_name() {
        assert!(is_child(STAT, 7, "chengji-query-engine"));
        assert!(!is_child(STAT, 8, "chengji-query-engine"));
        assert!(!is_child(STAT, 7, "chengji-node"));
    }
}
