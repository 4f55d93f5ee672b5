import type { Step } from './fault.ts';

/**
 * Somebody else does it in the very moment in which a run is granted its locks: every guard that was asked before has said
 * yes, and nothing is sent yet. In `statements` the run is `new`.
 */
export const whenGranted =
  (statements: string): Step =>
  async ({ pool }) => {
    await pool.query(`
    create function public.when_granted() returns trigger language plpgsql security definer as $$
    begin
      ${statements};
      return null;
    end $$`);
    await pool.query(`
    create trigger when_granted after update of acting on responder.run for each row
    when (new.acting and not old.acting) execute function public.when_granted()`);
  };
