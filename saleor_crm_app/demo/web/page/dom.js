// Builds elements from data: text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "key") node.dataset.key = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function shapes(list, viewBox) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("aria-hidden", "true");
  for (const [tag, attributes] of list) {
    const shape = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    svg.append(shape);
  }
  return svg;
}

// Replaces what a section shows, and leaves focus and unfolded parts where they were.
export function fill(section, ...children) {
  const focused = section.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key ?? focused?.closest("[data-key]")?.dataset.key;
  const unfolded = new Set([...section.querySelectorAll("details[open]")].map((node) => node.dataset.key));
  const next = h("div", {}, ...children);
  for (const node of next.querySelectorAll("details")) node.open = unfolded.has(node.dataset.key);
  section.replaceChildren(...next.childNodes);
  if (!focused) return;
  const again = [...section.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);
  const heading = section.querySelector("h2");
  if (again && !again.disabled) again.focus({ preventScroll: true });
  else if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}
