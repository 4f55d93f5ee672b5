/** One JSON line per event, through the console, which Lambda sends to the log group. */

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A field cannot overwrite `level` and `message`. */
function line(level: string, message: string, fields: LogFields): string {
  try {
    return JSON.stringify({ ...fields, level, message }, readable);
  } catch (error) {
    // A cycle: losing the fields is better than losing the event.
    return JSON.stringify({ level, message, unloggable: String(error) });
  }
}

function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause !== undefined && { cause }) };
}

export const log: Log = {
  info: (message, fields = {}) => console.log(line('info', message, fields)),
  warn: (message, fields = {}) => console.warn(line('warn', message, fields)),
  error: (message, fields = {}) => console.error(line('error', message, fields)),
};
