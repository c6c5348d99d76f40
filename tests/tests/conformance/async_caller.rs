//! What the async adapters' clients have in common: the names of what they do.

use std::sync::Arc;

use crate::suite::wire::Wire;

/// An async client, called as the scripts say.
pub(crate) struct Async<C> {
    pub(crate) client: C,
    pub(crate) wire: Arc<Wire>,
}

macro_rules! async_caller {
    ($Client:ty) => {
        use futures::future::{Either, join_all, select};
        use glp_core::error::Error;
        use glp_core::exchange::Response;
        use glp_core::operation::Operation;

        impl crate::suite::perform::Caller for Async<$Client> {
            fn now(&self) -> glp_core::time::Instant {
                self.client.clock().now()
            }

            async fn call(&mut self, operation: Operation) -> Result<Response, Error> {
                self.client.call(operation).await
            }

            async fn together(
                &mut self,
                calls: usize,
                operation: Operation,
            ) -> Vec<Result<Response, Error>> {
                join_all((0..calls).map(|_| self.client.call(operation.clone()))).await
            }

            async fn abandon(&mut self, operation: Operation) {
                let call = Box::pin(self.client.call(operation));
                match select(call, self.wire.arrival()).await {
                    Either::Left((result, _)) => {
                        panic!("over before it could be dropped: {result:?}")
                    }
                    Either::Right((_, call)) => drop(call),
                }
            }

            async fn wait(&mut self, seconds: u64) {
                let clock = self.client.clock();
                clock.sleep_until(clock.now() + std::time::Duration::from_secs(seconds)).await;
            }
        }
    };
}
pub(crate) use async_caller;
