import fc from 'fast-check';
import { locationKey } from '#shared/scoring/location.ts';

describe('locations', () => {
  it.each([
    ['Austin, TX', ' austin,\t  tx\n'],
    ['Düsseldorf', 'DÜSSELDORF'],
    ['Düsseldorf', 'Du\u0308sseldorf'],
    ['Hauptstraße', 'HAUPTSTRASSE'],
    ['Hauptstraße', 'HAUPTSTRAẞE'],
    ['ΑΘΗΝΑΣ', 'αθηνασ'],
    ['New\u00a0York', 'new york'],
  ])('%j and %j are the same', (a, b) => {
    expect(locationKey(a)).toBe(locationKey(b));
  });

  it.each([
    ['Austin, TX', 'Austin TX'],
    ['Austin', 'Boston'],
    ['Paris', 'Päris'],
  ])('%j and %j are different', (a, b) => {
    expect(locationKey(a)).not.toBe(locationKey(b));
  });

  it('have keys that are their own keys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (location) => {
        const key = locationKey(location);
        expect(locationKey(key)).toBe(key);
      }),
    );
  });

  it('have the same key in upper and lower case, for any letter', () => {
    const differing: string[] = [];
    for (let code = 0; code <= 0x2_ffff; code += 1) {
      const letter = String.fromCodePoint(code);
      const key = locationKey(letter);
      if (key !== locationKey(letter.toLowerCase()) || key !== locationKey(letter.toUpperCase()))
        differing.push(letter);
      if (locationKey(key) !== key) differing.push(letter);
    }
    expect(differing).toEqual([]);
  });
});
