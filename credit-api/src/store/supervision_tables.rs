//! Tables of graded supervision, as in `migrations/`.

diesel::table! {
    measures (id) {
        id -> Text,
        uscc -> Text,
        code -> Text,
        catalogue -> Text,
        state -> Text,
        version -> BigInt,
        cause -> Text,
        agency -> Nullable<Text>,
        stood -> Nullable<Text>,
        confirmed_by -> Nullable<Text>,
        made_at -> BigInt,
        changed_at -> BigInt,
        live -> Integer,
    }
}

diesel::table! {
    measure_steps (measure_id, number) {
        measure_id -> Text,
        number -> BigInt,
        at -> BigInt,
        state -> Text,
        step -> Binary,
        uscc -> Text,
        act -> BigInt,
        place -> Integer,
    }
}

diesel::table! {
    measure_acts (uscc, seq) {
        uscc -> Text,
        seq -> BigInt,
        at -> BigInt,
        salt -> Nullable<Binary>,
    }
}

diesel::table! {
    inspection_plans (id) {
        id -> Text,
        title -> Text,
        body -> Text,
        version -> BigInt,
        made_by -> Text,
        made_at -> BigInt,
        secret -> Nullable<Text>,
        log_size -> Nullable<BigInt>,
        log_root -> Nullable<Text>,
        drawn_by -> Nullable<Text>,
        drawn_at -> Nullable<BigInt>,
        from_day -> Nullable<Integer>,
        until_day -> Nullable<Integer>,
    }
}

diesel::table! {
    inspection_tasks (plan_id, uscc) {
        plan_id -> Text,
        uscc -> Text,
        class -> Text,
        inspectors -> Text,
        version -> BigInt,
        inspected_day -> Nullable<Integer>,
        passed -> Nullable<Integer>,
        note -> Nullable<Text>,
        entered_by -> Nullable<Text>,
        entered_at -> Nullable<BigInt>,
        job_id -> Nullable<Text>,
    }
}
