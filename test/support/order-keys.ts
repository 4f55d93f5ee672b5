/** Keys of no deployment. */
export const testKeys = async (): Promise<readonly string[]> => ['the-key-that-signs-the-orders-of-tests'];
