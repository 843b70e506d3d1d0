//! Progress of long work, drawn on standard error; nothing is drawn where that is no terminal.

use chengji_messages::Message;
use chengji_messages::quoted::OneLine;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

// ASCII bars: in Chinese terminals the drawn ones may be two columns wide.
const BYTES: &str = "{prefix} [{bar:30}] {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} {msg}";
const COUNT: &str = "{prefix} [{bar:30}] {human_pos}/{human_len} {per_sec} {eta} {msg}";
const OPEN: &str = "{prefix} {human_pos} {per_sec} {msg}";

/// A bar that fills while work goes on. Dropped unfinished, it stays where the work broke off.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Progress through `total` bytes.
    pub fn bytes(total: u64, label: impl Into<Message>) -> Self {
        Self::new(ProgressBar::new(total), BYTES, label)
    }

    /// Progress through `total` things: rows, entries, files.
    pub fn count(total: u64, label: impl Into<Message>) -> Self {
        Self::new(ProgressBar::new(total), COUNT, label)
    }

    /// Progress of work whose end is not known.
    pub fn open(label: impl Into<Message>) -> Self {
        Self::new(ProgressBar::no_length(), OPEN, label)
    }

    /// The progress of the work from its very beginning.
    pub fn set(&self, position: u64) {
        let first = self.bar.position() == 0;
        self.bar.set_position(position);
        if first {
            // The work of an earlier, interrupted run does not count for the speed of this one.
            self.bar.reset_eta();
        }
    }

    /// Ends the work: the bar is full and stays.
    pub fn end(self) {
        self.bar.finish();
    }

    /// The work is done; the bar fills and stays, with a last word.
    pub fn finish(self, message: impl Into<Message>) {
        self.bar
            .finish_with_message(OneLine(&message.into().shown()).to_string());
    }

    fn new(bar: ProgressBar, template: &str, label: impl Into<Message>) -> Self {
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let bar = bar
            .with_style(style)
            .with_prefix(OneLine(&label.into().shown()).to_string())
            .with_finish(ProgressFinish::Abandon);
        Self { bar }
    }
}

#[cfg(test)]
mod tests {
    use chengji_messages::msg;
    use indicatif::ProgressDrawTarget;

    use super::*;

    #[test]
    fn the_templates_are_valid() {
        assert!(ProgressStyle::with_template(BYTES).is_ok());
        assert!(ProgressStyle::with_template(COUNT).is_ok());
        assert!(ProgressStyle::with_template(OPEN).is_ok());
    }

    #[test]
    fn a_bar_follows_the_work_and_fills_at_the_end() {
        let hidden = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::hidden());
        let progress = Progress::new(hidden, COUNT, msg::Text { text: "import\x1b" });
        progress.set(400);
        assert_eq!(progress.bar.position(), 400);
        assert_eq!(progress.bar.prefix(), "import\\u{1b}");
        let bar = progress.bar.clone();
        progress.finish(msg::Text {
            text: "1000 entries",
        });
        assert!(bar.is_finished() && bar.position() == 1000);
    }
}
