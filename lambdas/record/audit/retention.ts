/** No month is longer: evidence and anchors never go a day early. */
export const DAYS_OF_A_MONTH = 31;
