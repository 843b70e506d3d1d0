//! `todo`: the caller's worklist.

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::todo_service_client::TodoServiceClient;

use super::{Context, answer};

/// Prints it.
pub async fn run(context: &Context) -> Result<()> {
    let mut client = TodoServiceClient::new(context.channel().await?);
    let pages = Pages::of(v1::ListTodoRequest::default());
    let list = pages.whole(async |asked| answer(client.list(asked)).await);
    print(context.format(), &list.await?, views::todo)
}
