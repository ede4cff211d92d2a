// Small drawings of the goods.

import { shapes } from "./dom.js";

const PICTURES = {
  lamp: [
    ["path", { d: "M12 40h24v4H12z", class: "p1" }],
    ["path", { d: "M22 22h4v18h-4z", class: "p1" }],
    ["path", { d: "M16 4h16l6 18H10z", class: "p2" }],
  ],
  vase: [
    ["path", { d: "M18 18h12c0 6 8 8 8 16 0 6-4 10-14 10S10 40 10 34c0-8 8-10 8-16z", class: "p2" }],
    ["path", { d: "M23 18V8h2v10z", class: "p3" }],
    ["circle", { cx: "24", cy: "7", r: "5", class: "p4" }],
  ],
  teapot: [
    ["path", { d: "M12 20h22c4 12-2 22-11 22S8 32 12 20z", class: "p2" }],
    ["path", { d: "M34 24c8-2 10 8 0 12v-4c5-2 5-6 0-4zM12 26L4 18l2-2 8 6z", class: "p1" }],
    ["path", { d: "M16 17c2-6 12-6 14 0z", class: "p1" }],
  ],
  mug: [
    ["path", { d: "M10 14h22v24c0 4-4 6-11 6s-11-2-11-6z", class: "p4" }],
    ["path", { d: "M32 18c12-2 12 18 0 16v-4c6 1 6-9 0-8z", class: "p1" }],
  ],
  notebook: [
    ["path", { d: "M10 4h26v40H10z", class: "p3" }],
    ["path", { d: "M16 12h14v3H16zM16 19h14v3H16zM10 4h3v40h-3z", class: "p1" }],
  ],
  backpack: [
    ["path", { d: "M10 18c0-16 28-16 28 0v26H10z", class: "p2" }],
    ["path", { d: "M14 28h20v12H14z", class: "p3" }],
    ["path", { d: "M18 8c0-8 12-8 12 0h-3c0-4-6-4-6 0z", class: "p1" }],
  ],
};

export const pictureOf = (name) => shapes(PICTURES[name] ?? PICTURES.notebook, "0 0 48 48");
