/** Layers of the product, lowest first; rooms of one number do not know each other. */
const LEVELS = {
  domain: 0,
  platform: 1,
  record: 2,
  notifications: 3,
  'catalog/probes': 4,
  'catalog/signals': 5,
  'catalog/actions': 5,
  'catalog/playbooks': 6,
  waits: 6,
  engine: 7,
  reporting: 7,
  intake: 8,
  escalation: 8,
  commands: 9,
  doctor: 9,
  desk: 10,
};

/** What a folder may not import: every folder of its own number or of a higher one. */
const upward = Object.entries(LEVELS).map(([from, level]) => {
  const forbidden = Object.keys(LEVELS).filter((to) => to !== from && LEVELS[to] >= level);
  return {
    name: `${from.replace('/', '-')}-imports-only-from-below`,
    severity: 'error',
    from: { path: `^lambdas/${from}/` },
    to: { path: `^lambdas/(${[...forbidden.map((to) => `${to}/`), '[^/]+\\.handler\\.ts$'].join('|')})` },
  };
});

module.exports = {
  forbidden: [
    ...upward,
    // Types count: a cycle of types is a thing in the wrong one of two files.
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    // Other folders know `Ledger` and `Queryable`: what the driver calls its own is known in one place.
    {
      name: 'only-platform-knows-the-driver-of-the-ledger',
      severity: 'error',
      from: { path: '^(lambdas|lib)/', pathNot: '^lambdas/platform/' },
      to: { path: '(^|/)node_modules/(@types/)?pg/' },
    },
    {
      name: 'emulator-knows-nobody',
      severity: 'error',
      from: { path: '^emulator/' },
      to: { path: '^(lambdas|lib|sandbox|scripts|test)/' },
    },
    {
      name: 'product-knows-no-emulator',
      severity: 'error',
      from: { path: '^(lambdas|lib)/' },
      to: { path: '^(emulator|sandbox|scripts|test)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
