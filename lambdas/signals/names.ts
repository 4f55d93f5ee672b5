/** How many signals could not be measured, published at every measuring: its silence raises `signals-missing`. */
export const UNMEASURED = 'signals_unmeasured';

export const NAMESPACE = 'CommercialOps';
