//! How sources are walked over: windows of a widest span, full lists; and targets whose outcome can be in doubt.

mod world;

use ferry_mapping::FlowFile;
use ferry_platforms::Class;
use ferry_sync::flow::{Component, Flow, Unloaded};
use ferry_sync::hold::holding;
use ferry_sync::host::{CallId, Variables};
use ferry_sync::problem::{Failure, Problem};
use ferry_sync::report::{Report, Trigger};
use ferry_sync::run::{Limits, Run};
use ferry_sync::source::{Ask, NO_SINGLE_RECORDS, Page, Source, SourcePart, Then, Walks};
use ferry_sync::target::{Document, Opening, Outcome, Target, TargetPart};
use std::cell::Cell;
use std::time::Duration;
use world::{Given, Memory, NOON, World};

/// Walks of another kind over the world's rows.
struct Part(Walks);

impl SourcePart for Part {
    fn open<'h>(&'h self, _: &Opening<'h>) -> Box<dyn Source + 'h> {
        unreachable!("these tests bring their own source")
    }
    fn walks(&self) -> Walks {
        self.0
    }
}

/// A target that a request may be at work at for a minute.
struct Slow;

impl TargetPart for Slow {
    fn open<'h>(&'h self, _: &Opening<'h>) -> Box<dyn Target + 'h> {
        unreachable!("these tests bring their own target")
    }
    fn settles_after(&self) -> Duration {
        Duration::from_secs(60)
    }
}

fn weekly(_: &FlowFile, _: &dyn Variables) -> Result<Box<dyn SourcePart>, Unloaded> {
    Ok(Box::new(Part(Walks::Windows { widest: Some(Duration::from_secs(7 * 86_400)) })))
}

fn full_list(_: &FlowFile, _: &dyn Variables) -> Result<Box<dyn SourcePart>, Unloaded> {
    Ok(Box::new(Part(Walks::FullList)))
}

fn slow(_: &FlowFile, _: &dyn Variables) -> Result<Box<dyn TargetPart>, Unloaded> {
    Ok(Box::new(Slow))
}

fn component(flow_file: &str) -> Component<'_> {
    Component { source: weekly, ..world::component(flow_file) }
}

fn run_with(
    world: &World,
    component: &Component<'_>,
    source: impl Source,
    target: impl Target,
    budget: u64,
) -> Report {
    let flow = Flow::load(component, &Given(world.variables())).unwrap_or_else(|problem| panic!("{problem}"));
    run_flow(world, &flow, source, target, budget)
}

fn run_flow(world: &World, flow: &Flow, source: impl Source, target: impl Target, budget: u64) -> Report {
    let limits = Limits { max_pages: None, budget: Duration::from_secs(budget), accept_dead: false };
    let report = holding(world.host(), flow, None, |lease, state| {
        let (source, target) = (Box::new(source), Box::new(target));
        Run::new(world.host(), flow, source, target, None, Some(lease), limits, Trigger::Webhook, state).run()
    });
    report.unwrap_or_else(|why| panic!("{}", why.into_problem()))
}

#[test]
fn a_backlog_is_carried_window_by_window_none_wider_than_the_platform_allows() {
    let world = World::new(30);
    for (n, row) in world.rows.borrow_mut().iter_mut().enumerate() {
        row.modified = NOON - 18 * 86_400 + n as i64 * 50_000;
    }
    let report = run_with(&world, &component(world::FLOW_FILE), Memory(&world), Memory(&world), 60);
    assert_eq!((report.error, report.has_more), (None, false));
    assert_eq!(world.table.borrow().len(), 30);
    let mut ends = vec![ferry_sync::shanghai::parse("2026-11-01 00:00:00").unwrap()];
    for ask in world.asked.borrow().iter() {
        let Ask::Window { begin, end, .. } = ask else { panic!("{ask:?}") };
        assert!(end - begin <= 7 * 86_400, "{ask:?}");
        assert!(*begin <= *ends.last().unwrap(), "no gap between the windows: {ask:?}");
        ends.push(*end);
    }
    assert_eq!(*ends.last().unwrap(), NOON - 30);
    assert_eq!(report.watermark.as_deref(), Some("2026-11-20 11:59:30"));
}

/// A run of a flow that walks over a full list, without any beginning set.
fn shops(world: &World) -> Report {
    shops_within(world, 60)
}

fn shops_within(world: &World, budget: u64) -> Report {
    let file = world::FLOW_FILE;
    let component = Component { source: full_list, ..world::component(file) };
    let mut variables = world.variables();
    variables.remove("start");
    let flow = Flow::load(&component, &Given(variables)).unwrap_or_else(|problem| panic!("{problem}"));
    run_flow(world, &flow, Memory(world), Memory(world), budget)
}

#[test]
fn a_full_list_needs_no_beginning_and_writes_only_the_pages_that_changed() {
    let world = World::new(10);
    let first = shops(&world);
    assert_eq!((first.counts.written, first.counts.already_there), (10, 0), "{first:?}");
    assert!(world.asked.borrow().iter().all(|ask| matches!(ask, Ask::Everything { .. })));
    assert_eq!(first.watermark.as_deref(), Some("2026-11-20 11:59:30"));

    world.advance(Duration::from_secs(3600));
    let second = shops(&world);
    assert_eq!((second.counts.written, second.counts.already_there), (0, 10), "nothing changed");
    assert!(second.counts.adds_up());

    world.rows.borrow_mut()[5].name = "改名".into();
    world.advance(Duration::from_secs(3600));
    let third = shops(&world);
    assert_eq!((third.counts.written, third.counts.already_there), (4, 6), "the page of four that changed");

    world.rows.borrow_mut()[0].name = "bad".into();
    world.advance(Duration::from_secs(3600));
    assert_eq!(shops(&world).counts.dead, 1);
    world.rows.borrow_mut()[0].name = "好".into();
    world.advance(Duration::from_secs(3600));
    let mended = shops(&world);
    assert_eq!(mended.counts.dead, 0);
    assert_eq!(*world.table.borrow(), world.expected());
}

#[test]
fn a_full_list_that_became_shorter_forgets_the_pages_that_are_gone() {
    let world = World::new(10);
    shops(&world);
    let taken: Vec<_> = world.rows.borrow_mut().drain(4..).collect();
    world.advance(Duration::from_secs(3600));
    shops(&world);
    world.table.borrow_mut().clear();
    world.rows.borrow_mut().extend(taken);
    world.advance(Duration::from_secs(3600));
    assert_eq!(shops(&world).counts.written, 6, "the pages that came back are written");
}

/// Of a list that takes longer than a run: the run that comes to its end says that there is no more to do, although it
/// began at the front again, and was right to.
#[test]
fn a_full_list_that_is_longer_than_a_run_comes_to_an_end() {
    let world = World::new(40);
    world.page_time.set(Duration::from_secs(2));
    let mut runs = 1;
    while shops_within(&world, 10).has_more {
        world.advance(Duration::from_secs(300));
        runs += 1;
        assert!(runs < 10, "it goes on for ever");
    }
    assert_eq!(runs, 3, "ten pages and the empty one behind them, five in a run");
    assert_eq!(*world.table.borrow(), world.expected());
    // What changes on the first page while the rest is read is found by the run that ends the list.
    world.advance(Duration::from_secs(300));
    assert!(shops_within(&world, 10).has_more);
    world.rows.borrow_mut()[0].name = "改名".into();
    world.advance(Duration::from_secs(300));
    let report = shops_within(&world, 10);
    assert_eq!((report.has_more, report.counts.written), (false, 4), "{report:?}");
    assert_eq!(*world.table.borrow(), world.expected());
}

/// A target that loses its answer once, after the work was done.
struct Losing<'w> {
    memory: Memory<'w>,
    lose: &'w Cell<u32>,
    doubt: bool,
    written_at: &'w Cell<Duration>,
}

impl Target for Losing<'_> {
    fn map(
        &self,
        record: &dyn ferry_mapping::Record,
        context: &ferry_mapping::Context,
    ) -> Result<Document, ferry_mapping::RowError> {
        self.memory.map(record, context)
    }
    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        let world = self.memory.0;
        self.written_at.set(world.monotonic.get());
        // What is there is found, and not written again.
        let there = |document: &Document| {
            let Document::Json(cells) = document else { unreachable!() };
            world.table.borrow().contains_key(&cells[0].to_string())
        };
        let mut outcomes = Vec::new();
        for row in rows {
            if there(&row) {
                outcomes.push(Outcome::AlreadyThere);
            } else {
                outcomes.extend(self.memory.write(vec![row])?);
                self.memory.flush()?;
            }
        }
        if self.lose.get() > 0 {
            self.lose.set(self.lose.get() - 1);
            self.doubt = true;
            return Err(world::failure(Class::Transport));
        }
        Ok(outcomes)
    }
    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        self.memory.find(rows)
    }
    fn flush(&mut self) -> Result<(), Failure> {
        Ok(())
    }
    fn reset(&mut self) {
        self.doubt = false;
    }
    fn calls(&self) -> u64 {
        0
    }
    fn is_in_doubt(&self) -> bool {
        self.doubt
    }
}

#[test]
fn after_a_write_in_doubt_nothing_is_sent_until_it_must_be_over() {
    let world = World::new(4);
    let (lose, at) = (Cell::new(1), Cell::default());
    let flow_file = world::FLOW_FILE.replace(r#""budget": "20s""#, r#""budget": "100s""#);
    let component = Component { target: slow, ..component(&flow_file) };
    let losing = || Losing { memory: Memory(&world), lose: &lose, doubt: false, written_at: &at };
    // Time enough: the run waits, looks, and goes on.
    let report = run_with(&world, &component, Memory(&world), losing(), 100);
    assert_eq!((report.counts.written, report.counts.already_there, report.error), (0, 4, None));
    assert!(at.get() >= Duration::from_secs(60), "{:?}", at.get());
    assert_eq!(world.delivered.borrow().len(), 4, "each row once");

    // No time: it stops, and the next run stops too, until the minute is over.
    lose.set(1);
    for row in world.rows.borrow_mut().iter_mut() {
        (row.id, row.modified) = (row.id + 100, NOON);
    }
    let report = run_with(&world, &component, Memory(&world), losing(), 20);
    assert_eq!(report.error.as_ref().map(|error| &*error.code), Some("planned"), "why it could not go on");
    assert!(report.has_more, "{report:?}");
    assert_eq!(&*report.notes[0].code, "in_doubt");
    let before = at.get();
    world.advance(Duration::from_secs(25));
    assert!(run_with(&world, &component, Memory(&world), losing(), 20).has_more);
    assert_eq!(at.get(), before, "nothing was sent meanwhile");
    world.advance(Duration::from_secs(40));
    let report = run_with(&world, &component, Memory(&world), losing(), 20);
    assert_eq!((report.counts.written, report.has_more), (0, false), "all of them are found");
    assert_eq!(world.delivered.borrow().len(), 8, "each row once");
}

#[test]
fn a_holder_that_died_may_have_left_a_request_at_work() {
    let world = World::new(4);
    let (lose, at) = (Cell::new(0), Cell::default());
    let component = Component { target: slow, ..component(world::FLOW_FILE) };
    let flow =
        Flow::load(&component, &Given(world.variables())).unwrap_or_else(|problem| panic!("{problem}"));
    // Draws the lease, and is never heard of again.
    let held = holding(world.host(), &flow, None, |lease, _| lease.until_ms());
    let until = held.unwrap_or_else(|why| panic!("{}", why.into_problem()));
    let wait = u64::try_from(until - world.wall.get()).unwrap() + 1000;
    world.advance(Duration::from_millis(wait));
    let losing = || Losing { memory: Memory(&world), lose: &lose, doubt: false, written_at: &at };
    let report = run_with(&world, &component, Memory(&world), losing(), 20);
    assert!(report.has_more && world.delivered.borrow().is_empty(), "{report:?}");
    world.advance(Duration::from_secs(30));
    run_with(&world, &component, Memory(&world), losing(), 20);
    assert_eq!(world.delivered.borrow().len(), 4);
}

/// A source that cannot be asked for single records.
struct Whole<'w>(Memory<'w>);

impl Source for Whole<'_> {
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure> {
        self.0.start(ask, patience)
    }
    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        match ask {
            Ask::Ids(_) => {
                Err(Failure::fatal(Problem::new(NO_SINGLE_RECORDS, "only by time", "只能按时间查询")))
            }
            _ => self.0.finish(call, ask).map(|page| match page.then {
                Then::PerhapsEnd => Page { then: Then::End, ..page },
                _ => page,
            }),
        }
    }
    fn renew(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }
    fn ids_per_call(&self) -> usize {
        3
    }
    fn calls(&self) -> u64 {
        Source::calls(&self.0)
    }
}

#[test]
fn where_single_records_cannot_be_asked_for_the_letter_holds_the_newest_that_was_seen() {
    let world = World::new(6);
    world.rows.borrow_mut()[2].name = "bad".into();
    let file = component(world::FLOW_FILE);
    let run = || run_with(&world, &file, Whole(Memory(&world)), Memory(&world), 20);
    assert_eq!(run().counts.dead, 1);
    // It was modified meanwhile, and is met again: the letter holds the newer one, and that is tried.
    world.rows.borrow_mut()[2].name = "bad again".into();
    world.rows.borrow_mut()[2].modified = NOON;
    world.advance(Duration::from_secs(400));
    let again = run();
    assert_eq!((again.retried.tried, again.retried.failed), (1, 1), "{again:?}");
    world.advance(Duration::from_secs(1900));
    let last = run();
    assert_eq!(last.retried.tried, 1);
    assert_eq!(world.table.borrow().len(), 5);
}
