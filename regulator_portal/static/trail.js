// Draws the trail of a record as a graph beside the list that says the same. Without this script the list stands alone.

import cytoscape from "/static/kit/vendor/cytoscape/cytoscape.esm.min.js";

import { buildElements } from "./trail_layout.js";

const STYLE = [
  {
    selector: "node",
    style: {
      shape: "round-rectangle",
      width: 190,
      height: 70,
      "background-color": "data(ground)",
      "border-color": "data(line)",
      "border-width": 2,
      color: "#1c2b33",
      content: "data(label)",
      "font-size": 12,
      "line-height": 1.3,
      "text-halign": "center",
      "text-max-width": 180,
      "text-valign": "center",
      "text-wrap": "wrap",
    },
  },
  {
    selector: "edge",
    style: {
      "curve-style": "bezier",
      "line-color": "#8a99a3",
      "target-arrow-color": "#8a99a3",
      "target-arrow-shape": "triangle",
      color: "#52636d",
      content: "data(label)",
      "font-size": 10,
      "text-background-color": "#fbfcfc",
      "text-background-opacity": 1,
      width: 1.5,
    },
  },
  { selector: "node.lit", style: { "border-width": 5 } },
];

/** @param {HTMLElement} place with `data-trail`: the trail as JSON */
function draw(place) {
  const trail = JSON.parse(place.dataset.trail);
  const graph = cytoscape({
    container: place.querySelector("[data-trail-graph]"),
    elements: buildElements(trail, place.dataset.lang),
    style: STYLE,
    layout: { name: "preset", fit: true, padding: 20 },
    minZoom: 0.2,
    maxZoom: 2.5,
    userZoomingEnabled: false, // the page scrolls; the buttons make it larger
    autoungrabify: true,
    boxSelectionEnabled: false,
  });
  graph.on("tap", "node", (event) => {
    const url = event.target.data("url");
    if (url) window.location.assign(url);
  });
  graph.on("resize", () => graph.fit(undefined, 20));
  const lines = place.querySelectorAll("[data-trail-node]");
  for (const line of lines) {
    const light = (isLit) => () => {
      graph.getElementById(line.dataset.trailNode).toggleClass("lit", isLit);
      line.classList.toggle("is-lit", isLit);
    };
    line.addEventListener("focusin", light(true));
    line.addEventListener("focusout", light(false));
    line.addEventListener("mouseenter", light(true));
    line.addEventListener("mouseleave", light(false));
  }
  const ways = place.querySelector("[data-trail-ways]");
  ways.hidden = false;
  ways.addEventListener("click", (event) => {
    const way = event.target.closest("[data-trail-zoom]")?.dataset.trailZoom;
    if (way === "fit") graph.fit(undefined, 20);
    else if (way) graph.zoom({ level: graph.zoom() * (way === "in" ? 1.25 : 0.8), renderedPosition: centreOf(graph) });
  });
}

/** @param {object} graph */
function centreOf(graph) {
  return { x: graph.width() / 2, y: graph.height() / 2 };
}

for (const place of document.querySelectorAll("[data-trail]")) draw(place);
