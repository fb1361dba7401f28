/**
 * The form in which locations are compared: trimmed, white space collapsed, one Unicode form, case folded.
 * `" austin,   TX "` and `"Austin, TX"` are one place; so are `"STRASSE"` and `"Straße"`.
 */
export const locationKey = (location: string): string =>
  location
    .trim()
    .replace(/\s+/g, ' ')
    .normalize('NFD')
    // Folding of case by way of both cases: letters such as ß, ẞ and ς have no partner in one of them.
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFC');
