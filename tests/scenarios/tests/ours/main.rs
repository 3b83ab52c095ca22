//! What may go wrong on our side, natively, for every flow that it makes a difference to.
//!
//! | file | about |
//! |---|---|
//! | `late` | a holder that wakes up after its lease was taken over |
//! | `clocks` | our clock an hour ahead and an hour back, also in the middle of a run |
//! | `store` | state documents of another version, damaged, or gone with the whole store |
//! | `past` | a watermark 90 days old, and a backfill beside normal runs |
//! | `letters` | a dead letter that is retried when a newer version was delivered |

mod clocks;
mod late;
mod letters;
mod past;
mod store;
