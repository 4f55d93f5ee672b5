import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import ts from 'typescript';

/** Words that readers stumble over, and what to say instead. */
const WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [
    /\b(?:is|are|was|were|been|be|being|gets?|got) (?:\w+ )?told\b|\btells?\b|\btelling\b|\btold\b/i,
    'notify, describe, say',
  ],
  [/\black(?:s|ing|ed)?\b/i, 'is missing'],
  [/\banew\b|\bonce more\b|\bagain and again\b/i, 'again, retried'],
  [/\bwho(?:m)?(?:so)?ever\b|\bwhatever\b|\bwhom\b/i, 'the person who, anyone who, or name it'],
  [/\bsick\b|\bhealthy again\b|\bis ill\b/i, 'unhealthy, recovered'],
  [/\bat hand\b/i, 'is handling it, acknowledged'],
  [/\bgraver?\b|\bgravest\b/i, 'higher severity, severity was raised'],
  [/\bbesides\b|\blikewise\b|\bthereby\b/i, 'also, as well'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix, repair'],
  [/\bbur(?:y|ies|ied)\b|\bdead\b(?![ -]?letter)|\bdeath\b/i, 'crashed, failed'],
  [/\b(?:a|the|another|first|next|every|each|this|one) looks?\b|\btakes? a look\b/i, 'check, probe result'],
  [/\bletters?\b(?<!dead[ -]letters?)(?!-)/i, 'message, e-mail'],
  [/\brungs?\b/i, 'escalation level, trust level'],
  [/\bstrangers?\b|\bstands for nobody\b/i, 'unauthenticated caller'],
  [/\b(?:is|are|was|were) due\b|\bdue next\b/i, 'next step, deadline'],
  [/\bthe wish\b|\basks? for\b|\basked for\b/i, 'request'],
  [/\berrands?\b/i, 'follow-up task'],
  [/\bundone by\b|\bhas? .{1,20} undone\b/i, 'rolls back'],
  [/\bdoes not hold\b/i, 'is invalid, has expired'],
  [/\bcame to (?:nothing|good)\b|\bcomes to (?:nothing|good)\b/i, 'failed, succeeded'],
  [/\bis what it was\b|\bare what they were\b/i, 'unchanged'],
  [/\bnot known\b/i, 'unknown'],
  [/\bcannot be done like this\b/i, 'what is missing, what to give'],
];

export interface Hit {
  readonly file: string;
  readonly line: number;
  readonly word: string;
  readonly instead: string;
  readonly text: string;
}

/** Prose of a TypeScript file that a person may see: literals with at least two words. */
function proseOf(file: string, text: string): { line: number; text: string }[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: { line: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      const prose = node.text;
      if (/[a-z] [a-z]/i.test(prose) && !SQL.test(prose) && !FRAGMENT.test(prose))
        found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, text: prose });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A fragment of a statement, or the name of the queue `bank-webhooks-dead`. */
const FRAGMENT =
  /\bfrom (?:responder|[a-z_]+)\.|\border by [a-z_]+(?: desc)?\b|\bjsonb?_(?:agg|typeof)\(|\bas [a-z]+\([a-z_]+ (?:text|int)\b|bank-webhooks-dead/i;

/** SQL is no prose; its words are names. */
const SQL =
  /\b(?:select|insert into|update|delete from|create|alter|with)\b[\s\S]*\b(?:from|set|values|as|table|add|responder)\b/i;

/** SQL, commands and names are no prose; their lines stay, so that numbers fit. */
const withoutCode = (markdown: string): string =>
  markdown
    .replaceAll(/^ *```(?:sql|bash|sh)\n[\s\S]*?^ *```/gm, (block) => block.replaceAll(/[^\n]/g, ''))
    .replaceAll(/`[^`\n]*`/g, '')
    .replaceAll('bank-webhooks-dead', '');

/** The words of the list that a text has. */
export const wordsIn = (text: string): string[] =>
  WORDS.flatMap(([pattern]) => pattern.exec(text)?.[0] ?? []);

/** Every word of the list in text that a person may see. */
export function wordsToAvoid(files: readonly string[]): Hit[] {
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const prose = file.endsWith('.md')
      ? withoutCode(text)
          .split('\n')
          .map((line, i) => ({ line: i + 1, text: line }))
      : proseOf(file, text);
    return prose.flatMap((part) =>
      WORDS.flatMap(([pattern, instead]) => {
        const match = pattern.exec(part.text);
        return match ? [{ file, line: part.line, word: match[0], instead, text: part.text.trim() }] : [];
      }),
    );
  });
}

/** Files whose text a person may see. */
export const userVisibleFiles = (): string[] =>
  execFileSync('git', ['ls-files', '*.ts', '*.md'], { encoding: 'utf8' })
    .split('\n')
    // A deleted file is listed until its deletion is staged.
    .filter((file) => existsSync(file))
    .filter((file) => /^(lambdas|lib|scripts|sandbox|emulator)\/.*\.ts$|\.md$/.test(file))
    .filter((file) => !/^emulator\/test\/|runbook-by-hand|^scripts\/check\/words\.ts$/.test(file));

if (import.meta.main) {
  const hits = wordsToAvoid(userVisibleFiles());
  for (const { file, line, word, instead, text } of hits)
    console.error(
      `${file}:${line}: "${word}" is hard to read; wanted: ${instead}. In: ${text.slice(0, 100)}`,
    );
  if (hits.length > 0) process.exitCode = 1;
}
