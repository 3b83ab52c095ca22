//! Reading a page: retries by class of error, and the page ahead.

use super::{Run, Stop};
use crate::host::CallId;
use crate::problem::Failure;
use crate::source::{Ask, Page};
use ferry_platforms::Class;
use std::time::Duration;

/// Waits before another attempt at a page; after these the run ends and the next one carries on.
const WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

impl Run<'_> {
    /// The page that was asked for. Reading changes nothing at the source, so it may be asked for again.
    pub(crate) fn fetch(&mut self, ask: &Ask) -> Result<Page, Stop> {
        let mut waits = WAITS.iter();
        let mut renewed = false;
        let mut call = self.take_ahead(ask);
        loop {
            if !self.has_time_for(self.flow.file.delivery.request_timeout) {
                return Err(Stop::Budget);
            }
            let failure = match self.ask(call.take(), ask) {
                Ok(page) => return Ok(page),
                Err(failure) => failure,
            };
            match failure.class {
                Class::Credentials if !renewed => {
                    renewed = true;
                    self.event("info", "credentials_expired", Some(&failure.problem));
                    if !self.source.renew()? {
                        return Err(Stop::Failed(failure));
                    }
                }
                Class::Transport | Class::RateLimit => match waits.next() {
                    Some(wait) if self.elapsed() + *wait < self.limits.budget => {
                        self.event("warn", "page_retried", Some(&failure.problem));
                        self.host.clock.sleep(*wait);
                    }
                    _ => return Err(Stop::Failed(failure)),
                },
                _ => return Err(Stop::Failed(failure)),
            }
        }
    }

    fn ask(&mut self, call: Option<CallId>, ask: &Ask) -> Result<Page, Failure> {
        let call = match call {
            Some(call) => call,
            None => {
                let patience = self.limits.budget.saturating_sub(self.elapsed());
                self.source.start(ask, patience)?
            }
        };
        self.source.finish(call, ask)
    }

    /// Sends for the next page, if the limits allow to begin it; it is under way while this one is written.
    pub(crate) fn fetch_ahead(&mut self, next: Ask) {
        if self.within_limits() && self.has_time_for(self.flow.file.delivery.request_timeout) {
            // A request that could not be sent is sent again, with its error heeded, when its turn comes.
            self.ahead = self.source.start(&next, Duration::ZERO).ok().map(|call| (call, next));
        }
    }

    fn take_ahead(&mut self, ask: &Ask) -> Option<CallId> {
        let (call, asked) = self.ahead.take()?;
        if asked == *ask {
            return Some(call);
        }
        self.host.http.cancel(call);
        None
    }
}
