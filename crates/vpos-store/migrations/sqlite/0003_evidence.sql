CREATE TRIGGER vpos_evidence_is_not_changed BEFORE UPDATE ON vpos_evidence
BEGIN
    SELECT RAISE(ABORT, 'vpos_evidence is append-only');
END;
CREATE TRIGGER vpos_evidence_is_not_deleted BEFORE DELETE ON vpos_evidence
BEGIN
    SELECT RAISE(ABORT, 'vpos_evidence is append-only');
END;
-- INSERT OR REPLACE fires no delete trigger
CREATE TRIGGER vpos_evidence_is_not_replaced BEFORE INSERT ON vpos_evidence
WHEN EXISTS (SELECT 1 FROM vpos_evidence WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'vpos_evidence is append-only');
END;
