import { actGrants } from '../lambdas/catalog/playbooks/permissions.ts';

/** `npm run grants [-- <login>]`: what the ledger's administrator grants to the actor's login, from what the actions declare. */
const login = process.argv[2] ?? 'responder_actor';
const lines = [
  'usage on schema public, responder',
  'select on all tables in schema public',
  'select on all tables in schema responder',
  'insert on audit_event, job_run',
  ...actGrants(),
];
console.log(lines.map((line) => `grant ${line} to ${login};`).join('\n'));
