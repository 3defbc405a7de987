//! The tables of `migrations/`, for diesel. A test compares the two.

pub use super::case_tables::{case_files, case_steps, cases, listings, screening_reviews, screenings};
pub use super::repair_tables::{dispute_rows, repair_certificates, repair_days};
pub use super::supervision_tables::{
    inspection_plans, inspection_tasks, measure_acts, measure_steps, measures,
};
pub use super::window_tables::{single_window_batches, single_window_receipts, single_window_secrets};

diesel::table! {
    batches (id) {
        id -> Text,
        source -> Text,
        dialect -> Text,
        file_name -> Text,
        file_digest -> Text,
        bytes -> BigInt,
        received_at -> BigInt,
        rows_total -> BigInt,
        rows_new -> BigInt,
        rows_superseding -> BigInt,
        rows_unchanged -> BigInt,
        rows_rejected -> BigInt,
        extra_columns -> Text,
        refused -> Nullable<Text>,
    }
}

diesel::table! {
    rejects (batch_id, position) {
        batch_id -> Text,
        position -> BigInt,
        line -> BigInt,
        column_name -> Text,
        code -> Text,
        found -> Text,
        expected -> Text,
        raw -> Text,
    }
}

diesel::table! {
    registrations (uscc, record_source, known_from, line) {
        uscc -> Text,
        record_source -> Text,
        known_from -> BigInt,
        known_to -> Nullable<BigInt>,
        legal_representative -> Text,
        phone -> Nullable<Text>,
        address -> Nullable<Text>,
        payload -> Text,
        batch_id -> Text,
        line -> BigInt,
    }
}

diesel::table! {
    enterprises (uscc) {
        uscc -> Text,
        name -> Text,
        kind -> Text,
        roles -> Text,
        status -> Text,
        region_code -> Text,
        customs_code -> Nullable<Text>,
        established_day -> Integer,
        search_text -> Text,
        grade -> Nullable<Text>,
        score -> Nullable<Integer>,
        coverage -> Nullable<Integer>,
        listed -> Integer,
    }
}

diesel::table! {
    facts (uscc, source, natural_key, known_from, line) {
        uscc -> Text,
        source -> Text,
        natural_key -> Text,
        known_from -> BigInt,
        known_to -> Nullable<BigInt>,
        occurred_day -> Integer,
        event_id -> Nullable<Text>,
        payload -> Text,
        batch_id -> Text,
        line -> BigInt,
    }
}

diesel::table! {
    orders (uscc, ordered_day, order_no) {
        uscc -> Text,
        order_no -> Text,
        ordered_day -> Integer,
        last_event_day -> Integer,
        ordered_at -> BigInt,
        used_at -> BigInt,
        quota_group -> Nullable<Binary>,
        waybill_group -> Nullable<Binary>,
        event_id -> Nullable<Text>,
        marks -> Integer,
        payload -> Binary,
        known_from -> BigInt,
        batch_id -> Text,
        line -> BigInt,
    }
}

diesel::table! {
    order_versions (uscc, order_no, known_from, line) {
        uscc -> Text,
        order_no -> Text,
        known_from -> BigInt,
        known_to -> BigInt,
        ordered_day -> Integer,
        last_event_day -> Integer,
        payload -> Binary,
        batch_id -> Text,
        line -> BigInt,
    }
}

diesel::table! {
    trade_days (uscc, day) {
        uscc -> Text,
        day -> Integer,
        last_event_day -> Integer,
        first_ordered_day -> Integer,
        last_ordered_day -> Integer,
        sums -> Binary,
    }
}

diesel::table! {
    dealings (party, uscc) {
        party -> Text,
        uscc -> Text,
        last_day -> Integer,
    }
}

diesel::table! {
    traded_goods (hs2, hs_code, country, direction, uscc) {
        hs2 -> Text,
        hs_code -> Text,
        country -> Text,
        direction -> Text,
        uscc -> Text,
        last_day -> Integer,
    }
}

diesel::table! {
    reviews (platform_uscc, review_id) {
        uscc -> Text,
        platform_uscc -> Text,
        review_id -> Text,
        created_day -> Integer,
        buyer_token -> Text,
        deleted -> Integer,
        payload -> Binary,
        known_from -> BigInt,
        batch_id -> Text,
        line -> BigInt,
    }
}

diesel::table! {
    review_versions (platform_uscc, review_id, known_from, line) {
        uscc -> Text,
        platform_uscc -> Text,
        review_id -> Text,
        known_from -> BigInt,
        known_to -> BigInt,
        created_day -> Integer,
        payload -> Binary,
        batch_id -> Text,
        line -> BigInt,
    }
}

diesel::table! {
    review_days (uscc, day, platform_uscc) {
        uscc -> Text,
        day -> Integer,
        platform_uscc -> Text,
        reviews -> BigInt,
        verified -> BigInt,
        stars -> BigInt,
        low -> BigInt,
    }
}

diesel::table! {
    zone_review_days (day) {
        day -> Integer,
        reviews -> BigInt,
        verified -> BigInt,
        stars -> BigInt,
        low -> BigInt,
    }
}

diesel::table! {
    dirty (uscc) {
        uscc -> Text,
        since -> BigInt,
    }
}

diesel::table! {
    runs (id) {
        id -> Text,
        as_of_day -> Integer,
        known_at -> BigInt,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        evaluated -> BigInt,
        changed -> BigInt,
    }
}

diesel::table! {
    monthly_grades (uscc, as_of_day, known_at) {
        uscc -> Text,
        as_of_day -> Integer,
        known_at -> BigInt,
        grade -> Text,
        grade_by_score -> Text,
        score -> Integer,
        vetoes -> Text,
        caps -> Text,
        seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    ratings (uscc, seq) {
        uscc -> Text,
        seq -> BigInt,
        as_of_day -> Integer,
        known_at -> BigInt,
        recorded_at -> BigInt,
        kind -> Text,
        grade -> Text,
        previous_grade -> Nullable<Text>,
        score -> Integer,
        fingerprint -> Text,
        statement -> Binary,
        salt -> Nullable<Binary>,
        commitment -> Text,
        sign_off -> Nullable<Text>,
    }
}

diesel::table! {
    sign_offs (uscc, seq) {
        uscc -> Text,
        seq -> BigInt,
        from_grade -> Text,
        grade -> Text,
        basis -> Text,
        proposed_by -> Text,
        proposed_at -> BigInt,
        reason -> Text,
        approved_by -> Nullable<Text>,
        approved_at -> Nullable<BigInt>,
        approval_reason -> Nullable<Text>,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        kind -> Text,
        uscc -> Text,
        seq -> BigInt,
        at_ms -> BigInt,
        body -> Binary,
        cause -> Nullable<Text>,
        leaf_index -> Nullable<BigInt>,
        leaf_hash -> Nullable<Text>,
        block -> Nullable<BigInt>,
    }
}

diesel::table! {
    ledger_tip (id) {
        id -> Integer,
        size -> BigInt,
        root -> Text,
        epoch -> BigInt,
    }
}

diesel::table! {
    idempotency (principal, key) {
        principal -> Text,
        key -> Text,
        fingerprint -> Text,
        status -> Integer,
        location -> Nullable<Text>,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        kind -> Text,
        state -> Text,
        done -> BigInt,
        total -> BigInt,
        batch_id -> Nullable<Text>,
        error -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        task -> Text,
        cancel_asked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        login -> Text,
        name -> Text,
        audience -> Text,
        organisation -> Nullable<Text>,
        state -> Text,
        password -> Nullable<Text>,
        password_at -> Nullable<BigInt>,
        must_change -> Integer,
        totp_state -> Integer,
        totp_seed -> BigInt,
        totp_step -> BigInt,
        issuer -> Nullable<Text>,
        subject -> Nullable<Text>,
        created_at -> BigInt,
        created_by -> Text,
        disabled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    letters (id) {
        id -> Text,
        user_id -> Text,
        uscc -> Text,
        file_digest -> Text,
        file_name -> Text,
        bytes -> BigInt,
        valid_from -> Text,
        valid_to -> Text,
        state -> Text,
        proposed_by -> Text,
        proposed_at -> BigInt,
        reason -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        decision_reason -> Nullable<Text>,
        revoked_by -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
        revocation_reason -> Nullable<Text>,
    }
}

diesel::table! {
    sessions (digest) {
        digest -> Text,
        user_id -> Nullable<Text>,
        method -> Text,
        credential -> Nullable<Text>,
        address -> Nullable<Text>,
        created_at -> BigInt,
        seen_at -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        digest -> Text,
        name -> Text,
        user_id -> Nullable<Text>,
        audience -> Text,
        organisation -> Nullable<Text>,
        scopes -> Text,
        per_second -> Nullable<BigInt>,
        created_at -> BigInt,
        created_by -> Text,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        rotated_to -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
        revoked_by -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_attempts (subject) {
        subject -> Text,
        failures -> BigInt,
        last_at -> BigInt,
        blocked_until -> BigInt,
    }
}

diesel::table! {
    identity_epoch (id) {
        id -> Integer,
        epoch -> BigInt,
    }
}

diesel::table! {
    identity_events (id) {
        id -> Text,
        at -> BigInt,
        actor -> Text,
        event -> Text,
        subject -> Text,
        detail -> Text,
    }
}

diesel::table! {
    consents (id) {
        id -> Text,
        uscc -> Text,
        financier -> Text,
        purpose -> Text,
        blocks -> Text,
        product -> Text,
        kind -> Text,
        from_day -> Integer,
        until_day -> Integer,
        text_zh -> Text,
        text_en -> Text,
        text_digest -> Text,
        asked_by -> Text,
        asked_at -> BigInt,
        decision -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        revoked_by -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
        read_day -> Nullable<Integer>,
        version -> BigInt,
        salt -> Nullable<Binary>,
    }
}

diesel::table! {
    changes (seq) {
        seq -> BigInt,
        kind -> Text,
        uscc -> Text,
        at -> BigInt,
        block -> Text,
        since -> Nullable<BigInt>,
        what -> Text,
        cause -> Text,
    }
}

diesel::table! {
    subscriptions (id) {
        id -> Text,
        name -> Text,
        url -> Text,
        audience -> Text,
        organisation -> Nullable<Text>,
        user_id -> Nullable<Text>,
        uscc -> Nullable<Text>,
        purpose -> Text,
        kinds -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        cursor -> BigInt,
        attempts -> Integer,
        failing_since -> Nullable<BigInt>,
        next_at -> BigInt,
        created_at -> BigInt,
        created_by -> Text,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    standing_requests (id) {
        id -> Text,
        audience -> Text,
        organisation -> Text,
        purpose -> Text,
        blocks -> Text,
        basis -> Text,
        cycle -> Text,
        until_day -> Integer,
        corrects -> Nullable<Text>,
        asked_by -> Text,
        asked_at -> BigInt,
        due_day -> Integer,
        decision -> Nullable<Text>,
        granted -> Nullable<Text>,
        reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        ended_why -> Nullable<Text>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        version -> BigInt,
        salt -> Nullable<Binary>,
    }
}

diesel::table! {
    webhook_secrets (id) {
        id -> Text,
        subscription_id -> Text,
        created_at -> BigInt,
        created_by -> Text,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    webhook_deliveries (subscription_id, seq) {
        subscription_id -> Text,
        seq -> BigInt,
        uscc -> Text,
        kind -> Text,
        state -> Text,
        attempts -> Integer,
        first_at -> BigInt,
        last_at -> BigInt,
        status -> Nullable<Integer>,
        latency_ms -> Nullable<BigInt>,
        answer -> Text,
        trouble -> Nullable<Text>,
    }
}

diesel::table! {
    client_certificates (id) {
        id -> Text,
        fingerprint -> Text,
        name -> Text,
        audience -> Text,
        organisation -> Nullable<Text>,
        scopes -> Text,
        created_at -> BigInt,
        created_by -> Text,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        revoked_by -> Nullable<Text>,
    }
}

diesel::table! {
    extracts (id) {
        id -> Text,
        request_id -> Text,
        audience -> Text,
        organisation -> Text,
        asked_by -> Text,
        asked_at -> BigInt,
        job_id -> Text,
        made_at -> Nullable<BigInt>,
        as_of -> Nullable<BigInt>,
        enterprises -> Nullable<BigInt>,
        files_removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    ends (source, natural_key) {
        source -> Text,
        natural_key -> Text,
        last_day -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(dirty, enterprises);
diesel::allow_tables_to_appear_in_same_query!(subscriptions, webhook_deliveries);
diesel::allow_tables_to_appear_in_same_query!(extracts, jobs);
diesel::allow_tables_to_appear_in_same_query!(screenings, jobs);
