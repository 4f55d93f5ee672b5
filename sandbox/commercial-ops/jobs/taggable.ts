/** SQL: lines that belong to a tenant. Taxes, fees and credits belong to nobody, so nobody tags them. */
export const TAGGABLE = `line_item_line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')`;

/** SQL: every line carries tenant and plan, or it counts as untagged. */
export const UNTAGGED = `(resource_tags_user_tenant_id is null or resource_tags_user_plan_id is null)`;
