import { WordsError } from '../../scripts/command/words.ts';
import { faultList, readOptions } from '../../scripts/start/options.ts';
import { faults } from '../../sandbox/faults/all.ts';
import { clockStart } from '../../sandbox/clock-start.ts';

test.each([
  ['2026-11-30T06:45Z', '2026-11-30T06:45:00.000Z'],
  ['2026-11-30T06:45', '2026-11-30T06:45:00.000Z'],
  ['2026-11-30T06:45:30+01:00', '2026-11-30T05:45:30.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['2099-12-31T23:59Z', '2099-12-31T23:59:00.000Z'],
])('--now %s is %s', (text, moment) => {
  expect(clockStart(text)).toEqual(new Date(moment));
  expect(readOptions(['--now', text])).toMatchObject({ now: new Date(moment) });
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
  [['--keeep'], 'npm start has no option --keeep; the nearest is --keep; it has --fault, --faults, --cur,'],
  [['--falt', 'x'], 'npm start has no option --falt; the nearest is --fault;'],
  [
    ['--open', '--fault', 'not-ingested', '--lines', '60000', '--keep'],
    '--fault is for a new world: --open shows the last one as it was left, and stays up\n--lines is for a new world',
  ],
  [['--open', '--seed', '1'], '--seed is for a new world'],
  [['--open', '--cur', 'package.json'], '--cur is for a new world'],
  [
    ['--cur', 'package.json', '--lines', '60000'],
    '--lines does not go with --cur: the report has its own lines',
  ],
  [['--cur', 'package.json', '--now', '2026-11-30'], '--now does not go with --cur'],
  [['--fault', 'not-ingestd'], 'there is no fault "not-ingestd"; the nearest are not-ingested, '],
  [['--lines'], "npm start: Option '--lines <value>' argument missing (npm start -- --help explains it)"],
  [
    ['not-ingested'],
    'npm start takes only options, which follow a "--": npm start -- --fault …; got "not-ingested"',
  ],
])('%j is explained', (args, said) => {
  expect(() => readOptions(args)).toThrow(WordsError);
  expect(() => readOptions(args)).toThrow(said);
});

test('--faults lists every name in one column, with what goes wrong', () => {
  expect(readOptions(['--faults'])).toBe('faults');
  const lines = faultList().split('\n');
  expect(lines).toHaveLength(faults.length);
  const column = lines[0]?.indexOf(faults[0]?.about ?? '') ?? -1;
  expect(column).toBeGreaterThan(0);
  faults.forEach(({ about }, i) => expect(lines[i]?.slice(column)).toBe(about));
});
