/**
 * The form in which locations are compared: trimmed, white space collapsed, Unicode normalized, case folded.
 * `" austin,   TX "` and `"Austin, TX"` are the same location; so are `"STRASSE"` and `"Straße"`.
 */
export const locationKey = (location: string): string =>
  location
    .trim()
    .replace(/\s+/g, ' ')
    .normalize('NFD')
    // Case folding converts to both cases, since letters such as ß, ẞ and ς have no counterpart in one of them.
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFC');
