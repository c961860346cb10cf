"use strict";

// Tabs show one of several panels; without a script all panels are there.
for (const list of document.querySelectorAll('[role="tablist"]')) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
  };
  choose(tabs[0]);
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

// Paper shows the folds that are open, and the words of the page.
const words = document.querySelectorAll(".glossary:not([open])");
addEventListener("beforeprint", () => words.forEach((one) => (one.open = true)));
addEventListener("afterprint", () => words.forEach((one) => (one.open = false)));
