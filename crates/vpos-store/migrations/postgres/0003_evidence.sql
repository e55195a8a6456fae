CREATE FUNCTION vpos_evidence_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'vpos_evidence is append-only';
END
$$;
CREATE TRIGGER vpos_evidence_is_not_changed BEFORE UPDATE OR DELETE ON vpos_evidence
    FOR EACH ROW EXECUTE FUNCTION vpos_evidence_is_append_only();
CREATE TRIGGER vpos_evidence_is_not_emptied BEFORE TRUNCATE ON vpos_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION vpos_evidence_is_append_only();
