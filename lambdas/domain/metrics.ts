/** How many signals could not be measured; published each time, so its silence raises `signals-missing`. */
export const UNMEASURED = 'signals_unmeasured';

/** Age in hours of the oldest run that has not ended: the responder's own health, not a business metric. */
export const OLDEST_RUN = 'oldest_run_hours';
