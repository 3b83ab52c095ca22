//! The fields that `Save` knows, in their exact letter case (`vendors/kingdee.md` 3.4).

use http::Response;
use serde_json::Value;

use super::answer::read;
use super::{Operation, classify};
use crate::{Error, Problem};

/// A page of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The head, one object.
    Page1,
    /// The lines.
    Page2,
}

impl Page {
    /// Its key in a document.
    pub fn name(self) -> &'static str {
        match self {
            Page::Page1 => "Page1",
            Page::Page2 => "Page2",
        }
    }
}

/// The fields of an object. A `{}` behind a name says that the field is an object, `{"FNumber","FName"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    page1: Vec<String>,
    page2: Vec<String>,
    /// Whether fields of the customer's own are known too.
    own_fields: bool,
}

impl Template {
    /// The template of sales orders as one customer's ERP gave it. Other customers have other fields of their
    /// own (`FHeadSelf…`, `FEntrySelf…`): any of those is let pass. [`read_template`] knows better.
    pub fn sales_order() -> Template {
        let names = |list: &str| list.split_whitespace().map(str::to_owned).collect();
        Template { page1: names(SO_PAGE1), page2: names(SO_PAGE2), own_fields: false }
    }

    /// The names of the fields of a page.
    pub fn fields(&self, page: Page) -> impl Iterator<Item = &str> {
        self.page(page).iter().map(|field| field.trim_end_matches("{}"))
    }

    /// What is wrong with a field of this name, if anything: `None` where the template has it. An object has
    /// `{}` behind its name.
    pub fn problem(&self, page: Page, field: &str) -> Option<Problem> {
        let fields = self.page(page);
        let name = field.trim_end_matches("{}");
        let is_own = name.starts_with("FHeadSelf") || name.starts_with("FEntrySelf");
        if fields.iter().any(|known| known == field) || (is_own && !self.own_fields) {
            return None;
        }
        let about = format!("{}.{name}", page.name());
        let known = |matches: &dyn Fn(&str) -> bool| {
            fields.iter().find(|known| matches(known.trim_end_matches("{}"))).map(String::as_str)
        };
        Some(match known(&|known| known == name) {
            Some(known) if known.ends_with("{}") => Problem::new(
                &about,
                format!("{name} is an object in WISE's template: give it FNumber (and FName)"),
                format!("WISE 模板中 {name} 是对象：请写成带 FNumber（和 FName）的对象"),
            ),
            Some(_) => Problem::new(
                &about,
                format!("{name} is a plain value in WISE's template, not an object"),
                format!("WISE 模板中 {name} 是普通值，不是对象"),
            ),
            None => match known(&|known| known.eq_ignore_ascii_case(name)) {
                Some(known) => {
                    let known = known.trim_end_matches("{}");
                    Problem::new(
                        &about,
                        format!("WISE's template has no {name}, but {known}: the letter case counts"),
                        format!("WISE 模板中没有 {name}，应为 {known}：区分大小写"),
                    )
                }
                None => Problem::new(
                    &about,
                    format!("WISE's template has no field {name} on this page"),
                    format!("WISE 模板的该页没有字段 {name}"),
                ),
            },
        })
    }

    /// All that is wrong with the fields of a document, by page and row: `Page2[1].FAuxQty`.
    pub fn problems(&self, document: &Value) -> Vec<Problem> {
        let mut problems = Vec::new();
        for page in [Page::Page1, Page::Page2] {
            let rows = document[page.name()].as_array().map(Vec::as_slice).unwrap_or_default();
            for (row, fields) in rows.iter().enumerate() {
                for (name, value) in fields.as_object().into_iter().flatten() {
                    let field = if value.is_object() { format!("{name}{{}}") } else { name.clone() };
                    if let Some(problem) = self.problem(page, &field) {
                        let about = format!("{}[{row}].{name}", page.name());
                        problems.push(Problem { about, ..problem });
                    }
                }
            }
        }
        problems
    }

    fn page(&self, page: Page) -> &[String] {
        match page {
            Page::Page1 => &self.page1,
            Page::Page2 => &self.page2,
        }
    }
}

/// The template of an object, as this ERP has it.
///
/// # Errors
/// As with [`read_list`](super::read_list).
pub fn read_template(response: &Response<Vec<u8>>) -> Result<Template, Error> {
    let data = read(response, Operation::Read)?;
    let fields = |page: Page| {
        let row = match &data[page.name()] {
            Value::Array(rows) => rows.first()?,
            row => row,
        };
        let shown = |(name, value): (&String, &Value)| match value {
            Value::Object(_) => format!("{name}{{}}"),
            _ => name.clone(),
        };
        Some(row.as_object()?.iter().map(shown).collect())
    };
    match (fields(Page::Page1), fields(Page::Page2)) {
        (Some(page1), Some(page2)) => Ok(Template { page1, page2, own_fields: true }),
        _ => Err(classify::garbled("StatusCode 200, but no template")),
    }
}

const SO_PAGE1: &str = "FCancellation FClassTypeID FEnterpriseID FSendStatus FStatus Fdate FCustID{} FSettleDate FImport
    FAreaPS{} FSettleID{} FRelateBrID{} FPOOrdBillNo FSaleStyle{} FTransitAheadTime FBrID{} FTranType FFetchStyle{}
    FFetchAdd FExplanation FCurrencyID{} FSelTranType FSelBillNo FExchangeRate FBillNo FMultiCheckStatus
    FExchangeRateType{} FCustAddress{} FPlanCategory{} FCheckerID{} FCheckDate FDeptID{} FEmpID{} FMangerID{}
    FBillerID{} FManageType FValidaterName FSysStatus FConsignee{} FVersionNo FChangeDate FChangeUser{}
    FChangeCauses FChangeMark";

const SO_PAGE2: &str = "FEntryID2 FATPDeduct{} FOutSourceEntryID FOutSourceInterID FOutSourceTranType FMapNumber{}
    FMapName FItemID{} FItemName FItemModel FAuxPropID{} FBaseUnit FQty FUnitID{} Fauxqty FSecUnitID FSecCoefficient
    FSecQty Fauxprice FAuxTaxPrice Famount FCess FTaxRate FUniDiscount FTaxAmount FAuxPriceDiscount FTaxAmt
    FAllAmount FTranLeadTime FInForecast{} FDate1 Fnote FCommitQty FAuxCommitQty FSecCommitQty FSecStockQty
    FStockQty FAuxStockQty FPlanMode{} FMTONo FBomInterID{} FCostObjectID{} FAdviceConsignDate FLockFlag
    FSourceBillNo FBOMCategory{} FSourceTranType FOrderBOMInterID FSourceInterId FSourceEntryID FOrderBOMStatus{}
    FContractBillNo FContractInterID FContractEntryID FAuxQtyInvoice FSecInvoiceQty FQtyInvoice FSecCommitInstall
    FCommitInstall FAuxCommitInstall FAuxPropCls FAllStdAmount FMrpLockFlag FHaveMrp FReceiveAmountFor_Commit
    FOrderBillNo FOrderEntryID";
