//! Connections that orders by REST will need, made ahead and kept: an order that had to make one waits for TCP and TLS.

use std::sync::Arc;

use onetape_adapters::ask::Ask;
use tokio::time::sleep;

use super::venue::Account;

/// Asks for the venue's time on two connections, for the two orders that may leave at once, before they would be dropped
/// for having had nothing to do. What fails is made anew by the next of these, or by an order.
pub(super) async fn keep(account: Arc<Account>) {
    let every = account.setup.http.keep_alive() / 2;
    loop {
        let ask = || account.setup.ask(&Ask::Time);
        let _ = tokio::join!(ask(), ask());
        sleep(every).await;
    }
}
