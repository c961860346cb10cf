"use strict";

// Figures are drawn when they first come near the screen: pages with many of them open at once.
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Set();

function theme() {
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue("--" + name).trim();
  const axis = {
    color: colour("muted"), gridcolor: colour("grid"), linecolor: colour("line"), tickcolor: colour("line"),
    showline: true, fixedrange: matchMedia("(pointer: coarse)").matches,
  };
  return {
    layout: {
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", xaxis: axis, yaxis: axis,
      hoverlabel: { bgcolor: colour("panel"), bordercolor: colour("line"), font: { color: colour("ink") } },
      shapedefaults: { line: { color: colour("frame") } },
      colorscale: {
        sequential: [[0, colour("map-low")], [0.5, colour("map-mid")], [1, colour("map-high")]],
        diverging: [[0, colour("map-minus")], [0.5, colour("map-low")], [1, colour("map-high")]],
      },
    },
  };
}

function draw(plot) {
  const { data, layout } = JSON.parse(plot.querySelector("script").textContent);
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";
  Plotly.react(plot, data, { ...layout, dragmode, template: theme() }, { responsive: true, displayModeBar: false });
  drawn.add(plot);
}

const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      near.unobserve(target);
      draw(target);
    }
  }
}, { rootMargin: "600px" });

const plots = [...document.querySelectorAll(".plot")];
plots.forEach((plot) => near.observe(plot));
dark.addEventListener("change", () => drawn.forEach(draw));
addEventListener("beforeprint", () => plots.filter((plot) => plot.offsetParent && !drawn.has(plot)).forEach(draw));

for (const list of document.querySelectorAll('[role="tablist"]')) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) {
        const next = tabs[(index + step + tabs.length) % tabs.length];
        choose(next);
        next.focus();
      }
    });
  });
}
