//! The fixed words of the page of traces.

use super::lang::Lang;
use super::texts::texts;

texts! {
    /// The fixed texts of the page of traces.
    TracesTexts:
    title: "商品追溯", "Traceability";
    lead: "按海关报文，逐项商品列出从下单到交付的各个环节；没有收到单证的环节标为缺口，并写明应由谁报送。", "By customs messages, each line of goods from the order to delivery; a station of which nothing was received is marked as a gap, with who should have told of it.";
    by: "查询方式", "Search by";
    logistics_no: "物流单号", "Logistics number";
    item: "备案料号、商品货号或条码", "Record number, item number or bar code";
    hs_code: "商品编码（2 至 10 位）", "HS code (2 to 10 digits)";
    value: "号码", "Number";
    merchant: "电商企业的统一社会信用代码", "USCC of the merchant";
    merchant_when: "按商品查询时填写", "to search by goods";
    search: "追溯", "Trace";
    bad_value: "号码不可用：商品编码应为 2、4、6、8 或 10 位数字，其他号码不超过 80 个字符。", "The number cannot be used: an HS code has 2, 4, 6, 8 or 10 digits, other numbers at most 80 characters.";
    bad_merchant: "统一社会信用代码有误。", "This is no unified social credit code.";
    needs_merchant: "按商品查询须指定电商企业；披露规则只允许逐家查看。", "To search by goods, name the merchant: the rules open one enterprise at a time.";
    none: "没有可供您查看的记录。", "Nothing found that is for you.";
    none_help: "请核对号码；单证未到，或交易属于其他企业时，这里也不显示。", "Check the number. Nothing is shown either while documents have not come, or of other enterprises' sales.";
    gaps: "处缺口", "gaps";
    one_gap: "1 处缺口", "1 gap";
    whole: "无缺口", "no gaps";
    under_way: "在途", "under way";
    no_goods: "单证未列商品", "no document lists the goods";
    order_no: "订单编号", "Order";
    parcel: "物流单号", "Logistics number";
    declaration: "清单编号", "Declaration";
    status: "海关状态", "Customs status";
    hs: "商品编码", "HS code";
    record: "备案料号", "Record number";
    item_no: "商品货号", "Item number";
    bar_code: "条码", "Bar code";
    quantity: "数量", "Quantity";
    stations: "环节", "Stations";
    seen: "已有单证", "seen";
    awaited: "待报送", "awaited";
    missing: "缺失", "missing";
    from: "报送方：", "due from ";
    unknown_merchant: "未在本区登记的电商企业", "a merchant that is not registered here";
    next: "下一页", "Next page";
    of_sale: "追溯物流单号", "Trace parcel";
}
