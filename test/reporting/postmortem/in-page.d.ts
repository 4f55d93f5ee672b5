export declare function referencesAndAnchors(): { references: string[]; anchors: string[] };
export declare function drawnTimeline(): {
  lane: string;
  bars: { from: string; seconds: number; place: number; part: number }[];
  marks: string[];
}[];
