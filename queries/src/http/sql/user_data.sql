SELECT
    k.interaction_resource_id AS attempt_id,
    d.customer_segment AS customer_segment,
    d.service_type AS service_type,
    d.service_subtype AS service_subtype,
    d.business_result AS business_result,
    g.case_id AS case_id,
    g.customer_id AS customer_id,
    g.cause_id AS cause_id,
    g.destination_id AS destination_id,
    g.target_id AS target_id,
    g.transaction_id AS transaction_id,
    g.revenue AS revenue,
    g.satisfaction AS satisfaction
FROM irf_user_data_keys k
LEFT JOIN interaction_descriptor d ON d.interaction_descriptor_key = k.interaction_descriptor_key
LEFT JOIN irf_user_data_gen_1 g
    ON g.interaction_resource_id = k.interaction_resource_id
    AND g.start_date_time_key = k.start_date_time_key
    AND g.unit_key = $1 AND g.start_date_time_key >= $2 AND g.start_date_time_key < $3
WHERE k.unit_key = $1 AND k.start_date_time_key >= $2 AND k.start_date_time_key < $3
ORDER BY k.interaction_resource_id
