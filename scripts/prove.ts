import { runCommand } from './command/run-command.ts';
import { WordsError } from './command/words.ts';

const HELP = `npm run prove -- <proof> [--option …]   what the public table of proofs says, made again

  world   whole worlds, each from one number: two to four faults, noise, kills, refusals, people; run to rest
    --seed <n>     the first number (default: 1)
    --seeds <n>    how many, one after another (default: 1)
    --twice        each two times: the same number must give the same history
    --history      prints each history, whose digest is shown
  crash   drills in which somebody dies or the ledger goes away, at each call that changes something: the same end
    <pattern> …    only drills whose names hold one of these
    --short        a sample instead of each call of each drill, which takes hours
    --seed <n>     the same number, the same sample (default: 1); with --points <n> its size (default: 20)
    --call <n>     that call of each drill alone, from 1; with --how 'killed before', 'killed after', 'ledger away at'
    --workers <n>  how many run side by side (default: as many as there are cores)
  fuzz    every door, from outside: what others say is recorded or refused, and does nothing else
    --cases <n>    how many, shared among the doors (default: 5000)
    --seed <n>     the same number, the same cases (default: 1)
    --door <name>  this one alone; with --only <n> its case of that number
  --help`;

const PROOFS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  crash: async (args) => (await import('./prove/crash.ts')).proveCrashes(args),
  fuzz: async (args) => (await import('./prove/fuzz.ts')).proveDoors(args),
  world: async (args) => (await import('./prove/world.ts')).proveWorlds(args),
};

await runCommand({
  help: HELP,
  failed: 'the proof failed',
  main([name = '', ...args]) {
    const proof = PROOFS[name];
    if (proof) return proof(args);
    throw new WordsError(`npm run prove takes a proof: ${Object.keys(PROOFS).join(', ')}; got "${name}"`);
  },
});
