//! The flow's documents in the key-value store: what the lease needs of it, and a look without a lease.

use crate::host::Host;
use crate::lease::{Clocks, Document, Inherited, LeaseStore, Seen, Status};
use crate::problem::{Failure, Problem};
use crate::state::{Keys, State, VERSION};
use ferry_platforms::Class;
use serde::de::DeserializeOwned;

/// The lease's store over ours.
pub struct FlowStore<'h> {
    host: Host<'h>,
    /// The flow's keys.
    pub keys: Keys,
    /// An operator gives up a state document that cannot be read.
    replace_damaged: bool,
    /// Why the last document was of no use.
    unusable: Option<Problem>,
}

impl<'h> FlowStore<'h> {
    /// The store of the flow with these keys.
    pub fn new(host: Host<'h>, keys: Keys) -> Self {
        FlowStore { host, keys, replace_damaged: false, unusable: None }
    }

    /// The same for an operator who gives up a state document that cannot be read: it counts as one of a holder who
    /// may still be at work, and says nothing of the flow.
    pub fn replacing_damaged(self) -> Self {
        FlowStore { replace_damaged: true, ..self }
    }

    /// Why the state document could not be used, if that was the reason of a failure.
    pub fn unusable(&mut self) -> Option<Problem> {
        self.unusable.take()
    }

    /// A document that can be made up for: one that cannot be read counts as absent.
    fn read<D: DeserializeOwned>(&self, key: &str) -> Result<Option<D>, String> {
        let bytes = self.host.store.get(key).map_err(|error| error.0)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// One that is of a newer version than this build's, or damaged. A damaged one is kept aside first.
    fn unreadable(
        &mut self,
        ticket: u64,
        bytes: &[u8],
        error: &str,
    ) -> Result<Option<Document<State>>, String> {
        let key = self.keys.state(ticket);
        let problem = match version(bytes) {
            Some(version) if version > VERSION.into() => newer(&key, version),
            _ => {
                let aside = self.keys.damaged(ticket);
                if self.host.store.get(&aside).map_err(|error| error.0)?.is_none() {
                    self.host.store.set(&aside, bytes).map_err(|error| error.0)?;
                }
                if self.replace_damaged {
                    // Its holder may be alive: the lease waits for as long as any can be.
                    let (status, until_ms) = (Status::Held, i64::MAX);
                    let state = Inherited::Gone;
                    return Ok(Some(Document { status, until_ms, drop: Vec::new(), state }));
                }
                damaged(&key, &aside, &self.keys.0, error)
            }
        };
        let message = problem.message.to_string();
        self.unusable = Some(problem);
        Err(message)
    }

    fn encoded<D: serde::Serialize>(document: &D) -> Vec<u8> {
        serde_json::to_vec(document).expect("documents are plain data")
    }

    /// The state that the newest holder left, without a lease: for those who only look.
    pub fn newest(&mut self) -> Result<Option<Document<State>>, Failure> {
        let key = self.keys.hint();
        let hint: Option<u64> = self.read(&key).map_err(|error| crate::dead::store_failure(&key, &error))?;
        // The hint may be a little behind: the newest document is the highest that was not lost.
        let mut newest = None;
        for ticket in hint.into_iter().flat_map(|hint| hint..hint + 3) {
            match self.document(ticket) {
                Ok(Some(document)) if document.status != Status::Lost => newest = Some(document),
                Ok(_) => {}
                Err(error) => {
                    let unusable = self.unusable().map(|problem| Failure::new(Class::Fatal, problem));
                    return Err(unusable.unwrap_or_else(|| crate::dead::store_failure(&key, &error)));
                }
            }
        }
        Ok(newest)
    }
}

impl LeaseStore<State> for FlowStore<'_> {
    type Error = String;

    fn clocks(&mut self) -> Clocks {
        crate::run::clocks(self.host)
    }

    fn hint(&mut self) -> Result<Option<u64>, String> {
        self.read(&self.keys.hint())
    }

    fn document(&mut self, ticket: u64) -> Result<Option<Document<State>>, String> {
        let key = self.keys.state(ticket);
        let Some(bytes) = self.host.store.get(&key).map_err(|error| error.0)? else { return Ok(None) };
        let mut document: Document<State> = match serde_json::from_slice(&bytes) {
            Ok(document) => document,
            Err(error) => return self.unreadable(ticket, &bytes, &error.to_string()),
        };
        if let Inherited::State(state) = &mut document.state {
            if state.version > VERSION {
                return self.unreadable(ticket, &bytes, "");
            }
            // What an older one does not have yet has its default; the next commit writes it as of today.
            state.version = VERSION;
        }
        Ok(Some(document))
    }

    fn increment(&mut self, by: u64) -> Result<u64, String> {
        let by = i64::try_from(by).map_err(|error| error.to_string())?;
        let sum = self.host.store.increment(&self.keys.lease(), by).map_err(|error| error.0)?;
        u64::try_from(sum).map_err(|_| format!("the counter {} is negative", self.keys.lease()))
    }

    fn seen(&mut self) -> Result<Option<Seen>, String> {
        self.read(&self.keys.seen())
    }

    fn put_seen(&mut self, seen: Seen) -> Result<(), String> {
        self.host.store.set(&self.keys.seen(), &Self::encoded(&seen)).map_err(|error| error.0)
    }

    fn put_document(&mut self, ticket: u64, document: &Document<State>) -> Result<(), String> {
        self.host.store.set(&self.keys.state(ticket), &Self::encoded(document)).map_err(|error| error.0)
    }

    fn put_document_and_hint(&mut self, ticket: u64, document: &Document<State>) -> Result<(), String> {
        let entries = [
            (self.keys.state(ticket), Self::encoded(document)),
            (self.keys.hint(), ticket.to_string().into_bytes()),
        ];
        self.host.store.set_many(&entries).map_err(|error| error.0)
    }

    fn delete_document(&mut self, ticket: u64) -> Result<(), String> {
        self.host.store.delete_many(&[self.keys.state(ticket)]).map_err(|error| error.0)
    }
}

/// The version that a state document says it is of, whatever else it says.
fn version(document: &[u8]) -> Option<u64> {
    let document: serde_json::Value = serde_json::from_slice(document).ok()?;
    document.pointer("/state/state/version")?.as_u64()
}

fn newer(key: &str, version: u64) -> Problem {
    Problem::new(
        "state_newer",
        format!(
            "{key} is of version {version}, written by a newer build; this one reads up to version {VERSION}"
        ),
        format!("{key} 的版本为 {version}，由更新的程序写入；本程序最多读取版本 {VERSION}"),
    )
    .hint(
        "nothing was changed: deploy the newer build again, it goes on from there",
        "未做任何更改：请重新部署较新的版本，它会从该处继续",
    )
}

fn damaged(key: &str, aside: &str, flow: &str, error: &str) -> Problem {
    Problem::new(
        "state_damaged",
        format!("{key} cannot be read ({error}); it is kept aside as {aside}, and nothing was overwritten"),
        format!("{key} 无法读取（{error}）；已另存为 {aside}，未覆盖任何数据"),
    )
    .hint(
        format!(
            "restore the key-value store from its backup. Or begin anew: PUT /flows/{flow}/watermark with \
             {{\"watermark\": a time before the trouble, \"replace_damaged\": true}}; what is at the target is not \
             doubled, but the flow's dead letters, jobs and skip list are given up"
        ),
        format!(
            "请从备份恢复键值存储；或重新开始：用 PUT /flows/{flow}/watermark 提交 \
             {{\"watermark\": 故障之前的时间, \"replace_damaged\": true}}；目标端不会重复，但该流程的死信、任务与跳过名单将被放弃"
        ),
    )
}
