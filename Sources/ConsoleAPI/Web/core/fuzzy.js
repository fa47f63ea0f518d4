/**
 * How well typed letters fit a label: all letters in their order; runs, beginnings of words and short labels score more.
 * @param {string} typed @param {string} label
 * @returns {number | null} null when it does not fit.
 */
export function fuzzyScore(typed, label) {
  const wanted = typed.toLowerCase().replace(/\s+/g, '');
  if (wanted === '') return 0;
  const text = label.toLowerCase();
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const found = text.indexOf(letter, at + 1);
    if (found < 0) return null;
    if (found === at + 1) score += 3;
    if (found === 0 || text[found - 1] === ' ') score += 2;
    at = found;
  }
  return score - text.length / 50;
}
