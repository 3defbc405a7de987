//! Tables of the negative list and of cases, with what is particular to some kinds, as in `migrations/`.

diesel::table! {
    listings (uscc, seq) {
        uscc -> Text,
        seq -> BigInt,
        list -> Integer,
        listed -> Integer,
        day -> Integer,
        recorded_at -> BigInt,
        statement -> Binary,
        salt -> Nullable<Binary>,
    }
}

diesel::table! {
    cases (id) {
        id -> Text,
        kind -> Text,
        uscc -> Text,
        state -> Text,
        version -> BigInt,
        about -> Text,
        asked -> Nullable<Text>,
        opened_at -> BigInt,
        changed_at -> BigInt,
        open -> Integer,
        due_day -> Integer,
        told -> Integer,
        effective_day -> Nullable<Integer>,
        opened_for -> Nullable<Text>,
    }
}

diesel::table! {
    case_steps (case_id, number) {
        case_id -> Text,
        number -> BigInt,
        at -> BigInt,
        step -> Text,
        anchor_seq -> BigInt,
        salt -> Nullable<Binary>,
    }
}

diesel::table! {
    case_files (digest, brought_by) {
        digest -> Text,
        brought_by -> Text,
        name -> Text,
        media_type -> Text,
        bytes -> BigInt,
        brought_at -> BigInt,
    }
}

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
    dispute_rows (case_id) {
        case_id -> Text,
        content -> Text,
        made_at -> BigInt,
        batch_id -> Nullable<Text>,
    }
}
