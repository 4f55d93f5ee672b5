import { installShiftedDate } from '../../emulator/lambda/shifted-date.ts';

/** Preloaded (`--import`) into the process of the local runner and its threads: all of them tell the sandbox's time. */
installShiftedDate({ ahead: Number(process.env['SANDBOX_AHEAD_MS']) });
