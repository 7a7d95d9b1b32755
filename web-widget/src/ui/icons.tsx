import type { VNode } from "preact";

function icon(path: string): () => VNode {
  return () => (
    <svg viewBox="0 0 24 24" aria-hidden="true" class="icon">
      <path d={path} />
    </svg>
  );
}

export const Close = icon("M6 6l12 12M18 6 6 18");
export const Send = icon("M12 19V5m-6 6 6-6 6 6");
export const Person = icon("M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.500 8.500c.6-3.800 3.600-6 7.500-6s6.900 2.200 7.500 6");
export const Spark = icon("M12 3.500c.7 4.700 3.300 7.500 8 8.500-4.700 1-7.300 3.800-8 8.500-.7-4.700-3.300-7.500-8-8.500 4.700-1 7.300-3.800 8-8.500Z");
export const Book = icon("M6 4.500h9.500L19 8v11.500H6zM15 4.500V8.500h4M9 12.500h7M9 16h5");
export const Down = icon("m6 9.500 6 6 6-6");
export const File = icon("M7 3.500h7l4 4v13H7zM14 3.500v4h4");
export const Clip = icon("m19.500 11.500-7.800 7.800a5 5 0 0 1-7-7l8.200-8.200a3.300 3.300 0 0 1 4.700 4.700l-8.200 8.200a1.700 1.700 0 0 1-2.400-2.400l7.600-7.600");
export const Retry = icon("M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 3.500v4h-4");
export const Thumb = icon("M8 11.500 11.500 4c1.500 0 2.500 1 2.500 2.500V10h5.300a1.500 1.500 0 0 1 1.500 1.800l-1.300 7a1.500 1.500 0 0 1-1.500 1.200H8zM8 11.500H4V20h4");
export const Star = icon("m12 3.800 2.500 5.300 5.700.7-4.200 4 1.100 5.700-5.100-2.800-5.100 2.800 1.100-5.700-4.200-4 5.700-.7z");
export const Check = icon("m5 12.500 4.500 4.500L19 7.500");
