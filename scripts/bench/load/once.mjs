// Loads a module in a process of its own, and says what that took. Plain JavaScript: nothing else is loaded before.
const before = process.cpuUsage();
await import(process.argv[2]);
const { user, system } = process.cpuUsage(before);
// A handler may hold timers; nothing here waits for them.
process.stdout.write(String((user + system) / 1_000), () => process.exit());
