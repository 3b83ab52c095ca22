//! Calls, counted as they are made.

use super::{CALL_BOUNDS, Interface};
use crate::host::Host;
use crate::problem::Problem;
use ferry_platforms::{Class, Error};
use std::cell::RefCell;
use std::time::Duration;

/// The calls of one account in one invocation, as they are made.
pub struct Ledger<'h> {
    host: Host<'h>,
    account: &'h str,
    platform: &'static str,
    made: RefCell<Vec<Interface>>,
}

impl<'h> Ledger<'h> {
    /// An empty one.
    pub fn new(host: Host<'h>, account: &'h str, platform: &'static str) -> Self {
        Ledger { host, account, platform, made: RefCell::default() }
    }

    fn with(&self, interface: &str, work: impl FnOnce(&mut Interface, i64)) {
        let now = self.host.clock.wall_ms().div_euclid(1000);
        let mut made = self.made.borrow_mut();
        let at = made.iter().position(|one| one.interface == interface).unwrap_or_else(|| {
            made.push(Interface {
                account: self.account.to_owned(),
                platform: self.platform.to_owned(),
                interface: interface.to_owned(),
                ..Interface::default()
            });
            made.len() - 1
        });
        work(&mut made[at], now);
    }

    /// A call that blocks until it is answered.
    pub fn time<R>(&self, interface: &str, call: impl FnOnce() -> R) -> R {
        self.called(interface);
        let began = self.host.clock.monotonic();
        let answer = call();
        self.took(interface, self.host.clock.monotonic().saturating_sub(began));
        answer
    }

    /// A call is made.
    pub fn called(&self, interface: &str) {
        self.with(interface, |one, now| one.called(now));
    }

    /// Its answer was taken, or it was found that none comes, so long after it was sent.
    pub fn took(&self, interface: &str, time: Duration) {
        self.with(interface, |one, _| one.latency.add(&CALL_BOUNDS, time));
    }

    /// Its answer was a refusal, of all that it was to do or of a part. The words on a single row may hold whatever the
    /// row does: they belong into its dead letter, which is sealed, and here stand the names of the error alone.
    pub fn refused(&self, interface: &str, doing: (&str, &str), error: &Error) {
        if error.class != Class::Row {
            return self.erred(interface, error.class, &Problem::vendor(doing.0, doing.1, error));
        }
        let names = match &error.vendor_code {
            Some(code) => format!("[{code}] {}", error.code),
            None => error.code.to_owned(),
        };
        let problem =
            Problem::new(error.code, format!("{}: {names}", doing.0), format!("{}：{names}", doing.1));
        self.erred(interface, error.class, &problem);
    }

    /// No answer came.
    pub fn erred(&self, interface: &str, class: Class, problem: &Problem) {
        self.with(interface, |one, now| one.erred(now, class, problem));
    }

    /// The calls since the last time.
    pub fn take(&self) -> Vec<Interface> {
        std::mem::take(&mut *self.made.borrow_mut())
    }
}
