import { readdirSync, readFileSync } from 'node:fs';

/** The peak resident set size of a function's processes, in MB; available only on Linux. */
export const peakMemoryMb = (functionName: string): number => {
  const peaks = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(`AWS_LAMBDA_FUNCTION_NAME=`) || !environment.includes(functionName))
          return [];
        const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return peak === undefined ? [] : [Number(peak) / 1_024];
      } catch {
        // The process has ended in the meantime.
        return [];
      }
    });
  return Math.max(0, ...peaks);
};
