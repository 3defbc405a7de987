DROP TABLE identity_events;
DROP TABLE identity_epoch;
DROP TABLE sign_in_attempts;
DROP TABLE api_keys;
DROP TABLE sessions;
DROP TABLE letters;
DROP TABLE users;
