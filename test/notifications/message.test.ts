import { layout } from '../../lambdas/notifications/message.ts';

test('labels stand in one column, what belongs to a fact beneath it, and blocks apart', () => {
  const body = layout({
    headline: 'ACTING on cur-freshness, period 2026-11 (SEV-3)',
    facts: [
      ["What's wrong", 'costs are old'],
      ['Your next step', 'approve:', 'npm run respond -- approve A-1'],
      'Jira: https://jira.example/OPS-1',
    ],
    body: [[], ['- How fresh? 4.3 d old'], ['Incident INC-1', 'Run r-1']],
  });
  expect(body).toBe(
    [
      'ACTING on cur-freshness, period 2026-11 (SEV-3)',
      '',
      "What's wrong:   costs are old",
      'Your next step: approve:',
      '  npm run respond -- approve A-1',
      'Jira: https://jira.example/OPS-1',
      '',
      '- How fresh? 4.3 d old',
      '',
      'Incident INC-1',
      'Run r-1',
    ].join('\n'),
  );
});
