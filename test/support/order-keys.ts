import type { OrderKeys } from '../../lambdas/platform/order.ts';

/** Keys of no deployment. */
export const testKeys: OrderKeys = async (of) => [`the-key-that-signs-the-orders-of-tests-${of}`];
