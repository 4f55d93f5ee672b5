import type { JiraFailure } from './error.ts';

/** What a person does about Jira's answer. @param faulty names of the fields that it complains of */
export function remedyOf(
  failure: JiraFailure,
  status: number,
  faulty: readonly string[],
  { secretArn }: { readonly secretArn: string },
): string {
  if (failure === 'away') return 'Ask again later.';
  if (failure === 'unclear') return 'It may have done so: look again before asking again.';
  if (status < 300 || status === 401)
    return `Its login was refused: write a valid e-mail address and API token (tokens expire) into ${secretArn}.`;
  if (status < 400) return 'It sends elsewhere: correct people.jira.url.';
  if (status === 403) return 'Let the account of the token do this in the project.';
  if (status === 404)
    return 'It is not there, or the account of the token may not see it; check people.jira.url.';
  if (faulty.includes('project'))
    return 'Correct people.jira.project, or let the account of the token create issues there.';
  if (faulty.includes('issuetype'))
    return "Correct people.jira.issueType: wanted is a type of the project's.";
  if (faulty.length > 0)
    return `Put ${faulty.join(' and ')} on the project's screen for creating issues, or let the project do without.`;
  return 'Correct what Jira names: the project may want more than it is sent.';
}
