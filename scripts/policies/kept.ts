/** What is granted although nothing here uses it: AWS asks for it where the emulator does not, by action. */
export const KEPT: Readonly<Record<string, string>> = {
  's3:ListBucket': 'without it S3 answers AccessDenied for a missing object',
  'lambda:GetDurableExecutionState': 'the SDK reads what of a long history does not fit into the event',
};
