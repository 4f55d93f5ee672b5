import { AwsError } from '../kernel/service.ts';

/** A text per protocol, and `default` for those that have none. */
export type MessageParts = Readonly<Record<string, string>>;

const invalid = (what: string): AwsError =>
  new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);

/**
 * The parts of a message with `MessageStructure: 'json'`; undefined for any other. A part that is
 * not a string is ignored.
 * @throws AwsError `InvalidParameterException`
 */
export function partsOf({
  structure,
  message,
}: {
  structure?: string;
  message: string;
}): MessageParts | undefined {
  if (structure === undefined) return undefined;
  if (structure !== 'json')
    throw invalid(`MessageStructure ${JSON.stringify(structure)}; wanted: json, or none`);
  const texts = Object.entries(parsed(message)).filter(([, text]) => typeof text === 'string');
  const parts = Object.fromEntries(texts) as MessageParts;
  if (parts['default'] === undefined)
    throw invalid('Message Structure - No default entry in JSON message body');
  return parts;
}

export const textFor = (parts: MessageParts, protocol: string): string =>
  parts[protocol] ?? parts['default'] ?? '';

/** The text that an e-mail shows. */
export const emailTextOf = ({ Message, MessageStructure }: Readonly<Record<string, unknown>>): string => {
  const parts = partsOf({
    ...(typeof MessageStructure === 'string' && { structure: MessageStructure }),
    message: String(Message),
  });
  return parts ? textFor(parts, 'email') : String(Message);
};

function parsed(message: string): object {
  try {
    const value: unknown = JSON.parse(message);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The error below is also for JSON that is not an object.
  }
  throw invalid('Message Structure - JSON message body failed to parse');
}
