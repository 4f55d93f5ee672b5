import type { SimulatePrincipalPolicyCommandInput, EvaluationResult } from '@aws-sdk/client-iam';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { contextOf } from './iam-conditions.ts';
import { evaluate, type Verdict } from './iam-evaluation.ts';
import type { Iam } from './iam.ts';
import { parsePolicy, type Policy } from './iam-policy.ts';

/**
 * One result per action, in it one per resource. As blind as IAM's: it knows the role's own policies and no resource's,
 * and of a real request only what the caller gives as context.
 */
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
      const role = iam.role(source.roleName);
      if (role.arn !== PolicySourceArn)
        throw new AwsError('NoSuchEntityException', `The role ${PolicySourceArn} cannot be found.`);
      const extra = (input.PolicyInputList ?? []).map((document, i) =>
        parsePolicy(`PolicyInputList.${i + 1}`, document),
      );
      const policies = [...iam.policiesOf(role), ...extra];
      const context = contextOf(entriesOf(input));
      const MissingContextValues = keysOf(policies).filter((key) => !context.has(key.toLowerCase()));
      const EvaluationResults = ActionNames.map((action): EvaluationResult => {
        const results = ResourceArns.map((resource) => {
          const request = { action, resource, context };
          const { decision, by } = iam.allowedByOrganization(request)
            ? evaluate(policies, request)
            : { decision: 'explicitDeny' as const, by: [] };
          return {
            EvalResourceName: resource,
            EvalResourceDecision: decision,
            MatchedStatements: by.map((SourcePolicyId) => ({ SourcePolicyId })),
            MissingContextValues,
          };
        });
        return {
          EvalActionName: action,
          // Not the resource that was asked for: a template of such ARNs.
          EvalResourceName: '*',
          EvalDecision: strictest(results.map(({ EvalResourceDecision }) => EvalResourceDecision)),
          OrganizationsDecisionDetail: {
            AllowedByOrganizations: ResourceArns.every((resource) =>
              iam.allowedByOrganization({ action, resource, context }),
            ),
          },
          MatchedStatements: results.flatMap(({ MatchedStatements }) => MatchedStatements),
          MissingContextValues,
          ...(input.ResourceArns && { ResourceSpecificResults: results }),
        };
      });
      return { EvaluationResults, IsTruncated: false };
    },
  });

const strictest = (decisions: readonly Verdict['decision'][]): Verdict['decision'] =>
  (['explicitDeny', 'implicitDeny'] as const).find((one) => decisions.includes(one)) ?? 'allowed';

/** Of all conditions, also of statements on other actions. */
const keysOf = (policies: readonly Policy[]): string[] => [
  ...new Set(
    policies
      .flatMap(({ statements }) => statements)
      .flatMap(({ Condition = {} }) => Object.values(Condition).flatMap((keys) => Object.keys(keys))),
  ),
];

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
