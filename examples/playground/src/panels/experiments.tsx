import type { ComponentType, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { changeView, PANELS, type PanelName, view } from '../settings/settings.js';
import { PromptsPanel } from './prompts-panel.js';
import { SeedsPanel } from './seeds-panel.js';
import { StrengthPanel } from './strength-panel.js';
import { WherePanel } from './where-panel.js';

const TABS: Readonly<Record<PanelName, { readonly title: string; readonly panel: ComponentType }>> = {
  seeds: { title: 'Seeds', panel: SeedsPanel },
  strength: { title: 'Strength', panel: StrengthPanel },
  where: { title: 'Where it acts', panel: WherePanel },
  prompts: { title: 'Other prompts', panel: PromptsPanel },
};

/** Experiments on the finished picture, one open at a time. */
export function Experiments(): JSX.Element {
  const { panel } = view.value;
  const tabs = useRef<HTMLDivElement>(null);
  const { panel: Panel } = TABS[panel];
  const place = PANELS.indexOf(panel);
  const placeAfter: Readonly<Record<string, number>> = {
    ArrowRight: place + 1,
    ArrowLeft: place - 1,
    Home: 0,
    End: -1,
  };
  const move = (to: number): void => {
    const next = PANELS.at(to % PANELS.length)!;
    changeView({ panel: next });
    tabs.current!.querySelector<HTMLElement>(`#tab-${next}`)!.focus();
  };
  return (
    <>
      <div
        class="tabs"
        role="tablist"
        aria-label="Experiments"
        ref={tabs}
        onKeyDown={(event) => {
          const to = placeAfter[event.key];
          if (to === undefined) return;
          // Else Home and End scroll the page.
          event.preventDefault();
          move(to);
        }}
      >
        {PANELS.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === panel}
            aria-controls="panel"
            tabIndex={name === panel ? 0 : -1}
            onClick={() => changeView({ panel: name })}
          >
            {TABS[name].title}
          </button>
        ))}
      </div>
      <div id="panel" class="panel" role="tabpanel" aria-labelledby={`tab-${panel}`}>
        <Panel />
      </div>
    </>
  );
}
