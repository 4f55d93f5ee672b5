import type { SimulatePrincipalPolicyCommandInput, EvaluationResult } from '@aws-sdk/client-iam';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { contextOf, requestContext } from './iam-conditions.ts';
import { evaluate } from './iam-evaluation.ts';
import type { Iam } from './iam.ts';
import { parsePolicy } from './iam-policy.ts';

/** One result per action and resource, from the evaluator that also decides real calls. */
export const simulation = (iam: Iam): Operation =>
  operation<
    SimulatePrincipalPolicyCommandInput,
    { EvaluationResults: EvaluationResult[]; IsTruncated: boolean }
  >({
    action: 'iam:SimulatePrincipalPolicy',
    resource: ({ PolicySourceArn }) => PolicySourceArn ?? '*',
    handle(input) {
      refuseOptions('SimulatePrincipalPolicy', input, [
        'PolicySourceArn',
        'ActionNames',
        'ResourceArns',
        'ContextEntries',
        'PolicyInputList',
      ]);
      const { PolicySourceArn = '', ActionNames = [], ResourceArns = ['*'] } = input;
      const source = iam.principalOf(PolicySourceArn);
      if (source.roleName === undefined) {
        throw new AwsError('InvalidInputException', `only roles can be simulated; got ${PolicySourceArn}`);
      }
      const extra = (input.PolicyInputList ?? []).map((document, i) =>
        parsePolicy(`PolicyInputList.${i + 1}`, document),
      );
      const policies = [...iam.policiesOf(iam.role(source.roleName)), ...extra];
      const context = contextOf({ ...requestContext(source), ...entriesOf(input) });
      const EvaluationResults = ActionNames.flatMap((action) =>
        ResourceArns.map((resource): EvaluationResult => {
          const verdict = evaluate(policies, { action, resource, context });
          return {
            EvalActionName: action,
            EvalResourceName: resource,
            EvalDecision: verdict.decision,
            MatchedStatements: verdict.by.map((SourcePolicyId) => ({ SourcePolicyId })),
            MissingContextValues: [],
          };
        }),
      );
      return { EvaluationResults, IsTruncated: false };
    },
  });

function entriesOf({ ContextEntries = [] }: SimulatePrincipalPolicyCommandInput): Record<string, string> {
  return Object.fromEntries(
    ContextEntries.map(({ ContextKeyName = '', ContextKeyValues = [] }) => {
      if (ContextKeyValues.length === 1) return [ContextKeyName, ContextKeyValues[0] ?? ''];
      throw new AwsError(
        'NotImplemented',
        `only condition keys with one value are emulated; ${ContextKeyName} has ${ContextKeyValues.length}`,
        501,
      );
    }),
  );
}
