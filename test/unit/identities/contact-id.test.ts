import fc from 'fast-check';
import { CONTACT_ID, contactIdOf, packContactIds, unpackContactIds } from '#shared/identities/contact-id.ts';

const ORG = fc.stringMatching(/^o_[a-z2-9]{10}$/);
const EMAIL = fc.emailAddress();

describe('contactIdOf', () => {
  it('consists of c_ and 16 characters that need no escaping in a path', () => {
    fc.assert(
      fc.property(ORG, EMAIL, (org, email) => {
        const id = contactIdOf(org, email);

        expect(id).toMatch(CONTACT_ID);
        expect(encodeURIComponent(id)).toBe(id);
      }),
    );
  });

  it('keeps its value across versions, since stored rows are found by it', () => {
    expect(contactIdOf('o_testorgan2', 'sarah@example.com')).toBe('c_SsDV0-XniSh5ZG8h');
  });

  it('is the same for all cases, Unicode forms and surrounding spaces of an address', () => {
    const letters = fc.stringMatching(/^[a-zàéîöü0-9]{1,12}$/);
    fc.assert(
      fc.property(
        ORG,
        letters,
        letters,
        fc.constantFrom('', ' ', '\t', '\r\n'),
        (org, local, domain, space) => {
          const email = `${local}@${domain}.example`;
          const variants = [
            email.toUpperCase(),
            email.normalize('NFD'),
            email.toUpperCase().normalize('NFD'),
            `${space}${email}${space}`,
          ];

          const ids = new Set([email, ...variants].map((variant) => contactIdOf(org, variant)));

          expect(ids.size).toBe(1);
        },
      ),
    );
  });

  it('differs for different addresses or organisations', () => {
    const pair = fc.tuple(ORG, fc.stringMatching(/^[a-z0-9]{1,12}$/));
    fc.assert(
      fc.property(
        fc.uniqueArray(pair, { selector: (each) => each.join(), minLength: 2, maxLength: 20 }),
        (pairs) => {
          const ids = new Set(pairs.map(([org, local]) => contactIdOf(org, `${local}@example.com`)));

          expect(ids.size).toBe(pairs.length);
        },
      ),
    );
  });
});

describe('packed contact ids', () => {
  const ids = fc.array(
    fc.tuple(ORG, EMAIL).map(([org, email]) => contactIdOf(org, email)),
    { maxLength: 50 },
  );

  it('unpack to what was packed, in 12 bytes each', () => {
    fc.assert(
      fc.property(ids, (packed) => {
        const bytes = packContactIds(packed);

        expect(bytes.byteLength).toBe(packed.length * 12);
        expect(unpackContactIds(bytes)).toEqual(packed);
      }),
    );
  });

  it('unpack from the middle of a larger buffer, as the SDK may return them', () => {
    const packed = ['a@b.co', 'c@d.co'].map((email) => contactIdOf('o_testorgan2', email));
    const bytes = packContactIds(packed);
    const larger = new Uint8Array(bytes.byteLength + 7);
    larger.set(bytes, 5);

    expect(unpackContactIds(larger.subarray(5, 5 + bytes.byteLength))).toEqual(packed);
  });

  it('accept any iterable', () => {
    const id = contactIdOf('o_testorgan2', 'a@b.co');

    expect(unpackContactIds(packContactIds(new Set([id, id])))).toEqual([id]);
    expect(unpackContactIds(packContactIds([]))).toEqual([]);
  });
});
