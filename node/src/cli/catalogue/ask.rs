//! Asks for confirmation at the terminal before a change to many entries.

use std::io::IsTerminal as _;
use std::thread;

use chengji_client::output;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use tokio::sync::oneshot;

/// A person's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Ctrl-C, or a terminal that cannot be read.
    Interrupted,
}

/// Asks, and waits for an answer or Ctrl-C. Without a terminal to ask at, nothing is done; `look`
/// says how to see first what would be.
pub(super) async fn ask(question: Message, look: Message) -> Result<Answer> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        let message = msg::QuestionUnanswerable { question, look };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    output::question(msg::QuestionYesOrNo { question });
    let (sender, answer) = oneshot::channel();
    // A thread of its own: where Ctrl-C comes first, nobody waits for its end.
    thread::spawn(move || {
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        let _ = sender.send(read.map(|_| answer));
    });
    Ok(tokio::select! {
        answer = answer => match answer {
            Ok(Ok(answer)) if is_yes(&answer) => Answer::Yes,
            Ok(Ok(_)) => Answer::No,
            _ => Answer::Interrupted,
        },
        _ = tokio::signal::ctrl_c() => {
            output::blank_line();
            Answer::Interrupted
        }
    })
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        assert!(["y\n", " YES ", "是"].into_iter().all(is_yes));
        assert!(
            ["", "\n", "n", "yy", "好"]
                .into_iter()
                .all(|answer| !is_yes(answer))
        );
    }
}
