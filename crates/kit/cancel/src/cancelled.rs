//! Cancellation as a future.

use crate::Cancellation;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Ready once its [`Cancellation`] is cancelled. Dropping it unregisters it.
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Cancelled<'a> {
    cancellation: &'a Cancellation,
    number: u64,
}

impl<'a> Cancelled<'a> {
    pub(crate) fn new(cancellation: &'a Cancellation) -> Self {
        let mut waiting = cancellation.waiting();
        let number = waiting.next;
        waiting.next += 1;
        Self { cancellation, number }
    }
}

impl Future for Cancelled<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // `cancel` takes the same lock, so that no request is missed in between.
        let mut waiting = self.cancellation.waiting();
        if self.cancellation.is_cancelled() {
            return Poll::Ready(());
        }
        let task = context.waker().clone();
        match waiting.tasks.iter_mut().find(|(number, _)| *number == self.number) {
            Some((_, known)) => *known = task,
            None => waiting.tasks.push((self.number, task)),
        }
        Poll::Pending
    }
}

impl Drop for Cancelled<'_> {
    fn drop(&mut self) {
        self.cancellation.waiting().tasks.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_task_is_woken_once_and_forgotten_when_it_is_dropped() {
        let cancellation = Cancellation::default();
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut context = Context::from_waker(&waker);
        let mut waits = cancellation.cancelled();
        let mut dropped = cancellation.cancelled();
        for future in [&mut waits, &mut dropped] {
            // A future that is polled twice has one entry.
            assert!(Pin::new(&mut *future).poll(&mut context).is_pending());
            assert!(Pin::new(future).poll(&mut context).is_pending());
        }
        drop(dropped);
        assert_eq!(cancellation.waiting().tasks.len(), 1);
        cancellation.clone().cancel();
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
        assert!(Pin::new(&mut waits).poll(&mut context).is_ready());
        assert!(Pin::new(&mut cancellation.cancelled()).poll(&mut context).is_ready());
        assert!(cancellation.waiting().tasks.is_empty());
    }

    #[test]
    fn work_goes_on_until_it_is_cancelled() {
        let cancellation = Cancellation::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut done = pin!(cancellation.unless_cancelled(async { 1 }));
        assert_eq!(done.as_mut().poll(&mut context), Poll::Ready(Some(1)));
        let mut endless = pin!(cancellation.unless_cancelled(pending::<()>()));
        assert!(endless.as_mut().poll(&mut context).is_pending());
        cancellation.cancel();
        assert_eq!(endless.as_mut().poll(&mut context), Poll::Ready(None));
    }
}
