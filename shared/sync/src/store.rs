//! The flow's documents in the key-value store: what the lease needs of it, and a look without a lease.

use crate::host::Host;
use crate::lease::{Clocks, Document, LeaseStore, Seen, Status};
use crate::problem::Failure;
use crate::state::{Keys, State, VERSION};
use serde::de::DeserializeOwned;

/// The lease's store over ours.
pub struct FlowStore<'h> {
    /// The world.
    pub host: Host<'h>,
    /// The flow's keys.
    pub keys: Keys,
}

impl FlowStore<'_> {
    fn read<D: DeserializeOwned>(&self, key: &str) -> Result<Option<D>, String> {
        let Some(bytes) = self.host.store.get(key).map_err(|error| error.0)? else { return Ok(None) };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| format!("{key} cannot be read, and nothing is overwritten: {error}"))
    }

    fn encoded<D: serde::Serialize>(document: &D) -> Vec<u8> {
        serde_json::to_vec(document).expect("documents are plain data")
    }

    /// The state that the newest holder left, without a lease: for those who only look.
    pub fn newest(&mut self) -> Result<Option<Document<State>>, Failure> {
        let key = self.keys.hint();
        let failed = |error: String| crate::dead::store_failure(&key, &error);
        let hint: Option<u64> = self.read(&key).map_err(failed)?;
        // The hint may be a little behind: the newest document is the highest that was not lost.
        let mut newest = None;
        for ticket in hint.into_iter().flat_map(|hint| hint..hint + 3) {
            match self.document(ticket).map_err(failed)? {
                Some(document) if document.status != Status::Lost => newest = Some(document),
                _ => {}
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
        let document: Option<Document<State>> = self.read(&key)?;
        match &document {
            Some(Document { state: crate::lease::Inherited::State(state), .. })
                if state.version != VERSION =>
            {
                Err(format!("{key} is of version {}, and this build reads version {VERSION}", state.version))
            }
            _ => Ok(document),
        }
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
