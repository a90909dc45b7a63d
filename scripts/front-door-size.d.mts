/** Bytes of the front door: its entry chunk with everything that it imports statically, minified and gzipped. */
export declare function frontDoorSize(): Promise<number>;
