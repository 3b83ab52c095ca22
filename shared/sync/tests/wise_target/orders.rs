//! What is looked for and what is saved.

use super::world::{World, numbers, order, orders};
use ferry_platforms::Class;
use ferry_simulators::wise::{
    Change, Fault, Figures, Filters, Misbehaviour, Numbering, Op, Order, Refusal, RowCount, Saved, Switches,
    Work,
};
use ferry_sync::problem::Problem;
use ferry_sync::target::{Existing, Outcome};
use serde_json::{Value, json};
use std::time::Duration;

fn dead(outcome: &Outcome) -> &Problem {
    match outcome {
        Outcome::Dead(problem) => problem,
        other => panic!("{other:?}"),
    }
}

/// A bill that somebody made in the ERP itself.
fn made_by_hand(world: &World, bill_no: &str, po_ord_bill_no: Option<&str>) {
    let mut page1 = json!({"FBillNo": bill_no});
    if let Some(number) = po_ord_bill_no {
        page1["FPOOrdBillNo"] = number.into();
    }
    let Value::Object(page1) = page1 else { unreachable!() };
    let page2 = vec![serde_json::Map::new()];
    world.simulator.change(&Change::Add { order: Order { bill_no: bill_no.into(), page1, page2 } });
}

#[test]
fn a_page_of_new_orders_costs_one_look_and_a_save_each_and_a_page_that_is_there_one_look() {
    let world = World::new();
    let numbers = numbers(0..20);
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&numbers));
    assert_eq!(target.find(&rows).unwrap(), [false; 20]);
    assert_eq!(world.called(), [1, 1, 0]);
    assert_eq!(target.write(rows.clone()).unwrap(), vec![Outcome::Written; 20]);
    target.flush().unwrap();
    assert_eq!(world.called(), [0, 1, 20]);
    assert_eq!(world.stored(), numbers);

    assert_eq!(target.write(rows.clone()).unwrap(), vec![Outcome::AlreadyThere; 20]);
    assert_eq!(world.called(), [0, 1, 0]);
    assert_eq!(target.find(&rows).unwrap(), [true; 20]);
    assert_eq!((target.calls(), target.lookups()), (1 + 20, 4));
    assert!(!target.is_in_doubt());
    assert!(!target.used_keys().is_empty(), "the right to renew the token was asked for");

    assert_eq!(world.write(&orders(&numbers)).unwrap(), vec![Outcome::AlreadyThere; 20]);
    assert_eq!(world.called(), [0, 2, 0], "the token is shared by all invocations");
    assert_eq!(world.write(&[]).unwrap(), []);
    assert_eq!(world.called(), [0, 0, 0]);
}

#[test]
fn an_order_that_is_refused_dies_alone_with_the_erps_words() {
    for refusal in [Refusal::Reason, Refusal::Faild, Refusal::Inside] {
        let world = World::new();
        world.simulator.set(|switches| switches.refusal = refusal);
        let mut page = orders(&["A", "B", "C"]);
        page[1]["company"]["serial_id"] = "C9999".into();
        let outcomes = world.write(&page).unwrap();
        assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Written, &Outcome::Written));
        let problem = dead(&outcomes[1]);
        assert_eq!(&*problem.code, "row_refused");
        assert!(problem.message.contains("客户[C9999]不存在"), "{problem}");
        assert_eq!(world.stored(), ["A", "C"]);
    }
}

#[test]
fn the_order_is_what_the_flow_file_says_with_all_its_digits() {
    let world = World::new();
    let mut record = order("Q'1；订单");
    record["exchange_rate"] = serde_json::from_str("712.345678901234567890123").unwrap();
    record["product_list"][0]["count"] = serde_json::from_str("1234567890123.1234567890").unwrap();
    record["product_list"][1]["count"] = serde_json::from_str("3").unwrap();
    assert_eq!(world.write(&[record]).unwrap(), [Outcome::Written]);
    let order = &world.simulator.orders()[0];
    assert_eq!(order.page1["FPOOrdBillNo"], "Q'1；订单");
    // MySQL's division, which the language follows, gives the quotient four more places.
    assert_eq!(order.page1["FExchangeRate"], "7.1234567890123456789012300");
    assert_eq!(order.page1["FCustID"], json!({"FNumber": "C0001", "FName": "客户 1"}));
    assert_eq!(order.page2[0]["Fauxqty"], "1234567890123.1234567890");
    assert_eq!(order.page2[1]["FAuxTaxPrice"], "3.33333333");
    assert_eq!(order.bill_no, "SEORD000001");
}

#[test]
fn numbers_with_quotes_chinese_and_blanks_are_found_again() {
    let numbers = ["O'Neil''s", "订单/7（急）", "a') or ('1'='1", " in front ", "半角 A-1", "%_[x]"];
    for filters in [Filters::Sql, Filters::OneComparison] {
        for row_count in [RowCount::All, RowCount::OfThePage] {
            for figures in [Figures::Number, Figures::Text] {
                let world = World::new();
                world.simulator.set(|switches| {
                    *switches = Switches { filters, row_count, figures, ..Switches::default() };
                });
                assert_eq!(world.write(&orders(&numbers)).unwrap(), vec![Outcome::Written; 6]);
                assert_eq!(world.write(&orders(&numbers)).unwrap(), vec![Outcome::AlreadyThere; 6]);
                assert_eq!(world.simulator.orders().len(), 6);
            }
        }
    }
}

#[test]
fn a_server_that_refuses_in_is_asked_number_by_number_and_not_again_for_in() {
    let world = World::new();
    world.simulator.set(|switches| switches.filters = Filters::OneComparison);
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&numbers(0..4)));
    assert_eq!(target.write(rows.clone()).unwrap(), vec![Outcome::Written; 4]);
    assert_eq!(world.called(), [1, 1 + 4, 4]);
    assert_eq!(target.write(rows).unwrap(), vec![Outcome::AlreadyThere; 4]);
    assert_eq!(world.called(), [0, 4, 0]);
}

#[test]
fn a_server_that_fails_over_in_is_asked_number_by_number_too() {
    let world = World::new();
    let failing = Misbehaviour::Http500 { work: Work::Undone };
    world.simulator.arm(Fault::next(&[Op::GetList], failing));
    assert_eq!(world.write(&orders(&numbers(0..4))).unwrap(), vec![Outcome::Written; 4]);
    assert_eq!(world.called(), [1, 1 + 4, 4]);
}

#[test]
fn a_list_that_is_cut_is_asked_for_in_smaller_parts_whatever_its_count_says() {
    for row_count in [RowCount::All, RowCount::OfThePage] {
        for clamp in [1, 2, 3, 7] {
            let world = World::new();
            let numbers = numbers(0..9);
            // Each order has two lines, and each line is a row.
            world.write(&orders(&numbers[..6])).unwrap();
            world.simulator.set(|switches| (switches.row_count, switches.clamp) = (row_count, Some(clamp)));
            let expected: Vec<Outcome> =
                (0..9).map(|n| if n < 6 { Outcome::AlreadyThere } else { Outcome::Written }).collect();
            assert_eq!(world.write(&orders(&numbers)).unwrap(), expected, "{row_count:?} {clamp}");
            assert_eq!(world.stored(), numbers);
        }
    }
}

#[test]
fn whoever_numbers_the_bills_an_order_is_known_by_the_sources_number() {
    for numbering in [Numbering::Own, Numbering::Honours] {
        for saved in [Saved::BillNo, Saved::Row] {
            let world = World::new();
            world.simulator.set(|switches| (switches.numbering, switches.saved) = (numbering, saved));
            assert_eq!(world.write(&orders(&["A", "B"])).unwrap(), vec![Outcome::Written; 2]);
            assert_eq!(world.write(&orders(&["B", "A"])).unwrap(), vec![Outcome::AlreadyThere; 2]);
            assert_eq!(world.called(), [1, 2, 2]);
            let bill_no = if numbering == Numbering::Own { "SEORD000001" } else { "A" };
            assert_eq!(world.simulator.orders()[0].bill_no, bill_no);
        }
    }
}

#[test]
fn an_erp_that_does_not_keep_the_sources_number_is_noticed_before_anything_is_doubled() {
    let world = World::new();
    world.simulator.set(|switches| switches.keeps_po_ord_bill_no = false);
    let page = orders(&["A", "B"]);
    assert_eq!(world.write(&page).unwrap(), vec![Outcome::Written; 2]);
    // The look-back of the next runs brings them again.
    for _ in 0..3 {
        let failure = world.write(&page).unwrap_err();
        assert_eq!((failure.class, &*failure.problem.code), (Class::Fatal, "order_not_traceable"));
        assert!(
            failure.problem.message.contains("SEORD000001") && failure.problem.hint_zh.contains("对方订单号")
        );
    }
    assert_eq!(world.simulator.orders().len(), 2, "none is doubled");
    // Mended, and the bills without a number deleted: all of it goes on.
    world.simulator.set(|switches| switches.keeps_po_ord_bill_no = true);
    world.simulator.change(&Change::Delete { bill_nos: vec!["SEORD000001".into(), "SEORD000002".into()] });
    assert_eq!(world.write(&page).unwrap(), vec![Outcome::Written; 2]);
    assert_eq!(world.write(&page).unwrap(), vec![Outcome::AlreadyThere; 2]);
    assert_eq!(world.stored(), ["A", "B"]);
}

#[test]
fn an_order_that_somebody_deletes_proves_nothing() {
    let world = World::new();
    world.write(&orders(&["A", "B"])).unwrap();
    world.simulator.change(&Change::Delete { bill_nos: vec!["SEORD000001".into()] });
    assert_eq!(world.write(&orders(&["B", "C"])).unwrap(), [Outcome::AlreadyThere, Outcome::Written]);
    assert_eq!(world.write(&orders(&["C"])).unwrap(), [Outcome::AlreadyThere]);
}

#[test]
fn two_records_with_one_number_are_one_order() {
    let world = World::new();
    let mut page = orders(&["A", "B", "A", "C", "C"]);
    // The first C is refused; that says nothing of the second.
    page[3]["company"]["serial_id"] = "C9999".into();
    let outcomes = world.write(&page).unwrap();
    assert_eq!(outcomes[..3], [Outcome::Written, Outcome::Written, Outcome::AlreadyThere]);
    dead(&outcomes[3]);
    assert_eq!(outcomes[4], Outcome::Written);
    assert_eq!(world.stored(), ["A", "B", "C"]);
    assert_eq!(world.called(), [1, 1, 4]);
}

#[test]
fn an_order_without_a_number_is_dead_and_its_neighbours_are_written() {
    let mut world = World::new();
    // Without this the mapping refuses it before.
    for field in &mut world.file.target.request[0].children {
        field.is_required = false;
    }
    let world = world.reloaded();
    let mut page = orders(&["A", " ", "B"]);
    page.push(order("x"));
    page[3]["order_no"] = Value::Null;
    let outcomes = world.write(&page).unwrap();
    assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Written, &Outcome::Written));
    assert_eq!(&*dead(&outcomes[1]).code, "no_number");
    assert_eq!(&*dead(&outcomes[3]).code, "no_number");
    assert_eq!(world.stored(), ["A", "B"]);
}

#[test]
fn a_bill_that_has_only_our_number_is_the_order_and_one_that_is_anothers_is_not() {
    let world = World::new();
    world.simulator.set(|switches| switches.numbering = Numbering::Honours);
    made_by_hand(&world, "BEFORE", None);
    made_by_hand(&world, "TAKEN", Some("PO-9"));
    made_by_hand(&world, "case", None);
    let outcomes = world.write(&orders(&["BEFORE", "TAKEN", "CASE", "NEW"])).unwrap();
    assert_eq!((&outcomes[0], &outcomes[3]), (&Outcome::AlreadyThere, &Outcome::Written));
    let taken = dead(&outcomes[1]);
    assert_eq!(&*taken.code, "number_taken");
    assert!(taken.message.contains("单据编号[TAKEN]已存在") && taken.message.contains("PO-9"), "{taken}");
    assert_eq!(&*dead(&outcomes[2]).code, "number_taken");
    // By FBillNo only after a refusal.
    assert_eq!(world.called(), [1, 1 + 3 * 2, 4]);
    assert_eq!(world.simulator.orders().len(), 4);
}

#[test]
fn an_order_that_comes_between_look_and_save_is_there() {
    let world = World::new();
    world.simulator.set(|switches| switches.numbering = Numbering::Honours);
    let Value::Object(page1) = json!({"FBillNo": "A", "FPOOrdBillNo": "A"}) else { unreachable!() };
    let order = Order { bill_no: "A".into(), page1, page2: vec![serde_json::Map::new()] };
    world.simulator.change_after_query(1, Change::Add { order });
    assert_eq!(world.write(&orders(&["A"])).unwrap(), [Outcome::AlreadyThere]);
    assert_eq!(world.called(), [1, 2, 1]);
}

#[test]
fn a_number_that_differs_only_in_letter_case_is_for_a_person_to_judge() {
    let world = World::new();
    made_by_hand(&world, "SEORD1", Some("so-1"));
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&["SO-1", "so-1", "So-1"]));
    assert_eq!(target.find(&rows).unwrap(), [false, true, false]);
    let outcomes = target.write(rows).unwrap();
    assert_eq!(outcomes[1], Outcome::AlreadyThere);
    for outcome in [&outcomes[0], &outcomes[2]] {
        let problem = dead(outcome);
        assert_eq!(&*problem.code, "number_taken");
        assert!(problem.message.contains("SEORD1") && problem.message.contains("so-1"), "{problem}");
    }
    assert_eq!(world.called(), [1, 2, 0]);
}

#[test]
fn a_variable_that_wants_orders_updated_is_refused_before_anything_is_sent() {
    let mut world = World::new();
    world.existing = Existing::Update;
    let failure = world.write(&orders(&["A"])).unwrap_err();
    assert_eq!(failure.class, ferry_platforms::Class::Fatal);
    assert_eq!(&*failure.problem.code, "not_updated");
    assert!(failure.problem.hint.contains("id_check"), "{}", failure.problem);
    assert_eq!(world.called(), [0, 0, 0]);
}

#[test]
fn no_access_stops_the_flow_and_is_no_fault_of_the_orders() {
    let world = World::new();
    world.simulator.set(|switches| switches.forbidden = vec![Op::Save]);
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&["A", "B"]));
    let failure = target.write(rows).unwrap_err();
    assert_eq!(&*failure.problem.code, "no_permission");
    assert!(!target.is_in_doubt());
    assert_eq!(world.called(), [1, 1, 1]);
    assert_eq!(world.settles_after(), Duration::from_secs(60));
}
