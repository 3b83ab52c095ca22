//! The token of an account, shared by all flows that use it: kept sealed in the store, renewed by one of them
//! while the others wait (`design.md` 5).
//!
//! Every token has a generation. Whoever finds its token refused asks for the generation after it: if that is
//! there already, good; else the right to renew it goes to whoever gets 1 from `increment` on
//! `renew/<account>/<generation>/<time slot>`. One who dies over it leaves the right to the next slot, so that
//! nothing has to be cleared up by hand.

use crate::dead::store_failure;
use crate::host::Host;
use crate::problem::{Failure, Problem};
use crate::seal::Seal;
use ferry_platforms::Class;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::cell::RefCell;
use std::time::Duration;

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<T> {
    /// Counts from 1.
    pub generation: u64,
    /// Unix seconds after which it is not to be used; `None`: until it is refused.
    pub until: Option<i64>,
    /// The platform's own.
    pub token: T,
}

/// The tokens of one account.
pub struct Tokens<'h> {
    host: Host<'h>,
    account: &'h str,
    seal: &'h Seal,
    /// Keys of the rights that this invocation asked for; nobody needs them once their slot is over.
    asked: RefCell<Vec<String>>,
}

/// Gets a new token from the platform, given the one before: the token, and Unix seconds after which it is not to be
/// used.
pub type Make<'m, T> = dyn FnMut(Option<&T>) -> Result<(T, Option<i64>), Failure> + 'm;

/// The right to renew goes to another after so long; no renewal takes longer.
const SLOT: i64 = 30_000;
/// How often one who waits looks.
const LOOK: Duration = Duration::from_millis(250);

impl<'h> Tokens<'h> {
    /// The tokens of `account`.
    pub fn new(host: Host<'h>, account: &'h str, seal: &'h Seal) -> Self {
        Tokens { host, account, seal, asked: RefCell::default() }
    }

    /// The kept token, if there is one that is still good.
    pub fn kept<T: DeserializeOwned>(&self) -> Result<Option<Kept<T>>, Failure> {
        let now = self.host.clock.wall_ms().div_euclid(1000);
        Ok(self.read()?.filter(|kept: &Kept<T>| kept.until.is_none_or(|until| now < until)))
    }

    /// A token of a generation after `refused` (0: any): one that another has made meanwhile, or the one that
    /// `make` gets from the platform. `make` is given the kept token, which may hold what renews it, and gives
    /// the new one with its `until`.
    ///
    /// Waits at most `patience` for another who is at it.
    pub fn renew<T: Serialize + DeserializeOwned>(
        &self,
        refused: u64,
        patience: Duration,
        make: &mut Make<'_, T>,
    ) -> Result<Kept<T>, Failure> {
        let began = self.host.clock.monotonic();
        loop {
            let kept: Option<Kept<T>> = self.read()?;
            let now = self.host.clock.wall_ms().div_euclid(1000);
            let generation = kept.as_ref().map_or(0, |kept| kept.generation);
            if let Some(kept) = kept.as_ref().filter(|kept| kept.generation > refused)
                && kept.until.is_none_or(|until| now < until)
            {
                // Read again rather than cloned: tokens need not be clonable.
                return self.read()?.ok_or_else(|| self.gone(kept.generation));
            }
            if let Some(right) = self.right_to_renew(generation)? {
                let made = make(kept.as_ref().map(|kept| &kept.token));
                if made.is_err() {
                    // Given back: whoever comes next, perhaps with a mended secret, need not wait for the slot's end.
                    // If that fails, it has to.
                    let _ = self.host.store.delete_many(&[right]);
                }
                let (token, until) = made?;
                let new = Kept { generation: generation + 1, until, token };
                self.keep(&new)?;
                return Ok(new);
            }
            if self.host.clock.monotonic().saturating_sub(began) + LOOK > patience {
                return Err(self.busy());
            }
            self.host.clock.sleep(LOOK);
        }
    }

    /// Keys asked for since the last time, which nobody needs once their slot is over.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.borrow_mut())
    }

    /// The key by which this invocation may renew the token of that generation, if it may. One who got the right at
    /// the end of the slot before is given time to use it.
    fn right_to_renew(&self, generation: u64) -> Result<Option<String>, Failure> {
        let now = self.host.clock.wall_ms();
        let slot = now.div_euclid(SLOT) * SLOT;
        let key = |slot: i64| format!("renew/{}/{generation}/{slot}", self.account);
        let counted = |key: &str, by| {
            self.asked.borrow_mut().push(key.to_owned());
            self.host.store.increment(key, by).map_err(|error| store_failure(key, &error.0))
        };
        let mine = key(slot);
        if now - slot < SLOT / 2 && counted(&key(slot - SLOT), 0)? > 0 {
            return Ok(None);
        }
        Ok((counted(&mine, 1)? == 1).then_some(mine))
    }

    fn name(&self) -> String {
        format!("token/{}", self.account)
    }

    /// What is kept, good or not; one that was sealed with another key counts as absent.
    ///
    /// # Errors
    /// The store did not answer.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Option<Kept<T>>, Failure> {
        let name = self.name();
        let sealed = self.host.store.get(&name).map_err(|error| store_failure(&name, &error.0))?;
        Ok(sealed.and_then(|sealed| serde_json::from_slice(&self.seal.open(&name, &sealed)?).ok()))
    }

    fn keep<T: Serialize>(&self, kept: &Kept<T>) -> Result<(), Failure> {
        let name = self.name();
        let json = serde_json::to_vec(kept).expect("a token is plain data");
        let sealed = self.seal.close(&name, &json, self.host.random);
        self.host.store.set(&name, &sealed).map_err(|error| store_failure(&name, &error.0))
    }

    fn gone(&self, generation: u64) -> Failure {
        store_failure(&self.name(), &format!("the token of generation {generation} was there, and is gone"))
    }

    fn busy(&self) -> Failure {
        let account = self.account;
        Failure::new(
            Class::Transport,
            Problem::new(
                "token_renewal_under_way",
                format!("another run renews the token of the account {account}, and has not finished"),
                format!("另一次运行正在更新账号 {account} 的令牌，尚未完成"),
            )
            .hint("the next run carries on from the last commit", "下次运行从上次提交处继续"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{
        CallId, Clock, Connection, Http, HttpFailure, Log, Random, Sql, SqlFailure, Store, StoreError,
    };
    use std::cell::Cell;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct World {
        ms: Cell<i64>,
        values: RefCell<BTreeMap<String, Vec<u8>>>,
        counters: RefCell<BTreeMap<String, i64>>,
    }

    impl Clock for World {
        fn wall_ms(&self) -> i64 {
            self.ms.get()
        }
        fn monotonic(&self) -> Duration {
            Duration::from_millis(self.ms.get() as u64)
        }
        fn sleep(&self, time: Duration) {
            self.ms.set(self.ms.get() + time.as_millis() as i64);
        }
    }

    impl Store for World {
        fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(self.values.borrow().get(key).cloned())
        }
        fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
            self.values.borrow_mut().insert(key.to_owned(), value.to_vec());
            Ok(())
        }
        fn set_many(&self, _: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
            unreachable!("a token is one value")
        }
        fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
            self.counters.borrow_mut().retain(|key, _| !keys.contains(key));
            Ok(())
        }
        fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
            let mut counters = self.counters.borrow_mut();
            let counter = counters.entry(key.to_owned()).or_default();
            *counter += by;
            Ok(*counter)
        }
    }

    impl Http for World {
        fn start(&self, _: http::Request<Vec<u8>>, _: Duration) -> CallId {
            unreachable!("the maker calls")
        }
        fn finish(&self, _: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
            unreachable!("the maker calls")
        }
        fn cancel(&self, _: CallId) {}
    }

    impl Sql for World {
        fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
            unreachable!("no database here")
        }
    }

    impl Log for World {
        fn line(&self, _: &str) {}
    }

    impl Random for World {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    fn host(world: &World) -> Host<'_> {
        Host { clock: world, store: world, http: world, sql: world, log: world, random: world }
    }

    fn seal() -> Seal {
        Seal::new("a key of thirty-two characters..")
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn two_that_are_refused_the_same_token_renew_it_once() {
        let (world, seal) = (World::default(), seal());
        world.ms.set(16_000);
        let (one, other) = (Tokens::new(host(&world), "a", &seal), Tokens::new(host(&world), "a", &seal));
        let made = Cell::new(0);
        let mut make = |old: Option<&String>| {
            made.set(made.get() + 1);
            Ok((format!("{}>{}", old.map_or("", String::as_str), made.get()), None))
        };
        let first = one.renew(0, PATIENCE, &mut make).unwrap();
        assert_eq!((first.generation, first.token.as_str()), (1, ">1"));
        // The other one's token is the one before.
        let second = other.renew(0, PATIENCE, &mut make).unwrap();
        assert_eq!(second, first);
        let third = other.renew(1, PATIENCE, &mut make).unwrap();
        assert_eq!((third.generation, third.token.as_str(), made.get()), (2, ">1>2", 2));
        assert_eq!(one.kept::<String>().unwrap(), Some(third));
        assert!(!format!("{:?}", world.values.borrow()).contains(">1>2"));
    }

    #[test]
    fn one_waits_for_the_other_and_takes_over_from_a_dead_one() {
        let (world, seal) = (World::default(), seal());
        world.ms.set(16_000);
        let tokens = Tokens::new(host(&world), "a", &seal);
        // Somebody has the right, and dies over it.
        assert!(tokens.right_to_renew(0).unwrap().is_some());
        let mut make = |_: Option<&String>| Ok(("new".to_owned(), None));
        let failure = tokens.renew(0, Duration::from_secs(5), &mut make).unwrap_err();
        assert_eq!((&*failure.problem.code, failure.class), ("token_renewal_under_way", Class::Transport));
        assert_eq!(tokens.renew(0, PATIENCE, &mut make).unwrap().token, "new");
        // Not before half of the next slot is over.
        assert!(world.ms.get() >= 45_000, "{}", world.ms.get());
    }

    #[test]
    fn a_token_that_is_over_is_not_used_and_a_failure_to_make_one_is_passed_on() {
        let (world, seal) = (World::default(), seal());
        world.ms.set(16_000);
        let tokens = Tokens::new(host(&world), "a", &seal);
        tokens.renew(0, PATIENCE, &mut |_: Option<&String>| Ok(("short".to_owned(), Some(20)))).unwrap();
        assert!(tokens.kept::<String>().unwrap().is_some());
        world.ms.set(21_000);
        assert_eq!(tokens.kept::<String>().unwrap(), None);
        let refuse = &mut |_: Option<&String>| Err(Failure::fatal(Problem::new("wrong_secret", "no", "否")));
        let failure = tokens.renew::<String>(0, PATIENCE, refuse).unwrap_err();
        assert_eq!(&*failure.problem.code, "wrong_secret");
        // Sealed with another key it counts as absent.
        let other = Seal::new("another key of some thirty chars");
        assert_eq!(Tokens::new(host(&world), "a", &other).kept::<String>().unwrap(), None);
    }

    #[test]
    fn one_who_fails_gives_the_right_back_at_once() {
        let world = World::default();
        world.ms.set(1_763_683_205_000);
        let seal = seal();
        let tokens = Tokens::new(host(&world), "galaxy", &seal);
        let refused = |_: Option<&String>| {
            Err(Failure::fatal(Problem::new("login_failed", "wrong secret", "密钥错误")))
        };
        assert_eq!(
            &*tokens.renew::<String>(0, Duration::ZERO, &mut { refused }).unwrap_err().problem.code,
            "login_failed"
        );
        // The secret is mended, and nobody waits.
        let kept = tokens.renew(0, Duration::ZERO, &mut |_| Ok(("good".to_owned(), None))).unwrap();
        assert_eq!((kept.generation, kept.token.as_str()), (1, "good"));
    }
}
