import { commands } from '../../lambdas/commands/commands.ts';

describe.each(Object.entries(commands))('command %s', (name, { schema, usage, about, may }) => {
  test('is listed with its usage, which begins with its name, and one line of what it is for', () => {
    expect(usage.split(' ')[0]).toBe(name);
    expect(about).toMatch(/^[^\n]+[^.]$/);
  });

  test('takes no word about who gives it', () => {
    expect(schema.strict().safeParse({ by: 'sre-two' }).error?.issues).toContainEqual(
      expect.objectContaining({ code: 'unrecognized_keys' }),
    );
    expect(Object.keys(schema.shape)).not.toContain('by');
    expect(may.length).toBeGreaterThan(0);
  });
});
