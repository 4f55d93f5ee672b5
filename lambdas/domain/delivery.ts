/** How sending a message ended. `unknown`: no answer came, so it may have arrived. */
export type Delivery = 'delivered' | 'failed' | 'unknown';
