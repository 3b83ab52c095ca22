//! The target part of a flow file that writes to K3 WISE, compiled and checked against the vendor's template.

use ferry_mapping::{Field, FlowFile, Kind, Mapping, Parser, Problem, suggestion};
use ferry_platforms::wise::{PO_ORD_BILL_NO, Page, SALES_ORDER, Template, object_of};

/// The flow file's target, compiled.
#[derive(Debug)]
pub struct Spec {
    /// The mapping, also for the preview.
    pub mapping: Mapping,
    /// What `Save` saves: `SO`.
    pub(super) object: String,
}

/// What an object of the template is made of (`vendors/kingdee.md` 3.4).
const PARTS: [&str; 3] = ["FNumber", "FName", "FID"];

impl Spec {
    /// Compiles the target part of a flow file.
    ///
    /// # Errors
    /// All at once: an `api` other than `/SO/Save`, `idCheck: false`, pages and fields that are not in the
    /// template of sales orders (fields of a company's own are let pass), no `FPOOrdBillNo` that is mapped from
    /// the record's number.
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<Problem>> {
        let target = &file.target;
        let mapping = Mapping::compile(&target.request, "target.request")?;
        let mut problems = Vec::new();
        if object_of(&target.api) != Some(SALES_ORDER) {
            problems.push(problem(
                "target.api",
                format!("of K3 WISE sales orders are written, by /SO/Save: {} is not known here", target.api),
                format!("K3 WISE 目前只支持用 /SO/Save 写入销售订单，不支持 {}", target.api),
            ));
        }
        if !target.id_check {
            problems.push(problem(
                "target.idCheck",
                "orders of K3 WISE are not updated: write \"idCheck\": true, and mend an order that is there in the ERP itself".into(),
                "K3 WISE 的订单不会被更新：请写 \"idCheck\": true；已存在的订单请在 ERP 中修改".into(),
            ));
        }
        let template = Template::sales_order();
        for (at, field) in target.request.iter().enumerate().filter(|(_, field)| is_delivered(field)) {
            let path = format!("target.request[{at}]");
            match [Page::Page1, Page::Page2].into_iter().find(|page| page.name() == field.field) {
                Some(page) => check_page(&template, page, field, &path, &mut problems),
                None => problems.push(problem(
                    &path,
                    format!(
                        "a document of K3 WISE has Page1 (the head) and Page2 (the lines), no {}",
                        field.field
                    ),
                    format!("K3 WISE 的单据由 Page1（表头）和 Page2（表体）组成，没有 {}", field.field),
                )),
            }
        }
        for page in [Page::Page1, Page::Page2].map(Page::name) {
            if !target.request.iter().any(|field| field.field == page && is_delivered(field)) {
                problems.push(problem(
                    "target.request",
                    format!("{page} is missing"),
                    format!("缺少 {page}"),
                ));
            }
        }
        check_number(file, &mut problems);
        if problems.is_empty() { Ok(Spec { mapping, object: SALES_ORDER.to_owned() }) } else { Err(problems) }
    }
}

fn problem(path: &str, en: String, zh: String) -> Problem {
    Problem::new("wise_target", path, en, zh)
}

/// Fields without a value are not delivered.
fn is_delivered(field: &Field) -> bool {
    field.value.is_some() || !field.children.is_empty()
}

fn check_page(template: &Template, page: Page, field: &Field, path: &str, problems: &mut Vec<Problem>) {
    let is_head = page == Page::Page1;
    if field.kind != Some(Kind::Array) || (is_head && field.value.as_deref() != Some("1")) {
        let (en, zh) = match page {
            Page::Page1 => (
                "Page1 holds the one head: write \"type\": \"array\", \"value\": \"1\"",
                "Page1 只有一行表头：请写 \"type\": \"array\", \"value\": \"1\"",
            ),
            Page::Page2 => (
                "Page2 is the list of lines: write \"type\": \"array\"",
                "Page2 是表体行的列表：请写 \"type\": \"array\"",
            ),
        };
        problems.push(problem(path, en.into(), zh.into()));
    }
    for (at, child) in field.children.iter().enumerate().filter(|(_, child)| is_delivered(child)) {
        let path = format!("{path}.children[{at}]");
        check_field(template, page, child, &path, problems);
    }
}

fn check_field(template: &Template, page: Page, field: &Field, path: &str, problems: &mut Vec<Problem>) {
    let name = &field.field;
    let parts: Vec<&str> = match &field.parser {
        Some(Parser::Object(part)) => vec![part],
        _ if field.kind == Some(Kind::Object) => {
            field.children.iter().filter(|part| is_delivered(part)).map(|part| part.field.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let shown = if parts.is_empty() { name.clone() } else { format!("{name}{{}}") };
    if let Some(found) = template.problem(page, &shown) {
        let other = if page == Page::Page1 { Page::Page2 } else { Page::Page1 };
        let known = |page| template.fields(page).any(|known| known.eq_ignore_ascii_case(name));
        let (en, zh) = if known(page) {
            // It has said which name, or which shape, is meant.
            Default::default()
        } else if known(other) {
            let other = other.name();
            (format!(" (it belongs to {other})"), format!("（它属于 {other}）"))
        } else {
            suggestion(name, template.fields(page))
        };
        problems.push(problem(path, found.en + &en, found.zh + &zh));
    }
    for part in parts.into_iter().filter(|part| !PARTS.contains(part)) {
        let (en, zh) = suggestion(part, PARTS);
        problems.push(problem(
            path,
            format!("an object of WISE's template has FNumber, FName or FID, no {part}{en}"),
            format!("WISE 模板中的对象只有 FNumber、FName、FID，没有 {part}{zh}"),
        ));
    }
}

/// Without the source's number in the order nobody could tell whether it has been written.
fn check_number(file: &FlowFile, problems: &mut Vec<Problem>) {
    let head = file.target.request.iter().find(|field| field.field == Page::Page1.name());
    let field = head.and_then(|head| {
        head.children.iter().find(|field| field.field == PO_ORD_BILL_NO && field.value.is_some())
    });
    let number = &file.source.number;
    let reads_it = |field: &Field| {
        let alone = Mapping::compile(std::slice::from_ref(field), "target.request");
        alone.is_ok_and(|mapping| mapping.references().contains(number.as_str()))
    };
    if !field.is_some_and(reads_it) {
        problems.push(problem(
            "target.request",
            format!("Page1.{PO_ORD_BILL_NO} must be mapped from the number of the record, as {{{number}}}: by it an order is known again that has been written"),
            format!("Page1.{PO_ORD_BILL_NO} 必须映射自记录的编号，例如 {{{number}}}：据此判断订单是否已写入"),
        ));
    }
}
