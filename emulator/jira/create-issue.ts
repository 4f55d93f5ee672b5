import { JiraRefusal } from './answer.ts';
import { faultOf } from './document.ts';

export interface IssueFields {
  readonly project: { readonly key: string };
  readonly issuetype: { readonly name: string };
  readonly summary: string;
  readonly description?: unknown;
  readonly labels?: readonly string[];
}

interface Site {
  readonly projects: readonly string[];
  readonly issueTypes: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;
/** What is wrong with a field, in Jira's words. */
type Check = (fields: Fields, site: Site) => string | undefined;

const ON_SCREEN: Readonly<Record<string, Check>> = {
  project: ({ project }, { projects }) =>
    projects.includes(nameIn(project, 'key')) ? undefined : 'valid project is required',
  issuetype: ({ issuetype }, { issueTypes }) =>
    issueTypes.includes(nameIn(issuetype, 'name')) ? undefined : 'Specify a valid issue type',
  summary: ({ summary }) => {
    if (typeof summary !== 'string' || summary.trim() === '')
      return 'You must specify a summary of the issue.';
    if (/[\r\n]/.test(summary)) return 'The summary is invalid because it contains newline characters.';
    return summary.length > 255 ? 'Summary must be less than 255 characters.' : undefined;
  },
  description: ({ description }) => {
    const fault = description === undefined ? undefined : faultOf(description);
    if (fault && 'request' in fault) throw new JiraRefusal(400, fault.request);
    return fault?.field;
  },
  labels: ({ labels = [] }) => {
    if (!Array.isArray(labels)) return 'data was not an array';
    if (labels.some((one) => typeof one !== 'string')) return 'data was not an array of strings';
    const wrong = (labels as string[]).find((one) => /\s/.test(one) || one === '');
    if (wrong !== undefined) return `The label '${wrong}' contains spaces which is invalid.`;
    return labels.some((one: string) => one.length > 255)
      ? 'Labels must be 255 characters or less.'
      : undefined;
  },
};

/** @throws JiraRefusal that names every wrong field, as Jira does */
export function checkedFields(body: unknown, site: Site): IssueFields {
  const { fields, ...rest } = (body ?? {}) as { fields?: Fields };
  const strange = Object.keys(rest);
  if (!fields || strange.length > 0)
    throw new JiraRefusal(400, `The emulator takes only "fields"; got: ${strange.join(', ')}`);
  const faults = Object.entries(ON_SCREEN).map(([field, check]) => [field, check(fields, site)] as const);
  const unknown = Object.keys(fields)
    .filter((field) => !(field in ON_SCREEN))
    .map(
      (field) =>
        [field, `Field '${field}' cannot be set. It is not on the appropriate screen, or unknown.`] as const,
    );
  const errors = Object.fromEntries([...faults, ...unknown].filter(([, fault]) => fault !== undefined));
  if (Object.keys(errors).length > 0) throw new JiraRefusal(400, '', errors as Record<string, string>);
  return fields as unknown as IssueFields;
}

const nameIn = (value: unknown, key: string): string => {
  const name = (value as Fields | undefined)?.[key];
  return typeof name === 'string' ? name : '';
};
