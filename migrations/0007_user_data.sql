-- User data: a site's own tables, the mapping that fills them, and user data of passages.

ALTER TABLE irf_user_data_keys ADD COLUMN custom_key_1 bigint NOT NULL DEFAULT -2;
COMMENT ON TABLE irf_user_data_keys IS 'One row per attempt, per passage too where the settings say so: its low-cardinality user data, as references.';
COMMENT ON COLUMN irf_user_data_keys.interaction_resource_id IS 'Attempt or passage that the user data belongs to.';
COMMENT ON COLUMN irf_user_data_keys.start_date_time_key IS 'Start key of that attempt or passage.';
COMMENT ON COLUMN irf_user_data_keys.custom_key_1 IS 'The site''s own low-cardinality user data; -2 without any.';

COMMENT ON TABLE irf_user_data_gen_1 IS 'One row per attempt, per passage too where the settings say so: its predefined high-cardinality user data.';
COMMENT ON COLUMN irf_user_data_gen_1.interaction_resource_id IS 'Attempt or passage that the user data belongs to.';
COMMENT ON COLUMN irf_user_data_gen_1.start_date_time_key IS 'Start key of that attempt or passage.';

CREATE TABLE irf_user_data_cust_1 (
    interaction_resource_id bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    custom_data_1 text COLLATE "C",
    custom_data_2 text COLLATE "C",
    custom_data_3 text COLLATE "C",
    custom_data_4 text COLLATE "C",
    custom_data_5 text COLLATE "C",
    custom_data_6 text COLLATE "C",
    custom_data_7 text COLLATE "C",
    custom_data_8 text COLLATE "C",
    custom_data_9 text COLLATE "C",
    custom_data_10 text COLLATE "C",
    custom_data_11 text COLLATE "C",
    custom_data_12 text COLLATE "C",
    custom_data_13 text COLLATE "C",
    custom_data_14 text COLLATE "C",
    custom_data_15 text COLLATE "C",
    custom_data_16 text COLLATE "C",
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, interaction_resource_id)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX irf_user_data_cust_1_unit ON irf_user_data_cust_1 (unit_key);
COMMENT ON TABLE irf_user_data_cust_1 IS 'One row per attempt, per passage too where the settings say so: a site''s own high-cardinality user data. No rows while no key goes there.';
COMMENT ON COLUMN irf_user_data_cust_1.interaction_resource_id IS 'Attempt or passage that the user data belongs to.';
COMMENT ON COLUMN irf_user_data_cust_1.start_date_time_key IS 'Start key of that attempt or passage.';
COMMENT ON COLUMN irf_user_data_cust_1.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN irf_user_data_cust_1.tenant_key IS 'Tenant.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_1 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_2 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_3 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_4 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_5 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_6 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_7 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_8 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_9 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_10 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_11 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_12 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_13 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_14 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_15 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.custom_data_16 IS 'A site''s own value.';
COMMENT ON COLUMN irf_user_data_cust_1.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE user_data_cust_dim_1 (
    id bigint NOT NULL,
    tenant_key bigint NOT NULL,
    dim_attribute_1 text COLLATE "C" NOT NULL,
    dim_attribute_2 text COLLATE "C" NOT NULL,
    dim_attribute_3 text COLLATE "C" NOT NULL,
    dim_attribute_4 text COLLATE "C" NOT NULL,
    dim_attribute_5 text COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);
COMMENT ON TABLE user_data_cust_dim_1 IS 'One row per combination of a site''s own low-cardinality user data.';
COMMENT ON COLUMN user_data_cust_dim_1.id IS 'Key of the combination.';
COMMENT ON COLUMN user_data_cust_dim_1.tenant_key IS 'Tenant.';
COMMENT ON COLUMN user_data_cust_dim_1.dim_attribute_1 IS 'A site''s own value; empty without one.';
COMMENT ON COLUMN user_data_cust_dim_1.dim_attribute_2 IS 'A site''s own value; empty without one.';
COMMENT ON COLUMN user_data_cust_dim_1.dim_attribute_3 IS 'A site''s own value; empty without one.';
COMMENT ON COLUMN user_data_cust_dim_1.dim_attribute_4 IS 'A site''s own value; empty without one.';
COMMENT ON COLUMN user_data_cust_dim_1.dim_attribute_5 IS 'A site''s own value; empty without one.';

CREATE TABLE ctl_ud_to_ude_mapping (
    id bigint NOT NULL,
    ud_key_name text COLLATE "C" NOT NULL,
    ude_table_name text COLLATE "C" NOT NULL,
    ude_column_name text COLLATE "C" NOT NULL,
    propagation_rule text COLLATE "C" NOT NULL,
    default_value text COLLATE "C",
    active_flag integer NOT NULL,
    PRIMARY KEY (id)
);
COMMENT ON TABLE ctl_ud_to_ude_mapping IS 'One row per column that user data goes to: which key''s value, and by which rule. The settings decide; this shows it.';
COMMENT ON COLUMN ctl_ud_to_ude_mapping.id IS 'Number of the entry, the same for a column in every mart.';
COMMENT ON COLUMN ctl_ud_to_ude_mapping.ud_key_name IS 'Key as sources tell it.';
COMMENT ON COLUMN ctl_ud_to_ude_mapping.ude_table_name IS 'Table that its value goes to.';
COMMENT ON COLUMN ctl_ud_to_ude_mapping.ude_column_name IS 'Column that its value goes to.';
COMMENT ON COLUMN ctl_ud_to_ude_mapping.propagation_rule IS 'Which value counts: CALL, PARTY, IRF, IRF_FIRST_UPDATE, IRF_INITIAL or IRF_ROUTE.';
COMMENT ON COLUMN ctl_ud_to_ude_mapping.default_value IS 'What stands there without a value; null: nothing.';
COMMENT ON COLUMN ctl_ud_to_ude_mapping.active_flag IS '1 while the entry counts.';
