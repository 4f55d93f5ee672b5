/** How many signals could not be measured, published at every measuring: its silence raises `signals-missing`. */
export const UNMEASURED = 'signals_unmeasured';

/** Hours since the oldest run was opened that has not ended: the responder's own health, not a business metric. */
export const OLDEST_RUN = 'oldest_run_hours';

export const NAMESPACE = 'CommercialOps';
