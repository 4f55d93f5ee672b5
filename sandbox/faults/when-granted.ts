import type { Sandbox } from '../sandbox.ts';

/**
 * Somebody else does it in the very moment in which a run is granted its locks: every guard that was asked before has said
 * yes, and nothing is sent yet. In `sql` the run is `new`.
 */
export async function whenGranted({ pool }: Sandbox, sql: string): Promise<void> {
  await pool.query(`
    create function public.when_granted() returns trigger language plpgsql security definer as $$
    begin
      ${sql};
      return null;
    end $$`);
  await pool.query(`
    create trigger when_granted after update of acting on responder.run for each row
    when (new.acting and not old.acting) execute function public.when_granted()`);
}
