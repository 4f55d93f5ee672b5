import { ok, wrong, type CheckOf } from '../check.ts';

/** Costs are queried in the responder's own workgroup of Athena, or in that of Commercial-Ops. */
export const workgroup: CheckOf<'account'> = {
  id: 'workgroup',
  asks: 'Can Athena be queried?',
  needs: 'account',
  async run({ settings: { estate, queries }, aws, deployed }) {
    if (queries && !deployed) return [ok(`the stack makes the workgroup ${queries.workgroup} of its own`)];
    const name = queries?.workgroup ?? estate.athena.workgroup;
    const athena = await aws.athena();
    const state = await athena
      .getWorkGroup({ WorkGroup: name })
      .then(({ WorkGroup }) => WorkGroup?.State ?? 'ENABLED')
      .catch((error: Error) => {
        // AWS has no name of its own for it.
        if (/not found/i.test(error.message)) return 'MISSING';
        throw error;
      });
    if (state === 'ENABLED') return [ok(`the workgroup ${name} is enabled`)];
    return [
      wrong({
        fault: `Costs cannot be queried: the workgroup ${name} is ${state === 'MISSING' ? 'not there' : 'disabled'}`,
        found: state === 'MISSING' ? `no workgroup ${name}` : `workgroup ${name} is ${state}`,
        wanted: `a workgroup ${name} that is enabled`,
        remedy:
          state === 'MISSING'
            ? 'put the name of yours into estate.athena.workgroup, or leave "ownWorkgroup" to its default'
            : `aws athena update-work-group --work-group ${name} --state ENABLED`,
      }),
    ];
  },
};
