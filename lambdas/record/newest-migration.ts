/** The schema's version: 0 when no migration is on record. */
export const NEWEST_MIGRATION = 'select coalesce(max(version), 0)::int as version from responder.migration';
