//! A fair, bounded queue for mutually exclusive work, in the order of arrival.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;

/// A queue for a resource with one user at a time.
#[derive(Debug)]
pub struct Queue {
    most: usize,
    tickets: watch::Sender<Tickets>,
}

/// The tickets in order of arrival; the first one has the turn.
#[derive(Debug, Default)]
struct Tickets {
    next: u64,
    waiting: VecDeque<u64>,
}

impl Queue {
    /// A queue with a maximum number of waiting slots.
    pub fn at_most(most: usize) -> Self {
        Self {
            most,
            tickets: watch::Sender::default(),
        }
    }

    /// Takes a slot at the end; `None` where the queue is full.
    pub fn join(self: &Arc<Self>) -> Option<QueueSlot> {
        let full = self.tickets.borrow().waiting.len() > self.most;
        (!full).then(|| self.enter())
    }

    /// Takes a slot at the end regardless of the limit: for work that must not be refused.
    pub fn enter(self: &Arc<Self>) -> QueueSlot {
        let mut ticket = 0;
        self.tickets.send_modify(|tickets| {
            ticket = tickets.next;
            tickets.next += 1;
            tickets.waiting.push_back(ticket);
        });
        QueueSlot {
            queue: Arc::clone(self),
            ticket,
        }
    }
}

/// A slot in a queue, given up when it is dropped.
#[derive(Debug)]
pub struct QueueSlot {
    queue: Arc<Queue>,
    ticket: u64,
}

impl QueueSlot {
    /// Waits for the turn. Calls `moved` with the number of slots ahead, at once and after each change;
    /// not called if there are none.
    pub async fn turn(&self, mut moved: impl FnMut(usize)) {
        let mut tickets = self.queue.tickets.subscribe();
        let mut last = 0;
        loop {
            let ahead = {
                let tickets = tickets.borrow_and_update();
                let mut waiting = tickets.waiting.iter();
                waiting.position(|ticket| *ticket == self.ticket)
            };
            match ahead {
                None | Some(0) => return,
                Some(ahead) if ahead != last => {
                    moved(ahead);
                    last = ahead;
                }
                Some(_) => {}
            }
            // The sender lives as long as the queue, which this slot holds.
            let _ = tickets.changed().await;
        }
    }
}

impl Drop for QueueSlot {
    fn drop(&mut self) {
        self.queue
            .tickets
            .send_modify(|tickets| tickets.waiting.retain(|ticket| *ticket != self.ticket));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn turns_come_in_the_order_of_arrival_and_places_are_reported() {
        let queue = Arc::new(Queue::at_most(9));
        let slots: Vec<QueueSlot> = (0..3).map(|_| queue.enter()).collect();
        let [first, second, third] = <[QueueSlot; 3]>::try_from(slots).unwrap();
        first
            .turn(|_| panic!("nothing is ahead of the first"))
            .await;
        let mut reported = Vec::new();
        assert!(
            third
                .turn(|ahead| reported.push(ahead))
                .now_or_never()
                .is_none()
        );
        assert_eq!(reported, [2]);
        let mut waiting = Box::pin(third.turn(|ahead| reported.push(ahead)));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(second);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(first);
        waiting.await;
        assert_eq!(reported, [2, 2, 1]);
    }

    #[tokio::test]
    async fn a_full_queue_takes_only_work_that_must_not_be_refused() {
        let queue = Arc::new(Queue::at_most(1));
        let turn = queue.join().unwrap();
        let waiting = queue.join().unwrap();
        assert!(queue.join().is_none());
        let forced = queue.enter();
        drop((turn, waiting));
        forced.turn(|_| ()).await;
    }
}
