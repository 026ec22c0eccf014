/**
 * The one script of the site: draws a figure live when it comes near the window, loading plotly (10 MB) only then.
 * Until it has drawn, and on paper, the still picture stays.
 */
export const figureScript = `"use strict";
(() => {
  let loading;
  const loadPlotly = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = "assets/plotly.js";
      script.onload = resolve;
      script.onerror = () => reject(new Error("assets/plotly.js could not be loaded"));
      document.head.append(script);
    });
    return loading;
  };

  const partsOf = (figure) => JSON.parse(figure.querySelector("script").textContent);

  /** A figure squeezed onto a telephone loses its labels: there the still picture, which shrinks whole, stays. */
  const hasRoom = (figure, layout) => figure.clientWidth >= 0.75 * (layout?.width ?? 700);

  /** Windows a little too narrow shrink the figure, as they do the still picture. */
  const fitted = (figure, layout) => {
    const style = getComputedStyle(figure);
    const room = figure.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return { ...layout, width: Math.min(layout?.width ?? 700, Math.floor(room)) };
  };

  const draw = async (figure) => {
    const { data, layout, config } = partsOf(figure);
    if (!hasRoom(figure, layout)) return;
    await loadPlotly();
    const live = figure.querySelector(".live");
    live.hidden = false;
    try {
      await window.Plotly.newPlot(live, data, fitted(figure, layout), { displaylogo: false, ...config });
      figure.classList.add("drawn");
    } catch (error) {
      live.hidden = true;
      console.warn("a figure stays a picture:", error);
    }
  };

  const resize = () => {
    for (const figure of document.querySelectorAll(".plotly-figure.drawn")) {
      const { width } = fitted(figure, partsOf(figure).layout);
      window.Plotly.relayout(figure.querySelector(".live"), { width });
    }
  };

  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(resize, 150);
  });
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        draw(target);
      }
    },
    { rootMargin: "300px" },
  );
  for (const figure of document.querySelectorAll(".plotly-figure")) observer.observe(figure);
})();
`;
