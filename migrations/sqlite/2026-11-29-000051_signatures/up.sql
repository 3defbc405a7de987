-- What is known of the XML signature of the message that a document came in (ADR 44): valid:<SHA-256 of the
-- certificate>, unknown_key, invalid:<why> or unsupported:<what>. NULL: the message had none, or came before.
ALTER TABLE ceb_documents ADD COLUMN signature TEXT;
