/** No month is longer: evidence and anchors are never deleted a day early. */
export const DAYS_OF_A_MONTH = 31;

/** A day and the time that a sweep may take: an older daily anchor is not today's, and an older window is a fault. */
export const OLDEST_ANCHOR_HOURS = 26;
