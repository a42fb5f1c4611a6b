/** The editor's colors for what is painted on canvas; everything else takes them through CSS. */
import { color } from "chart.js/helpers";

export interface Palette {
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly objective: string;
  readonly bound: string;
  /** Between objective and bound: the part that is not proven. */
  readonly gap: string;
  readonly target: string;
  readonly branch: string;
  readonly slack: string;
  readonly tooltipBackground: string;
  readonly tooltipForeground: string;
  readonly tooltipBorder: string;
  readonly fontFamily: string;
  /** Pixels. */
  readonly fontSize: number;
  readonly highContrast: boolean;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const body = getComputedStyle(document.body);
  const read = (...names: readonly string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(`--vscode-${name}`).trim();
      if (value !== "") return value;
    }
    return body.color;
  };
  const highContrast = isHighContrast();
  const objective = read("charts-blue");
  const foreground = read("foreground", "editor-foreground");
  return {
    background: read("editor-background"),
    foreground,
    muted: highContrast ? foreground : read("descriptionForeground"),
    grid: withAlpha(foreground, highContrast ? 0.35 : 0.12),
    objective,
    bound: read("editorWarning-foreground"),
    gap: withAlpha(objective, highContrast ? 0.35 : 0.14),
    target: foreground,
    branch: objective,
    slack: read("editorWarning-foreground"),
    tooltipBackground: read("editorHoverWidget-background", "editor-background"),
    tooltipForeground: read("editorHoverWidget-foreground", "foreground"),
    tooltipBorder: read("contrastBorder", "editorHoverWidget-border"),
    fontFamily: body.fontFamily,
    fontSize: Math.max(10, (Number.parseFloat(body.fontSize) || 13) - 2),
    highContrast,
  };
}

/** Calls `restyle` after VS Code changed the theme: it rewrites the body's classes and the root's style. */
export function watchTheme(restyle: () => void): () => void {
  const observer = new MutationObserver(restyle);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return () => observer.disconnect();
}

function isHighContrast(): boolean {
  const { classList } = document.body;
  return classList.contains("vscode-high-contrast") || classList.contains("vscode-high-contrast-light");
}

function withAlpha(value: string, alpha: number): string {
  const parsed = color(value);
  return parsed.valid ? parsed.alpha(alpha).rgbString() : value;
}
