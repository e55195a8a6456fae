CREATE INDEX vpos_operation_sale ON vpos_operation (sale, id);
CREATE INDEX vpos_operation_due ON vpos_operation (due_since, id) WHERE due_since IS NOT NULL;
-- the first 200 characters: an entry of an index has a limit of 2704 bytes, and a bank's text none
CREATE INDEX vpos_reference_value ON vpos_reference (bank, name, substr(value, 1, 200));
CREATE INDEX vpos_evidence_operation ON vpos_evidence (operation, id);
