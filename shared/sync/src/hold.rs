//! Holding the lease of a flow, with the state to go on from.

use crate::flow::{Flow, misconfigured};
use crate::host::{Host, Variables};
use crate::lease::{self, Held, Inherited, Refused, Terms};
use crate::problem::{Failure, Problem};
use crate::source::Walks;
use crate::state::{Keys, State};
use crate::store::FlowStore;
use crate::versions::outdated;
use ferry_mapping::Delivery;
use std::time::Duration;

/// L, the longest that any run may hold a flow, unless the variable `lease_seconds` says otherwise. It must be the
/// same in every run of a flow, also while an older build is still at work (see [`Terms::lease`]).
pub const LONGEST: Duration = Duration::from_secs(180);

/// How long runs hold a flow, and what of it is kept clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure {
    /// L.
    longest: Duration,
}

impl Tenure {
    /// From the variable `lease_seconds`, 2 to 900; [`LONGEST`] where it is empty.
    ///
    /// # Errors
    /// It is none of that.
    pub fn from_variables(variables: &dyn Variables) -> Result<Self, Problem> {
        let text = variables.get("lease_seconds").unwrap_or_default();
        let longest = match text.trim() {
            "" => Some(LONGEST),
            text => text.parse().ok().filter(|seconds| (2..=900).contains(seconds)).map(Duration::from_secs),
        };
        longest.map(|longest| Tenure { longest }).ok_or_else(|| {
            misconfigured(
                "lease_seconds",
                "is the longest that a run may hold a flow, and must be from 2 to 900 seconds, or empty for 180",
                "表示一次运行最长占用流程多久，须为 2 到 900 之间的秒数，留空为 180",
            )
        })
    }

    /// Kept clear at the end, for the difference of two processes' wall clocks: 5 s of 180.
    fn margin(self) -> Duration {
        self.longest / 36
    }

    /// For the last commit: 10 s of 180, since the store waits up to 5 s for its lock (`spin.md` 2).
    fn commit(self) -> Duration {
        self.longest / 18
    }

    /// What is left for the budget and the longest request.
    fn room(self) -> Duration {
        self.longest - self.margin() - self.commit()
    }

    /// How long a run holds the flow: its budget, its longest request, and a commit.
    fn length(self, delivery: &Delivery) -> Duration {
        delivery.budget + delivery.request_timeout + self.commit()
    }

    /// Shortens a flow's budget and its requests' patience to a lease shorter than usual; to the usual one they
    /// have to fit as they are ([`check`]).
    pub fn fit(self, delivery: &mut Delivery) {
        let wanted = delivery.budget + delivery.request_timeout;
        if self.longest < LONGEST && wanted > self.room() {
            let share = self.room().as_secs_f64() / wanted.as_secs_f64();
            delivery.budget = delivery.budget.mul_f64(share);
            delivery.request_timeout = self.room() - delivery.budget;
        }
    }

    /// The terms on which a run of such a flow draws the lease.
    fn terms(self, delivery: &Delivery) -> Terms {
        Terms { lease: self.longest, margin: self.margin(), hold: self.length(delivery) }
    }
}

/// Whether a flow's runs fit into [`LONGEST`].
///
/// # Errors
/// The flow file asks for more.
pub fn check(delivery: &Delivery) -> Result<(), Problem> {
    let usual = Tenure { longest: LONGEST };
    if delivery.budget + delivery.request_timeout <= usual.room() {
        return Ok(());
    }
    let most = usual.room().as_secs();
    Err(Problem::new(
        "budget_too_long",
        format!("delivery.budget and delivery.request_timeout are more than {most} s together"),
        format!("delivery.budget 与 delivery.request_timeout 之和超过 {most} 秒"),
    )
    .hint(
        "shorten one of them: a run that dies holds the flow up for that long",
        "请缩短其中之一：运行异常终止时，流程会被占用这么久",
    ))
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq)]
pub enum NotNow {
    /// Another run has the lease.
    Busy(Problem),
    /// The flow has no state and no beginning.
    NotInitialised(Problem),
    /// The key-value store failed.
    Store(Problem),
    /// The flow file, above all a version of it that is in use and cannot be used.
    FlowFile(Problem),
}

impl NotNow {
    /// The problem, for the caller.
    pub fn into_problem(self) -> Problem {
        match self {
            NotNow::Busy(problem)
            | NotNow::NotInitialised(problem)
            | NotNow::Store(problem)
            | NotNow::FlowFile(problem) => problem,
        }
    }
}

impl From<Failure> for NotNow {
    fn from(failure: Failure) -> Self {
        NotNow::Store(failure.problem)
    }
}

/// Draws the lease and hands it to `work`, with the state that the last holder left. A flow without state begins at
/// `start` (Unix seconds), or where the operator's variable says.
///
/// # Errors
/// [`NotNow`]: nothing was done.
pub fn holding<R>(
    host: Host<'_>,
    flow: &Flow,
    start: Option<i64>,
    work: impl FnOnce(Held, State) -> R,
) -> Result<R, NotNow> {
    let keys = Keys(flow.file.name.clone());
    let (lease, state) = taken(FlowStore::new(host, keys.clone()), host, flow, start)?;
    match outdated(host, flow, &state) {
        None => Ok(work(lease, state)),
        Some(why) => {
            give_back(host, &keys, &lease, Inherited::State(state))?;
            Err(why)
        }
    }
}

/// The same for a person's decision about the flow, which does not depend on the version of its file: over a store
/// that may look at damaged documents in another way ([`FlowStore::replacing_damaged`]).
///
/// # Errors
/// [`NotNow`]: nothing was done.
pub fn holding_over<R>(
    store: FlowStore<'_>,
    host: Host<'_>,
    flow: &Flow,
    start: Option<i64>,
    work: impl FnOnce(Held, State) -> R,
) -> Result<R, NotNow> {
    taken(store, host, flow, start).map(|(lease, state)| work(lease, state))
}

/// The lease, and the state to go on from.
fn taken(
    mut store: FlowStore<'_>,
    host: Host<'_>,
    flow: &Flow,
    start: Option<i64>,
) -> Result<(Held, State), NotNow> {
    let terms = flow.settings.tenure.terms(&flow.file.delivery);
    let acquired = lease::acquire(&mut store, terms)
        .map_err(|why| store.unusable().map_or_else(|| refused(&why), NotNow::Store))?;
    if let Some(mut state) = initial(host, flow, &acquired.state, start) {
        // Who did not give the lease back may have died with a request under way.
        let settles_after = flow.settles_after();
        let at_work = settles_after.saturating_sub(flow.file.delivery.request_timeout);
        let now_ms = host.clock.wall_ms();
        if let Some(until) = acquired.abandoned_ms.filter(|_| !settles_after.is_zero()) {
            // Its tenure is over, whatever its clock took for the time.
            let until = until.min(now_ms).div_euclid(1000) + crate::run::seconds(at_work);
            state.in_doubt_until = state.in_doubt_until.max(Some(until));
        }
        // A clock that was ahead when that was written must not stop the flow until then.
        let longest = now_ms.div_euclid(1000) + crate::run::seconds(settles_after) + 1;
        state.in_doubt_until = state.in_doubt_until.map(|until| until.min(longest));
        state.file_changes = state.file_changes.max(flow.file_changes);
        return Ok((acquired.lease, state));
    }
    give_back(host, &store.keys, &acquired.lease, acquired.state)?;
    Err(not_initialised(flow))
}

fn give_back(host: Host<'_>, keys: &Keys, lease: &Held, state: Inherited<State>) -> Result<(), NotNow> {
    let key = keys.state(lease.ticket());
    let json = serde_json::to_vec(&lease.release(state)).expect("the state is plain data");
    host.store.set(&key, &json).map_err(|error| crate::dead::store_failure(&key, &error.0))?;
    Ok(())
}

/// The state that a run would go on from, without a lease: for those who only look.
///
/// # Errors
/// [`NotNow::NotInitialised`] or [`NotNow::Store`].
pub fn looking(host: Host<'_>, flow: &Flow) -> Result<State, NotNow> {
    let mut store = FlowStore::new(host, Keys(flow.file.name.clone()));
    let left = store.newest()?.map_or(Inherited::FirstRun, |document| document.state);
    initial(host, flow, &left, None).ok_or_else(|| not_initialised(flow))
}

fn initial(host: Host<'_>, flow: &Flow, left: &Inherited<State>, start: Option<i64>) -> Option<State> {
    match left {
        Inherited::State(state) => Some(state.clone()),
        // Gone: the store was lost. A beginning that the operator set is an absolute time, so beginning there once
        // more carries again what was carried before, and skips nothing.
        Inherited::FirstRun | Inherited::Gone => {
            let now = host.clock.wall_ms().div_euclid(1000);
            // A full list is carried whole, wherever one begins.
            let lag = crate::run::seconds(flow.file.delivery.safety_lag);
            let anywhere = (flow.source.walks() == Walks::FullList).then_some(now - lag);
            start.or(flow.settings.start).or(anywhere).map(|start| State::new(start, now))
        }
    }
}

/// The refusal of a request that came while another run holds the lease, or the store does not answer.
fn refused(refused: &Refused) -> NotNow {
    let at = |ms: i64| crate::shanghai::text(ms.div_euclid(1000));
    let problem = match refused {
        Refused::Running { until_ms, .. } => Problem::new(
            "already_running",
            format!("another run of this flow is under way, until {} at the latest", at(*until_ms)),
            format!("该流程正在运行，最迟到 {}", at(*until_ms)),
        ),
        Refused::Unsettled { free_at_ms, .. } => Problem::new(
            "already_running",
            format!(
                "a run began and has not been heard of since; the flow is free again at {}",
                at(*free_at_ms)
            ),
            format!("有一次运行开始后没有消息；该流程将在 {} 重新可用", at(*free_at_ms)),
        ),
        Refused::Outdrawn { .. } | Refused::TooSlow { .. } => Problem::new(
            "already_running",
            "another run of this flow began at the same moment",
            "该流程的另一次运行同时开始",
        ),
        // SQLite's writers cannot always wait for each other (`spin.md` 1.5): somebody draws at this moment.
        Refused::Store { error, .. } if error.contains("database is locked") => Problem::new(
            "already_running",
            "the key-value store is busy with another run",
            "键值存储正被另一次运行占用",
        ),
        Refused::Store { error, .. } => {
            return NotNow::Store(crate::dead::store_failure("lease", error).problem);
        }
    };
    NotNow::Busy(
        problem.hint("nothing was done; the next trigger tries again", "未做任何操作；下次触发会再次尝试"),
    )
}

/// The refusal to begin just anywhere.
pub fn not_initialised(flow: &Flow) -> NotNow {
    NotNow::NotInitialised(no_state(&flow.file.name))
}

/// The flow of this name has no state.
pub fn no_state(flow: &str) -> Problem {
    let variable = format!("{}_start", flow.replace('-', "_"));
    Problem::new(
        "not_initialised",
        "this flow has no state, and nothing says from when it should begin",
        "该流程没有状态，也没有指定从何时开始",
    )
    .hint(
        format!("a new flow: let it run; unless it always reads its whole source it needs a beginning first, the variable {variable} with a time like 2026-01-01 00:00:00 (Shanghai) or a watermark by PUT; a flow that has run before: its key-value store was lost, restore it"),
        format!("新流程：请运行一次；除每次读取全部数据的流程外，须先将变量 {variable} 设为形如 2026-01-01 00:00:00 的上海时间，或用 PUT 设置水位；曾经运行过的流程：键值存储已丢失，请恢复"),
    )
}
