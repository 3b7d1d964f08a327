/** Characters of a piece: few enough to hold several, enough that what is done for each costs nothing. */
const PIECE_CHARS = 256 * 1024;

/** Lines in larger pieces: a write for each line would take longer than making it. */
export function* joinLines<T>(items: Iterable<T>, toLine: (item: T) => string): Generator<string> {
  let text = '';
  for (const item of items) {
    text += toLine(item);
    if (text.length >= PIECE_CHARS) {
      yield text;
      text = '';
    }
  }
  if (text !== '') {
    yield text;
  }
}
