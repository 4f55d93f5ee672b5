import { defineGuard } from './definition.ts';
import { allow, refuse } from '../../domain/guard-answer.ts';

/**
 * For the whole plan, before its first action: over a limit nothing is done, not even a part. An action that alone is
 * over a limit is not part of the plan any more.
 */
export const blastRadius = defineGuard({
  name: 'blast-radius',
  about: 'The plan would change more rows, money or tenants than one plan may.',
  slots: ['before-asking', 'before-acting'],
  blocks: 'action',
  weighsEach: true,
  needs: ['effect'],
  judge({ effect, limits: { blastRadius: most } }) {
    const { rows, usd, tenants } = effect;
    const weighed: readonly (readonly [tell: string, over: boolean])[] = [
      [`${rows} of ${most.rows} rows`, !(rows <= most.rows)],
      [`${usd} of ${most.usd} USD`, exceeds(usd, most.usd)],
      [`${tenants.length} of ${most.tenants} tenants`, tenants.length > most.tenants],
    ];
    const figures = weighed.map(([tell]) => tell).join(', ');
    const over = weighed.filter(([, isOver]) => isOver).map(([tell]) => tell);
    return over.length === 0 ? allow(figures) : refuse(`${over.join(', ')} (all: ${figures})`);
  },
});

/** Compares decimal text with a whole number, without floats. @throws on anything that is no decimal */
function exceeds(usd: string, most: number): boolean {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(usd) ?? [];
  if (sign === undefined) throw new TypeError(`the foreseen effect is "${usd}" USD; wanted a decimal number`);
  if (sign === '-') return false;
  const dollars = BigInt(whole);
  return dollars > BigInt(most) || (dollars === BigInt(most) && /[1-9]/.test(fraction));
}
