import config from './jest.config.js';

/** Tests that take too long for each change; `npm run long-tests` runs them. */
export default {
  ...config,
  testPathIgnorePatterns: ['/node_modules/'],
  testMatch: ['<rootDir>/test/long/*.test.ts'],
};
