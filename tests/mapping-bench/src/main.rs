//! The mappings of the articles, 50 records of 10 lines: by ferry-mapping, by hand, by VRL and by jaq.
//!
//! Each contender gets its records in its own kind of value. What it makes of them is timed three times: the
//! documents in its own kind of value; their JSON text, which is what a target is sent; and the whole way
//! from the JSON text of the records to that of the documents.
//! Before the clock starts, all must have made the same documents ([`agreement`]). The last table is what a
//! flow file costs at every start: parse, check, compile.
//!
//! `ferry-mapping-bench [--title TEXT]` prints the tables. `ferry-mapping-bench --repeat CONTENDER MAPPING N`
//! maps the 50 records N times and prints nothing: for a profiler. `cargo xtask bench --mapping` runs it
//! natively and as WebAssembly.

mod agreement;
mod by_hand;
mod case;
mod contenders;
mod records;
mod table;
mod timing;

use case::{CASES, Case, MATERIALS};
use contenders::Contender;
use contenders::by_hand::ByHand;
use contenders::jaq::Jaq;
use contenders::ours::Ours;
use contenders::vrl::Vrl;
use serde_json::Value;
use std::hint::black_box;
use timing::Timed;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => tables("mapping bench"),
        ["--title", title] => tables(title),
        ["--repeat", contender, mapping, times] => {
            let case = CASES.iter().find(|case| case.name.starts_with(mapping)).expect("no such mapping");
            repeat(contender, case, times.parse().expect("how many times?"));
        }
        _ => panic!("usage: [--title TEXT] | --repeat CONTENDER MAPPING N"),
    }
}

fn tables(title: &str) {
    println!("{title}\n");
    for case in &CASES {
        let records = (case.records)(records::RECORDS);
        let text = Value::from(records.clone()).to_string();
        let (mut ours, mut by_hand) = (ours(case.flow), by_hand(case));
        let (mut vrl, mut jaq) = (vrl(case), jaq(case));
        agreement::assert(case, &records, &mut ours, &mut by_hand, &mut vrl, &mut jaq);

        let times = timing::measure(vec![
            values("ours", &mut ours, &text),
            values("by hand", &mut by_hand, &text),
            values("vrl", &mut vrl, &text),
            values("jaq", &mut jaq, &text),
        ]);
        table::print(&format!("{}: 50 records of 10 lines, from value to value", case.name), &times);
        let times = timing::measure(vec![
            bodies("ours", &mut ours, &text),
            bodies("by hand", &mut by_hand, &text),
            bodies("vrl", &mut vrl, &text),
            bodies("jaq", &mut jaq, &text),
        ]);
        table::print(&format!("{}: the same, from value to JSON text", case.name), &times);
        let times = timing::measure(vec![
            texts("ours", &mut ours, &text),
            texts("by hand", &mut by_hand, &text),
            texts("vrl", &mut vrl, &text),
            texts("jaq", &mut jaq, &text),
        ]);
        table::print(&format!("{}: the same, from JSON text to JSON text", case.name), &times);
    }
    for case in &CASES {
        let times = timing::measure(vec![
            Timed { name: "ours", work: Box::new(|| drop(black_box(ours(black_box(case.flow))))) },
            Timed { name: "vrl", work: Box::new(|| drop(black_box(vrl(black_box(case))))) },
            Timed { name: "jaq", work: Box::new(|| drop(black_box(jaq(black_box(case))))) },
        ]);
        table::print(&format!("{}: to read and compile", case.name), &times);
    }
    let materials = Timed { name: "ours", work: Box::new(|| drop(black_box(ours(black_box(MATERIALS))))) };
    table::print("galaxy-materials-to-mysql: to read and compile", &timing::measure(vec![materials]));
}

/// From records to documents.
fn values<'t, C: Contender>(name: &'static str, contender: &'t mut C, text: &str) -> Timed<'t>
where
    C::Record: 't,
{
    let mut records = contender.read(text);
    Timed { name, work: Box::new(move || drop(black_box(map(contender, black_box(&mut records))))) }
}

/// From records to the text of the documents.
fn bodies<'t, C: Contender>(name: &'static str, contender: &'t mut C, text: &str) -> Timed<'t>
where
    C::Record: 't,
{
    let mut records = contender.read(text);
    let work = move || drop(black_box(contender.written(black_box(&mut records)).expect("good records")));
    Timed { name, work: Box::new(work) }
}

/// From the text of the records to the text of the documents.
fn texts<'t, C: Contender>(name: &'static str, contender: &'t mut C, text: &'t str) -> Timed<'t> {
    let work = move || {
        let mut records = contender.read(black_box(text));
        drop(black_box(contender.written(&mut records).expect("good records")));
    };
    Timed { name, work: Box::new(work) }
}

fn map<C: Contender>(contender: &mut C, records: &mut [C::Record]) -> Vec<C::Document> {
    let documents: Result<Vec<C::Document>, String> =
        records.iter_mut().map(|record| contender.map(record)).collect();
    documents.expect("the records are good")
}

fn repeat(contender: &str, case: &Case, times: usize) {
    fn all<C: Contender>(mut contender: C, case: &Case, times: usize) {
        let text = Value::from((case.records)(records::RECORDS)).to_string();
        let mut records = contender.read(&text);
        for _ in 0..times {
            drop(black_box(map(&mut contender, black_box(&mut records))));
        }
    }
    match contender {
        "ours" => all(ours(case.flow), case, times),
        "json" => {
            let mut ours = ours(case.flow);
            let mut records = (case.records)(records::RECORDS);
            (0..times).for_each(|_| drop(black_box(ours.written(black_box(&mut records)))));
        }
        "by-hand" => all(by_hand(case), case, times),
        "vrl" => all(vrl(case), case, times),
        "jaq" => all(jaq(case), case, times),
        "compile" => (0..times).for_each(|_| drop(black_box(ours(black_box(case.flow))))),
        _ => panic!("the contenders are ours, json (ours, to text), by-hand, vrl, jaq, and compile"),
    }
}

fn ours(flow: &str) -> Ours {
    Ours::compile(flow).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn by_hand(case: &Case) -> ByHand {
    ByHand { function: case.by_hand, company: case.company }
}

fn vrl(case: &Case) -> Vrl {
    Vrl::compile(case.vrl).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

fn jaq(case: &Case) -> Jaq {
    Jaq::compile(case.jq).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}
