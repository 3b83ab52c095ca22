//! The protocol over a store: what the components run.

use super::{
    Acquire, Acquired, Answer, Clocks, Document, Effect, Inherited, Refused, Seen, Status, Step, Terms,
};
use std::fmt::Display;

/// The keys of one flow, and the clocks. Table of the keys: see the [module](super).
pub trait LeaseStore<T> {
    /// What the store says when it fails; it goes into [`Refused::Store`] and so to the reader.
    type Error: Display;

    /// The clocks, the monotonic one read first.
    fn clocks(&mut self) -> Clocks;
    /// The hint `flow/<flow>`.
    fn hint(&mut self) -> Result<Option<u64>, Self::Error>;
    /// The document of a ticket. One that cannot be read as a document is an error, not absent.
    fn document(&mut self, ticket: u64) -> Result<Option<Document<T>>, Self::Error>;
    /// Adds to the counter `lease/<flow>`, atomically; its new value. One that never was is 0.
    fn increment(&mut self, by: u64) -> Result<u64, Self::Error>;
    /// The stamp `seen/<flow>`.
    fn seen(&mut self) -> Result<Option<Seen>, Self::Error>;
    /// Writes the stamp.
    fn put_seen(&mut self, seen: Seen) -> Result<(), Self::Error>;
    /// Writes the document of a ticket.
    fn put_document(&mut self, ticket: u64, document: &Document<T>) -> Result<(), Self::Error>;
    /// Writes the document of a ticket and makes it the hint, in one batch if there is one.
    fn put_document_and_hint(&mut self, ticket: u64, document: &Document<T>) -> Result<(), Self::Error>;
    /// Deletes the document of a ticket; it may be absent.
    fn delete_document(&mut self, ticket: u64) -> Result<(), Self::Error>;
}

/// Looks for the lease and draws it if it is free.
///
/// It costs, on a store that was left in order: four durable writes (counter read, draw, document
/// with hint, drop of an old document) when it succeeds, none when the hinted document is held.
///
/// # Errors
///
/// [`Refused`] says why not. All of them mean: not now, nothing has been done.
pub fn acquire<T: Clone, S: LeaseStore<T>>(store: &mut S, terms: Terms) -> Result<Acquired<T>, Refused> {
    let (mut attempt, mut effect) = Acquire::start(terms);
    loop {
        match attempt.step(perform(store, effect)) {
            Step::Do(next) => effect = next,
            Step::Done(outcome) => return outcome,
        }
    }
}

/// Performs one effect.
pub fn perform<T, S: LeaseStore<T>>(store: &mut S, effect: Effect<T>) -> Answer<T> {
    let answer = match effect {
        Effect::ReadClocks => Ok(Answer::Clocks(store.clocks())),
        Effect::GetHint => store.hint().map(Answer::Hint),
        Effect::GetDocument(ticket) => store.document(ticket).map(Answer::Document),
        Effect::Increment(by) => store.increment(by).map(Answer::Counter),
        Effect::GetSeen => store.seen().map(Answer::Seen),
        Effect::PutSeen(seen) => store.put_seen(seen).map(|()| Answer::Written),
        Effect::PutLost(ticket) => store.put_document(ticket, &lost()).map(|()| Answer::Written),
        Effect::PutHeld(ticket, document) => {
            store.put_document_and_hint(ticket, &document).map(|()| Answer::Written)
        }
        Effect::DeleteDocument(ticket) => store.delete_document(ticket).map(|()| Answer::Written),
    };
    answer.unwrap_or_else(|error| Answer::Failed(error.to_string()))
}

/// The document of a ticket that never held.
fn lost<T>() -> Document<T> {
    Document { status: Status::Lost, until_ms: 0, drop: Vec::new(), state: Inherited::FirstRun }
}
