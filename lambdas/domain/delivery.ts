/** What became of a message to people. `unknown`: it was sent, and no answer came: it may have arrived. */
export type Delivery = 'delivered' | 'failed' | 'unknown';
