/* global document */
/** What runs inside the shown page: plain JavaScript, so that no product code sees a browser's types. */

export function referencesAndAnchors() {
  return {
    references: [...document.querySelectorAll('[href], [src]')].map(
      (one) => one.getAttribute('href') ?? one.getAttribute('src'),
    ),
    anchors: [...document.querySelectorAll('[id]')].map(({ id }) => `#${id}`),
  };
}

/** The chart's lanes: what they say, and where it is drawn, as parts of the chart's width. */
export function drawnTimeline() {
  const { left, width } = document.querySelector('[data-chart=episode] svg[role]').getBoundingClientRect();
  return [...document.querySelectorAll('[data-chart=episode] [data-lane]')].map((lane) => ({
    lane: lane.dataset.lane,
    bars: [...lane.querySelectorAll('.bar')].map((bar) => ({
      from: bar.dataset.from,
      seconds: Number(bar.dataset.seconds),
      place: (bar.getBoundingClientRect().left - left) / width,
      part: bar.getBoundingClientRect().width / width,
    })),
    marks: [...lane.querySelectorAll('.mark')].map((mark) => mark.dataset.at),
  }));
}
