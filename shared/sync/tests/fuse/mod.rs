//! A fuse: an invocation dies at one of its effects, before that is done or after.

#![allow(dead_code, reason = "each test file uses its part")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Once;

/// What an invocation dies of.
struct Killed;

/// Counts effects, and kills at one of them.
#[derive(Default)]
pub struct Fuse {
    count: Cell<usize>,
    /// Which effect, and whether it is done.
    kill_at: Cell<Option<(usize, bool)>>,
}

impl Fuse {
    /// Does an effect, or dies of it.
    pub fn around<R>(&self, effect: impl FnOnce() -> R) -> R {
        let number = self.count.get();
        self.count.set(number + 1);
        if self.kill_at.get() == Some((number, false)) {
            panic_any(Killed);
        }
        let result = effect();
        if self.kill_at.get() == Some((number, true)) {
            panic_any(Killed);
        }
        result
    }

    /// Effects so far.
    pub fn count(&self) -> usize {
        self.count.get()
    }

    /// Whether an invocation died at this effect, counted from 0; otherwise it had fewer.
    pub fn kills<R>(&self, effect: usize, done: bool, invocation: impl FnOnce() -> R) -> bool {
        hush();
        self.count.set(0);
        self.kill_at.set(Some((effect, done)));
        let result = catch_unwind(AssertUnwindSafe(invocation));
        self.kill_at.set(None);
        match result {
            Ok(_) => false,
            Err(payload) if payload.is::<Killed>() => true,
            Err(other) => resume_unwind(other),
        }
    }
}

/// Silences the report of a planned death.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Killed>() {
                usual(info);
            }
        }));
    });
}

/// Has something die at every effect in turn, which is not done or done, until it has no more of them. How many
/// deaths there were.
pub fn at_every_effect(mut dies: impl FnMut(usize, bool) -> bool) -> usize {
    let mut deaths = 0;
    for effect in 0.. {
        let died = [false, true].into_iter().filter(|done| dies(effect, *done)).count();
        if died == 0 {
            break;
        }
        deaths += died;
    }
    deaths
}
