//! The systems of one company: what the sources' records name is known to the target.

use std::collections::HashSet;
use std::process::{Command, Stdio};

use ferry_simulators::company::{Company, NO_MATERIAL, NO_NOTICE, NO_SPEC, Size, System};
use serde_json::Value;

fn texts<'a>(values: impl Iterator<Item = &'a Value>) -> HashSet<String> {
    values.map(|value| value.as_str().expect("a text").to_owned()).collect()
}

fn usable_materials(company: &Company) -> HashSet<String> {
    let galaxy = company.galaxy.as_ref().unwrap();
    let filter = "FDocumentStatus='C' and FForbidStatus='A'";
    galaxy.expected(filter).unwrap().into_iter().map(|material| material.number).collect()
}

const SIZE: Size = Size {
    materials: 50,
    returns: 200,
    shops: 30,
    stockouts: 200,
    orders: 20,
    customers: 0,
    seed: 1,
    misfits: false,
};

#[test]
fn galaxy_knows_what_returns_and_stock_outs_name() {
    let company = Company::start(&System::ALL, &SIZE).unwrap();
    let galaxy = company.galaxy.as_ref().unwrap();
    let materials = usable_materials(&company);
    let notices = galaxy.bills("SAL_RETURNNOTICE").unwrap();
    let numbers = texts(notices.iter().map(|notice| &notice["FBillNo"]));
    let records = company.jushuitan.as_ref().unwrap().records();
    let returns: Vec<&Value> = records.iter().filter(|record| record["type"] == "其它退货").collect();
    assert!(returns.len() > 50);
    for record in returns {
        assert!(numbers.contains(record["so_id"].as_str().unwrap()), "{record}");
        for item in record["items"].as_array().unwrap() {
            assert!(materials.contains(item["sku_id"].as_str().unwrap()), "{item}");
        }
    }
    for notice in &notices {
        assert_eq!(notice["FDocumentStatus"], "C");
        assert!(notice["FSaleOrgId"]["FNumber"].is_string() && notice["FRetcustId"]["FNumber"].is_string());
    }
    let stockouts = company.wangdiantong.as_ref().unwrap().stockouts();
    assert_eq!(stockouts.len(), 200);
    for detail in stockouts.iter().flat_map(|stockout| &stockout.details) {
        assert!(materials.contains(&detail.spec_no), "{}", detail.spec_no);
    }
    // The materials of its own are another organisation's.
    let own = galaxy.expected("FUseOrgId.FNumber='T00' or FUseOrgId.FNumber='T01'").unwrap();
    assert_eq!(own.len(), 50);
}

#[test]
fn of_each_kind_one_does_not_fit_where_that_is_asked_for() {
    let company = Company::start(&System::ALL, &Size { misfits: true, ..SIZE }).unwrap();
    let materials = usable_materials(&company);
    let notices = company.galaxy.as_ref().unwrap().bills("SAL_RETURNNOTICE").unwrap();
    let numbers = texts(notices.iter().map(|notice| &notice["FBillNo"]));
    let records = company.jushuitan.as_ref().unwrap().records();
    let record = |id: i64| records.iter().find(|record| record["io_id"] == id).unwrap();
    assert!(!numbers.contains(record(NO_NOTICE)["so_id"].as_str().unwrap()));
    assert!(materials.contains(record(NO_NOTICE)["items"][0]["sku_id"].as_str().unwrap()));
    assert!(numbers.contains(record(NO_MATERIAL)["so_id"].as_str().unwrap()));
    assert!(!materials.contains(record(NO_MATERIAL)["items"][0]["sku_id"].as_str().unwrap()));
    let stockout = company.wangdiantong.as_ref().unwrap().stockout(NO_SPEC).unwrap();
    assert!(!materials.contains(&stockout.details[0].spec_no));
    let orders = company.okki.as_ref().unwrap().orders();
    assert_eq!(orders.iter().filter(|order| order["company"]["serial_id"] == "C9999").count(), 1);
}

#[test]
fn the_program_starts_those_that_are_asked_for_and_says_where() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ferry-simulators"))
        .args(["all", "--systems", "galaxy,jushuitan", "--returns", "20", "--until-stdin-closes"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = std::io::BufReader::new(program.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready.as_object().unwrap().len(), 2, "{ready}");
    for system in ["galaxy", "jushuitan"] {
        for address in ["address", "control"] {
            let address = ready[system][address].as_str().unwrap();
            std::net::TcpStream::connect(address).unwrap();
        }
    }
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
}
