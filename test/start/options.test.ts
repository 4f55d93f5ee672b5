import { WordsError } from '../../scripts/command/words.ts';
import { readOptions } from '../../scripts/start/options.ts';
import { clockStart } from '../../sandbox/clock-start.ts';

test.each([
  ['2026-11-30T06:45Z', '2026-11-30T06:45:00.000Z'],
  ['2026-11-30T06:45', '2026-11-30T06:45:00.000Z'],
  ['2026-11-30T06:45:30+01:00', '2026-11-30T05:45:30.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['2099-12-31T23:59Z', '2099-12-31T23:59:00.000Z'],
])('--now %s is %s', (text, moment) => {
  expect(clockStart(text)).toEqual(new Date(moment));
  expect(readOptions(['--now', text]).now).toEqual(new Date(moment));
});

test.each([
  [
    ['--now', 'tomorrow'],
    '--now is "tomorrow"; wanted a moment such as 2026-11-30T06:45Z, or a day such as 2028-02-29',
  ],
  [['--now', '2026-02-29'], '--now is "2026-02-29"; wanted a moment'],
  [['--now', '2026-11-30T25:00Z'], '--now is "2026-11-30T25:00Z"; wanted a moment'],
  [['--now', '1999-12-31'], '--now is "1999-12-31"; wanted a moment between the years 2010 and 2099'],
  [['--now', '2026-11-30', '--open'], '--now is for a new world'],
  [
    ['--lines', '10', '--seed', 'x'],
    '--lines is "10"; wanted a whole number from 50000 to 10000000\n--seed is "x"',
  ],
  [['--keeep'], 'npm start has no option --keeep; it has --fault, --cur,'],
  [['--lines'], "npm start: Option '--lines <value>' argument missing (npm start -- --help explains it)"],
  [
    ['not-ingested'],
    'npm start takes only options, which follow a "--": npm start -- --fault …; got "not-ingested"',
  ],
])('%j is explained', (args, said) => {
  expect(() => readOptions(args)).toThrow(WordsError);
  expect(() => readOptions(args)).toThrow(said);
});
