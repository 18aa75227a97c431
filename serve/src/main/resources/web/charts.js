// ECharts in this page's colours. Its tooltips are drawn and not HTML, so that a run's name stays a text.

import * as echarts from './echarts.js';

const DARK = matchMedia('(prefers-color-scheme: dark)');
const DARK_PALETTE = ['#4fbfb2', '#fb923c', '#93a0ff', '#facc15', '#f472b6', '#7dd3fc', '#a3e635', '#c084fc'];
const LIGHT_PALETTE = ['#0f766e', '#c2410c', '#4f46e5', '#a16207', '#be185d', '#0369a1', '#4d7c0f', '#7e22ce'];

/** Colours of series, which are also names' colours in tables. */
export function palette() {
  return DARK.matches ? DARK_PALETTE : LIGHT_PALETTE;
}

/** Calls what redraws charts when the system turns dark or light; what it returns ends that. */
export function onScheme(redraw) {
  DARK.addEventListener('change', redraw);
  return () => DARK.removeEventListener('change', redraw);
}

function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** From the worst to the best. */
export function scale() {
  return DARK.matches ? ['#46504c', '#4a908a', '#6be4d6'] : ['#d6d3c4', '#6bb3ab', '#0b5f58'];
}

export function theme() {
  const ink = variable('--ink-soft');
  const line = variable('--line');
  return {
    color: palette(),
    textStyle: { fontFamily: variable('--font'), color: ink },
    axis: {
      axisLine: { lineStyle: { color: line } }, axisTick: { show: false },
      axisLabel: { color: ink, fontSize: 11, hideOverlap: true }, splitLine: { lineStyle: { color: line, opacity: 0.6 } },
      nameTextStyle: { color: ink, fontSize: 11 },
    },
    tooltip: {
      renderMode: 'richText', confine: true, backgroundColor: variable('--panel'), borderColor: line, padding: 9,
      textStyle: { color: variable('--ink'), fontSize: 12 },
    },
  };
}

const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) echarts.getInstanceByDom(target)?.resize();
});

export function chart(element) {
  const made = echarts.init(element, null, { renderer: 'canvas' });
  watch.observe(element);
  return made;
}

export function closeCharts(charts) {
  for (const made of charts) {
    watch.unobserve(made.getDom());
    made.dispose();
  }
}

export function lines({ names, series, log, percentAxis, boundaries, exact }) {
  const { axis, tooltip, textStyle } = theme();
  return {
    textStyle, animation: false, tooltip: { ...tooltip, trigger: 'axis', valueFormatter: (value) => String(Number(Number(value).toPrecision(4))) },
    grid: { left: 8, right: 14, top: 12, bottom: 4, containLabel: true },
    xAxis: { type: 'value', ...axis, splitLine: { show: false }, min: 'dataMin', max: 'dataMax', minInterval: 1 },
    yAxis: { type: log ? 'log' : 'value', scale: true, ...axis,
      ...(percentAxis ? { min: 0, max: 1, axisLabel: { ...axis.axisLabel, formatter: (value) => `${Math.round(100 * value)} %` } } : {}) },
    series: names.flatMap((name, i) => [...(exact ? [] : noise(series[i])), {
      name, type: 'line', data: exact ? series[i].points : smoothed(series[i].points), showSymbol: series[i].points.length < 40, symbolSize: 5, sampling: 'lttb',
      lineStyle: { width: 1.8, color: series[i].color }, itemStyle: { color: series[i].color }, emphasis: { disabled: true },
      markLine: i === 0 && boundaries?.length ? { silent: true, symbol: 'none', animation: false,
        lineStyle: { color: axis.axisLine.lineStyle.color, type: 'dashed' },
        label: { color: textStyle.color, fontSize: 10, formatter: (at) => at.name, position: 'insideEndTop' },
        data: boundaries.map(({ step, stage }) => ({ name: `stage ${stage}`, xAxis: step })) } : undefined,
    }]),
  };
}

/** Many points are drawn as their moving mean, over the points themselves. */
const MANY = 120;

function smoothed(points) {
  if (points.length < MANY) return points;
  let mean = points[0][1];
  return points.map(([step, value]) => [step, (mean += (value - mean) * 0.06)]);
}

function noise({ points, color }) {
  return points.length < MANY ? [] : [{
    type: 'line', data: points, showSymbol: false, silent: true, tooltip: { show: false }, sampling: 'lttb',
    lineStyle: { width: 1, color, opacity: 0.22 }, emphasis: { disabled: true },
  }];
}
