//! What is known about each platform: the tables that checks look things up in. A source other than Galaxy
//! answers with whole records, whose fields its documents list; a tenant may have more.

/// The platforms that flows may name.
pub(crate) const PLATFORMS: [&str; 7] =
    ["jushuitan", "wangdiantong", "okki", "galaxy", "jdy", "wise", "mysql"];

/// Whose records `_findCollection` can find.
pub(super) const LOOKED_UP: &str = "galaxy";

/// An interface that records are read from.
pub(super) struct Interface {
    platform: &'static str,
    /// Its names: path, and method of an older interface.
    names: &'static [&'static str],
    /// Rows a page. The servers clamp or refuse more.
    pub largest_page: u32,
    /// What may be asked, separated by blanks; empty where that is checked elsewhere.
    parameters: &'static str,
    /// The documented fields of a record and of its lists' rows; empty where the flow file lists them.
    fields: &'static str,
}

impl Interface {
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.parameters.split_whitespace()
    }

    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.fields.split_whitespace()
    }
}

/// The interface of this name.
pub(super) fn interface(platform: &str, api: &str) -> Option<&'static Interface> {
    INTERFACES.iter().find(|it| it.platform == platform && it.names.contains(&api))
}

pub(super) fn largest_page(platform: &str, api: &str) -> Option<u32> {
    interface(platform, api).map(|it| it.largest_page)
}

/// The parameters that `otherRequest` may hold for Galaxy's `executeBillQuery` (vendors/kingdee.md 1.8).
pub(super) const BILL_QUERY: [&str; 7] =
    ["FormId", "FilterString", "OrderString", "TopRowCount", "StartRow", "Limit", "SubSystemId"];

const INTERFACES: [Interface; 5] = [
    // vendors/kingdee.md 1.8; its fields are those that the flow file asks for.
    Interface {
        platform: "galaxy",
        names: &["executeBillQuery"],
        largest_page: 2000,
        parameters: "",
        fields: "",
    },
    // vendors/sources.md 1.7
    Interface {
        platform: "jushuitan",
        names: &["/open/other/inout/query", "other.inout.query"],
        largest_page: 50,
        parameters: "modified_begin modified_end so_ids io_ids types status page_index page_size wms_co_id \
            owner_co_id date_type start_ts",
        fields: "io_id io_date status so_id type f_status warehouse wh_id wms_co_id remark modified \
            created labels creator_name wave_id drop_co_name drp_co_name inout_user l_id lc_id \
            logistics_company lock_wh_id lock_wh_name receiver_name receiver_mobile receiver_state \
            receiver_city receiver_district receiver_address ts items items.ioi_id items.sku_id \
            items.name items.unit items.properties_value items.qty items.cost_price \
            items.cost_amount items.i_id items.remark items.io_id items.sale_price items.sale_amount \
            items.batch_id items.product_date items.supplier_id items.expiration_date batchs \
            batchs.batch_no batchs.sku_id batchs.qty batchs.product_date batchs.supplier_id \
            batchs.supplier_name batchs.ioi_id sns sns.sku_id sns.sn",
    },
    // vendors/sources.md 1.6, 1.8
    Interface {
        platform: "jushuitan",
        names: &["/open/shops/query", "shops.query"],
        largest_page: 100,
        parameters: "page_index page_size shop_ids nicks",
        fields: "shop_id shop_name co_id shop_site shop_url created nick session_expired session_uid \
            session_status short_name group_id group_name platform_shop_name organization",
    },
    // vendors/sources.md 2.3; the pager stands beside the parameters (2.1).
    Interface {
        platform: "wangdiantong",
        names: &["wms.stockout.Process.queryWithDetail"],
        largest_page: 2000,
        parameters: "start_time end_time time_type warehouse_no stockout_no process_no status page_size \
            page_no calc_total",
        fields: "flag_id flag_name logistics_name logistics_no consign_time error_info goods_type_count \
            goods_count remark stockout_id stockout_no warehouse_no warehouse_name \
            checked_goods_total_cost modified created note_count src_order_type operator_name \
            checkouter_name producer_name weigh_post_cost process_no status detail_list \
            detail_list.rec_id detail_list.spec_no detail_list.spec_code detail_list.spec_name \
            detail_list.spec_id detail_list.goods_no detail_list.goods_name detail_list.short_name \
            detail_list.barcode detail_list.num detail_list.expect_num detail_list.scan_type \
            detail_list.defect detail_list.expire_date detail_list.remark detail_list.position_no \
            detail_list.batch_no detail_list.checked_cost_price detail_list.brand_name \
            detail_list.aux_unit_name detail_list.base_unit_name detail_list.position_details_list \
            detail_list.position_details_list.rec_id \
            detail_list.position_details_list.stockout_detail_id \
            detail_list.position_details_list.position_id \
            detail_list.position_details_list.position_no detail_list.position_details_list.batch_no \
            detail_list.position_details_list.expire_date \
            detail_list.position_details_list.production_date \
            detail_list.position_details_list.position_goods_count",
    },
    // vendors/sources.md 3.3, 3.4: the records are the details. No largest page is documented; 500 works.
    Interface {
        platform: "okki",
        names: &["/v1/invoices/order/list"],
        largest_page: 500,
        parameters: "start_time end_time time_type start_index count removed approval approval_with_draft \
            status",
        fields: "order_id order_no account_date name exchange_rate exchange_rate_usd currency amount \
            amount_rmb amount_usd addition_cost_amount product_total_amount product_total_count \
            price_contract price_contract_remark receive_remittance_way receive_remittance_remark \
            insurance_remark order_contract company_name company_phone company_fax company_address \
            country opportunity_id shipment_deadline shipment_deadline_remark users users_info \
            departments departments_info handler handler_info company company.company_id \
            company.name company.serial_id company_id customer_id customer_name customer_phone \
            customer_email customer_address transport_mode shipment_port target_port more_or_less \
            package_remark marked stock_up_status shipping_status end_status create_user create_time \
            update_user update_time archive_type remark source_type ali_status_info status \
            status_name cost_list file_list product_list product_list.unit product_list.count \
            product_list.sku_id product_list.unique_id product_list.product_id \
            product_list.product_no product_list.unit_price product_list.cost_amount \
            product_list.other_cost product_list.product_name product_list.product_model \
            product_list.product_cn_name product_list.sku_code product_list.refer_order_no \
            product_list.gross_margin product_list.tax_refund_rate",
    },
];
