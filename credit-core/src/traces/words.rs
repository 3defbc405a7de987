//! The words of stations, parties and gaps, in one place.

use super::{Gap, Party, State, Station};
use crate::ceb::MessageKind;
use crate::records::Lang;

fn pick(lang: Lang, (zh, en): (&'static str, &'static str)) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

impl Station {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Station::Ordered => "ordered",
            Station::Paid => "paid",
            Station::Shipped => "waybill",
            Station::Declared => "declared",
            Station::Arrived => "arrived",
            Station::Released => "released",
            Station::Departed => "departed",
            Station::Signed => "delivered",
            Station::Cancelled => "cancelled",
            Station::Returned => "returned",
        }
    }

    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let words = match self {
            Station::Ordered => ("下单", "Ordered"),
            Station::Paid => ("支付", "Paid"),
            Station::Shipped => ("运单", "Waybill"),
            Station::Declared => ("申报", "Declared"),
            Station::Arrived => ("运抵", "Arrived for inspection"),
            Station::Released => ("放行", "Released"),
            Station::Departed => ("离境", "Left the country"),
            Station::Signed => ("签收", "Delivered"),
            Station::Cancelled => ("撤销", "Cancelled"),
            Station::Returned => ("退货", "Returned"),
        };
        pick(lang, words)
    }

    /// The message that tells of it.
    #[must_use]
    pub fn message(self, import: bool) -> MessageKind {
        match (self, import) {
            (Station::Ordered, true) => MessageKind::Ceb311,
            (Station::Ordered, false) => MessageKind::Ceb303,
            (Station::Paid, true) => MessageKind::Ceb411,
            (Station::Paid, false) => MessageKind::Ceb403,
            (Station::Shipped, true) => MessageKind::Ceb511,
            (Station::Shipped, false) => MessageKind::Ceb505,
            (Station::Declared, true) => MessageKind::Ceb621,
            (Station::Declared, false) => MessageKind::Ceb603,
            (Station::Released, true) => MessageKind::Ceb622,
            (Station::Released, false) => MessageKind::Ceb604,
            (Station::Cancelled, true) => MessageKind::Ceb623,
            (Station::Cancelled, false) => MessageKind::Ceb605,
            (Station::Arrived, _) => MessageKind::Ceb507,
            (Station::Departed, _) => MessageKind::Ceb509,
            (Station::Signed, _) => MessageKind::Ceb513,
            (Station::Returned, _) => MessageKind::Ceb625,
        }
    }
}

impl State {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Seen => "seen",
            State::Awaited => "awaited",
            State::Missing => "missing",
        }
    }
}

impl Party {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Party::Merchant => "merchant",
            Party::Payer => "payer",
            Party::Carrier => "carrier",
            Party::Declarant => "declarant",
            Party::Yard => "yard",
            Party::Customs => "customs",
        }
    }

    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let words = match self {
            Party::Merchant => ("电商企业", "merchant"),
            Party::Payer => ("支付企业", "payment institution"),
            Party::Carrier => ("物流企业", "carrier"),
            Party::Declarant => ("申报企业", "declarant"),
            Party::Yard => ("监管场所经营人", "operator of the supervised place"),
            Party::Customs => ("海关", "customs"),
        };
        pick(lang, words)
    }
}

impl Gap {
    /// In words; whose document it is of an import, or of an export.
    #[must_use]
    pub fn text(&self, import: bool, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        match self {
            Gap::Missing(station) => {
                let (document, party) = (station.message(import), station.party(import));
                let (code, title) = (document.code(), crate::ceb::title(document, lang));
                let party = party.title(lang);
                if zh {
                    format!("缺{title}（{code}），应由{party}报送")
                } else {
                    format!("the {title} ({code}) is missing; the {party} sends it")
                }
            }
            Gap::NotOrdered if zh => "清单有此商品项，订单没有".to_owned(),
            Gap::NotOrdered => "declared, and not in the order".to_owned(),
            Gap::NotDeclared if zh => "订单有此商品项，清单没有".to_owned(),
            Gap::NotDeclared => "ordered, and not in the declaration".to_owned(),
            Gap::Quantity { ordered, declared } if zh => {
                format!("数量不一致：订单 {ordered}，清单 {declared}")
            }
            Gap::Quantity { ordered, declared } => {
                format!("the quantity differs: ordered {ordered}, declared {declared}")
            }
            Gap::Article { field, ordered, declared } if zh => {
                format!("{field} 不一致：订单 {ordered}，清单 {declared}")
            }
            Gap::Article { field, ordered, declared } => {
                format!("{field} differs: ordered {ordered}, declared {declared}")
            }
            Gap::BeforeRelease(station) if zh => format!("{}早于海关放行", station.title(lang)),
            Gap::BeforeRelease(Station::Signed) => "delivered before customs released it".to_owned(),
            Gap::BeforeRelease(_) => "left before customs released it".to_owned(),
            Gap::ReturnedMore { sent, returned } if zh => {
                format!("退货数量多于原数量：原 {sent}，退 {returned}")
            }
            Gap::ReturnedMore { sent, returned } => {
                format!("more came back than went: sent {sent}, returned {returned}")
            }
        }
    }
}
