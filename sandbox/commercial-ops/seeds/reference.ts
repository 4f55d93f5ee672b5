import type { PoolClient } from 'pg';
import { METRICS, PLANS, RULES, TENANTS } from './platform.ts';
import { firstDay, type Period } from '../period.ts';
import { insertRows } from './rows.ts';

/** Of plans, tenants and rules, unless the costs are older still. */
const BEGINNING = '2020-01-01';

/**
 * Tenants, plans, caps, bindings, top-ups and allocation rules, as they were from the beginning.
 * @param oldest month with costs
 */
export async function seedReference(client: PoolClient, oldest: Period): Promise<void> {
  const since = [BEGINNING, firstDay(oldest)].sort()[0] ?? BEGINNING;
  await insertRows(
    client,
    'tenant_master',
    TENANTS.map(({ id, name }) => ({
      tenant_id: id,
      tenant_name: name,
      status: 'active',
      billing_contact: { email: `billing@${name.toLowerCase().replaceAll(' ', '-')}.example` },
      created_at: `${since}T00:00:00Z`,
    })),
  );
  await insertRows(
    client,
    'plan_master',
    PLANS.map(({ code, family, priceUsd, seats }) => ({
      plan_code: code,
      plan_family: family,
      version: 1,
      currency: 'USD',
      base_price_usd: priceUsd,
      base_seats: seats,
      effective_from: since,
    })),
  );
  await insertRows(
    client,
    'plan_metric_map',
    PLANS.flatMap(({ code, caps }) =>
      Object.entries(METRICS).map(([metric, unit]) => {
        const cap = caps[metric as keyof typeof METRICS];
        return {
          plan_code: code,
          metric_code: metric,
          cap_value: cap,
          threshold_80: (cap * 80) / 100,
          threshold_95: (cap * 95) / 100,
          threshold_100: cap,
          unit,
        };
      }),
    ),
  );
  await insertRows(
    client,
    'tenant_plan_binding',
    TENANTS.map(({ id, plan }) => ({
      tenant_id: id,
      plan_code: plan,
      period_start: since,
      status: 'active',
      proration_factor: 1,
    })),
  );
  await insertRows(
    client,
    'plan_topup',
    PLANS.flatMap(({ code, caps }) =>
      (['storage_gb_peak', 'egress_gb'] as const).map((metric) => ({
        plan_code: code,
        metric_code: metric,
        auto: metric === 'storage_gb_peak',
        step_value: caps[metric] / 10,
        price_usd: (caps[metric] / 10) * 0.25,
        max_per_period: 3,
      })),
    ),
  );
  await insertRows(
    client,
    'rule_version_map',
    RULES.map(({ rule, category, keyMetric }) => ({
      rule_id: rule,
      version: 1,
      category,
      key_metric: keyMetric,
      effective_from: since,
      pinned: false,
    })),
  );
}
