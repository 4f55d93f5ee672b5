/** SQL: lines that belong to a tenant. Taxes, fees and credits belong to nobody, so nobody tags them. */
export const TAGGABLE = `line_item_line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')`;

/** SQL: a line's tenant and plan; a blank tag names neither. */
export const TENANT = `nullif(btrim(resource_tags_user_tenant_id, E' \\t\\r\\n\\u00a0'), '')`;
export const PLAN = `nullif(btrim(resource_tags_user_plan_id, E' \\t\\r\\n\\u00a0'), '')`;

/** SQL: every line carries tenant and plan, or it counts as untagged. */
export const UNTAGGED = `(${TENANT} is null or ${PLAN} is null)`;
