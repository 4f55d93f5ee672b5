import { ok, wrong, type CheckOf } from '../check.ts';

export const commanders: CheckOf<'plan'> = {
  id: 'commanders',
  asks: 'May somebody command it?',
  needs: 'plan',
  run({ settings: { people } }) {
    const may = (verb: string) =>
      people.commanders.filter((one) => (one.may as readonly string[]).includes(verb));
    const nobody = ['operate', 'approve', 'administer'].filter((verb) => may(verb).length === 0);
    if (nobody.length === 0) return [ok(`${people.commanders.length} people may`)];
    return [
      wrong({
        fault: `Nobody may ${nobody.join(', ')}: nobody can acknowledge, approve or raise a trust level`,
        found: `${people.commanders.length} people in people.commanders`,
        wanted: 'at least one person for each of operate, approve and administer',
        remedy: 'list them in people.commanders with their ARNs; docs/people.md shows how',
      }),
    ];
  },
};
