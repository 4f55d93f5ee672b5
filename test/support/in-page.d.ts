export declare function layoutFaults(): string[];
export declare function referenceFaults(): string[];
export declare function contrastFaults(): string[];
export declare function drawnCharts(): {
  id: string;
  figures: { label: string; values: (number | null)[] }[];
  title: string;
  says: string;
  marks: { value: number; width: number; height: number }[];
  tableRows: number;
}[];
export function planted(): string[];
