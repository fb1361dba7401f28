/** The client has no types of its own. */
declare module 'analytics-node' {
  export default class Analytics {
    constructor(key: string, options: { host: string; errorHandler(error: unknown): void });
    flush(): Promise<unknown>;
  }
}
