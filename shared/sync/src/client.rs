//! One account's way to its platform: token, quota, deadline, and what an unanswered call means.
//!
//! [`Client`] is the same for all platforms; what differs is a [`Platform`], one in each module here. Sources,
//! targets and lookups speak to their systems through a client and know nothing of tokens and quotas: a token
//! that is refused is renewed once, by one of all the runs that share it, and the call is made again.

pub mod galaxy;
pub mod jdy;
pub mod jushuitan;
pub mod okki;
mod proofs;
pub mod wangdiantong;
pub mod wise;

use crate::dead::store_failure;
use crate::host::{CallId, Host, HttpFailure};
use crate::problem::{Failure, Problem};
use crate::quota::{NoSlot, Quota};
use crate::tally::{Interface, Ledger};
use crate::target::Opening;
use crate::token::{Kept, Tokens};
use ferry_mapping::FlowFile;
use ferry_platforms::{Class, Error};
use http::{Request, Response};
use proofs::Proofs;
use serde::{Serialize, de::DeserializeOwned};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// What the clients of a platform have to know of it.
pub trait Platform {
    /// Its credentials.
    type Account;
    /// What a login gives; kept sealed in the store.
    type Token: Serialize + DeserializeOwned;
    /// Its name in flow files.
    const NAME: &'static str;
    /// Its name, for people: in English and in Chinese.
    const NAMES: [&'static str; 2];
    /// Calls that it allows an account in a minute.
    const PER_MINUTE: Option<u32> = None;
    /// How long it wants to be left alone after a call too many.
    const PAUSE: Duration = Duration::from_secs(60);

    /// Whether calls of this account need a token that has to be fetched.
    fn needs_token(account: &Self::Account) -> bool;

    /// Fetches a token, given the one before, which may hold what renews it; with Unix seconds after which it is
    /// not to be used.
    ///
    /// # Errors
    /// The platform's refusal, or no answer.
    fn log_in(
        wire: &Wire<'_>,
        account: &Self::Account,
        old: Option<&Self::Token>,
    ) -> Result<(Self::Token, Option<i64>), Failure>;
}

/// What a call is for, as people read it, and by which of the vendor's interfaces it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doing {
    /// The vendor's own name of the interface: a method, a path.
    pub interface: &'static str,
    /// `reading from Galaxy by executeBillQuery`
    pub en: &'static str,
    /// `用 executeBillQuery 读取金蝶云星空`
    pub zh: &'static str,
}

/// What a request is made of.
pub struct Hands<'c, P: Platform> {
    /// Who calls.
    pub account: &'c P::Account,
    /// With which token, where the account needs one.
    pub token: Option<&'c P::Token>,
    /// Now.
    pub moment: Moment,
}

/// A moment, and a number that no other call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Unix time in milliseconds.
    pub ms: i64,
    /// Random; positive.
    pub nonce: u32,
}

impl Moment {
    /// Unix time in seconds.
    pub fn seconds(self) -> i64 {
        self.ms.div_euclid(1000)
    }
}

/// Calls that a platform allows an account in a minute, by its name in flow files.
pub fn per_minute(platform: &str) -> Option<u32> {
    fn of<P: Platform>(name: &str) -> Option<Option<u32>> {
        (name == P::NAME).then_some(P::PER_MINUTE)
    }
    of::<jushuitan::Jushuitan>(platform)
        .or_else(|| of::<wangdiantong::Wangdiantong>(platform))
        .or_else(|| of::<jdy::Jdy>(platform))
        .or_else(|| of::<galaxy::Galaxy>(platform))
        .flatten()
}

/// Calls out, without any token: their quota, their deadline, their number.
pub struct Wire<'h> {
    /// The world.
    pub host: Host<'h>,
    account: &'h str,
    names: [&'static str; 2],
    file: &'h FlowFile,
    timeout: Duration,
    until: Option<Duration>,
    quota: Option<Quota<'h>>,
    pause: Duration,
    calls: Cell<u64>,
    ledger: Ledger<'h>,
    under_way: RefCell<HashMap<CallId, UnderWay>>,
    used: RefCell<Vec<String>>,
}

/// A call without an answer so far.
#[derive(Default)]
struct UnderWay {
    /// What it proves with who calls.
    proofs: Proofs,
    /// The monotonic time at which it was sent.
    sent: Duration,
}

/// The code of a [`Failure`] for want of time: nothing was sent, and the next run goes on.
pub const NO_TIME_LEFT: &str = "no_time_left";

impl<'h> Wire<'h> {
    /// Waits until a call may be made: until the account's quota has room, at most so long. A request that could
    /// not end within the lease is not begun.
    ///
    /// # Errors
    /// Class `RateLimit`: no room in the quota, or no time ([`NO_TIME_LEFT`]). Class `Transport`: the store did
    /// not answer.
    fn admit(&self, patience: Duration) -> Result<(), Failure> {
        if let Some(quota) = &self.quota {
            let patience = self.left().map_or(patience, |left| patience.min(left));
            quota.take(patience).map_err(|why| self.no_slot(why))?;
        }
        match self.left() {
            Some(left) if left.is_zero() => Err(no_time_left()),
            _ => Ok(()),
        }
    }

    fn send(&self, doing: Doing, request: Request<Vec<u8>>) -> CallId {
        self.calls.set(self.calls.get() + 1);
        self.ledger.called(doing.interface);
        let proofs = Proofs::of(&request);
        let sent = self.host.clock.monotonic();
        let call = self.host.http.start(request, self.timeout);
        self.under_way.borrow_mut().insert(call, UnderWay { proofs, sent });
        call
    }

    /// How long one may still wait before a call that has to end within the lease.
    fn left(&self) -> Option<Duration> {
        let now = self.host.clock.monotonic();
        self.until.map(|until| until.saturating_sub(now).saturating_sub(self.timeout))
    }

    /// The answer to a request, with what the request proves who calls blotted out.
    ///
    /// # Errors
    /// Class `Transport`: none came. Class `Fatal`: the platform under us forbids the call.
    pub fn finish(&self, doing: Doing, call: CallId) -> Result<Response<Vec<u8>>, Failure> {
        let (mut response, proofs) = self.answer(doing, call)?;
        proofs.blot(response.body_mut());
        Ok(response)
    }

    fn answer(&self, doing: Doing, call: CallId) -> Result<(Response<Vec<u8>>, Proofs), Failure> {
        let UnderWay { proofs, sent } = self.under_way.borrow_mut().remove(&call).unwrap_or_default();
        let answer = self.host.http.finish(call);
        // Of a call that was sent ahead: until its answer was asked for, if that came first.
        self.ledger.took(doing.interface, self.host.clock.monotonic().saturating_sub(sent));
        let response = answer.map_err(|failure| {
            let failure = self.unanswered(doing, &failure);
            self.ledger.erred(doing.interface, failure.class, &failure.problem);
            failure
        })?;
        Ok((response, proofs))
    }

    /// A request for a token, made once there is room for it, and what is read from its answer: the one answer that
    /// may repeat what was sent, as a refresh token that stays the same.
    ///
    /// # Errors
    /// No room, no time, no answer, or the platform's refusal.
    pub fn call<T>(
        &self,
        doing: Doing,
        make: impl FnOnce(Moment) -> Request<Vec<u8>>,
        read: impl Fn(&Response<Vec<u8>>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        self.admit(Duration::MAX)?;
        let (mut response, proofs) = self.answer(doing, self.send(doing, make(self.moment())))?;
        read(&response).map_err(|error| {
            // What it says is read again without what it quotes.
            proofs.blot(response.body_mut());
            let said = read(&response).err().map(|error| error.message).unwrap_or_default();
            self.refused(doing, &Error { message: said, ..error })
        })
    }

    /// A refusal in the platform's words, counted as that of a call. One for too many calls pauses the account.
    pub fn refused(&self, doing: Doing, error: &Error) -> Failure {
        if let (Class::RateLimit, Some(quota)) = (error.class, &self.quota) {
            // If it cannot be noted, the next refusal will be.
            let _ = quota.pause(self.pause);
        }
        self.refused_in_part(doing, error);
        Failure::vendor(doing.en, doing.zh, error)
    }

    /// A call that was answered and did not do all that it was to do: some of its rows were refused, like this one.
    pub fn refused_in_part(&self, doing: Doing, error: &Error) {
        self.ledger.refused(doing.interface, (doing.en, doing.zh), error);
    }

    /// Waits for a slot of a quota besides the account's own: that of a single interface.
    ///
    /// # Errors
    /// No room, no time, or the store did not answer.
    pub fn take_slot(&self, interface: &str, per_minute: u32) -> Result<(), Failure> {
        let name = format!("{}-{interface}", self.account);
        let quota = Quota::new(self.host, &name, per_minute);
        let patience = self.left().unwrap_or(Duration::from_secs(60));
        let taken = quota.take(patience).map_err(|why| self.no_slot(why));
        self.used.borrow_mut().extend(quota.asked());
        taken
    }

    /// This moment.
    pub fn moment(&self) -> Moment {
        let mut bytes = [0; 4];
        self.host.random.fill(&mut bytes);
        Moment { ms: self.host.clock.wall_ms(), nonce: u32::from_le_bytes(bytes).max(1) }
    }

    fn no_slot(&self, why: NoSlot) -> Failure {
        let account = self.account;
        let (en, zh) = match why {
            NoSlot::Store(error) => return store_failure(&format!("quota/{account}"), &error.0),
            NoSlot::Busy(wait) => (
                format!(
                    "the calls that the account {account} may make are used up for the next {} ms",
                    wait.as_millis()
                ),
                format!("账号 {account} 在接下来的 {} 毫秒内没有可用的调用额度", wait.as_millis()),
            ),
            NoSlot::Paused(wait) => (
                format!(
                    "the account {account} was refused a call too many and is left alone for {} s more",
                    wait.as_secs() + 1
                ),
                format!("账号 {account} 因调用过多被拒绝，还须暂停 {} 秒", wait.as_secs() + 1),
            ),
        };
        Failure::new(
            Class::RateLimit,
            Problem::new("quota_used_up", en, zh).hint(
                "nothing was sent; the next run goes on from here. All flows of the account share its calls",
                "未发出请求；下次运行从此处继续。同一账号的所有流程共用调用额度",
            ),
        )
    }

    /// The variables of all hosts that this flow calls.
    fn hosts(&self) -> String {
        let lookups = self.file.lookups.values().map(|lookup| lookup.account.as_str());
        let accounts: BTreeSet<&str> = [self.file.source.account.as_str(), &self.file.target.account]
            .into_iter()
            .chain(lookups)
            .collect();
        accounts.into_iter().map(|account| format!("{account}_host")).collect::<Vec<_>>().join(", ")
    }

    fn unanswered(&self, doing: Doing, failure: &HttpFailure) -> Failure {
        let (account, [en, zh]) = (self.account, self.names);
        if failure.denied {
            return Failure::fatal(
                Problem::new(
                    "host_not_allowed",
                    format!(
                        "{}: the platform refused the connection by allowed_outbound_hosts: {failure}",
                        doing.en
                    ),
                    format!("{}：运行平台按 allowed_outbound_hosts 拒绝了该连接：{failure}", doing.zh),
                )
                .hint(
                    format!(
                        "check {account}_scheme and {}: one malformed host makes Spin deny all of them",
                        self.hosts()
                    ),
                    format!(
                        "请检查 {account}_scheme 以及 {}：任何一个格式不对，Spin 会拒绝全部外部连接",
                        self.hosts()
                    ),
                ),
            );
        }
        Failure::new(
            Class::Transport,
            Problem::new(
                "no_answer",
                format!("{}: no answer from {en}: {failure}", doing.en),
                format!("{}：{zh}没有应答：{failure}", doing.zh),
            )
            .hint(
                format!("the next run carries on from the last commit; check {account}_host and the network"),
                format!("下次运行从上次提交处继续；请检查 {account}_host 与网络"),
            ),
        )
    }
}

fn no_time_left() -> Failure {
    Failure::new(
        Class::RateLimit,
        Problem::new(NO_TIME_LEFT, "the time of this run is over", "本次运行的时间已用完")
            .hint("nothing was sent; the next run goes on from here", "未发出请求；下次运行从此处继续"),
    )
}

/// Calls of one account, for one invocation.
pub struct Client<'h, P: Platform> {
    /// Calls without a token.
    pub wire: Wire<'h>,
    account: &'h P::Account,
    tokens: Tokens<'h>,
    token: Option<Kept<P::Token>>,
    in_doubt: bool,
}

/// The name that all of `platforms` give to a web page in place of an answer.
const WEB_PAGE: &str = "web_page";

/// For another that renews the token; no renewal takes longer.
const PATIENCE: Duration = Duration::from_secs(35);

impl<'h, P: Platform> Client<'h, P> {
    /// A client of the account of this name.
    pub fn new(opening: &Opening<'h>, name: &'h str, account: &'h P::Account) -> Self {
        let host = opening.host;
        let wire = Wire {
            host,
            account: name,
            names: P::NAMES,
            file: opening.file,
            timeout: opening.file.delivery.request_timeout,
            until: opening.until,
            quota: P::PER_MINUTE.map(|limit| Quota::new(host, name, limit)),
            pause: P::PAUSE,
            calls: Cell::new(0),
            ledger: Ledger::new(host, name, P::NAME),
            under_way: RefCell::default(),
            used: RefCell::default(),
        };
        Client { wire, account, tokens: Tokens::new(host, name, opening.seal), token: None, in_doubt: false }
    }

    /// The account.
    pub fn account(&self) -> &'h P::Account {
        self.account
    }

    /// Calls made so far, logins too.
    pub fn calls(&self) -> u64 {
        self.wire.calls.get()
    }

    /// As [`crate::source::Source::called`].
    pub fn called(&mut self) -> Vec<Interface> {
        self.wire.ledger.take()
    }

    /// As [`crate::source::Source::used_keys`].
    pub fn used_keys(&mut self) -> Vec<String> {
        let mut keys = std::mem::take(&mut *self.wire.used.borrow_mut());
        keys.extend(self.wire.quota.iter().flat_map(Quota::asked));
        keys.extend(self.tokens.asked());
        keys
    }

    /// Sends a request; its answer is for [`Wire::finish`].
    ///
    /// # Errors
    /// No room or no time: nothing was sent. Those of a login.
    pub fn start(
        &mut self,
        doing: Doing,
        make: impl FnOnce(&Hands<'_, P>) -> Request<Vec<u8>>,
        patience: Duration,
    ) -> Result<CallId, Failure> {
        self.ensure_token()?;
        self.wire.admit(patience)?;
        // Made only now: what is signed holds the time.
        let token = self.token.as_ref().map(|kept| &kept.token);
        let hands = Hands { account: self.account, token, moment: self.wire.moment() };
        Ok(self.wire.send(doing, make(&hands)))
    }

    /// A request that changes nothing, and its answer. Refused for its token, it is made once more with another.
    ///
    /// # Errors
    /// No room, no time, no answer, or the platform's refusal.
    pub fn call<T>(
        &mut self,
        doing: Doing,
        make: impl Fn(&Hands<'_, P>) -> Request<Vec<u8>>,
        read: impl Fn(&Response<Vec<u8>>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let before = self.in_doubt;
        let answer = self.change(doing, make, read);
        self.in_doubt = before;
        answer
    }

    /// As [`Client::call`], for a request that changes something. When it was sent and no usable answer came, what
    /// became of it is unknown: [`Client::is_in_doubt`].
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn change<T>(
        &mut self,
        doing: Doing,
        make: impl Fn(&Hands<'_, P>) -> Request<Vec<u8>>,
        read: impl Fn(&Response<Vec<u8>>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let mut renewed = false;
        loop {
            let call = self.start(doing, &make, Duration::MAX)?;
            let answered = self.wire.finish(doing, call);
            // A call that the platform under us forbids was never sent.
            self.in_doubt |= answered.as_ref().is_err_and(|failure| failure.class == Class::Transport);
            match read(&answered?) {
                Ok(answer) => return Ok(answer),
                Err(error) if error.class == Class::Credentials && !renewed => {
                    renewed = true;
                    self.wire.refused_in_part(doing, &error);
                    self.renew()?;
                }
                Err(error) => {
                    // A page of whatever stands between us may come although the platform is at work.
                    self.in_doubt |= error.class == Class::Transport || error.code == WEB_PAGE;
                    return Err(self.wire.refused(doing, &error));
                }
            }
        }
    }

    /// Whether something that was sent by [`Client::change`] may yet be at work, although nobody knows what became
    /// of it.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// What is in doubt has been noted elsewhere.
    pub fn forget_doubt(&mut self) {
        self.in_doubt = false;
    }

    fn ensure_token(&mut self) -> Result<(), Failure> {
        if self.token.is_some() || !P::needs_token(self.account) {
            return Ok(());
        }
        self.token = match self.tokens.kept()? {
            Some(kept) => Some(kept),
            None => Some(self.renewed(0)?),
        };
        Ok(())
    }

    /// After a refusal: another token, fetched by us or by another run meanwhile. Without tokens a new request
    /// is signed anew, with the time of now.
    ///
    /// # Errors
    /// Those of the login; class `Transport` when another run does not finish its own.
    pub fn renew(&mut self) -> Result<(), Failure> {
        if P::needs_token(self.account) {
            let refused = self.token.as_ref().map_or(0, |kept| kept.generation);
            self.token = Some(self.renewed(refused)?);
        }
        Ok(())
    }

    fn renewed(&self, refused: u64) -> Result<Kept<P::Token>, Failure> {
        self.tokens.renew(refused, PATIENCE, &mut |old| P::log_in(&self.wire, self.account, old))
    }
}
