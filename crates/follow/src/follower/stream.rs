//! Reads one stream of a followed log in two steps that overlap: while a message is stored, the next one is
//! received and parsed. Only that one is buffered.

use tokio::sync::mpsc;
use tokio::time::Instant;
use tonic::Streaming;

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_transport::CallTimeout;

use super::{Ended, Follower};
use crate::apply::Apply;
use crate::intake::Rest;
use crate::parsed::ParsedMessage;
use crate::turns::Turn;

/// A message to be stored, with its turn; one without entries needs none.
type Received<F> = (ParsedMessage<F>, Option<Turn>);

impl<A: Apply> Follower<A> {
    /// Reads until the owner ends the stream or an error occurs. Messages that arrived before are stored.
    pub(super) async fn read(
        &self,
        stream: Streaming<v1::FollowResponse>,
        (mended, stopped): (Option<Instant>, impl Future<Output = ()>),
    ) -> Result<Ended> {
        let (sender, receiver) = mpsc::channel(1);
        let receiving = async {
            let receiving = self.receive(stream, sender);
            tokio::select! {
                ended = receiving => ended,
                () = stopped => Ok(Ended::Stopped),
            }
        };
        let storing = self.store(receiver, mended);
        tokio::pin!(receiving, storing);
        tokio::select! {
            ended = &mut receiving => {
                storing.await?;
                ended
            }
            stored = &mut storing => {
                stored?;
                receiving.await
            }
        }
    }

    /// Receives and parses messages, and admits their entries as budgets allow.
    async fn receive(
        &self,
        mut stream: Streaming<v1::FollowResponse>,
        sender: mpsc::Sender<Received<A::Fact>>,
    ) -> Result<Ended> {
        while let Some(message) = CallTimeout::Follow.next(&mut stream).await? {
            let mut next = Some(message);
            while let Some(message) = next.take() {
                // Buffer space first: a turn is held only for what can be stored.
                let Ok(slot) = sender.reserve().await else {
                    // Storing has failed, which ends this stream.
                    return Ok(Ended::ByOther);
                };
                let turn = match message.items.is_empty() {
                    true => None,
                    false => {
                        let unread = message.head.saturating_sub(message.first);
                        Some(self.turns.next(unread).await)
                    }
                };
                let mut parsed = self.intake.parse_entries(message).await?;
                let rest = self.intake.admit(&mut parsed)?;
                slot.send((parsed, turn));
                if let Some(Rest { message, wait }) = rest {
                    tokio::time::sleep(wait).await;
                    next = Some(message);
                }
            }
        }
        Ok(Ended::ByOther)
    }

    async fn store(
        &self,
        mut receiver: mpsc::Receiver<Received<A::Fact>>,
        mut mended: Option<Instant>,
    ) -> Result<()> {
        let mut begun = false;
        while let Some((parsed, turn)) = receiver.recv().await {
            if !begun {
                self.intake.begin(&parsed.message).await?;
                begun = true;
            }
            self.intake.store(parsed).await?;
            drop(turn);
            mended = self.mend_copies(mended).await?;
        }
        Ok(())
    }
}
