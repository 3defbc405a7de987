//! Tables of repairs and of disputes, as in `migrations/`.

diesel::table! {
    repair_certificates (case_id) {
        case_id -> Text,
        uscc -> Text,
        seq -> BigInt,
        made_at -> BigInt,
        statement -> Binary,
        salt -> Nullable<Binary>,
    }
}

diesel::table! {
    repair_days (id) {
        id -> Integer,
        day -> Integer,
        after -> Nullable<Text>,
    }
}

diesel::table! {
    dispute_rows (case_id) {
        case_id -> Text,
        content -> Text,
        made_at -> BigInt,
        batch_id -> Nullable<Text>,
    }
}
