// Builds what the elements show: foreign text is always text, and addresses are of the web or left out.

// Children that are null or false are left out.
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// An address as a link or a picture may have it, or null.
export function webAddress(text) {
  try {
    const url = new URL(text, document.baseURI);
    return ["https:", "http:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// A style sheet made by script is no inline style, so that a strict policy of the page lets it be.
export const LOOK = new CSSStyleSheet();
LOOK.replaceSync(`
  :host { display: none; font: inherit; color: var(--loyalty-color, inherit); }
  :host([shown]) { display: block; }
  p, h3, ul { margin: 0; padding: 0; }
  ul { list-style: none; display: grid; gap: var(--loyalty-gap, 12px); }
  h3 { font-size: 1.05em; }
  h3:focus-visible, ul:focus-visible { outline-offset: 2px; }
  .muted { color: var(--loyalty-muted, inherit); font-size: 0.9em; }
  .points { font-size: 1.25em; font-weight: 650; }
  .offer { display: grid; gap: 6px; padding: var(--loyalty-gap, 12px); border: 1px solid var(--loyalty-border, currentColor);
    border-radius: var(--loyalty-radius, 8px); background: var(--loyalty-background, transparent); overflow-wrap: anywhere; }
  .acts { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
  img { max-width: 100%; height: auto; border-radius: inherit; }
  button, .look { min-height: 24px; padding: 4px 12px; border: 1px solid var(--loyalty-border, currentColor);
    border-radius: var(--loyalty-radius, 8px); background: none; color: inherit; font: inherit; cursor: pointer; text-decoration: none; }
  .main { border-color: transparent; background: var(--loyalty-accent, hsl(215 100% 38%)); color: var(--loyalty-on-accent, hsl(0 0% 100%)); }
  button[aria-disabled] { opacity: 0.7; cursor: default; }
  :focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
  .told { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`);
