/** No month is longer: evidence and anchors are never deleted a day early. */
export const DAYS_OF_A_MONTH = 31;
