#!/usr/bin/env node
// `npx responder …` is `npm run respond -- …`, without npm's own lines.
process.argv.splice(2, 0, 'respond');
await import('./run.js');
