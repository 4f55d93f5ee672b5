/**
 * What no drill does, and which test does it: by statement, the test that fails without it. The parts of a statement that
 * no drill uses may be left to a test, too.
 */
export const BY_TESTS: Readonly<Record<string, string>> = {};
