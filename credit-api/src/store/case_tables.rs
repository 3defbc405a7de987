//! Tables of the negative list, of cases and of screenings, as in `migrations/`.

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
        due_by -> Nullable<Text>,
        severity -> Nullable<Text>,
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
    screenings (id) {
        id -> Text,
        job_id -> Text,
        asked_by -> Text,
        audience -> Text,
        organisation -> Nullable<Text>,
        purpose -> Nullable<Text>,
        lang -> Text,
        used_for -> Text,
        against -> Text,
        include_reviewed -> Integer,
        asked_at -> BigInt,
        made_at -> Nullable<BigInt>,
        row_count -> Nullable<BigInt>,
        matched -> Nullable<BigInt>,
        failed -> Nullable<BigInt>,
        files_removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    screening_reviews (id) {
        id -> Text,
        owner -> Text,
        digest -> Text,
        name -> Nullable<Text>,
        uscc -> Nullable<Text>,
        matched -> Text,
        verdict -> Text,
        reason -> Text,
        reviewed_by -> Text,
        reviewed_at -> BigInt,
    }
}
