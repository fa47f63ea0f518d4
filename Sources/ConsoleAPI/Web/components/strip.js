const fadePixels = 28;

/**
 * A line of links that scrolls sideways where they do not all fit: it fades at an end that goes on, and the current link stays in sight,
 * unless somebody has scrolled it away.
 * @param {HTMLElement} nav
 */
export function strip(nav) {
  let current = '';
  let follows = true;
  const fade = () => {
    nav.toggleAttribute('data-more-before', nav.scrollLeft > 1);
    nav.toggleAttribute('data-more-after', nav.scrollLeft < nav.scrollWidth - nav.clientWidth - 1);
  };
  const changed = () => {
    const link = nav.querySelector('[aria-current]');
    const href = link?.getAttribute('href') ?? '';
    follows ||= href !== current;
    current = href;
    if (link && follows) nav.scrollLeft += distance(nav, link, fadePixels);
    fade();
  };
  nav.classList.add('strip');
  nav.addEventListener('scroll', () => {
    const link = nav.querySelector('[aria-current]');
    follows = link === null || distance(nav, link, 0) === 0;
    fade();
  }, { passive: true });
  new ResizeObserver(changed).observe(nav);
  new MutationObserver(() => window.requestAnimationFrame(changed))
    .observe(nav, { subtree: true, childList: true, characterData: true, attributeFilter: ['aria-current', 'hidden'] });
  return nav;
}

/**
 * How far the line has to scroll to show a link with so much room beside it.
 * @param {HTMLElement} nav @param {Element} link @param {number} room
 */
function distance(nav, link, room) {
  const line = nav.getBoundingClientRect(), { left, right } = link.getBoundingClientRect();
  if (left < line.left + room - 1) return left - line.left - room;
  return right > line.right - room + 1 ? right - line.right + room : 0;
}
