import { ConfigError, readConfig } from '#shared/deployment/config.ts';

const NAMES = { events: 'EVENTS_TABLE', contacts: 'CONTACTS_TABLE', imports: 'IMPORTS_TABLE' };

describe('readConfig', () => {
  it('returns the variables under the names that the caller chooses', () => {
    const env = { EVENTS_TABLE: 'e', CONTACTS_TABLE: 'c', IMPORTS_TABLE: 'i', OTHER: 'o' };

    const config = readConfig(NAMES, env);

    expect(config).toEqual({ events: 'e', contacts: 'c', imports: 'i' });
  });

  it('names every variable that is missing or empty, and no other', () => {
    const env = { EVENTS_TABLE: '', CONTACTS_TABLE: 'c' };

    const read = () => readConfig(NAMES, env);

    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^Missing environment variables: EVENTS_TABLE, IMPORTS_TABLE$/);
  });

  it("reads the process's environment by default", () => {
    expect(readConfig({ path: 'PATH' })).toEqual({ path: process.env['PATH'] });
  });
});
