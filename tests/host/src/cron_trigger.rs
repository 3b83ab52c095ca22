//! The cron trigger (spin.md 3.3): six fields, UTC; runs overlap, missed ones are not made up for, an error
//! is only logged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::app::App;
use crate::bindings::cron::{CronPre, Error, Metadata};
use crate::guest::Guest;
use crate::logs::say;

/// Spin looks at its schedules about this often.
const RESOLUTION: Duration = Duration::from_millis(500);

/// The schedules and the components that they call.
pub struct CronTrigger {
    app: Arc<App>,
    schedules: Vec<(Cron, String)>,
    handlers: BTreeMap<String, CronPre<Guest>>,
}

impl CronTrigger {
    /// Checks the schedules and the components.
    ///
    /// # Errors
    /// `ParseSchedule` for a malformed schedule; a component that lists `*.spin.internal`, which Spin's cron
    /// trigger has not; one that does not export `handle-cron-event`.
    pub fn new(app: Arc<App>) -> Result<Self> {
        let mut schedules = Vec::new();
        let mut handlers = BTreeMap::new();
        for trigger in &app.manifest.trigger.cron {
            let id = &trigger.component;
            let component = &app.components[id];
            if component.asks_for_chaining {
                bail!(
                    "This application requires the following features that are not available in this version of \
                     the 'cron' trigger: local_service_chaining (component `{id}` lists *.spin.internal in \
                     allowed_outbound_hosts)"
                );
            }
            let handler = CronPre::new(component.instance.clone())
                .map_err(anyhow::Error::from)
                .with_context(|| format!("component `{id}` has a cron trigger but no handle-cron-event"))?;
            handlers.insert(id.clone(), handler);
            schedules.push((parse_schedule(&trigger.cron_expression, id)?, id.clone()));
        }
        Ok(Self { app, schedules, handlers })
    }

    /// Schedules and components, for people.
    pub fn list(&self) -> impl Iterator<Item = (String, &str)> {
        self.schedules.iter().map(|(schedule, id)| (schedule.as_str().to_owned(), id.as_str()))
    }

    /// Fires until the process ends.
    ///
    /// # Errors
    /// A schedule that never comes round.
    pub async fn run(self: Arc<Self>) -> Result<()> {
        let mut next = Vec::new();
        for (schedule, id) in &self.schedules {
            let first = next_after(schedule, Utc::now())
                .with_context(|| format!("component `{id}`: cron_expression {:?}", schedule.as_str()))?;
            next.push(first);
        }
        loop {
            tokio::time::sleep(RESOLUTION).await;
            let now = Utc::now();
            for ((schedule, id), due) in self.schedules.iter().zip(&mut next) {
                if *due > now {
                    continue;
                }
                *due = next_after(schedule, now)?;
                let (trigger, id) = (self.clone(), id.clone());
                tokio::spawn(async move { trigger.fire(&id).await });
            }
        }
    }

    /// Calls a component once, now. `None` if it has no cron trigger.
    ///
    /// # Errors
    /// What the component answered, or how it died; already logged.
    pub async fn fire(&self, id: &str) -> Option<Result<(), String>> {
        let handler = self.handlers.get(id)?;
        let result = self.call(handler, id).await;
        if let Err(error) = &result {
            say(format_args!("[{id}] the cron event failed: {error}"));
        }
        Some(result)
    }

    async fn call(&self, handler: &CronPre<Guest>, id: &str) -> Result<(), String> {
        let mut store = Guest::store(&self.app, &self.app.components[id], None);
        let timestamp = self.app.clock.now().as_secs();
        let call = async {
            let instance = handler.instantiate_async(&mut store).await?;
            instance.call_handle_cron_event(&mut store, Metadata { timestamp }).await
        };
        match call.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Error::Other(text))) => Err(text),
            Err(trap) => Err(format!("the component trapped: {trap:#}")),
        }
    }
}

fn next_after(schedule: &Cron, time: DateTime<Utc>) -> Result<DateTime<Utc>> {
    Ok(schedule.find_next_occurrence(&time, false)?)
}

/// Day of month and day of week must both match, as in Spin.
fn parse_schedule(expression: &str, id: &str) -> Result<Cron> {
    CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Disallowed)
        .dom_and_dow(true)
        .sloppy_ranges(true)
        .build()
        .parse(expression)
        .map_err(|error| {
            anyhow::anyhow!(
                "ParseSchedule: component `{id}`, cron_expression {expression:?}: {error}. Write exactly six fields: \
                 second minute hour day-of-month month day-of-week, in UTC"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, after: &str) -> String {
        let after: DateTime<Utc> = after.parse().unwrap();
        let schedule = parse_schedule(expression, "tick").unwrap();
        next_after(&schedule, after).unwrap().to_rfc3339()
    }

    #[test]
    fn six_fields_and_no_other_number() {
        for bad in ["* * * * *", "0 0 0 1 1 * 2030", "61 * * * * *", "", "x * * * * *"] {
            let error = parse_schedule(bad, "tick").unwrap_err().to_string();
            assert!(error.starts_with("ParseSchedule: component `tick`"), "{error}");
        }
    }

    #[test]
    fn the_next_time_is_strictly_later_and_in_utc() {
        assert_eq!(next("0 */5 * * * *", "2026-11-01T00:05:00Z"), "2026-11-01T00:10:00+00:00");
        assert_eq!(next("30 17 19 * * *", "2026-11-01T19:17:30Z"), "2026-11-02T19:17:30+00:00");
    }

    #[test]
    fn day_of_month_and_day_of_week_must_both_match() {
        // The first Friday the 13th after November 2026 began.
        assert_eq!(next("0 0 0 13 * 5", "2026-11-01T00:00:00Z"), "2026-11-13T00:00:00+00:00");
        assert_eq!(next("0 0 0 13 * 5", "2026-11-13T00:00:00Z"), "2027-08-13T00:00:00+00:00");
    }
}
