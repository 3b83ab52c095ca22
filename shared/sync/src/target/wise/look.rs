//! Which orders are there, by their numbers (`GetList`, `vendors/kingdee.md` 3.2).
//!
//! What a look does not find is saved, so a list only says "not there" where it is surely whole, and surely the
//! answer to this question.

use super::Bill;
use crate::client::{Client, Doing, wise::Wise};
use crate::problem::{Failure, Problem};
use ferry_platforms::Class;
use ferry_platforms::wise::{self, By, LARGEST_PAGE, List, Order, PO_ORD_BILL_NO};
use std::cell::Cell;
use std::collections::BTreeMap;

const DOING: Doing = Doing {
    interface: "/SO/GetList",
    en: "looking for orders in K3 WISE by GetList",
    zh: "用 GetList 在金蝶 K3 WISE 中查找订单",
};

/// Numbers in one filter. No limit is documented; the filter becomes a statement of SQL Server, which takes some
/// thousands of values in a list.
const MOST_NUMBERS: usize = 500;

/// What has been learnt of this server, and how often it was asked.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// It has refused a filter with `in`.
    one_at_a_time: bool,
    calls: Cell<u64>,
}

impl Look {
    /// Calls of `GetList` so far.
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// What is there under these numbers, which are distinct and not empty.
    pub fn find(
        &mut self,
        client: &mut Client<'_, Wise>,
        object: &str,
        by: By,
        numbers: &[&str],
    ) -> Result<BTreeMap<String, Bill>, Failure> {
        let mut found = BTreeMap::new();
        let mut waiting: Vec<Vec<&str>> = numbers.chunks(MOST_NUMBERS).rev().map(<[&str]>::to_vec).collect();
        while let Some(numbers) = waiting.pop() {
            if self.one_at_a_time && numbers.len() > 1 {
                waiting.extend(numbers.iter().rev().map(|number| vec![*number]));
                continue;
            }
            let list = match self.ask(client, object, by, &numbers) {
                Err(failure) if numbers.len() > 1 && may_be_for_in(&failure) => {
                    self.one_at_a_time = true;
                    waiting.push(numbers);
                    continue;
                }
                list => list?,
            };
            read(&list, by, &numbers, &mut found)?;
            if list.is_whole(LARGEST_PAGE) {
                continue;
            }
            let rest: Vec<&str> =
                numbers.iter().copied().filter(|number| !found.contains_key(*number)).collect();
            match rest.len() {
                0 => {}
                len if len < numbers.len() => waiting.push(rest),
                1 => return Err(not_whole(rest[0])),
                len => {
                    let (one, other) = rest.split_at(len / 2);
                    waiting.extend([other.to_vec(), one.to_vec()]);
                }
            }
        }
        Ok(found)
    }

    fn ask(
        &self,
        client: &mut Client<'_, Wise>,
        object: &str,
        by: By,
        numbers: &[&str],
    ) -> Result<List, Failure> {
        client.call(
            DOING,
            |hands| {
                self.calls.set(self.calls.get() + 1);
                let token = hands.token.expect("calls of WISE have one");
                wise::find_orders(hands.account, token, object, by, numbers)
            },
            wise::read_list,
        )
    }
}

/// Whether it may be `in` that the server does not understand: the samples have one comparison each.
fn may_be_for_in(failure: &Failure) -> bool {
    failure.class == Class::Fatal || &*failure.problem.code == "server_error"
}

/// Takes from a list what it says about the numbers that were asked for.
fn read(list: &List, by: By, numbers: &[&str], found: &mut BTreeMap<String, Bill>) -> Result<(), Failure> {
    let orders = list.orders();
    if orders.is_empty() && !list.rows.is_empty() {
        return Err(not_asked_for("?"));
    }
    for order in orders {
        let theirs = match by {
            By::PoOrdBillNo => order.po_ord_bill_no.as_deref().unwrap_or_default(),
            By::BillNo => &order.bill_no,
        };
        let key = folded(theirs);
        let mut was_asked_for = false;
        for number in numbers.iter().filter(|number| folded(number) == key) {
            was_asked_for = true;
            // An order that carries the source's number is the source's, whatever its own. One found by its own
            // number is only if it carries none: then it is of before Ferry, or the ERP did not keep ours.
            if *number == theirs && (by == By::PoOrdBillNo || order.po_ord_bill_no.is_none()) {
                found.insert((*number).to_owned(), Bill::Ours);
            } else {
                let Order { bill_no, po_ord_bill_no } = order.clone();
                found.entry((*number).to_owned()).or_insert(Bill::Other { bill_no, po_ord_bill_no });
            }
        }
        if !was_asked_for {
            return Err(not_asked_for(&order.bill_no));
        }
    }
    Ok(())
}

/// As SQL Server compares with the usual Chinese collation: without regard to letter case and width.
fn folded(text: &str) -> String {
    let narrow = |letter: char| match letter {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        other => other,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

fn not_whole(number: &str) -> Failure {
    Failure::new(
        Class::Transport,
        Problem::new(
            "list_not_whole",
            format!("{}: the ERP says that there is more than it shows under {number:?}", DOING.en),
            format!("{}：ERP 显示的行数少于它声称的行数，编号为“{number}”", DOING.zh),
        )
        .hint(
            "nothing is saved while it is not known what is there; the next run asks again",
            "在确认已有单据之前不会保存；下次运行会重新查询",
        ),
    )
}

fn not_asked_for(bill_no: &str) -> Failure {
    Failure::new(
        Class::Transport,
        Problem::new(
            "not_asked_for",
            format!("{}: the answer has the bill {bill_no}, which was not asked for", DOING.en),
            format!("{}：应答中有未查询的单据 {bill_no}", DOING.zh),
        )
        .hint(
            format!("nothing is saved while it is not known what is there; the next run asks again. If it lasts: look at proxies before the ERP that keep answers, and whether its GetList heeds Filter and shows FBillNo and {PO_ORD_BILL_NO}"),
            format!("在确认已有单据之前不会保存；下次运行会重新查询。若持续出现，请检查 ERP 前会缓存应答的代理，以及 GetList 是否遵守 Filter 并返回 FBillNo 和 {PO_ORD_BILL_NO}"),
        ),
    )
}
