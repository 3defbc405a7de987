//! Tables of the interconnection with the single window, as in `migrations/`.

diesel::table! {
    single_window_secrets (id) {
        id -> Text,
        user_id -> Text,
        created_at -> BigInt,
        created_by -> Text,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    single_window_batches (id) {
        id -> Text,
        user_id -> Text,
        webhook_id -> Text,
        body_digest -> Text,
        file_digest -> Text,
        job_id -> Text,
        messages -> Integer,
        received_at -> BigInt,
    }
}

diesel::table! {
    single_window_receipts (seq) {
        seq -> BigInt,
        user_id -> Text,
        batch_id -> Text,
        position -> Integer,
        message_id -> Text,
        state -> Text,
        fresh -> Integer,
        superseding -> Integer,
        unchanged -> Integer,
        refused -> Integer,
        errors -> Text,
        sales -> Text,
        known_from -> BigInt,
    }
}
