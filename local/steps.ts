/** Reports progress, one line for each step. */
export interface Steps {
  /**
   * Runs a step and shows how long it took.
   * @throws what the step throws, after showing that it failed
   */
  run<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** Steps on standard output. */
export const consoleSteps: Steps = {
  async run(title, work) {
    const began = performance.now();
    process.stdout.write(`▸ ${title} … `);
    try {
      const result = await work();
      console.log(`done (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      console.log('failed');
      throw error;
    }
  },
};

/** Steps without output. */
export const silentSteps: Steps = { run: (_title, work) => work() };
