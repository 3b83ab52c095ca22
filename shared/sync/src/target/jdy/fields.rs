//! What may be mapped (`vendors/kingdee.md` 2.3). 星辰 seems to pass over a field that it does not know, so that a
//! misspelt one would be lost without a word.

use ferry_mapping::{Field, Problem as FileProblem};

/// The fields of a save but the contacts. `id` is not among them: Ferry finds it by the number.
const FIELDS: [&str; 32] = [
    "name",
    "number",
    "ignore_warn",
    "account_open_addr",
    "addr",
    "bank",
    "bank_account",
    "c_level_id",
    "city_id",
    "country_id",
    "province_id",
    "district_id",
    "credit_limit",
    "custom_field",
    "deduct",
    "def_currency_id",
    "group_id",
    "group_number",
    "invoice_email",
    "invoice_name",
    "invoice_phone",
    "invoice_type",
    "mul_label",
    "rate",
    "remark",
    "sale_dept_id",
    "sale_dept_number",
    "saler_id",
    "saler_number",
    "setting_term_id",
    "setting_term_number",
    "taxpayer_no",
];
/// Each has an id of its own, which an update must name.
const CONTACTS: &str = "contact_persons";

/// What is wrong with a mapped field.
pub(super) fn problem(index: usize, field: &Field, id_check: bool) -> Option<FileProblem> {
    let name = field.field.as_str();
    let path = format!("target.request[{index}].field");
    if name == CONTACTS {
        let problem = FileProblem::new(
            "jdy_target",
            path,
            "contacts are not updated: each has an id in 星辰, without which an update adds it once more. Leave contact_persons out, or set idCheck to true".to_owned(),
            "不支持更新联系人：更新时必须带上每个联系人在星辰中的 id，否则会重复添加。请删除 contact_persons，或将 idCheck 设为 true".to_owned(),
        );
        return (!id_check).then_some(problem);
    }
    let known = || FIELDS.into_iter();
    if known().any(|known| known == name) {
        return None;
    }
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let (en, zh) = match known().find(|known| plain(known) == plain(name)) {
        _ if name == "id" => {
            ("Ferry finds the id by the number".to_owned(), "id 由 Ferry 按编码查得".to_owned())
        }
        Some(like) => (format!("did you mean {like}?"), format!("是否应为 {like}？")),
        None => {
            let known = known().chain([CONTACTS]).collect::<Vec<_>>().join(", ");
            (format!("there are: {known}"), format!("可用：{known}"))
        }
    };
    Some(FileProblem::new(
        "jdy_target",
        path,
        format!("a customer has no field {name:?}, and 星辰 passes over what it does not know; {en}"),
        format!("客户没有字段 {name:?}，而星辰会忽略未知字段；{zh}"),
    ))
}
