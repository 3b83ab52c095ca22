//! Sends what channels are owed: one message to each, all at once, and notes what came of it.

use super::record::{NAMED, Named, Record, SENT, Sent, Trouble};
use super::{Attempt, Outcome};
use crate::robots::{Change, Channel, ChannelName, Item, Message, Refusal};
use crate::settings::Settings;
use ferry_sync::host::{CallId, Host};
use std::time::Duration;

/// How long a channel may take to answer.
pub const TIMEOUT: Duration = Duration::from_secs(8);
/// A channel that refuses is tried again after so many seconds, then twice as many, and so on.
const FIRST_PAUSE: i64 = 60;
/// The longest such pause.
const LONGEST_PAUSE: i64 = 900;
/// A tick may come a little early.
const EARLY: i64 = 10;

/// Sends everything that is owed and due. One message a check and channel: far from what any robot allows.
pub fn send(host: Host<'_>, settings: &Settings, record: &mut Record) -> Vec<Attempt> {
    let started: Vec<(&Channel, Message, CallId)> = settings
        .channels
        .iter()
        .filter_map(|channel| {
            let message = owed(record, settings, channel.name(), now(host))?;
            let request = channel.request(&message, host.clock.wall_ms());
            Some((channel, message, host.http.start(request, TIMEOUT)))
        })
        .collect();
    let finish = |(channel, message, call): (&Channel, Message, CallId)| {
        let result = channel.outcome(&host.http.finish(call));
        note(record, channel.name(), &message, &result, now(host));
        Attempt { channel: channel.name(), items: message.items.len(), outcome: Outcome::from(result) }
    };
    started.into_iter().map(finish).collect()
}

fn now(host: Host<'_>) -> i64 {
    host.clock.wall_ms().div_euclid(1000)
}

/// The message for a channel, if anything is owed to it and it is not left alone.
fn owed(record: &Record, settings: &Settings, channel: ChannelName, now: i64) -> Option<Message> {
    if record.trouble.get(&channel).is_some_and(|trouble| trouble.next_at > now + EARLY) {
        return None;
    }
    let owed = record.outbox.iter().filter(|news| news.owed.contains(&channel));
    let mut items: Vec<Item> = owed.map(|news| news.item.clone()).collect();
    // News of several checks: each is in order, all together may not be.
    items.sort_by_key(|item| item.change == Change::Recovered);
    (!items.is_empty()).then(|| Message { items, console_url: settings.console_url.clone() })
}

/// Notes what came of a message.
fn note(
    record: &mut Record,
    channel: ChannelName,
    message: &Message,
    result: &Result<(), Refusal>,
    now: i64,
) {
    match result {
        Ok(()) => {
            for news in &mut record.outbox {
                news.owed.remove(&channel);
            }
            record.outbox.retain(|news| !news.owed.is_empty());
            record.trouble.remove(&channel);
        }
        Err(_) => {
            let trouble = record.trouble.entry(channel).or_default();
            let pause = (FIRST_PAUSE << trouble.failures.min(10)).min(LONGEST_PAUSE);
            *trouble = Trouble { failures: trouble.failures + 1, next_at: now + pause };
        }
    }
    let refusal = result.as_ref().err();
    // One line for a channel that goes on refusing, so that it does not push all others out.
    let last = record.sent.iter_mut().find(|sent| sent.channel == channel);
    let same = last.filter(|last| refusal.is_some() && last.refusal.as_ref() == refusal);
    let alerts: Vec<Named> = message.items.iter().take(NAMED).map(named).collect();
    if let Some(last) = same {
        (last.at, last.summary, last.alerts) = (now, message.summary(), alerts);
        last.times += 1;
        return;
    }
    let (summary, refusal) = (message.summary(), refusal.cloned());
    record.sent.push_front(Sent { at: now, channel, summary, alerts, refusal, times: 1 });
    record.sent.truncate(SENT);
}

fn named(item: &Item) -> Named {
    Named { flow: item.flow.clone(), code: item.code, change: item.change }
}
