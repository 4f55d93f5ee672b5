/** Who the sandbox's platform sells to: constants, so that seeds, cost lines and tests agree. */
export interface SeededPlan {
  readonly code: string;
  readonly family: string;
  readonly priceUsd: string;
  readonly seats: number;
  /** Monthly cap of each metric. */
  readonly caps: Readonly<Record<Metric, number>>;
}

export const METRICS = {
  data_ingestion_gb: 'GB',
  storage_gb_peak: 'GB',
  egress_gb: 'GB',
  runner_hours: 'hours',
  active_users: 'users',
} as const;
export type Metric = keyof typeof METRICS;

export const PLANS: readonly SeededPlan[] = [
  {
    code: 'PLAN-STARTER',
    family: 'starter',
    priceUsd: '49.000000',
    seats: 5,
    caps: {
      data_ingestion_gb: 100,
      storage_gb_peak: 500,
      egress_gb: 200,
      runner_hours: 100,
      active_users: 20,
    },
  },
  {
    code: 'PLAN-TEAM',
    family: 'team',
    priceUsd: '199.000000',
    seats: 25,
    caps: {
      data_ingestion_gb: 800,
      storage_gb_peak: 4000,
      egress_gb: 1500,
      runner_hours: 900,
      active_users: 120,
    },
  },
  {
    code: 'PLAN-SCALE',
    family: 'scale',
    priceUsd: '899.000000',
    seats: 150,
    caps: {
      data_ingestion_gb: 6000,
      storage_gb_peak: 30000,
      egress_gb: 12000,
      runner_hours: 7000,
      active_users: 900,
    },
  },
];

export interface SeededTenant {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
}

const NAMES = [
  'Alder Analytics',
  'Birch Robotics',
  'Cedar Health',
  'Dogwood Media',
  'Elm Logistics',
  'Fir Finance',
  'Ginkgo Games',
  'Hazel Foods',
  'Ironwood Energy',
  'Juniper Travel',
  'Kapok Learning',
  'Larch Retail',
];

/** `TEN-00112` to `TEN-00123`; the last is the one that the runbook prints. */
export const TENANTS: readonly SeededTenant[] = NAMES.map((name, i) => ({
  id: `TEN-${String(112 + i).padStart(5, '0')}`,
  name,
  plan: (PLANS[i % PLANS.length] ?? PLANS[0]!).code,
}));

/** How shared cost of a category is split: by each tenant's share of this metric. */
export const RULES: readonly { rule: string; category: string; keyMetric: Metric | null }[] = [
  { rule: 'ALLOC-DIRECT', category: 'OTHER', keyMetric: null },
  { rule: 'ALLOC-NAT', category: 'NAT', keyMetric: 'egress_gb' },
  { rule: 'ALLOC-PLINK', category: 'PLINK', keyMetric: 'egress_gb' },
  { rule: 'ALLOC-CLOUDWATCH', category: 'CLOUDWATCH', keyMetric: 'data_ingestion_gb' },
  { rule: 'ALLOC-S3', category: 'S3', keyMetric: 'storage_gb_peak' },
  { rule: 'ALLOC-EBS', category: 'EBS', keyMetric: 'storage_gb_peak' },
  { rule: 'ALLOC-OTHER', category: 'OTHER', keyMetric: 'active_users' },
];
