import { shown, type FinancialRule } from './rule.ts';

/** A reader could not distinguish a shorter name from any other word. */
const SHORTEST = 4;

export const noNames: FinancialRule = {
  number: 7,
  title: 'Messages name no tenant beyond its id and plan',
  async check({ pool, told }) {
    const { rows } = await pool.query<{ tenant_id: string; tenant_name: string; billing_contact: unknown }>(
      'select tenant_id, tenant_name, billing_contact from tenant_master',
    );
    const secrets = rows.flatMap(({ tenant_id, tenant_name, billing_contact }) =>
      [tenant_name, ...textsIn(billing_contact)]
        .map((text) => text.trim().toLowerCase())
        .filter((text) => text.length >= SHORTEST)
        .map((text) => ({ tenant_id, text })),
    );
    const leaks = told.flatMap(({ topic, subject, message }) => {
      const said = `${subject ?? ''}\n${message}`.toLowerCase();
      return secrets.filter(({ text }) => said.includes(text)).map((leak) => ({ topic, subject, ...leak }));
    });
    return shown('a message names a tenant or its billing contact', leaks);
  },
};

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
